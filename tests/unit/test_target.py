"""One digest for the whole fleet (and room for it), whatever happens to its tag meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import target
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from fleet_observations import DIGEST, IMAGE, container, observation, plan, refusal, three, with_target
from hypothesis import given
from hypothesis import strategies as st

OLD, OTHER = "sha256:" + "0d" * 32, "sha256:" + "cd" * 32
GIB = 1024**3

digests = st.sets(st.sampled_from([DIGEST, OLD, OTHER]))
fleets = st.dictionaries(st.sampled_from(["app1", "app2", "app3"]), digests)


def asked(**targets: dict[str, Any]) -> tuple[str | None, list[str]]:
    """The digest of a fleet whose hosts' registries say ``targets``, and what is in the way."""
    problems = Problems()
    return target.in_registry(
        {name: with_target(observation(), **said) for name, said in targets.items()}, problems
    ), problems


def test_one_answer_to_all_is_the_digest() -> None:
    assert asked(app1={}, app2={}) == (DIGEST, [])


def test_different_answers_are_told_with_who_got_which() -> None:
    _digest, problems = asked(app1={}, app2={"digest": OTHER}, app3={})
    assert len(problems) == 1
    assert f"app1, app3: {DIGEST}; app2: {OTHER}" in problems[0]


MISSING = {"digest": None, "error": "manifest unknown", "missing": True}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (MISSING, f"{IMAGE}:1.1.0 doesn't exist in its registry (manifest unknown). Look the version up"),
        (
            {"error": "timed out", "missing": False},
            "app1: the registry can't be asked for reg:5000/app:1.1.0 (timed out)",
        ),
        ({"error": "no login", "remedy": "Log in", "missing": False}, "app1: no login. Log in."),
        ({"error": "different images", "remedy": "One at a time"}, "app1: different images. One at a time."),
        ({"platforms": ["linux/arm64"]}, "is made for linux/arm64, and the host is linux/amd64"),
    ],
)
def test_what_the_registry_refuses(said: dict[str, Any], words: str) -> None:
    digest, problems = asked(app1=said)
    assert digest is None
    assert len(problems) == 1
    assert words in problems[0]


def test_what_is_missing_for_all_is_said_once() -> None:
    assert len(asked(app1=MISSING, app2=MISSING, app3=MISSING)[1]) == 1
    assert (
        len(asked(app1={"error": "timed out", "missing": False}, app2={"error": "timed out", "missing": False})[1]) == 2
    )


def test_a_host_that_gets_no_answer_hides_none_of_the_others() -> None:
    digest, problems = asked(app1=MISSING, app2={}, app3={"platforms": ["linux/s390x"]})
    assert digest == DIGEST
    assert len(problems) == 2


def test_an_image_without_a_list_of_platforms_is_taken() -> None:
    assert asked(app1={"platforms": []}) == (DIGEST, [])


@pytest.mark.parametrize(
    ("registry", "there", "digest", "moved"),
    [
        (DIGEST, {}, DIGEST, False),
        (DIGEST, {"app1": {DIGEST}}, DIGEST, False),
        (DIGEST, {"app1": {OLD}}, OLD, True),
        (DIGEST, {"app1": {OLD}, "app2": {OLD}}, OLD, True),
        (DIGEST, {"app1": {OLD, DIGEST}}, DIGEST, False),
        (DIGEST, {"app1": {OLD, OTHER}, "app2": {OLD}}, OLD, True),
        # Hosts that don't agree can't decide.
        (DIGEST, {"app1": {OLD}, "app2": {OTHER}}, DIGEST, False),
        # Built or loaded there: it says nothing about a registry.
        (DIGEST, {"app1": set()}, DIGEST, False),
        (DIGEST, {"app1": set(), "app2": {OLD}}, OLD, True),
        (None, {"app1": {OLD}}, OLD, False),
        (None, {"app1": {OLD}, "app2": {OTHER}}, None, False),
        (None, {}, None, False),
    ],
)
def test_the_one_digest(registry: str | None, there: dict[str, set[str]], digest: str | None, moved: bool) -> None:
    found, notes = target.settle(registry, there)
    assert found == digest
    assert bool(notes) == moved
    assert all(f"moved in the registry to {registry}" in note and str(digest) in note for note in notes)


@given(st.none() | st.sampled_from([DIGEST, OLD, OTHER]), fleets)
def test_hosts_that_agree_keep_their_image(registry: str | None, there: dict[str, set[str]]) -> None:
    found, notes = target.settle(registry, there)
    if target.agree(there) and any(there.values()):
        assert all(found in known for known in there.values() if known)
    else:
        assert found == registry
    assert bool(notes) == (found != registry and registry is not None)
    # The same fleet is told the same again: what was settled once is what the next run finds.
    assert target.settle(found, there) == (found, [])


