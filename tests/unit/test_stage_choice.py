"""Tags choose stages that stop nothing, and skip no guard (laws 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible_collections.ratchet.runtime.plugins.plugin_utils import stage_choice

ROOT = Path(__file__).parents[2]
WORDS = ("plan", "prepare", "backup", "rollout", "always", "never", "all", "tagged", "untagged", "nginx")


def runs(tags: list[str], only: tuple[str, ...], skip: tuple[str, ...]) -> bool:
    """Ansible's own judgement."""
    task = Task(block=Block(play=Play()))
    task.tags = tags
    return task.evaluate_tags(frozenset(only or ("all",)), frozenset(skip), {})


def choices(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(words, number) for number in range(3))


def test_whatever_tags_are_chosen_or_skipped_all_stages_of_an_upgrade_are_run_or_none() -> None:
    upgrade = yaml.safe_load(ROOT.joinpath("playbooks", "upgrade.yml").read_text())
    plays = [play["tags"] for play in upgrade if "tags" in play]
    assert len(plays) == len(upgrade) - 1
    for only in choices(WORDS):
        for skip in choices(WORDS):
            assert len({runs(play, only, skip) for play in plays}) == 1, (only, skip)


def test_nothing_below_has_tags_of_its_own() -> None:
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/handlers/*.yml")]
    tagged = {
        path.name for path in files if any(line.strip().startswith("tags:") for line in path.read_text().splitlines())
    }
    assert tagged == {"upgrade.yml", "whole_stages.yml"}


@pytest.mark.parametrize(
    ("tags", "stages"),
    [
        (["all"], None),
        (["tagged"], None),
        (["all", "backup"], None),
        (["nginx"], None),
        (["plan"], {"plan"}),
        (["prepare", "nginx"], {"prepare"}),
        (["backup", "prepare"], {"prepare", "backup"}),
    ],
)
def test_tags_choose_stages(tags: list[str], stages: set[str] | None) -> None:
    assert stage_choice.chosen(tags) == stages


HOST: dict[str, Any] = {
    "action": "upgrade",
    "migrates": True,
    "stops": True,
    "backs_up": True,
    "images": [{"reference": "x"}],
    "edits": [{"path": "x"}],
    "builds": {"web": {}},
}


@pytest.mark.parametrize(
    "stages", [{"plan"}, {"prepare"}, {"backup"}, {"prepare", "backup"}, {"plan", "prepare", "backup"}]
)
def test_a_part_of_an_upgrade_stops_nothing_and_does_what_is_chosen(stages: set[str]) -> None:
    made = stage_choice.only(
        {"changes": True, "resumes": True, "delay": 5.0, "hosts": {"app1": HOST}, "run": "r"}, stages
    )
    host = made["hosts"]["app1"]
    assert (made["changes"], made["resumes"], made["delay"], made["run"]) == (False, False, 0.0, "r")
    assert (host["action"], host["migrates"], host["stops"]) == ("none", False, False)
    assert host["backs_up"] == ("backup" in stages)
    assert bool(host["images"]) == bool(host["edits"]) == bool(host["builds"]) == ("prepare" in stages)
    assert HOST["action"] == "upgrade"
