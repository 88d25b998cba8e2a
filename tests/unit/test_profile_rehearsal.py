# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What profiles know of rehearsals: nothing that acts by itself is started, and what is checked fits the version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Check, Rehearsal


def shipped(name: str) -> Profile:
    return profiles.load(name, None, ".")[0]


def of(rehearsal: dict[str, Any], extends: str = "generic") -> Rehearsal:
    return profiles.load({"extends": extends, "rehearsal": rehearsal}, None, ".")[0].rehearsal


# --- what a check says ---


@pytest.mark.parametrize(
    ("check", "code", "said", "failure"),
    [
        (Check("a", ("x",)), 0, "anything", ""),
        (Check("a", ("x",)), 1, "", "it ended with exit code 1"),
        (Check("a", ("x",), any_exit=True), 1, "", ""),
        (Check("a", ("x",), passes_if="No data found"), 0, "a warning\nNo data found\n", ""),
        (Check("a", ("x",), passes_if="No data found"), 0, "dag.py | boom", "it doesn't say 'No data found'"),
        (Check("a", ("x",), passes_if="No data found"), 1, "No data found", "it ended with exit code 1"),
        (Check("a", ("x",), fails_if="^ERROR .*"), 0, "fine\nERROR here \nmore", "it says 'ERROR here'"),
        (Check("a", ("x",), fails_if="^ERROR", any_exit=True), 3, "no ERROR", ""),
        (Check("a", ("x",), fails_if="bad", passes_if="good"), 0, "good and bad", "it says 'bad'"),
    ],
)
def test_a_check_passes_or_says_why_not(check: Check, code: int, said: str, failure: str) -> None:
    assert check.failure(code, said) == failure


# --- which services ---


def test_all_services_are_started_unless_the_profile_knows_better() -> None:
    names = ["web", "worker", "cron"]
    assert Rehearsal().starts(names) == names
    assert of({"services": {"without": ["cron"]}}).starts(names) == ["web", "worker"]
    assert of({"services": {"only": ["worker", "web"]}}).starts(names) == ["web", "worker"]


@pytest.mark.parametrize("name", ["airflow", "astro_runtime"])
def test_nothing_of_airflow_that_acts_is_started(name: str) -> None:
    profile = shipped(name)
    serving = {"airflow-apiserver", "api-server", "airflow-webserver", "webserver"}
    every = [*profile.services.order, *profile.services.one_shot, "af-sched", "celery"]
    assert {*profile.rehearsal.starts(every)} == serving & {*every}
    # In the place of the scheduler, which the health page of production asks for.
    assert profile.rehearsal.health == {"metadatabase": {"status": "healthy"}}


def test_the_image_of_a_product_that_is_not_known_is_started_as_it_is() -> None:
    for name in ("generic", "boomi_flow"):
        assert shipped(name).rehearsal == Rehearsal()


@pytest.mark.parametrize("name", ["airflow", "astro_runtime"])
def test_mail_and_metrics_of_airflow_are_off(name: str) -> None:
    environment = shipped(name).rehearsal.environment
    assert environment["AIRFLOW__SMTP__SMTP_HOST"].endswith(".invalid")
    assert environment["AIRFLOW__LOGGING__REMOTE_LOGGING"] == "False"
    # What the application is, isn't touched.
    assert not [each for each in environment if each.startswith(("AIRFLOW__CORE__", "AIRFLOW__DATABASE__"))]


# --- checks and requests by version ---


@pytest.mark.parametrize(
    ("name", "tag", "commands"),
    [
        ("airflow", "2.2.5", []),
        ("airflow", "2.3.4", [("list-import-errors",)]),
        ("airflow", "2.10.5", [("list-import-errors",)]),
        ("airflow", "3.0.0rc1", [("reserialize",), ("list-import-errors",)]),
        ("airflow", "3.0.6", [("reserialize",), ("list-import-errors",)]),
        ("airflow", "3.1.0", [("list-import-errors", "--local")]),
        ("astro_runtime", "4.2.0", []),
        ("astro_runtime", "5.0.1", [("list-import-errors",)]),
        ("astro_runtime", "13.7.0", [("list-import-errors",)]),
        ("astro_runtime", "3.0-1", [("reserialize",), ("list-import-errors",)]),
        ("astro_runtime", "3.2-1", [("list-import-errors", "--local")]),
    ],
)
def test_import_errors_are_those_of_the_new_version(name: str, tag: str, commands: list[tuple[str, ...]]) -> None:
    checks = crossings.rehearsal(shipped(name), tag).checks
    assert [each.command[2:] for each in checks] == commands
    assert all(each.command[:2] == ("airflow", "dags") for each in checks)


@pytest.mark.parametrize(("tag", "path"), [("2.10.5", "/health"), ("3.0.0", "/api/v2/monitor/health")])
def test_airflow_is_asked_where_it_answers(tag: str, path: str) -> None:
    profile = shipped("airflow")
    assert [each.path for each in crossings.rehearsal(profile, tag).requests] == [path]
    known = crossings.health(profile, tag)
    assert known
    assert known.path == path


