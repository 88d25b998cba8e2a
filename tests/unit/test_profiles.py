"""Finding, extending and reading profiles; and that a mistake in one is named with its place, all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, profile_schema, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

MINIMAL = """\
---
name: shop
title: The shop
scheme: semver
migrates: {by: application}
"""


def load(tmp_path: Path, content: str) -> Profile:
    (tmp_path / "shop.yml").write_text(content)
    return profiles.load("shop.yml", None, str(tmp_path))[0]


def errors(tmp_path: Path, content: str) -> list[str]:
    with pytest.raises(RatchetError) as caught:
        load(tmp_path, content)
    return [each.replace(f"{tmp_path}/", "") for each in caught.value.details.get("wrong", [str(caught.value)])]


# --- by the image ---


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("pactfoundation/pact-broker:2.107.0.1", "pact_broker"),
        ("docker.io/pactfoundation/pact-broker", "pact_broker"),
        ("ghcr.io/pact-foundation/pact-broker:2.107.0.1", "pact_broker"),
        ("registry.corp:5000/mirror/pactfoundation/pact-broker:2.107.0.1", "pact_broker"),
        ("registry.corp/docker.io/pactfoundation/pact-broker", "pact_broker"),
        ("apache/airflow:2.10.5-python3.12", "airflow"),
        ("proxy.corp/apache/airflow:2.10.5", "airflow"),
        ("quay.io/astronomer/astro-runtime:12.5.0", "astro_runtime"),
        ("astrocrpublic.azurecr.io/runtime:3.0-1", "astro_runtime"),
        ("registry.corp/astrocrpublic.azurecr.io/runtime:3.0-1", "astro_runtime"),
        ("boomi/flow:2019.07.16T1534", "boomi_flow"),
        # A word, part of a word, another organisation, or what is expressly something else:
        ("registry.corp/team/runtime:3.0-1", None),
        ("runtime:3.0-1", None),
        ("notapache/airflow:2.10.5", None),
        ("registry.corp/xapache/airflow:2.10.5", None),
        ("apache/airflow-tools:1.0.0", None),
        ("apache/airflow/child:1.0.0", None),
        ("airflow:2.10.5", None),
        ("dius/pact-broker:2.79.1.1", None),
        ("registry.corp/mirror/dius/pact-broker:2.79.1.1", None),
        ("quay.io/astronomer/ap-airflow:2.2.5", None),
        ("postgres:17", None),
    ],
)
def test_an_image_is_recognised_or_left_alone(image: str, name: str | None) -> None:
    reference = profiles.parse_reference(image)
    assert profiles.detect(reference) == name
    profile, notes = profiles.load(None, reference, ".")
    assert profile.name == name or profile.name == "generic"
    assert bool(notes) == (name is None)


def test_without_an_image_it_is_the_generic_one_and_says_so() -> None:
    profile, notes = profiles.load(None, None, ".")
    assert profile.name == "generic"
    assert "generic" in notes[0]


# --- by name, path or mapping ---


def test_an_unknown_name_lists_the_shipped_ones_and_the_likely_one() -> None:
    with pytest.raises(RatchetError) as caught:
        profiles.load("pact_brocker", None, ".")
    assert "did you mean 'pact_broker'?" in str(caught.value)
    assert "airflow, astro_runtime, boomi_flow, generic, pact_broker" in str(caught.value)


@pytest.mark.parametrize("wanted", ["../profiles/airflow", "/etc/passwd\0", "../../etc/shadow"])
def test_a_name_with_a_slash_is_a_path_and_nothing_of_ours(wanted: str, tmp_path: Path) -> None:
    with pytest.raises((RatchetError, ValueError)):
        profiles.load(wanted, None, str(tmp_path))


def test_a_path_is_absolute_or_relative_to_the_playbook(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL).title == "The shop"
    assert profiles.load(str(tmp_path / "shop.yml"), None, "/nowhere")[0].title == "The shop"
    with pytest.raises(RatchetError, match="can't be read: No such file"):
        profiles.load("other.yaml", None, str(tmp_path))


def test_a_mapping_extends_generic() -> None:
    profile, _notes = profiles.load({"health": {"port": 8080, "path": "/up"}}, None, ".")
    assert (profile.name, profile.scheme) == ("generic", "semver")
    assert (profile.health[0].port, profile.health[0].path) == (8080, "/up")
    assert profile.majors.need_accepting


def test_a_mapping_is_judged_as_a_file_is() -> None:
    mapping = {
        "extends": "airflow",
        "health": {"prot": 1},
        "required_stops": [{"id": "Ours", "crossing": 3.1, "at_least": "2.9.0", "why": "x"}],
    }
    with pytest.raises(RatchetError) as caught:
        profiles.load(mapping, None, ".")
    assert "runtime_profile.health.prot: there is no key 'prot' here (did you mean 'port'?)" in str(caught.value)
    assert "runtime_profile.required_stops[0].id: 'Ours' isn't an id" in str(caught.value)
    assert "runtime_profile.required_stops[0].crossing: put 3.1 in quotes" in str(caught.value)


# --- extending ---


def test_an_extension_merges_maps_and_entries_by_id_and_appends_images(tmp_path: Path) -> None:
    profile = load(
        tmp_path,
        """\
        extends: airflow
        name: ours
        images: [registry.corp/team/airflow]
        links: {runbook: "https://wiki.corp/airflow"}
        considerations:
          - {id: airflow-2.3-dangling-rows, needs_accepting: true}
          - {id: ours, crossing: 2.9.0, message: Tell the team}
        services: {order: [scheduler]}
        """,
    )
    parent = profiles.load("airflow", None, ".")[0]
    assert (profile.name, profile.title) == ("ours", parent.title)
    assert [each.image for each in profile.images] == ["apache/airflow", "registry.corp/team/airflow"]
    assert profile.links == {**parent.links, "runbook": "https://wiki.corp/airflow"}
    assert [each.id for each in profile.considerations] == [*(each.id for each in parent.considerations), "ours"]
    changed = next(each for each in profile.considerations if each.id == "airflow-2.3-dangling-rows")
    assert changed.needs_accepting
    assert changed.time is not None
    assert profile.services.order == ("scheduler",)  # another list: replaced
    assert profile.services.share_image
    assert profile.heads == parent.heads


def test_what_an_extension_says_of_health_holds_for_all_versions() -> None:
    profile, _notes = profiles.load({"extends": "airflow", "health": {"path": "/base/health"}}, None, ".")
    assert {crossings.health(profile, tag).path for tag in ("2.10.5", "3.1.0")} == {"/base/health"}
    profile, _notes = profiles.load({"extends": "airflow", "health": {"port": 8081}}, None, ".")
    told = [crossings.health(profile, tag) for tag in ("2.10.5", "3.1.0")]
    assert [(each.port, each.path) for each in told] == [(8081, "/health"), (8081, "/api/v2/monitor/health")]


def test_another_scheme_has_to_read_the_parents_versions_too() -> None:
    with pytest.raises(RatchetError, match=r"airflow\.yml line \d+: .*scheme calver"):
        profiles.load({"extends": "airflow", "scheme": "calver"}, None, ".")


def test_an_extension_may_not_say_two_things_of_one_entry() -> None:
    twice = [{"id": "airflow-2.7-before-3", "at_least": tag} for tag in ("2.8.0", "2.9.0")]
    with pytest.raises(RatchetError, match=r"required_stops\[1\]\.id: the id 'airflow-2\.7-before-3' is taken"):
        profiles.load({"extends": "airflow", "required_stops": twice}, None, ".")


def test_an_unknown_parent_is_named_with_its_line(tmp_path: Path) -> None:
    assert (
        "shop.yml line 1: extends: there is no profile 'airfow' (did you mean 'airflow'?)"
        in errors(tmp_path, "extends: airfow\n")[0]
    )


# --- mistakes ---


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("tytle: x", "line 6: there is no key 'tytle' here (did you mean 'title'?)"),
        ("ledger: alembik", "line 6: there is no migration framework 'alembik' (did you mean 'alembic'?)"),
        ("images: apache/airflow", "line 6: it has to be a list, and is text"),
        ("images: [apache/airflow:2.0.0]", "line 6: 'apache/airflow:2.0.0' has a tag or digest"),
        ("images: ['Not An Image']", "line 6: 'Not An Image' is not an image reference"),
        ("health: {port: 70000}", "line 6: it has to be a whole number from 1 to 65535"),
        ("health: {port: '8080'}", "line 6: it has to be a whole number from 1 to 65535"),
        ("health: {path: up}", "line 6: 'up' isn't a path that starts with /"),
        ("health: {asks_database: 1}", "line 6: it has to be true or false"),
        ("health: [1]", "line 6: it has to be a mapping, and is a list"),
        ("title: other", "line 6: 'title' is there twice"),
        ("advice: [null]", "line 6: it has to be text, and is empty"),
        ("benign: {logs: ['(']}", "line 6: '(' isn't a regular expression"),
        ("benign: {moved: [old_.*]}", "line 6: 'old_.*' doesn't name the table the rows are of"),
        ("heads: {abc: 1.2}", "line 6: '1.2' is a partial version"),
        ("heads: {abc: 1.2.0-alpine}", "line 6: '1.2.0-alpine' names the variant 'alpine'"),
        ("heads: {a/b: 1.2.0}", "line 6: 'a/b' isn't a schema head"),
        ("links: {releases: www.example.com}", "line 6: 'www.example.com' isn't a URL"),
        ("back: {by: command}", "line 6: by: command needs the command"),
        ("back: {by: prayer}", "line 6: there is no way back 'prayer'"),
        ("version: [{says: image}]", "line 6: exactly one of label, http, exec has to be there"),
        ("version: [{says: image, label: a, exec: [b]}]", "line 6: exactly one of label, http, exec has to be there"),
        ("version: [{says: image, http: {path: /, field: a, header: b}}]", "line 6: exactly one of field, header"),
        (
            "compatible: [{id: a, from: 2.0.0, before: 1.0.0, why: x}]",
            "line 6: from: 2.0.0 has to be below before: 1.0.0",
        ),
        (
            "incompatible: [{id: a, from: 1.0.0, until: 1.0.0, why: x}]",
            "line 6: from: 1.0.0 has to be below until: 1.0.0",
        ),
        (
            "required_stops: [{id: a, crossing: 1.0.0, at_least: 1.0.0, why: x}]",
            "line 6: at_least: 1.0.0 has to be below",
        ),
        ("required_stops: [{id: a, crossing: 1.0.0, why: x}]", "line 6: at_least is missing"),
        ("considerations: [{id: a, message: x}, {id: a, message: y}]", "line 6: the id 'a' is taken by"),
        (
            "considerations: [{id: major, message: x}]",
            "line 6: the id 'major' is taken by what may have to be accepted",
        ),
        (
            "considerations: [{id: a, message: x}]\nincompatible: [{id: a, from: 1.0.0, until: 2.0.0, why: x}]",
            "line 7: the id 'a' is taken by",
        ),
        (
            "considerations: [{id: a, message: x, when: {env: a-b}}]",
            "line 6: 'a-b' isn't the name of an environment variable",
        ),
        (
            "considerations: [{id: a, message: x, crossing: 1.0.0, from: 1.0.0}]",
            "line 6: crossing and from/before say different",
        ),
        ("considerations: [{id: a, message: x, time: {at_least: -1}}]", "line 6: it has to be a whole number from 0"),
        ("health: {since: [{from: 2.0.0}, {from: 1.0.0}]}", "line 6: 1.0.0 isn't above 2.0.0"),
        ("? [a, b]\n: c", "line 6: a key has to be a word"),
        ("advice: &a [*a]", "line 6: the alias never ends"),
        ("advice: [", "isn't valid YAML"),
        ("- x", "isn't valid YAML"),
    ],
)
def test_a_mistake_is_refused_with_file_and_line(tmp_path: Path, line: str, error: str) -> None:
    found = errors(tmp_path, MINIMAL + line + "\n")
    assert len(found) == 1, found
    assert f"shop.yml {error}" in found[0] or (error.startswith("isn't") and error in found[0])


@pytest.mark.parametrize("by", ["service", "command"])
def test_who_migrates_has_to_be_named(tmp_path: Path, by: str) -> None:
    found = errors(tmp_path, MINIMAL.replace("application", by))
    assert found == [f"shop.yml line 5: by: {by} needs the {by}"]


def test_all_mistakes_are_in_one_message(tmp_path: Path) -> None:
    found = errors(tmp_path, "name: Shop\nscheme: semvr\nmigrates:\n  by: nobody\nadvise: []\n")
    assert [each.split(":")[0] for each in found] == [f"shop.yml line {line}" for line in (1, 2, 4, 5, 1)]
    assert "title is missing" in found[-1]


@pytest.mark.parametrize("content", ["", "---\n", "[]\n", "text\n", "--- {}\n--- {}\n", "\t\n", "a: \x00\n"])
def test_what_is_no_profile_at_all_is_refused(tmp_path: Path, content: str) -> None:
    assert all("shop.yml" in each for each in errors(tmp_path, content))


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_bytes(b"name: \xff\n")
    with pytest.raises(RatchetError, match="isn't UTF-8"):
        profiles.load("shop.yml", None, str(tmp_path))


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    layers = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "never ends" in errors(tmp_path, f"{MINIMAL}health:\n json:\n  l0: &l0 [x]\n{layers}")[0]


def test_a_version_keeps_the_digits_it_was_written_with(tmp_path: Path) -> None:
    profile = load(tmp_path, MINIMAL.replace("semver", "numeric") + "heads: {686269002441: 3.10, 1e5: 3.9}\n")
    assert profile.heads == {"686269002441": "3.10", "1e5": "3.9"}


def test_a_profile_is_json(tmp_path: Path) -> None:
    profile = load(tmp_path, MINIMAL + "health: {port: 80, json: {ok: true, n: 1, x: null, l: [a, 1.5]}}\n")
    assert json.loads(json.dumps(profile.as_dict()))["health"][0]["json"] == {
        "ok": True,
        "n": 1,
        "x": None,
        "l": ["a", 1.5],
    }


# --- the guide ---

GUIDE = (Path(profiles.__file__).parents[2] / "docs" / "profiles.md").read_text()


def test_the_whole_profile_of_the_guide_loads(tmp_path: Path) -> None:
    whole = GUIDE.split("## A whole one")[1].split("```yaml\n")[1].split("```")[0]
    assert [each.at_least for each in crossings.required_stops(load(tmp_path, whole), "1.4.0", "2.0.0")] == ["1.9.0"]


def test_the_guide_tells_every_key() -> None:
    reference = GUIDE.split("## Reference")[1]
    assert [key for key in profile_schema.PROFILE.keys if f"`{key}`" not in reference] == []
