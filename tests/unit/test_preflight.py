"""All that keeps a host from being upgraded is found before anything stops, and told together (law 1)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import preflight
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from fleet_observations import IMAGE, observation, plan, refusal, request, three, unread, with_database, with_target


def tools(engine: str | None, compose: str | None) -> list[str]:
    problems = Problems()
    seen = observation()
    seen["engine"] = {**seen["engine"], "version": engine, "compose": compose}
    preflight.refuse_old_tools({"app1": seen}, problems)
    return problems


@pytest.mark.parametrize("engine", ["20.10.24+dfsg1", "20.10.0", "26.1.5", "29.0.0-rc.1", "26.1.5-ce", "100.0"])
@pytest.mark.parametrize("compose", ["2.18.0", "2.18.0-1", "2.32.4", "v2.40.0-desktop.1", "5.0.1", "2.100.0"])
def test_tools_that_are_new_enough(engine: str, compose: str) -> None:
    assert tools(engine, compose) == []


@pytest.mark.parametrize(
    ("engine", "compose", "words"),
    [
        ("20.9.9", "2.18.0", "Docker 20.9.9 is too old. Bring it to 20.10 or newer"),
        ("19.03.15", "2.18.0", "Docker 19.03.15 is too old"),
        ("1.13.1", "2.18.0", "Docker 1.13.1 is too old"),
        ("", "2.18.0", "Docker of no known version is too old"),
        ("26.1.5", "v2.5.0-desktop", "Docker Compose v2.5.0-desktop is too old. Bring it to 2.18 or newer"),
        ("26.1.5", "2.17.9", "Docker Compose 2.17.9 is too old"),
        ("26.1.5", "1.29.2", "Docker Compose 1.29.2 is too old"),
        # What `docker compose version` says where there is no Compose plugin.
        ("26.1.5", "", "Docker Compose of no known version is too old"),
    ],
)
def test_tools_that_are_too_old(engine: str, compose: str, words: str) -> None:
    found = tools(engine, compose)
    assert len(found) == 1
    assert words in found[0]
    assert found[0].startswith("app1: ")


def test_both_tools_may_be_too_old() -> None:
    assert len(tools("19.03.1", "1.29.2")) == 2


@pytest.mark.parametrize(
    ("skew", "told"),
    [
        (61, "app1: its clock is 61 s ahead of the controller's"),
        (-61, "app1: its clock is 61 s behind the controller's"),
        (-7200.4, "app1: its clock is 7200 s behind the controller's"),
        (60, None),
        (-60, None),
        (0, None),
        (None, None),
    ],
)
def test_clocks_that_differ_have_to_be_accepted(skew: float | None, told: str | None) -> None:
    problems = Problems()
    preflight.refuse_skewed_clocks({"app1": observation(clock_skew=skew)}, problems)
    assert [each.reason for each in problems.open] == ([told] if told else [])


def test_a_skewed_clock_stops_an_upgrade_until_it_is_accepted() -> None:
    fleet = {**three(), "app2": observation(clock_skew=-300)}
    assert "app2: its clock is 300 s behind" in str(unread(fleet))
    assert plan(fleet, request(accept=("clock_skew",))).changes


@pytest.mark.parametrize(("fleet", "words"), [({}, "there is no host to upgrade"), (None, "can't be reached")])
def test_a_fleet_of_which_nothing_was_seen_is_refused(fleet: dict[str, Any] | None, words: str) -> None:
    # DEFECT (standing.of), left failing: with no host seen at all, versions.highest([]) raises ValueError instead of a refusal.
    away = {name: {"unreachable": "No route to host"} for name in three()}
    assert words in str(refusal(away if fleet is None else fleet))


def test_why_a_host_was_not_seen_is_told() -> None:
    problems = Problems()
    fleet = {"app1": {"unreachable": "No route to host"}, "app2": {"failed": "no compose file in /opt. Set it"}}
    preflight.refuse_unseen(fleet, problems)
    assert problems[0].startswith("app1: the host can't be reached (No route to host). Bring it back")
    assert problems[1] == "app2: no compose file in /opt. Set it."


def test_only_files_that_have_to_be_changed_have_to_be_writable() -> None:
    edit = Edit("/opt/sample/.env", "0" * 64, 2, "TAG=1.0.0", "TAG=1.1.0", [])
    for unwritable, edits, number in (
        (["/opt/sample/.env"], [edit], 1),
        (["/opt/sample/compose.yml"], [edit], 0),
        (["/opt/sample/.env"], [], 0),
    ):
        problems = Problems()
        preflight.refuse_unwritable({"app1": observation(unwritable=unwritable)}, {"app1": edits}, problems)
        assert len(problems) == number


def broken() -> dict[str, dict[str, Any]]:
    """A fleet in which nearly nothing is as it should be."""
    servers = {"running_image": "postgres:17.2", "written_image": "postgres:18", "server_major": 17}
    session = {"pid": 812, "application": "report", "client": None, "state": "idle in transaction"}
    fleet = {f"app{number}": observation() for number in range(1, 8)}
    fleet["app1"] = with_database(fleet["app1"], standby=True, long_transactions=[session])
    fleet["app1"]["backup"] = {"directory": "/small", "free": 10}
    fleet["app2"] = with_target(fleet["app2"], digest=None, error="manifest unknown", missing=True)
    fleet["app3"] = {**with_target(fleet["app3"], platforms=["linux/arm64"]), "clock_skew": 3600}
    fleet["app4"] = with_database(fleet["app4"], **servers)
    fleet["app5"] = observation(unwritable=["/opt/sample/.env"])
    fleet["app5"]["engine"] |= {"version": "19.03.15", "compose": "1.29.2"}
    fleet["app6"] = with_target(fleet["app6"], size=10**9)
    fleet["app6"]["engine"] |= {"images": {"free": 5, "file_system": 1}}
    fleet["app7"]["database"] = {"error": "the password is wrong", "remedy": "Set it in runtime_database"}
    return fleet


BROKEN = (
    "is a standby",
    "the session 812",
    "but /small has only 10 bytes free",
    f"{IMAGE}:1.1.0 doesn't exist in its registry",
    "app3: reg:5000/app:1.1.0 is made for linux/arm64",
    "app3: its clock is 3600 s ahead",
    "app4: the compose file names postgres:18",
    "app5: /opt/sample/.env has to be changed",
    "app5: Docker 19.03.15 is too old",
    "app5: Docker Compose 1.29.2 is too old",
    "app6: the engine's store has only 5 bytes free, and there is to be room for: the image about 2.8 GiB",
    "app7: the password is wrong",
)


def test_everything_that_is_broken_is_in_one_report() -> None:
    said = refusal(broken(), request(limit="app1"))
    for words in (*BROKEN, "--limit app1"):
        assert words in str(said), words
    assert len(said.details["problems"]) == len(BROKEN) + 1
    assert f"{len(BROKEN) + 1} things are in the way" in str(said)


def test_what_is_wrong_with_the_request_hides_nothing_of_the_hosts() -> None:
    asked = request(
        strategy="blue_green",
        accept=("mayor",),
        misspelt={"runtime_stratgy": "runtime_strategy"},
        watch={"monitor": -1, "stall_timeout": 0},
    )
    said = str(refusal(broken(), asked))
    wrong = (
        "'blue_green' isn't a strategy",
        "Write major",
        "Write runtime_strategy",
        "runtime_monitor",
        "runtime_stall_timeout",
    )
    for words in (*BROKEN, *wrong):
        assert words in said, words


def test_an_unfit_version_hides_nothing_that_needs_no_version() -> None:
    said = str(refusal({**broken(), "app8": {"unreachable": "timed out"}}, request("latest")))
    hidden = ("/small", "doesn't exist", "is made for", "has to be changed", "to be room for")
    for words in (*BROKEN, "app8: the host can't be reached", "floating"):
        assert (words in said) != any(each in words for each in hidden), words
