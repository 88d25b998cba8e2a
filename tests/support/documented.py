# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of modules, tests and filters, as it stands in their files."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ratchet.runtime.plugins.doc_fragments.runtime import ModuleDocFragment

ROOT = Path(__file__).parents[2]
MODULES = {each.stem: each for each in sorted(ROOT.glob("plugins/modules/*.py"))}
OTHERS = {each.stem: each for each in sorted([*ROOT.glob("plugins/test/*.yml"), *ROOT.glob("plugins/filter/*.yml")])}


def _texts(module: Path) -> dict[str, str]:
    """DOCUMENTATION, EXAMPLES and RETURN of a module."""
    found = {}
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            found[node.targets[0].id] = str(node.value.value)
    return found


def examples(name: str) -> str:
    """The examples of a module, test or filter, as text."""
    if name in MODULES:
        return _texts(MODULES[name])["EXAMPLES"]
    return str(yaml.safe_load(OTHERS[name].read_text(encoding="utf-8"))["EXAMPLES"])


def options(name: str) -> dict[str, dict[str, Any]]:
    """The documented options of a module, with those of the fragments that it extends."""
    documentation = yaml.safe_load(_texts(MODULES[name])["DOCUMENTATION"])
    found: dict[str, dict[str, Any]] = {}
    for fragment in documentation.get("extends_documentation_fragment", []):
        part = fragment.removeprefix("ratchet.runtime.runtime").lstrip(".").upper() or "DOCUMENTATION"
        found |= yaml.safe_load(getattr(ModuleDocFragment, part)).get("options", {})
    return found | documentation.get("options", {})
