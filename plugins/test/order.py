# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that compare two image tags; each is documented in the YAML file of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from ansible.errors import AnsibleTemplatePluginError
except ImportError:  # before ansible-core 2.19
    from ansible.errors import AnsibleFilterError as AnsibleTemplatePluginError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions


def newer_than(tag: Any, other: Any, scheme: str = "semver") -> bool:
    """Whether ``tag`` is a newer version than ``other``."""
    return _relation(tag, other, scheme) == "newer"


def older_than(tag: Any, other: Any, scheme: str = "semver") -> bool:
    """Whether ``tag`` is an older version than ``other``."""
    return _relation(tag, other, scheme) == "older"


def same_version(tag: Any, other: Any, scheme: str = "semver") -> bool:
    """Whether both are the same version, however they are spelled."""
    return _relation(tag, other, scheme) == "same"


def _relation(tag: Any, other: Any, scheme: str) -> str:
    for each in (tag, other):
        if not isinstance(each, str):
            # YAML reads 1.10 as the number 1.1.
            raise AnsibleTemplatePluginError(f"{each!r} is not text. Put the version in quotes.")
    judgement = versions.judge(other, tag, scheme)
    if judgement.relation == "unordered":
        raise AnsibleTemplatePluginError(f"{judgement.reason}. {judgement.remedy}.")
    return judgement.relation


class TestModule:
    """The tests of this file, by the name that a playbook uses."""

    def tests(self) -> dict[str, Callable[..., bool]]:
        """Called by Ansible."""
        return {"newer_than": newer_than, "older_than": older_than, "same_version": same_version}