def test_the_four_of_pact_are_its_smoke_requests_in_an_order_in_which_they_can_work() -> None:
    profile = shipped("pact_broker")
    requests = crossings.rehearsal(profile, "2.110.0-pactbroker2.110.0").requests
    assert {each.why for each in requests if each.why} == {*profile.compatible[0].keeps}
    assert [(each.method, each.status) for each in requests[:2]] == [("PUT", 201), ("PUT", 201)]
    assert all(each.method == "GET" and each.status == 200 for each in requests[2:])
    assert requests[0].body["interactions"] == []
    assert {each.why for each in requests if each.beside} == {*profile.compatible[0].keeps}


@pytest.mark.parametrize("name", profiles.shipped())
def test_every_check_and_request_that_says_why_has_its_link(name: str) -> None:
    rehearsal = shipped(name).rehearsal
    assert [each for each in (*rehearsal.checks, *rehearsal.requests) if bool(each.why) != bool(each.link)] == []


def test_tables_are_told_by_their_whole_names() -> None:
    rehearsal = shipped("airflow").rehearsal
    assert rehearsal.ignores("public.session")
    assert rehearsal.ignores("serialized_dag")
    assert not rehearsal.ignores("dag_run")
    assert not rehearsal.ignores("public.session_of_training")
    assert not Rehearsal().ignores("session")


# --- of the operator's own ---


def test_an_extension_adds_to_what_is_known() -> None:
    found = of(
        {
            "services": {"without": ["scheduler"]},
            "environment": {"MAIL": "", "AIRFLOW__SMTP__SMTP_HOST": "mail.test"},
            "checks": [{"id": "airflow-import-errors", "any_exit": True}, {"id": "ours", "command": ["true"]}],
            "requests": [{"path": "/ours"}],
            "ignore_tables": ["ours"],
        },
        "airflow",
    )
    known = shipped("airflow").rehearsal
    assert (found.only, found.without) == ((), ("scheduler",))
    assert found.environment == {**known.environment, "MAIL": "", "AIRFLOW__SMTP__SMTP_HOST": "mail.test"}
    assert [each.id for each in found.checks] == [*(each.id for each in known.checks), "ours"]
    assert found.checks[0].any_exit
    assert found.checks[0].passes_if == "No data found"
    assert [each.path for each in found.requests] == [*(each.path for each in known.requests), "/ours"]
    assert found.ignore_tables == (*known.ignore_tables, "ours")


@pytest.mark.parametrize(
    ("rehearsal", "error"),
    [
        ({"service": {}}, "rehearsal.service: there is no key 'service' here (did you mean 'services'?)"),
        ({"services": {}}, "exactly one of only, without has to be there"),
        ({"services": {"only": []}}, "rehearsal.services.only: it is empty"),
        ({"services": {"only": ["a"], "without": ["b"]}}, "exactly one of only, without has to be there"),
        ({"environment": {"A-B": "x"}}, "rehearsal.environment.A-B: 'A-B' isn't the name of an environment variable"),
        ({"environment": {"A": False}}, "rehearsal.environment.A: it has to be text, and is true or false"),
        ({"environment": {"A": None}}, "rehearsal.environment.A: it has to be text, and is empty"),
        ({"health": {}}, "rehearsal.health: json is missing"),
        ({"checks": [{"id": "a"}]}, "rehearsal.checks[0]: command is missing"),
        ({"checks": [{"id": "a", "command": "true"}]}, "rehearsal.checks[0].command: it has to be a list, and is text"),
        ({"checks": [{"id": "a", "command": ["x"]}] * 2}, "the id 'a' is taken by"),
        ({"checks": [{"id": "a", "command": ["x"], "fails_if": "("}]}, "'(' isn't a regular expression"),
        (
            {"checks": [{"id": "a", "command": ["x"], "from": "2.0.0", "before": "1.0.0"}]},
            "rehearsal.checks[0].from: from: 2.0.0 has to be below before: 1.0.0",
        ),
        ({"requests": [{"path": "x"}]}, "rehearsal.requests[0].path: 'x' isn't a path that starts with /"),
        ({"requests": [{"path": "/", "method": "GOT"}]}, "there is no method 'GOT' (did you mean 'GET'?)"),
        ({"requests": [{"path": "/", "status": 20}]}, "rehearsal.requests[0].status: it has to be a whole number"),
        ({"ignore_tables": ["("]}, "rehearsal.ignore_tables[0]: '(' isn't a regular expression"),
    ],
)
def test_a_mistake_is_refused_with_its_place(rehearsal: dict[str, Any], error: str) -> None:
    with pytest.raises(RatchetError) as caught:
        of(rehearsal)
    assert error in str(caught.value)


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    guide = (Path(profiles.__file__).parents[2] / "docs" / "profiles.md").read_text()
    example = guide.split("### rehearsal")[1].split("```yaml\n")[1].split("```")[0]
    (tmp_path / "shop.yml").write_text(f"extends: generic\n{example}")
    found = profiles.load("shop.yml", None, str(tmp_path))[0].rehearsal
    assert found.starts(["web", "worker"]) == ["web"]
    assert found.ignores("public.django_session")
