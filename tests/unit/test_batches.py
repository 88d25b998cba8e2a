# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches are what the operator wrote, or refused: nothing that Ansible would take for all hosts, or fail on half-way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.executor.playbook_executor import PlaybookExecutor
from ansible.utils.helpers import pct_to_int
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import batches


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        (1, [1]),
        ("3", [3]),
        ("25%", ["25%"]),
        ("100%", ["100%"]),
        ([1, "5", "50%"], [1, 5, "50%"]),
    ],
)
def test_sizes_are_read(value: Any, sizes: list[int | str]) -> None:
    assert batches.parse(value) == sizes
    assert all(pct_to_int(size, 200) > 0 for size in sizes), "Ansible takes them as they are"


@pytest.mark.parametrize("value", [0, "0", -1, "zero", "", None, True, 1.5, "0%", "101%", "1e3", [], [1, 0], [[1]], {}])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(RatchetError, match=r"runtime_serial: .* isn't a size of batches"):
        batches.parse(value)


@pytest.mark.parametrize("number", [1, 3, 10, 200])
@pytest.mark.parametrize("sizes", [[1], [3], ["25%"], ["100%"], [1, "30%"], [1, 5, "50%"], ["1%"]])
def test_batches_are_those_that_ansible_makes(sizes: list[int | str], number: int) -> None:
    hosts = [f"app{each}" for each in range(number)]
    play = SimpleNamespace(hosts=hosts, serial=sizes, order=None)
    inventory = SimpleNamespace(get_hosts=lambda *_arguments, **_options: list(hosts))
    made = PlaybookExecutor._get_serialized_batches(SimpleNamespace(_inventory=inventory), play)
    assert batches.cut(sizes, hosts) == made
