# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``packages_diff``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list
from ansible_collections.ratchet.runtime.plugins.plugin_utils import packages_diff as core

_FORMS: dict[str, Callable[..., Any]] = {"data": list, "text": core.text, "markdown": core.markdown}


def packages_diff(
    before: Any,
    after: Any,
    product: str = "",
    title: str = "",
    providers: str = "",
    providers_title: str = "Providers",
    form: str = "data",
) -> Any:
    """Compare two lists of packages; documented in packages_diff.yml."""
    if form not in _FORMS:
        raise AnsibleFilterError(f"packages_diff: there is no form {form!r}. Use one of: {', '.join(_FORMS)}")
    try:
        found = core.changes(package_list.read(before), package_list.read(after))
    except RatchetError as error:
        raise AnsibleFilterError(f"packages_diff: {error}") from error
    return _FORMS[form](core.grouped(found, core.Product(product, title, providers, providers_title)))


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file."""
        return {"packages_diff": packages_diff}
