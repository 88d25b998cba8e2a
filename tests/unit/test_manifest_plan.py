"""Manifests go forward like everything else, and whatever is wrong is named before any is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    manifest_file,
    manifest_plan,
    manifest_product,
    manifest_table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems, Refusal, refuse_unread
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request

OLD, NEW = "2019.06.04T1110", "2019.07.16T1534"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: flow, namespace: prod}
spec:
  template:
    spec:
      containers:
      - name: flow
        image: IMAGE
        env:
        - {name: PASSWORD, value: hunter2}
"""


def of(
    *manifests: str,
    version: str = NEW,
    profile: Any = None,
    cluster: bool = False,
    live: dict[str, str] | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """The plan for manifests, of which one that isn't YAML yet is an image."""
    texts = [each if "\n" in each else DEPLOYMENT.replace("IMAGE", each) for each in manifests]
    contents = {f"/m/{number}.yml": text.encode() for number, text in enumerate(texts, 1)}
    images = [image for path, content in contents.items() for image in manifest_file.find(path, content)]
    chosen, notes, ours = manifest_product.of(images, profile, "/")
    request = Request(version=version, profile=chosen, notes=tuple(notes), **asked)
    return manifest_plan.plan(contents, ours, request, live or {}, cluster)


def refused(*manifests: str, **how: Any) -> str:
    with pytest.raises(RatchetError) as caught:
        refuse_unread(of(*manifests, **how))
    return str(caught.value)


def test_all_manifests_of_an_installation_change_together() -> None:
    plan = of(f"boomi/flow:{OLD}", f"mirror.corp:5000/boomi/flow:{OLD}", f"docker.io/boomi/flow:{NEW}", "nginx:1.27")
    assert [(each.path, [made.new for made in each.splices]) for each in plan["edits"]] == [
        ("/m/1.yml", [f"boomi/flow:{NEW}"]),
        ("/m/2.yml", [f"mirror.corp:5000/boomi/flow:{NEW}"]),
    ]
    assert (plan["current"], plan["change"], plan["profile"], plan["changes"]) == (OLD, "minor", "boomi_flow", True)


def test_the_plan_says_who_is_restarted_and_shows_no_secret() -> None:
    lines = "\n".join(manifest_table.of(of(f"boomi/flow:{OLD}"), None))
    assert f"+        image: boomi/flow:{NEW}" in lines
    assert "restart    Deployment flow in prod: its pods are replaced" in lines
    assert "All instances of the runtime have to be restarted" in lines
    assert "hunter2" not in lines


def test_an_image_behind_an_anchor_is_changed_once() -> None:
    text = f"x: &image boomi/flow:{OLD}\nspec: {{containers: [{{image: *image}}, {{image: *image}}]}}\n"
    (edit,) = of(text)["edits"]
    assert splice.spliced(text.encode(), edit.splices).decode() == text.replace(OLD, NEW)


def test_the_vendor_may_have_moved() -> None:
    plan = of("quay.io/astronomer/astro-runtime:12.5.0", version="3.0-1", accept=("major",), profile="astro_runtime")
    assert plan["edits"][0].splices[0].new == "astrocrpublic.azurecr.io/runtime:3.0-1"


def test_nothing_is_left_to_do_at_the_target() -> None:
    plan = of(f"boomi/flow:{NEW}")
    assert (plan["edits"], plan["changes"]) == ([], False)
    assert "Nothing is left to write: 1 manifest names" in manifest_table.of(plan, None)[0]


@pytest.mark.parametrize(
    ("images", "how", "words"),
    [
        ([f"boomi/flow:{NEW}"], {"version": OLD}, f"{NEW} is there, and {OLD} is older.*version control"),
        ([f"boomi/flow:{OLD}"], {"version": "latest"}, "'latest' is a floating tag"),
        ([f"boomi/flow:{OLD}"], {"version": "2019.07"}, "runtime_version: '2019.07' is"),
        ([f"boomi/flow:{OLD}"], {"version": "x; rm -rf /"}, "is not an image tag"),
        ([f"boomi/flow:{OLD}"], {"version": ""}, "no version was given"),
        (["boomi/flow:latest"], {}, "/m/1.yml line 9: 'latest' is a floating tag"),
        (["boomi/flow"], {}, "without a tag, which means latest"),
        ([f"boomi/flow:{OLD}@sha256:{'ab' * 32}"], {}, "pins the image to a digest"),
        (["'boomi/flow:{{ .Values.tag }}'"], {}, "/m/1.yml line 9 names an image that a template makes"),
        ([f"boomi/flow:{OLD}", "{{ .Values.image }}"], {}, "/m/2.yml line 9 names an image that a template makes"),
        (
            [f"boomi/flow:{OLD}", "boomi/flow:2019.05.01T0000"],
            {},
            "several versions of the runtime: .*1.yml line 9; .*2.yml line 9",
        ),
        (["boomi/flow:2019.05.01T0000", "boomi/flow:2019.05.01T0000", "nginx:1"], {"accept": ("majr",)}, "Write major"),
        ([f"boomi/flow:{OLD}", "apache/airflow:2.9.1"], {}, "different products: airflow, boomi_flow"),
        (["corp/one:1.0.0", "corp/two:1.0.0"], {}, 'which image .*corp/one, corp/two.*"images": ..corp/one'),
        (["nginx:1.27"], {}, "which image of the manifests is the runtime can't be told: nginx"),
        (["nginx:1.27"], {"profile": "boomi_flow"}, "name no image of boomi/flow: nginx"),
        (["corp/one:1.0.0"], {"version": "2.0.0"}, "crosses a major version"),
        (["apache/airflow:2.6.0"], {"version": "3.0.0"}, r"skips a required stop.*first \(https[^)]*\)\n"),
        (["pactfoundation/pact-broker:1.18.0-1"], {"version": "2.1.0-1"}, "would run both at once.*Recreate"),
    ],
)
def test_what_is_wrong_is_refused(images: list[str], how: dict[str, Any], words: str) -> None:
    assert re.search(words, refused(*images, **how)), refused(*images, **how)


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        of("boomi/flow", "boomi/flow:latest", version="latest")
    assert len(caught.value.details["problems"]) == 3


def test_a_variable_of_the_container_makes_a_consideration_fire() -> None:
    text = DEPLOYMENT.replace("PASSWORD", "PACT_BROKER_FEATURES")
    old = "2.107.1-pactbroker2.107.1"
    for manifest, fires in ((text, True), (DEPLOYMENT, False)):
        plan = of(manifest.replace("IMAGE", f"pactfoundation/pact-broker:{old}"), version="2.118.0-pactbroker2.113.1")
        assert ("pact-features" in [each["id"] for each in plan["considerations"]]) is fires


@pytest.mark.parametrize(("strategy", "told"), [("", True), ("  strategy: {type: Recreate}\n", False)])
def test_old_and_new_side_by_side_are_told_of(strategy: str, told: bool) -> None:
    text = DEPLOYMENT.replace("IMAGE", f"boomi/flow:{OLD}").replace("spec:\n  template", f"spec:\n{strategy}  template")
    assert any("side by side" in note for note in of(text)["notes"]) is told


def test_the_cluster_may_be_ahead_of_the_manifests() -> None:
    later = {"Deployment flow in prod, container flow": "boomi/flow:2020.01.01T0000"}
    assert "2020.01.01T0000 runs, and" in refused(f"boomi/flow:{OLD}", live=later, cluster=True)


def test_a_cluster_that_is_behind_is_something_to_do() -> None:
    behind = {"Deployment flow in prod, container flow": f"boomi/flow:{OLD}"}
    plan = of(f"boomi/flow:{NEW}", live=behind, cluster=True, accept=("no_backup",))
    assert (plan["edits"], plan["changes"]) == ([], True)
    refuse_unread(plan)


def test_nothing_is_applied_without_a_word_about_the_backup() -> None:
    assert "nothing here backs up the database" in refused(f"boomi/flow:{OLD}", cluster=True)
    assert of(f"boomi/flow:{OLD}")["matters"] == []


def test_what_is_no_yaml_is_edited_but_not_applied() -> None:
    text = f"kind: Deployment\nspec:\n    containers:\n    - name: flow\n        image: boomi/flow:{OLD}\n"
    assert of(text)["edits"]
    assert "so it can't be applied" in refused(text, cluster=True, accept=("no_backup",))


def test_a_window_counts_for_the_cluster() -> None:
    noon = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    how = {"cluster": True, "accept": ("no_backup",), "now": noon, "window": "22:00-04:00 UTC"}
    assert "outside the maintenance window" in refused(f"boomi/flow:{OLD}", **how)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("images:\n- name: boomi/flow\n  newTag: 2019.06.04T1110\n", True),
        ("images:\n- newName: corp/flow\n  name: 'boomi/flow'\n", True),
        ("images:\n- name: boomi/flow-proxy\n  newTag: 1.0.0\n", False),
        ("resources: [deployment.yml]\nnamePrefix: boomi/flow\n", False),
    ],
)
def test_an_overlay_that_decides_the_image_is_refused(text: str, refused: bool) -> None:
    images = manifest_file.find("/m/1.yml", DEPLOYMENT.replace("IMAGE", f"boomi/flow:{OLD}").encode())
    problems = Problems()
    manifest_product.refuse_overlays({"/m/kustomization.yaml": text.encode()}, images, problems)
    assert bool(problems) is refused
