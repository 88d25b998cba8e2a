"""docs/sources.md: every statement has a proof that exists or the reason why there is none, and what it says is printed is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profiles, tables
from fleet_observations import plan, request, three

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| statement", "| ---"))]
TEST = re.compile(r"`((?:unit|integration|real|large|faults)/\w+\.py)::(\w+)`")
SCENARIO = re.compile(r"`molecule/(\w+)`")


def test_every_test_that_is_named_exists() -> None:
    named = set(TEST.findall(PAGE))
    assert len(named) > 60
    for file, name in sorted(named):
        path = ROOT / "tests" / file
        assert path.is_file(), file
        assert re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE), f"{file}::{name}"


def test_every_scenario_that_is_named_is_run() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name in sorted(set(SCENARIO.findall(PAGE))):
        assert (ROOT / "molecule" / name / "converge.yml").is_file(), name
        assert re.search(rf"\b{name}\b", makefile), name


def test_everything_in_the_form_of_a_proof_is_one() -> None:
    for each in re.findall(r"`([^`]*(?:::|molecule/)[^`]*)`", PAGE):
        if each != "molecule/":
            assert TEST.fullmatch(f"`{each}`") or SCENARIO.fullmatch(f"`{each}`"), each


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_statement_has_a_proof_or_a_reason(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 3, "a | of its own would be another column"
    assert TEST.search(cells[2]) or SCENARIO.search(cells[2]) or re.search(r"\*\*[Nn]ot \w+", cells[2])


def test_the_plan_names_the_release_notes() -> None:
    assert profiles.load("boomi_flow", None, "/")[0].links["releases"] == "https://hub.docker.com/r/boomi/flow/tags"
    known = {"links": {"releases": "https://example.com/releases"}}
    lines = tables.plan(plan(three(), request(strategy="rolling", profile=known)).as_dict())
    assert "  note       Release notes: https://example.com/releases" in lines
    assert not any("Release notes" in note for note in plan(three(running="1.1.0"), request(profile=known)).notes)


def test_advice_is_printed_after_an_upgrade() -> None:
    advice = profiles.load("boomi_flow", None, "/")[0].advice
    told = tables.afterwards({"advice": advice, "hops": []})
    assert "Afterwards: If a flow has trouble after the upgrade, deploy it again." in told
