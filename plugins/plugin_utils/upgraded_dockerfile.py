# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project's Dockerfile with the new version's image, for whoever builds and pushes it elsewhere. The file itself stays as it is. Pure."""

from __future__ import annotations

import posixpath
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.module_utils.splice import Splice, spliced
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, image_source
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def of(path: str, content: bytes, running: str, version: str, profile: Profile) -> dict[str, Any] | None:
    """The file's ``path``, and its ``content`` with the version in each FROM that names the runtime's image.

    :param running: the reference that runs: of the vendor's image, or of one that is built on it.
    :returns: None where it builds on something else, or where the version can't be told from it.
    """
    for repository in (parse(running).name, *(each.image for each in profile.images)):
        build = {"context": posixpath.dirname(path), "dockerfile": posixpath.basename(path)}
        try:
            sources = image_source.locate_build("it", build, [], [], {path: content}, repository=repository)
            changes = edits.to_version([each.as_dict() for each in sources], version, None)
            text = spliced(content, [Splice(**each) for change in changes for each in change.splices]).decode()
        except (RatchetError, ValueError):
            continue
        return {"path": path, "content": text}
    return None
