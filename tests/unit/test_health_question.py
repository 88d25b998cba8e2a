# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slip in the health URL is told by the plan, before it costs a stop and ten minutes; a broken host is none."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import planner
from fleet_observations import observation, request

LOST = {"status": 404, "json": None, "milliseconds": 1}
WELL = {"status": 200, "json": {"status": "ok", "version": "1.0.0"}, "milliseconds": 1}


def said(answer: dict[str, Any] | None, **expect: Any) -> list[str]:
    """The notes about the answers of two hosts, of which the second is well."""
    fleet = {"app1": observation(answer=answer), "app2": observation(answer=WELL)}
    watch = {"url": "http://x/heatlh", "expect": expect, "monitor": 10, "stall_timeout": 600}
    made = planner.plan(fleet, request(watch=watch), "r")
    return [note for note in made.notes if "doesn't answer" in note]


def test_a_slip_is_told_with_host_url_and_variable() -> None:
    (note,) = said(LOST)
    assert "on app1 doesn't answer at http://x/heatlh as it should: HTTP 404" in note
    assert "runtime_health_url" in note
    assert "connection refused" in said({"error": "connection refused"})[0]


def test_what_answers_well_or_was_not_asked_is_not_told() -> None:
    assert said(WELL) == said(None) == []


def test_an_expectation_that_is_not_met_is_told_but_not_that_of_the_new_version() -> None:
    assert said(WELL, status=200, json={"status": "ok", "version": "{version}"}) == []
    assert len(said(WELL, status=204)) == 1


def test_a_host_that_is_not_well_says_nothing_of_the_url() -> None:
    sick = observation(answer=LOST)
    sick["services"][0]["containers"][0]["health"] = "unhealthy"
    made = planner.plan({"app1": sick}, request(), "r")
    assert not [note for note in made.notes if "doesn't answer" in note]
