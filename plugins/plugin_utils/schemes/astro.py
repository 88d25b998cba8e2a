# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Astro Runtime's versions, of which there are two generations.

Until Airflow 2 they were semantic (``12.5.0``); since Airflow 3 they are the Airflow version and Astronomer's patch
(``3.0-1``). Every tag of the second generation is newer than every tag of the first, so the generation is the first
number of ``release``, and crossing it is a major change. Variants: ``-base``, ``-slim``, ``-python-3.11``,
``-python-3.11-base``. Pre-releases follow the patch after a dot or a dash.

Sources: https://www.astronomer.io/docs/runtime/runtime-version-lifecycle-policy and, for the order of the generations,
https://github.com/astronomer/astro-cli/blob/main/airflow_versions/runtime_versions.go
"""

from __future__ import annotations

import re

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import semver, suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "astro"
LEVELS = ("major", "major", "minor", "patch")
EXAMPLE = "12.5.0 or 3.0-1"
# How many numbers of `release` aren't in the tag: the generation.
UNWRITTEN = 1

_NUMBER = r"(0|[1-9]\d*)"
_FIRST = re.compile(rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-(.+))?\Z", re.ASCII)
_SECOND = re.compile(rf"v?{_NUMBER}\.{_NUMBER}-{_NUMBER}(?:[.-](.+))?\Z", re.ASCII)
_PARTIAL = re.compile(r"v?\d+(?:\.\d+)?(?:\.x)?(?:-[A-Za-z].*)?\Z", re.ASCII)


def parse(tag: str) -> Version:
    """Parse a full version of either generation.

    :raises Unordered: when the tag is partial (``12``, ``12.5``, ``3.0``) or no Astro Runtime version.
    """
    first, second = _FIRST.match(tag), _SECOND.match(tag)
    match = first or second
    if not match:
        if _PARTIAL.match(tag):
            raise Unordered("a partial version, which moves with every release of its line")
        raise Unordered("not an Astro Runtime version (MAJOR.MINOR.PATCH, or AIRFLOW-PATCH since Airflow 3)")
    generation = 0 if first else 1
    release = (generation, *(int(number) for number in match.groups()[:3]))
    prerelease, variant = suffixes.split(match.group(4))
    order = (1, ()) if prerelease is None else (0, semver.identifiers(prerelease))
    return Version(tag, (release, order), release, variant, prerelease is not None)
