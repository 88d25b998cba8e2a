# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registry says of the image that a run goes to, and what this host already has of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, check_tag


def of(engine: Engine, name: str, tag: str, login: dict[str, Any], with_size: bool = False) -> dict[str, Any]:
    """Look.

    :param tag: whatever somebody has asked for.
    :param login: ``username`` and ``password`` for the registry, or empty.
    :returns: ``reference``, what ``Engine.registry_image`` says of it, ``size`` (None if not asked for) and ``local``.
    """
    try:
        reference = Reference(name, check_tag(tag))
    except RatchetError as error:
        return {"reference": None, "error": error.reason, "missing": True, "local": None}
    found = engine.registry_image(reference, login)
    size = _size(engine, reference, login) if with_size and "digest" in found else None
    return {"reference": str(reference), **found, "size": size, "local": engine.local_image(str(reference))}


def _size(engine: Engine, reference: Reference, login: dict[str, Any]) -> int | None:
    """Compressed bytes of the image, for the space that it needs; None where the registry doesn't tell this user."""
    # Here, as it takes longer to import than all the rest, and only one host of a fleet asks.
    from ansible_collections.ratchet.runtime.plugins.module_utils.registry import Registry, credentials_of

    version = engine.version()
    try:
        asked = Registry.for_engine(engine, reference.registry, credentials_of(login))
        return asked.manifest(reference.repository, reference.tag or "", version["os"], version["architecture"]).size
    except RatchetError:
        return None