def test_what_a_host_knows_its_image_by() -> None:
    seen = observation()
    container(seen)["digests"] = [f"{IMAGE}@{DIGEST}", f"mirror/app@{OLD}"]
    assert target.digests_of(seen) == {DIGEST, OLD}
    worker = {**container(seen), "digests": [f"{IMAGE}@{DIGEST}"]}
    seen["services"][0]["containers"].append(worker)
    assert target.digests_of(seen) == {DIGEST}, "what all of its containers run"
    worker["digests"] = []
    assert target.digests_of(seen) == set()
    assert target.digests_of({"services": []}) == set()


def room(free: int, backup: int = 0, trial: int = 0, **changes: Any) -> list[str]:
    """What is in the way of an image of 1 GiB in the registry, on a host with ``free`` bytes in its store."""
    seen = with_target(observation(), **{"size": GIB, **changes})
    seen["engine"]["images"] = {"free": free, "file_system": 7}
    seen["backup"]["file_system"] = 7 if backup else 8
    database = DatabasePlan(
        "app", "17.2", None, ["app1"], "app1", "/b", "postgres:17", 1, backup or GIB, 1, trial=trial
    )
    problems = Problems()
    target.refuse_small_stores({"app1": seen}, ["app1"], {"42/app": database}, problems)
    return problems


def test_an_image_needs_room_beside_the_backup_where_they_share_it() -> None:
    assert room(3 * GIB) == []
    assert (
        "store has only 3.0 GiB free, and there is to be room for: the image about 3.0 GiB. Free some"
        in room(3 * GIB - 1)[0]
    )
    assert room(4 * GIB, backup=GIB) == []
    assert "the image about 3.0 GiB, the backup about 1.0 GiB" in room(4 * GIB - 1, backup=GIB)[0]


def test_the_trial_of_a_backup_needs_room_whether_or_not_the_image_does() -> None:
    assert room(5 * GIB, trial=2 * GIB) == []
    assert "the image about 3.0 GiB, the trial of the backup about 2.0 GiB" in room(5 * GIB - 1, trial=2 * GIB)[0]
    assert room(2 * GIB, trial=2 * GIB, size=None) == []
    assert "runtime_backup_verify=read" in room(2 * GIB - 1, trial=2 * GIB, size=None)[0]


def test_one_hosts_answer_about_the_size_does_for_all() -> None:
    fleet = {"app1": with_target(observation(), size=GIB), "app2": with_target(observation(), size=None)}
    fleet["app2"]["engine"]["images"] = {"free": 3 * GIB - 1, "file_system": 7}
    problems = Problems()
    target.refuse_small_stores(fleet, ["app1", "app2"], {}, problems)
    assert [each.partition(":")[0] for each in problems] == ["app2"]


def test_an_image_that_is_there_needs_no_room() -> None:
    assert room(0, local={"id": "sha256:1", "digests": []}) == []
    assert room(0, size=None) == [], "what isn't known can't be refused"
    assert room(0, backup=GIB, size=None) == [], "a backup that doesn't fit is refused where backups are"


def test_a_moved_tag_does_not_split_the_fleet() -> None:
    fleet = {name: with_target(seen, digest=OTHER) for name, seen in three().items()}
    fleet["app1"] = with_target(observation("1.1.0"), digest=OTHER)
    container(fleet["app1"])["digests"] = [f"{IMAGE}@{DIGEST}"]
    made = plan(fleet)
    assert [host.action for host in made.hosts.values()] == ["none", "upgrade", "upgrade"]
    assert {host.digest for host in made.hosts.values()} == {None, DIGEST}
    assert f"the tag has moved in the registry to {OTHER} since app1 got it" in " ".join(made.notes)


def test_a_host_with_another_image_under_the_targets_tag_gets_the_fleets() -> None:
    fleet = {name: observation("1.1.0") for name in three()}
    for name, digest in (("app1", DIGEST), ("app2", OLD), ("app3", DIGEST)):
        container(fleet[name])["digests"] = [f"{IMAGE}@{digest}"]
    made = plan(fleet)
    assert [host.action for host in made.hosts.values()] == ["none", "upgrade", "none"]
    assert made.hosts["app2"].digest == DIGEST
    assert "app2 runs another image under the tag 1.1.0: it gets the fleet's" in made.notes
    assert made.changes


def test_a_split_fleet_needs_the_registry_to_say_which_image_is_meant() -> None:
    fleet = {name: with_target(observation("1.1.0"), **MISSING) for name in ("app1", "app2")}
    for name, digest in (("app1", DIGEST), ("app2", OLD)):
        container(fleet[name])["digests"] = [f"{IMAGE}@{digest}"]
    assert "doesn't exist in its registry" in str(refusal(fleet))


def test_a_fleet_that_agrees_at_the_target_needs_no_registry() -> None:
    fleet = {name: with_target(observation("1.1.0"), **MISSING) for name in ("app1", "app2")}
    assert not plan(fleet).changes
