# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pact Broker image's versions, of which there were three forms.

- until May 2018 ``2.16.1-3`` and then ``2.107.0.1``: the application's version and the image's revision
- since May 2023 ``2.107.1-pactbroker2.107.1``: the image's own version; the suffix names the application and doesn't
  order, because images are also rebuilt, and once were published with a suffix that lagged behind

Every tag of the newest form is newer than every tag of the older ones. Variants: ``-multi``, ``-debian``. Three numbers
alone name no image.
Source: https://github.com/pact-foundation/pact-broker-docker#readme
"""

from __future__ import annotations

import re

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "pact_broker"
LEVELS = ("major", "minor", "patch", "build")
EXAMPLE = "2.107.1-pactbroker2.107.1"
UNWRITTEN = 0

_THREE = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
_APPLICATION = r"\d+\.\d+\.\d+(?:\.[A-Za-z]+\.?\d+)?"
_VARIANT = r"(?:-(?!pactbroker)(.+))?"
_NEW = re.compile(rf"v?{_THREE}(?:[.-]((?:alpha|beta|rc)\.?\d+))?-pactbroker{_APPLICATION}{_VARIANT}\Z", re.ASCII)
_OLD = re.compile(rf"v?{_THREE}(?:\.((?:alpha|beta|rc)\.?\d+))?[.-](\d+){_VARIANT}\Z", re.ASCII)
_PARTIAL = re.compile(r"v?\d+(?:\.\d+){0,2}(?:\.x)?(?:-[A-Za-z].*)?\Z", re.ASCII)


def parse(tag: str) -> Version:
    """Parse a full version of any form.

    :raises Unordered: when the tag is partial (``2``, ``2.107.1``) or no version of this image.
    """
    match = _NEW.match(tag)
    if match:
        *three, prerelease, suffix = match.groups()
        return _build(tag, 1, (*three, "0"), prerelease, suffix)
    match = _OLD.match(tag)
    if match:
        *three, prerelease, revision, suffix = match.groups()
        return _build(tag, 0, (*three, revision), prerelease, suffix)
    if _PARTIAL.match(tag):
        raise Unordered("a partial version: the image's tags go on with -pactbroker and the application's version")
    raise Unordered("not a version of the Pact Broker image")


def _build(tag: str, form: int, numbers: tuple[str, ...], inline: str | None, suffix: str | None) -> Version:
    prerelease, variant = suffixes.split(suffix)
    stage = suffixes.stage(suffixes.only_one(inline, prerelease))
    release = tuple(int(number) for number in numbers)
    # 2.8.0.beta.4-2 is the second image of a beta: the beta orders before the revision.
    key = (form, release[:3], stage, release[3])
    return Version(tag, key, release, variant, stage < suffixes.FINAL)
