# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many hosts are upgraded at a time, as Ansible's ``serial`` takes it. Pure.

https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_strategies.html ("Setting the batch size with serial")
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

_PERCENT = re.compile(r"(?:100|[1-9]?[0-9])%")


def parse(value: Any) -> list[int | str]:
    """Batch sizes: numbers of hosts and percentages of them; the last one repeats.

    :param value: one size or a list of sizes, as the operator wrote it: ``1``, ``"25%"``, ``[1, 5, "50%"]``.
    :raises RatchetError: when Ansible would fail on it in the middle of a run, or take it for all hosts at once (0 and less).
    """
    sizes = value if isinstance(value, (list, tuple)) else [value]
    if not sizes:
        raise _refused(value)
    return [_size(each, value) for each in sizes]


def cut(sizes: Sequence[int | str], hosts: Sequence[str]) -> list[list[str]]:
    """The batches that Ansible makes of hosts, in their order.

    :param sizes: as :func:`parse` returns them.
    """
    cut, begin = [], 0
    while begin < len(hosts):
        size = _of_all(sizes[min(len(cut), len(sizes) - 1)], len(hosts))
        cut.append(list(hosts[begin : begin + size]))
        begin += size
    return cut


def _of_all(size: int | str, number: int) -> int:
    return size if isinstance(size, int) else max(1, number * int(size.rstrip("%")) // 100)


def _size(size: Any, value: Any) -> int | str:
    text = str(size).strip()
    if not isinstance(size, bool) and re.fullmatch(r"[0-9]{1,6}", text) and int(text) > 0:
        return int(text)
    if _PERCENT.fullmatch(text) and text != "0%":
        return text
    raise _refused(value)


def _refused(value: Any) -> RatchetError:
    return RatchetError(
        f"runtime_serial: {str(value)!r} isn't a size of batches",
        'Give a number of hosts (1 or more), a percentage ("25%"; "100%" is all at once), or a list of those: [1, 5, "50%"]',
    )
