"""The profiles that come with the collection, and what of their considerations fires."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.crossings import Facts
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

FOLDER = Path(profiles.__file__).parent.parent / "profiles"
NAMES = ("airflow", "astro_runtime", "boomi_flow", "generic", "pact_broker")


def shipped(name: str) -> Profile:
    profile, notes = profiles.load(name, None, ".")
    assert notes == []
    return profile


def fired(profile: str, current: str, target: str, **facts: object) -> list[str]:
    return [each.id for each in crossings.considerations(shipped(profile), current, target, Facts(**facts))]
