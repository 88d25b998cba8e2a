"""What runs has to say that it is what was deployed: a page or a command that names another version ends it, a label is only told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import confirmation, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

ASTRO = profiles.load("astro_runtime", None, "/")[0]
AIRFLOW = profiles.load("airflow", None, "/")[0]
BROKER = profiles.load("pact_broker", None, "/")[0]
GENERIC = profiles.load("generic", None, "/")[0]


def said(says: str, by: str, text: str) -> dict[str, str]:
    return {"says": says, "by": by, "text": text}


def answer(*each: dict[str, str], check: Any = None, tables: Any = ()) -> dict[str, Any]:
    container = {"name": "sample-web-1", "service": "web", "image_id": "sha256:1", "said": list(each)}
    return {"containers": [container], "check": check, "tables": list(tables)}


def judged(profile: Profile, version: str, *each: dict[str, str], **more: Any) -> dict[str, Any]:
    return confirmation.judge(profile, version, answer(*each, **more))


def test_both_versions_are_confirmed_and_by_whom() -> None:
    found = judged(
        ASTRO,
        "5.0.1",
        said("image", "label io.astronomer.docker.runtime.version", "5.0.1"),
        said("application", "label io.astronomer.docker.airflow.version", "2.3.0+astro.1"),
        said("application", "/api/v1/version", "2.3.0+astro.1"),
    )
    assert (found["wrong"], found["notes"]) == ([], [])
    assert found["versions"] == [
        {"title": "Astro Runtime", "version": "5.0.1", "by": ["label io.astronomer.docker.runtime.version"]},
        {
            "title": "Apache Airflow",
            "version": "2.3.0+astro.1",
            "by": ["label io.astronomer.docker.airflow.version", "/api/v1/version"],
        },
    ]


def test_a_page_that_names_another_version_is_wrong_and_a_label_is_a_note() -> None:
    found = judged(AIRFLOW, "2.3.4", said("image", "/api/v1/version", "2.2.5"))
    assert found["wrong"] == [
        "sample-web-1 says that it is Apache Airflow 2.2.5 (/api/v1/version), while Apache Airflow 2.3.4 was deployed"
    ]
    found = judged(AIRFLOW, "2.3.4", said("image", "label org.opencontainers.image.version", "2.2.5"))
    assert found["wrong"] == []
    assert found["notes"] == [
        "sample-web-1 says that it is Apache Airflow 2.2.5 (label org.opencontainers.image.version), and a label may come from elsewhere"
    ]


def test_another_minor_of_the_application_is_wrong() -> None:
    found = judged(ASTRO, "5.0.1", said("application", "airflow version", "2.2.5+astro.3"))
    assert "Apache Airflow 2.2.5+astro.3 (airflow version), while Apache Airflow 2.3 was deployed" in found["wrong"][0]
    assert judged(ASTRO, "12.1.0", said("application", "airflow version", "2.1.0"))["wrong"], "2.1 isn't 2.10"


@pytest.mark.parametrize("text", ["a build of Monday", "latest", "$(reboot)", "2", ""])
def test_what_names_no_version_says_nothing(text: str) -> None:
    found = judged(AIRFLOW, "2.3.4", said("image", "/api/v1/version", text))
    assert (found["wrong"], found["notes"], found["versions"]) == ([], [], [])


def test_a_variant_is_the_same_version() -> None:
    found = judged(AIRFLOW, "2.9.1-python3.11", said("image", "/api/v1/version", "2.9.1"))
    assert [each["version"] for each in found["versions"]] == ["2.9.1"]


def test_an_application_whose_version_is_part_of_the_tag() -> None:
    by = "/diagnostic/status/heartbeat"
    found = judged(BROKER, "2.107.1-pactbroker2.107.1", said("application", by, "2.107.1"))
    assert [each["version"] for each in found["versions"]] == ["2.107.1"]
    for other in ("2.107.0", "107.1", "2.107.1.1"):
        assert judged(BROKER, "2.107.1-pactbroker2.107.1", said("application", by, other))["versions"] == []


def test_a_check_that_fails_is_told_with_its_last_words() -> None:
    failed = {"exit_code": 1, "said": ["INFO", "There are still unapplied migrations."], "seconds": 3.0}
    assert judged(AIRFLOW, "2.3.4", check=failed)["wrong"] == [
        "the schema isn't what 2.3.4 expects: the check of the profile ended with 1 and says: There are still unapplied migrations"
    ]
    hangs = {"exit_code": None, "said": [], "seconds": 120.0}
    assert "didn't end in time" in judged(AIRFLOW, "2.3.4", check=hangs)["wrong"][0]
    assert judged(AIRFLOW, "2.3.4", check={**failed, "exit_code": 0})["wrong"] == []


def test_a_check_that_succeeds_is_told_on_the_host_that_was_asked() -> None:
    well = {"exit_code": 0, "said": ["INFO"], "seconds": 3.0}
    found = {"app1": judged(AIRFLOW, "2.3.4", check=well), "app2": judged(AIRFLOW, "2.3.4")}
    assert confirmation.lines(found, AIRFLOW, {"app1": "airflow", "app2": "airflow"}) == [
        "Confirmed on app1: the schema of airflow is what it expects (airflow db check-migrations)"
    ]


def test_only_one_host_of_a_database_is_asked_about_it() -> None:
    migrates, follows = (confirmation.asked(AIRFLOW, "2.3.4", first) for first in (True, False))
    assert migrates["check"] == ["airflow", "db", "check-migrations"]
    assert migrates["tables"] == ["_airflow_moved__.*"]
    assert (follows["check"], follows["tables"]) == ([], [])
    pages = [each["http"] for each in follows["witnesses"] if each["http"]]
    assert [(each["port"], each["path"]) for each in pages] == [(8080, "/api/v1/version")]
    assert follows["witnesses"][-1]["exec"] == ("airflow", "version"), "what takes seconds comes last"


def test_of_a_product_that_nobody_knows_nobody_is_asked() -> None:
    assert not any(confirmation.asked(GENERIC, "1.2.3", True).values())


def test_the_last_words_gather_hosts_that_say_the_same() -> None:
    one = judged(AIRFLOW, "2.3.4", said("image", "/api/v1/version", "2.3.4"))
    left = [{"schema": "public", "name": "_airflow_moved__2_3__dangling__xcom", "rows": 3500}]
    first = judged(AIRFLOW, "2.3.4", said("image", "/api/v1/version", "2.3.4"), tables=left)
    lines = confirmation.lines({"app1": first, "app2": one}, AIRFLOW, {"app1": "airflow"})
    assert lines[0] == "Confirmed on app1, app2: Apache Airflow 2.3.4 (/api/v1/version)"
    assert (
        "3500 rows in tables of airflow that Apache Airflow doesn't use: _airflow_moved__2_3__dangling__xcom (3500)"
        in lines[1]
    )
    assert "ratchet.runtime.clean" in lines[1]
    assert len(lines) == 2
