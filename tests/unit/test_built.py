"""Services that are built from a Dockerfile: they have the version of what they are built on, and go back by the image's id."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, image_base, image_build, runtime_services
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import Service, of_rendered
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.splice import checksum
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    built,
    edits,
    floating,
    image_source,
    rollback_plan,
    rollback_wish,
    tables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Refusal
from fleet_observations import (
    DIGEST,
    IMAGE,
    container,
    deploy,
    observation,
    plan,
    profile_of,
    refusal,
    request,
    with_journal,
)

OLD, NEW, OTHER = ("sha256:" + each * 64 for each in "0ab")
DOCKERFILE = "# ours\nFROM reg:5000/app:1.0.0\nRUN true\n"
PATH = "/opt/sample/Dockerfile"
BUILD = {"context": "/opt/sample", "dockerfile": "Dockerfile"}
BEFORE = {
    "version": "1.0.0",
    "containers": [{"service": "web", "reference": f"{IMAGE}:1.0.0", "image_id": OLD, "digests": []}],
    "images": [{"reference": "sample-web", "id": OLD}],
}


def looked(running: str = OLD, written: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """What the module sees before the Dockerfile was read, with the sources that it leads to."""
    seen = observation("1.0.0", **changes)
    text = DOCKERFILE.replace("1.0.0", written)
    contents = {"/opt/sample/compose.yaml": b"services: {web: {build: .}}\n", PATH: text.encode()}
    sources = image_source.locate_all(
        {"web": None}, {"web": None}, ["/opt/sample/compose.yaml"], [], contents, "/opt/sample", {"web": BUILD}
    )
    seen["sources"] = [each.as_dict() for each in sources]
    seen["services"][0].update(image=None, built="sample-web")
    container(seen).update(reference="sample-web", image_id=running, version_label=None, version_labels={})
    return seen


def seen(answer: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What the plan is made from."""
    found = looked(**changes)
    found["services"] = built.below(found, found["sources"], {"web": BUILD})
    found["services"] = built.told(found, {container(found)["image_id"]: answer} if answer else {})
    return found


def base(version: str, digest: str = "") -> dict[str, Any]:
    digests = [f"{IMAGE}@{digest}"] if digest else []
    return {"reference": f"{IMAGE}:{version}", "digests": digests, "contradicts": False}


UNKNOWN = {"reference": "", "digests": [], "contradicts": False}


def test_without_an_image_beside_it_a_service_is_built() -> None:
    plain = {"services": {"web": {"build": BUILD}, "both": {"build": BUILD, "image": "reg:5000/app:1"}}}
    assert of_rendered("web", plain).build == BUILD
    assert of_rendered("both", plain).build is None


def test_the_version_is_that_of_the_dockerfile() -> None:
    found = plan({"app1": seen()}).hosts["app1"]
    assert (found.action, found.current, found.reference) == ("upgrade", "1.0.0", f"{IMAGE}:1.1.0")
    (edit,) = found.edits
    assert (edit.path, edit.old, edit.new) == (PATH, "FROM reg:5000/app:1.0.0", "FROM reg:5000/app:1.1.0")


def test_the_base_is_pulled_and_the_service_built_on_it() -> None:
    found = plan({"app1": seen()}).hosts["app1"]
    assert {"reference": f"{IMAGE}:1.1.0", "digest": DIGEST} in found.images
    assert found.builds == [{"service": "web", "dockerfile": PATH, "name": "sample-web"}]
    assert found.named == [{"reference": "sample-web", "id": OLD}]
    # Compose renders no image for it.
    assert (found.project["images"], found.project["dockerfiles"]) == ({"web": ""}, [PATH])


def test_a_service_with_an_image_is_not_built() -> None:
    found = plan({"app1": observation()}).hosts["app1"]
    assert (found.builds, found.named, found.project["dockerfiles"]) == ([], [], [])


def test_the_plan_says_what_is_built() -> None:
    said = "\n".join(tables.plan(plan({"app1": seen()}).as_dict()))
    assert f"build      web from {PATH} on app1" in said
    assert "+FROM reg:5000/app:1.1.0" in said


def test_by_hand_one_goes_back_without_a_build() -> None:
    assert plan({"app1": seen()}).hosts["app1"].undo == [
        f"in {PATH} line 2 write FROM reg:5000/app:1.0.0 again",
        f"docker tag {OLD} sample-web",
        "docker compose --project-directory /opt/sample up --detach --no-deps --pull never web",
    ]


@pytest.mark.parametrize(
    ("answer", "entries"),
    [
        (base("1.0.0"), []),
        (None, [deploy("1.0.0", "1.1.0", "started", **{"from": BEFORE})]),
        (UNKNOWN, [deploy("1.0.0", "1.1.0", "started", **{"from": BEFORE})]),
    ],
)
def test_a_dockerfile_that_is_ahead_of_what_runs_upgrades_nothing(answer: Any, entries: list[dict[str, Any]]) -> None:
    # Killed between edit and restart, or edited by hand and never built.
    found = plan({"app1": seen(answer, written="1.1.0", journal={"entries": entries})}).hosts["app1"]
    assert (found.action, found.current, found.edits) == ("upgrade", "1.0.0", [])
    assert found.named == [{"reference": "sample-web", "id": OLD}]


