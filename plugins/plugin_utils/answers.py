# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator has written, as Ansible hands it on. Pure.

AWX gives Ansible the answers of a survey as YAML that is marked unsafe, and from ansible-core 2.19 on quotes no longer count there: what wasn't answered
is nothing at all, and what looks like a number is one (https://github.com/ansible/awx/issues/16205).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Where an option isn't called as the variable that it comes from.
_VARIABLES = {"watch.expect": "runtime_health_expect", "watch.expect.json": "runtime_health_expect.json"}
_KINDS = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a text"),
    ((list, tuple), "a list"),
)


def taken(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A task's arguments without what wasn't answered, also in its ``watch``, its ``version`` and ``accept`` as they were meant.

    :raises RatchetError: where a version can't be told any more.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if isinstance(given.get("watch"), Mapping):
        # Up to ansible-core 2.18, a template makes of None what an empty field of a form is.
        given["watch"] = {name: value for name, value in given["watch"].items() if value not in (None, "")}
    if "version" in given:
        given["version"] = _version(given["version"])
    if isinstance(given.get("accept"), (str, list)):
        ids = given["accept"].split(",") if isinstance(given["accept"], str) else given["accept"]
        given["accept"] = [id for each in ids if (id := bare(each))]
    return given


def refuse_no_mapping(arguments: Mapping[str, Any], spec: Mapping[str, Any], within: str = "") -> None:
    """Refuse what should be a mapping and is none, by its variable: Ansible's own check of what is in it takes for granted that it is.

    :param arguments: of a task; what wasn't answered is left out or empty.
    :param spec: the options of that task, as Ansible's argument specs have them.
    :raises RatchetError: naming the first one, and not its value, which may be secret.
    """
    for name, option in spec.items():
        value, path = arguments.get(name), f"{within}{name}"
        if option.get("type") != "dict" or value in (None, ""):
            continue
        try:
            found = check_type_dict(value)
        except TypeError:
            kind = next((words for kinds, words in _KINDS if isinstance(value, kinds)), "something else")
            raise RatchetError(
                f"{_VARIABLES.get(path, f'runtime_{path}')} has to be a mapping, and is {kind}",
                "See docs/variables.md for what is in it. Nothing was touched",
            ) from None
        refuse_no_mapping(found, option.get("options") or {}, f"{path}.")


def bare(value: Any) -> str:
    """A word without the spaces and quotes around it, which are the way to keep Ansible from taking it for a number."""
    return str(value).strip().strip("\"'").strip()


def _version(value: Any) -> str:
    """What is no number is as it was written; of 17.10 there is only 17.1 left."""
    if isinstance(value, float):
        raise RatchetError(
            f"the version has become the number {value:g} on its way here, and {value:g}0 may have been meant",
            "Write it in quotes, in a form of AWX, too. Nothing was touched",
        )
    return bare(value)
