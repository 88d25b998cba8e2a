"""The profiles that ship: what the vendors' upgrade pages say is data, and a typo in any of it is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profiles, versions
from shipped import FOLDER, NAMES, shipped


def test_these_are_the_shipped_ones() -> None:
    assert tuple(profiles.shipped()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_named_after_its_file_and_goes_into_a_plan(name: str) -> None:
    profile = shipped(name)
    assert profile.name == name
    assert profile.scheme in versions.SCHEMES
    assert json.loads(json.dumps(profile.as_dict()))["title"]


@pytest.mark.parametrize("name", [each for each in NAMES if each != "generic"])
def test_every_fact_has_its_vendor_link(name: str) -> None:
    profile = shipped(name)
    facts = (*profile.considerations, *profile.required_stops, *profile.compatible, *profile.incompatible)
    assert [each.id for each in facts if not each.link] == []
    assert {"releases", "upgrade"} <= set(profile.links)


def test_no_id_is_used_by_two_profiles() -> None:
    # Operators accept by id; what they accept should be one thing.
    ids = [each.id for name in NAMES for each in shipped(name).considerations]
    assert len(ids) == len(set(ids))


def nodes(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.Node, yaml.Node]]:
    """Every key with its value, and the path of keys to it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key, value
            yield from nodes(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from nodes(each, path)


# Below these, keys are the operator's: names of tables, heads, links, versions, variables, and what bodies contain.
OPEN = ("json", "body", "heads", "versions", "links", "per_million_rows", "environment")
VERSIONS = ("from", "before", "until", "crossing", "at_least", "down_to")


def refusal(path: Path, content: str) -> str:
    path.write_text(content)
    with pytest.raises(RatchetError) as caught:
        profiles.load(str(path), None, ".")
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_typo_in_any_key_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    tried = 0
    for path, key, _value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        if any(each in OPEN for each in path[:-1]):
            continue
        end = key.end_mark.index
        error = refusal(tmp_path / "mutant.yml", f"{text[:end]}x{text[end:]}")
        assert f"mutant.yml line {key.start_mark.line + 1}: there is no key '{key.value}x' here" in error, path
        assert f"did you mean '{key.value}'" in error, path
        tried += 1
    assert tried >= 10


@pytest.mark.parametrize("name", NAMES)
def test_a_version_that_its_scheme_cannot_read_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    for path, _key, value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        is_version = (path[-1] in VERSIONS and path[-2:] != ("time", "at_least")) or path[-2:-1] == ("heads",)
        if is_version:
            start, end = value.start_mark.index, value.end_mark.index
            error = refusal(tmp_path / "mutant.yml", f"{text[:start]}latest{text[end:]}")
            assert f"mutant.yml line {value.start_mark.line + 1}: 'latest' is a floating tag" in error, path


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_another_kind_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    for path, _key, value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        if {"json", "body"} & {*path} or not isinstance(value, yaml.ScalarNode):
            continue
        start, end = value.start_mark.index, value.end_mark.index
        error = refusal(tmp_path / "mutant.yml", f"{text[:start]}{{}}{text[end:].lstrip(' ')}")
        assert f"mutant.yml line {value.start_mark.line + 1}" in error, path
