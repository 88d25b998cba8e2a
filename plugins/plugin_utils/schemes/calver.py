# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that are dates, in three shapes that are never compared with each other.

- dotted: ``YYYY.MM.DD`` or ``YYYY.MM.MICRO``, pre-releases behind it (Home Assistant ``2024.2.0b3``, authentik
  ``2024.2.0-rc1``), and one more number for a rebuild of the same day
- with time: ``2019.06.04T1110`` (Boomi Flow)
- MinIO: ``RELEASE.2023-01-01T00-00-00Z``

The shape is part of the variant. A year isn't a major version: calendar versions don't say which releases break.
Source: https://calver.org/
"""

from __future__ import annotations

import re
from datetime import datetime

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "calver"
LEVELS = ("minor", "minor", "patch", "build")
EXAMPLE = "2024.6.1"
UNWRITTEN = 0

_DOTTED = re.compile(
    r"v?((?:19|20)\d\d)\.(\d{1,2})\.(\d+)(?:\.(\d+))?(?:\.?((?:dev|a|b|rc)\d+))?(?:-(.+))?\Z", re.ASCII
)
_TIMED = re.compile(r"((?:19|20)\d\d)\.(\d\d)\.(\d\d)T(\d{4}|\d{6})(?:-(.+))?\Z", re.ASCII)
_MINIO = re.compile(r"RELEASE\.(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)Z(?:[.-](.+))?\Z", re.ASCII)
_PARTIAL = re.compile(r"v?(?:19|20)\d\d(?:\.\d{1,2})?(?:\.x)?(?:-.+)?\Z", re.ASCII)


def parse(tag: str) -> Version:
    """Parse a full date, or year, month and a running number.

    :raises Unordered: when the tag is partial (``2024.06``), isn't a date, or names a month or time that doesn't exist.
    """
    for shape, read in ((_DOTTED, _dotted), (_TIMED, _timed), (_MINIO, _minio)):
        match = shape.match(tag)
        if match:
            return read(tag, match)
    if _PARTIAL.match(tag):
        raise Unordered("a partial version, which moves with every release of its year or month")
    raise Unordered("not a version in the form YYYY.MM.DD, YYYY.MM.MICRO or YYYY.MM.DDTHHMM")


def _dotted(tag: str, match: re.Match[str]) -> Version:
    *numbers, inline, suffix = match.groups()
    release = tuple(int(number or 0) for number in numbers)
    if not 1 <= release[1] <= 12:
        raise Unordered(f"not a date: there is no month {numbers[1]}")
    prerelease, variant = suffixes.split(suffix)
    stage = suffixes.stage(suffixes.only_one(inline, prerelease))
    return Version(tag, (release, stage), release, variant, stage < suffixes.FINAL)


def _timed(tag: str, match: re.Match[str]) -> Version:
    year, month, day, time, suffix = match.groups()
    # With and without seconds are one shape: 1110 is 11:10:00.
    return _moment(tag, "with time", (year, month, day), time.ljust(6, "0"), suffix)


def _minio(tag: str, match: re.Match[str]) -> Version:
    year, month, day, hour, minute, second, suffix = match.groups()
    return _moment(tag, "RELEASE", (year, month, day), hour + minute + second, suffix)


def _moment(tag: str, shape: str, date: tuple[str, str, str], time: str, suffix: str | None) -> Version:
    try:
        datetime.strptime("".join(date) + time + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError as wrong:
        raise Unordered("not a date: there is no such day or time") from wrong
    prerelease, variant = suffixes.split(suffix)
    stage = suffixes.stage(prerelease)
    release = (*(int(number) for number in date), int(time))
    return Version(tag, (release, stage), release, " ".join(filter(None, (shape, variant))), stage < suffixes.FINAL)
