# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's versions as images carry them: ``[prefix-]VERSION[-variant]``, as Apache Airflow does.

``2.9.1``, ``2.9.1-python3.11``, ``slim-2.9.1-python3.11``, ``2.10.0b2-python3.12``. The variant holds what is around the
version, with ``*`` in its place: ``slim-*-python3.11``.

Sources: https://packaging.python.org/en/latest/specifications/version-specifiers/ and, for the tags,
https://airflow.apache.org/docs/docker-stack/index.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

if TYPE_CHECKING:
    from packaging.version import Version as PythonVersion

NAME = "pep440"
LEVELS = ("major", "minor", "patch", "build")
EXAMPLE = "2.9.1-python3.11"
UNWRITTEN = 0

# A word that isn't a version itself.
_WORD = r"(?!v?\d)[A-Za-z][\w.]*"
_TAG = re.compile(rf"(?:({_WORD}(?:-{_WORD})*)-)?(v?\d[A-Za-z0-9.]*)(?:-(.+))?\Z", re.ASCII)


def parse(tag: str) -> Version:
    """Parse a full version: at least three release numbers.

    :raises Unordered: when the tag has no version, has less than a full one, or can't be told apart.
    """
    match = _TAG.match(tag)
    if not match:
        raise Unordered("not a version in the form [PREFIX-]MAJOR.MINOR.PATCH[-VARIANT]")
    prefix, written, suffix = match.groups()
    version = _version(written)
    if len(version.release) < 3:
        raise Unordered("a partial version, which moves with every release of its line")
    prerelease, rest = suffixes.split(suffix)
    if prerelease is not None:
        version = _joined(version, written, prerelease)
    variant = "-".join(filter(None, (prefix, "*", rest))) if prefix else rest
    return Version(tag, (version,), version.release, variant, version.is_prerelease)


def _version(written: str) -> PythonVersion:
    # Late, as ansible-test allows no other library at the top; ansible-core itself depends on it.
    from packaging.version import InvalidVersion
    from packaging.version import Version as PythonVersion

    try:
        return PythonVersion(written)
    except InvalidVersion as invalid:
        raise Unordered("not a version as Python orders them (PEP 440)") from invalid


def _joined(version: PythonVersion, written: str, prerelease: str) -> PythonVersion:
    # 2.10.0-rc1 is another spelling of 2.10.0rc1, says the specification; 2.10.0-nightly is no version at all.
    if version.is_prerelease or version.is_postrelease:
        raise Unordered(f"two pre-releases at once ({written} and {prerelease})")
    return _version(written + prerelease)
