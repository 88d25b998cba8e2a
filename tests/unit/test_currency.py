"""How far a fleet is behind: by version, with the stops on the way, and never a guess."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import currency, profiles, resolution, versions

AIRFLOW = profiles.load("airflow", None, "/")[0]
GENERIC = profiles.load("generic", None, "/")[0]


def test_each_version_is_told_with_the_size_of_the_step() -> None:
    fleet = {"app1": "1.0.0", "app2": "1.6.0", "app3": "1.0.0", "app4": "1.5.9"}
    assert currency.lines(fleet, "1.6.0", "newest", GENERIC) == [
        "The newest that the registry has now is 1.6.0",
        "  app1, app3: 1.0.0, which is behind it by a minor version",
        "  app2: 1.6.0, which is that",
        "  app4: 1.5.9, which is behind it by a minor version",
    ]
    assert currency.behind(fleet, "1.6.0", GENERIC) == ["app1", "app3", "app4"]


def test_stops_and_release_notes_are_named() -> None:
    told = currency.lines({"app1": "2.6.3"}, "3.0.2", "newest", AIRFLOW)
    assert told[1] == "  app1: 2.6.3, which is behind it by a major version, by way of 2.7.0"
    assert told[2] == f"  Release notes: {AIRFLOW.links['releases']}"
    assert len(currency.lines({"app1": "3.0.2"}, "3.0.2", "newest", AIRFLOW)) == 2


def test_where_the_search_ended_is_told() -> None:
    assert currency.lines({}, "1.0.9", "patch", GENERIC)[0].startswith("The newest within runtime_resolve=patch that")


def test_what_has_no_order_is_not_said_to_be_well() -> None:
    fleet = {"app1": None, "app2": "1.0.0-alpine", "app3": "1.7.0"}
    told = currency.lines(fleet, "1.6.0", "newest", GENERIC)
    assert told[1:3] == [
        "  app1: an unknown version, which has no order to it",
        "  app2: 1.0.0-alpine, which has no order to it",
    ]
    assert currency.behind(fleet, "1.6.0", GENERIC) == ["app1", "app2"]


TAGS = ["1.0.0", "1.1.0", "v1.1.0", "1.2.0-rc.1", "1.2.0", "2.0.0", "2.1.0", "3.0.0", "3.0.0-alpine", "latest"]


def test_releases_and_majors_are_counted() -> None:
    releases = resolution.since(TAGS, "semver", versions.parse("1.0.0", "semver"))
    assert [text.lstrip("v") for text in releases] == ["1.1.0", "1.2.0", "2.0.0", "2.1.0", "3.0.0"]
    told = currency.lines(
        {"app1": "1.0.0", "app2": "2.1.0", "app3": "3.0.0", "app4": None}, "3.0.0", "newest", GENERIC, releases
    )
    assert told[1:] == [
        "  app1: 1.0.0, which is behind it by 2 major versions and 5 releases",
        "  app2: 2.1.0, which is behind it by a major version and 1 release",
        "  app3: 3.0.0, which is that",
        "  app4: an unknown version, which has no order to it",
    ]
    assert [currency.count(releases, text, "3.0.0", GENERIC) for text in ("1.0.0", "3.0.0", None)] == [5, 0, 0]


def seen(reference: str, built: str) -> dict[str, object]:
    return {
        "services": [
            {
                "containers": [
                    {"reference": f"example/app:{reference}", "built": built, "digests": [], "version_label": None}
                ]
            }
        ]
    }


@pytest.mark.parametrize(
    ("built", "told"),
    [
        ("2026-03-01T10:00:00.123456789Z", " (built 2026-03-01, 30 days ago)"),
        ("1980-01-01T00:00:00Z", ""),
        ("", ""),
        ("yesterday", ""),
    ],
)
def test_when_what_runs_was_built_is_told_if_the_image_says_so(built: str, told: str) -> None:
    runs: dict[str, str | None] = {"app1": "1.0.0"}
    at = currency.built({"app1": seen("1.0.0", built)}, runs, GENERIC, {})
    lines = currency.lines(runs, "1.1.0", "newest", GENERIC, ["1.1.0"], at, datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert lines[1] == f"  app1: 1.0.0{told}, which is behind it by a minor version and 1 release"
