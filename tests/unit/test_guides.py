# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README and the guides tell a reader to type exists, and what they quote is what is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.ratchet.runtime.plugins.plugin_utils import problems, variables

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FAULTS = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
ADDRESS = re.compile(r"\bratchet\.runtime\.([a-z_]+)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_name_playbooks_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command in re.findall(r"ansible-playbook +(?:-\S+ +\S+ +)*ratchet\.runtime\.([a-z_]+)", text):
        assert (ROOT / f"playbooks/{command}.yml").exists(), command


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_variables_that_are_told_are_public(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    told = {
        *re.findall(r"-e ['\"]?\{?['\"]?(runtime_[a-z_]+)", text),
        *re.findall(r"(?m)^ *#? ?(runtime_[a-z_]+):", text),
    }
    assert told - variables.PUBLIC == set()


def test_the_page_of_variables_has_every_public_one_once() -> None:
    page = (ROOT / "docs/variables.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `runtime_")]
    told = [each for row in rows for each in re.findall(r"`(runtime_[a-z_]+)`", row.split("|")[1])]
    assert sorted(told) == sorted(variables.PUBLIC)


def test_what_proves_that_a_product_works_is_there() -> None:
    table = README.partition("| product | works: proven by | command |")[2].partition("\n\n")[0]
    rows = [row.split("|") for row in table.splitlines() if row.count("|") == 4 and "---" not in row]
    assert len(rows) > 5
    for _start, product, proof, command, _end in rows:
        named = re.findall(r"`([^`]+)`", proof)
        assert named, product
        for each in named:
            made = each.startswith("make ") and f"\n{each.removeprefix('make ')}:" in MAKEFILE
            assert made or (ROOT / "molecule" / each).is_dir() or (ROOT / each).is_file(), f"{product}: {each}"
        assert ADDRESS.search(command), product


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_yaml_is_valid(page: Path) -> None:
    for fenced in re.findall(r"(?ms)^ *```yaml\n(.*?)^ *```", page.read_text(encoding="utf-8")):
        assert yaml.safe_load(fenced) is not None


def said() -> str:
    """All that the collection says: its sources, with what separates two halves of one text taken out."""
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/**/*.yml")]
    text = "\n".join(each.read_text(encoding="utf-8") for each in sorted(files))
    return re.sub(r"""["']\s*\n\s*f?["']""", "", text)


def test_the_page_of_faults_quotes_what_is_said() -> None:
    rows = [
        row for row in FAULTS.splitlines() if row.startswith("| ") and "`" in row.split("|")[1] and "---" not in row
    ]
    quoted = [each for row in rows for each in re.findall(r"`([^`]+)`", row.split("|")[1]) if " " in each]
    assert len(quoted) > 40
    everything = said()
    missing = [part for each in quoted for part in each.split("…") if part.strip() not in everything]
    assert missing == []


def test_the_page_of_faults_has_everything_that_can_be_accepted() -> None:
    told = {
        each
        for row in FAULTS.splitlines()
        if row.startswith("| `")
        for each in re.findall(r"`([a-z_]+)`", row.split("|")[1])
    }
    assert set(problems.MATTERS) - told == set()
