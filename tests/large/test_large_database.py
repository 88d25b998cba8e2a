# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database comes back identical: every value, large object, sequence and definition, and the database's own properties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import contents
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, database, restore
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from conftest import made, psql
from sample_project import Sample

RUIN = (Path(__file__).parent / "ruin.sql").read_text()


@pytest.mark.parametrize(
    ("name", "scale", "form", "least"),
    [('it\'s "small"=1', 0.02, "custom", 0), ("large", 1, "directory", 2e9)],
    ids=["small and custom", "large"],
)
def test_it_comes_back_identical(
    engine: Engine,
    sample: Sample,
    access: database.Access,
    store: Path,
    name: str,
    scale: float,
    form: str,
    least: float,
) -> None:
    access = replace(access, name=made(sample, name, scale))
    before = contents.read(sample, access, name)
    backed_up = backup.make(engine, access, backup.Wish(str(store), jobs=2, format=form, verify="restore"))
    assert backed_up["database"]["size"] >= least
    psql(sample, name, RUIN)
    restore.restore(engine, access, restore.Wish(str(store), backed_up["id"], jobs=2, safety=False))
    assert contents.differences(before, contents.read(sample, access, name)) == []
