# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of a collection runs here."""

from __future__ import annotations

import importlib
import json
import os

import yaml


def version_of(name: str) -> str | None:
    """The version of an installed collection, or of a checkout; None when it isn't there."""
    try:
        directory = next(iter(importlib.import_module(f"ansible_collections.{name}").__path__))
    except (ImportError, StopIteration):
        return None
    for file, read in (("MANIFEST.json", _of_manifest), ("galaxy.yml", _of_galaxy)):
        try:
            with open(os.path.join(directory, file), encoding="utf-8") as content:
                return read(content.read())
        except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
            continue
    return None


def _of_manifest(text: str) -> str:
    return str(json.loads(text)["collection_info"]["version"])


def _of_galaxy(text: str) -> str:
    return f"{yaml.safe_load(text)['version']} (checkout)"