def test_an_image_that_is_certainly_not_built_on_what_the_file_says_has_no_version() -> None:
    fleet = {"app1": seen({**UNKNOWN, "contradicts": True}, written="1.1.0")}
    assert "the version of the container sample-web-1 can't be told" in str(refusal(fleet))


def test_what_is_built_on_the_target_is_left_alone() -> None:
    found = plan({"app1": seen(base("1.1.0", DIGEST), written="1.1.0")})
    assert not found.changes
    assert found.hosts["app1"].builds == []


def test_another_image_under_the_same_tag_is_built_on_again() -> None:
    there = base("1.1.0", "sha256:" + "0d" * 32)
    fleet = {"app1": seen(there, written="1.1.0"), "app2": seen()}
    # The fleet gets what runs there, so that host is left alone, and the other one is built on it.
    hosts = plan(fleet).hosts
    assert (hosts["app1"].action, hosts["app2"].digest) == ("none", "sha256:" + "0d" * 32)
    # What has the digest is no image to go back to; what has another one is.
    assert built.names_before(fleet["app1"]["services"], f"{IMAGE}:1.1.0", "sha256:" + "0d" * 32) == []
    assert built.names_before(fleet["app1"]["services"], f"{IMAGE}:1.1.0", DIGEST) == [
        {"reference": "sample-web", "id": OLD}
    ]


def test_an_older_version_is_refused() -> None:
    assert "0.9.0 is older" in str(refusal({"app1": seen()}, request("0.9.0", strategy="rolling")))


def test_a_rehearsal_is_refused() -> None:
    fleet = {"app1": seen()}
    assert "web can't be rehearsed yet" in str(refusal(fleet, request(rehearses=True, strategy="rolling")))


def test_services_on_different_images_are_refused() -> None:
    other = {**seen()["services"][0], "name": "worker", "image": "reg:5000/other:1"}
    with pytest.raises(RatchetError, match="built on different ones"):
        built.refuse_several([*seen()["services"], other])


def test_from_without_a_tag_is_latest() -> None:
    assert seen(written="1.0.0")["services"][0]["image"] == f"{IMAGE}:1.0.0"
    assert built._tagged(IMAGE) == f"{IMAGE}:latest"
    assert built._tagged(f"{IMAGE}@{DIGEST}") == f"{IMAGE}:latest@{DIGEST}"


def test_the_dockerfiles_of_others_are_read_as_they_may_be_the_same() -> None:
    builds = {"web": BUILD, "worker": {**BUILD, "dockerfile": "other"}, "far": {"context": "https://x/y.git"}}
    assert built.dockerfiles(builds, ["web"]) == [PATH, "/opt/sample/other"]
    assert built.dockerfiles(builds, ["db"]) == []
    with pytest.raises(RatchetError, match="isn't a directory on the host"):
        built.dockerfiles(builds, ["far"])


@pytest.mark.parametrize(
    ("compose_file", "images", "builds"),
    [
        ("services: {web: {build: .}, worker: {build: .}}\n", {"worker": None}, {"worker": BUILD}),
        (
            "services: {web: {build: {context: ., args: [V=1.0.0]}}, worker: {build: .}}\n",
            {"worker": None},
            {"worker": BUILD},
        ),
    ],
)
def test_a_dockerfile_that_others_are_built_from_is_not_edited_behind_their_back(
    compose_file: str, images: dict[str, Any], builds: dict[str, Any]
) -> None:
    contents = {"/opt/sample/compose.yaml": compose_file.encode(), PATH: DOCKERFILE.encode()}
    sources = image_source.locate_all(
        {"web": None},
        {"web": None, **images},
        ["/opt/sample/compose.yaml"],
        [],
        contents,
        "/opt/sample",
        {"web": BUILD, **builds},
    )
    assert sources[0].shared_with == ("worker",)
    with pytest.raises(RatchetError, match="decides the image of worker, too"):
        edits.to_version([each.as_dict() for each in sources], "1.1.0", None)


def test_services_from_one_dockerfile_are_edited_once() -> None:
    contents = {
        "/opt/sample/compose.yaml": b"services: {web: {build: .}, job: {build: .}}\n",
        PATH: DOCKERFILE.encode(),
    }
    both = {"web": None, "job": None}
    sources = image_source.locate_all(
        both, both, ["/opt/sample/compose.yaml"], [], contents, "/opt/sample", dict.fromkeys(both, BUILD)
    )
    (edit,) = edits.to_version([each.as_dict() for each in sources], "1.1.0", None)
    assert (edit.before, len(edit.splices)) == (checksum(DOCKERFILE.encode()), 1)


def project(**services: Service) -> compose.Project:
    return compose.Project("sample", "/opt/sample", (), (), (), services)


def test_a_built_service_can_be_found_out() -> None:
    web, worker = Service("web", None, build=BUILD), Service("worker", None, build=BUILD)
    found = runtime_services.of(project(web=web, worker=worker, db=Service("db", "postgres:17")), [])
    assert [each.name for each in found] == ["web", "worker"]


def test_an_image_whose_variables_have_no_value_is_named_with_where_they_may_come_from() -> None:
    with pytest.raises(RatchetError, match=r"image of 'web' is none.*/opt/sample/.env.*--env-file or -f"):
        runtime_services.of(project(web=Service("web", "/app:"), db=Service("db", "postgres:17")), [])


def test_of_two_dockerfiles_the_one_with_the_database_is_meant() -> None:
    proxy = Service("proxy", None, build={"context": "/opt/proxy", "dockerfile": "Dockerfile"})
    web = Service("web", None, build=BUILD, environment={"DATABASE_URL": "postgresql://a@b/c"})
    assert [each.name for each in runtime_services.of(project(proxy=proxy, web=web), [])] == ["web"]
    with pytest.raises(RatchetError, match="built from /opt/proxy/Dockerfile"):
        runtime_services.of(project(proxy=proxy, web=Service("web", None, build=BUILD)), [])


def test_a_job_from_the_same_dockerfile_comes_along() -> None:
    init = Service("init", None, build=BUILD)
    web = Service("web", None, build=BUILD, after=("init", "other"))
    other = Service("other", None, build={"context": "/other"})
    found = runtime_services.of(project(init=init, web=web, other=other), ["web"])
    assert [each.name for each in found] == ["web", "init"]


def back(journal: list[dict[str, Any]], running: str = NEW, written: str = "1.1.0") -> dict[str, Any]:
    fleet = {"app1": seen(base("1.1.0" if running == NEW else "1.0.0"), running=running, written=written)}
    wish = rollback_wish.Wish(profile_of(), watch={"monitor": 10, "stall_timeout": 600})
    return rollback_plan.plan(fleet, {"app1": journal}, {"app1": []}, wish, "r1")["hosts"]["app1"]


def done(**before: Any) -> list[dict[str, Any]]:
    side = {"from": {**BEFORE, **before}, "head_before": "aaa", "head_after": "aaa"}
    return [deploy("1.0.0", "1.1.0", each, **side) for each in ("started", "done")]


def test_going_back_needs_no_registry_and_no_build() -> None:
    host = back(done())
    assert (host["action"], host["images"], host["image_ids"]) == ("back", [], [OLD])
    assert host["named"] == [{"reference": "sample-web", "id": OLD}]
    assert host["edits"][0]["new"] == "FROM reg:5000/app:1.0.0"
    assert host["project"]["images"] == {"web": ""}


def test_who_is_back_is_only_confirmed() -> None:
    assert back(done(), running=OLD, written="1.0.0")["action"] == "confirm"


@pytest.mark.parametrize("images", [None, [], "x", [{"reference": "sample-web", "id": "; id"}], [{"id": OLD}]])
def test_a_journal_that_does_not_say_which_image_it_was_is_refused(images: Any) -> None:
    with pytest.raises(Refusal, match="doesn't say which image web ran before"):
        back(done(images=images))


def test_names_of_images_on_their_way_fit_a_tag() -> None:
    assert image_build.name_of("sample", "web") == "ratchet-runtime-built:sample.web"
    assert len(image_build.name_of("p" * 100, "s" * 100).rpartition(":")[2]) == 64


def test_an_image_stands_on_its_base_by_its_layers() -> None:
    assert image_base.begins_with(["a", "b", "c"], ["a", "b"])
    assert not image_base.begins_with(["a", "b"], ["b"])
    assert not image_base.begins_with(["a"], ["a", "b"])
    assert not image_base.begins_with(["a"], [])  # what is unknown proves nothing


def test_a_label_that_the_base_has_handed_down_is_no_witness() -> None:
    labels = {image_base.NAME_LABEL: "docker.io/library/debian:12", image_base.DIGEST_LABEL: DIGEST}
    assert image_base._by_labels(labels, IMAGE) is None
    assert image_base._by_labels({}, IMAGE) is None
    assert image_base._by_labels({image_base.NAME_LABEL: f"{IMAGE}:1.0.0"}, IMAGE) == {
        "reference": f"{IMAGE}:1.0.0",
        "digests": [],
    }


def test_a_floating_tag_that_the_registry_has_moved_is_told() -> None:
    old, new = observation(), observation()
    for each, digest in ((old, "sha256:" + "1" * 64), (new, DIGEST)):
        each["services"][0]["image"] = f"{IMAGE}:latest"
        container(each)["digests"] = [f"{IMAGE}@{digest}"]
    pinned = with_journal(observation())
    found = floating.images({"app1": old, "app2": new, "app3": pinned}, profile_of())
    assert found == {f"{IMAGE}:latest": {"app1": ["sha256:" + "1" * 64], "app2": [DIGEST]}}
    (note,) = floating.stale(f"{IMAGE}:latest", found[f"{IMAGE}:latest"], {DIGEST: "latest"})
    assert note.startswith("reg:5000/app:latest on app1 is not what the registry has under that tag by now")
    assert floating.stale(f"{IMAGE}:latest", {"app2": [DIGEST]}, {DIGEST: "latest"}) == []
