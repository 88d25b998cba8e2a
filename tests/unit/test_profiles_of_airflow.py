"""What the profiles of Airflow and Astro Runtime know of their versions: seeds 001, 002 and 004 for Astro."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.crossings import Facts
from shipped import fired, shipped


def test_astro_9_to_3_stops_at_12() -> None:
    stops = crossings.required_stops(shipped("astro_runtime"), "9.1.0", "3.0-1")
    assert [(each.at_least, each.before) for each in stops] == [("12.0.0", "3.0-1")]
    assert stops[0].link


@pytest.mark.parametrize(
    ("current", "target"),
    [
        ("12.5.0", "3.0-1"),
        ("12.0.0", "3.1-2"),
        ("9.1.0", "12.5.0"),
        ("3.0-1", "3.1-1"),
        ("12.5.0-base", "3.0-1-base"),
        ("13.7.0", "3.0-1"),
    ],
)
def test_astro_needs_no_stop(current: str, target: str) -> None:
    assert crossings.required_stops(shipped("astro_runtime"), current, target) == []


def test_astro_3_0_4_of_2021_is_far_below_3_0_1_of_2025() -> None:
    assert [each.at_least for each in crossings.required_stops(shipped("astro_runtime"), "3.0.4", "3.0-1")] == [
        "12.0.0"
    ]


def test_crossing_runtime_5_fires_once() -> None:
    assert fired("astro_runtime", "4.2.0", "5.0.1") == ["astro-runtime-5-migration"]
    assert "astro-runtime-5-migration" in fired("astro_runtime", "4.2.0", "9.1.0")
    assert fired("astro_runtime", "5.0.1", "5.0.2") == []
    assert fired("astro_runtime", "5.0.1", "9.1.0") == []
    assert fired("astro_runtime", "5.0.1", "5.0.1") == []


def test_runtime_5_has_to_be_accepted_and_takes_its_time_by_the_number_of_task_instances() -> None:
    profile = shipped("astro_runtime")

    def told(rows: dict[str, int]) -> object:
        return crossings.considerations(profile, "4.2.0", "5.0.1", Facts(rows=rows))[0]

    assert told({}).needs_accepting
    assert told({}).seconds > 30 * 60  # nothing counted: above the vendor's half hour
    assert told({"task_instance": 1000}).seconds == 600
    assert told({"public.task_instance": 100_000_000}).seconds == 7000


@pytest.mark.parametrize(
    ("tag", "airflow"),
    [
        ("4.2.0", "2.2"),
        ("5.0.1", "2.3"),
        ("9.1.0", "2.7"),
        ("12.5.0", "2.10"),
        ("3.0.4", "2.1"),
        ("3.0-1", "3.0"),
        ("3.1-12", "3.1"),
    ],
)
def test_a_runtime_says_which_airflow_is_inside(tag: str, airflow: str) -> None:
    assert crossings.application_version(shipped("astro_runtime"), tag) == airflow


def test_the_footer_is_confirmed_for_both_versions() -> None:
    for tag in ("9.1.0", "3.0-1"):
        told = crossings.witnesses(shipped("astro_runtime"), tag)
        assert {each.says for each in told} == {"image", "application"}
    assert [each.http["path"] for each in told if each.http] == ["/api/v2/version"]


def test_every_head_of_astro_fits_the_airflow_that_airflow_has_it_from() -> None:
    astro, airflow = shipped("astro_runtime"), shipped("airflow")
    for head, runtime in astro.heads.items():
        assert airflow.heads[head].startswith(f"{crossings.application_version(astro, runtime)}."), head


@pytest.mark.parametrize("name", ["airflow", "astro_runtime"])
def test_dangling_rows_never_fail_a_run(name: str) -> None:
    profile = shipped(name)
    assert crossings.is_benign(profile, table="public._airflow_moved__2_3__dangling__task_reschedule")
    assert crossings.is_benign(
        profile,
        line="Airflow found incompatible data in the `dangling_rendered_task_instance_fields` table in your metadata database, and moved",
    )
    assert not crossings.is_benign(profile, table="task_instance")
    assert not crossings.is_benign(profile, line="Traceback (most recent call last):")


@pytest.mark.parametrize("name", ["airflow", "astro_runtime"])
@pytest.mark.parametrize(
    ("table", "origin"),
    [
        ("public._airflow_moved__2_3__dangling__xcom", "public.xcom"),
        ("_airflow_moved__2_3__duplicates__task_instance", "task_instance"),
        ("_airflow_moved__2_2__task_instance", "task_instance"),
        ("public.xcom", ""),
    ],
)
def test_it_is_known_where_airflow_moves_rows(name: str, table: str, origin: str) -> None:
    assert crossings.moved_from(shipped(name), table) == origin


# As Airflow 2.3.4 said it.
IMPORT_ERRORS = """\
/usr/local/lib/python3.9/dist-packages/airflow/configuration.py:538: DeprecationWarning: The auth_backend option in [api] has been renamed
  option = self._get_environment_variables(deprecated_key, deprecated_section, key, section)
filepath                          | error
==================================+===============================================================================
/opt/airflow/dags/broken_sales.py | Traceback (most recent call last):
                                  |   File "<frozen importlib._bootstrap>", line 228, in _call_with_frames_removed
                                  |   File "/opt/airflow/dags/broken_sales.py", line 4, in <module>
                                  |     import flask_openid  # was there in 2.2.5
                                  | ModuleNotFoundError: No module named 'flask_openid'
                                  |
/opt/airflow/dags/more.zip        | Traceback (most recent call last):
                                  | SyntaxError: invalid syntax"""


@pytest.mark.parametrize(("name", "version"), [("airflow", "2.3.4"), ("airflow", "3.1.0"), ("astro_runtime", "5.0.1")])
@pytest.mark.parametrize("code", [0, 1])
def test_dag_files_that_can_not_be_imported_are_named(name: str, version: str, code: int) -> None:
    checks = [
        each for each in crossings.rehearsal(shipped(name), version).checks if "list-import-errors" in each.command
    ]
    (check,) = checks
    assert (
        check.failure(code, IMPORT_ERRORS)
        == "it says '/opt/airflow/dags/broken_sales.py' and '/opt/airflow/dags/more.zip'"
    )
    assert check.failure(0, "No data found") == ""
    assert check.failure(0, "Traceback (most recent call last):") == "it doesn't say 'No data found'"


def test_astro_moved_to_another_registry_with_airflow_3() -> None:
    profile = shipped("astro_runtime")
    at = profiles.parse_reference("quay.io/astronomer/astro-runtime:12.5.0")
    assert crossings.repository(profile, at, "12.6.0") == "quay.io/astronomer/astro-runtime"
    assert crossings.repository(profile, at, "3.0-1") == "astrocrpublic.azurecr.io/runtime"


@pytest.mark.parametrize("name", ["airflow", "astro_runtime", "boomi_flow", "generic"])
def test_what_nobody_promises_is_single_instance(name: str) -> None:
    pairs = {"airflow": ("2.10.4", "2.10.5"), "astro_runtime": ("12.4.0", "12.5.0"), "generic": ("1.0.0", "1.0.1")}
    pair = pairs.get(name, ("2019.06.04T1110", "2019.07.16T1534"))
    strategy, reason = crossings.strategy(shipped(name), *pair)
    assert strategy == "single_instance"
    assert "isn't known" in reason


def test_airflow_3_needs_2_7_first() -> None:
    profile = shipped("airflow")
    assert [each.at_least for each in crossings.required_stops(profile, "2.6.3", "3.0.2")] == ["2.7.0"]
    assert [each.at_least for each in crossings.required_stops(profile, "2.6.3", "3.0.0-rc1")] == ["2.7.0"]
    assert crossings.required_stops(profile, "2.7.0", "3.0.2") == []
    assert crossings.required_stops(profile, "2.2.5", "2.10.5") == []


@pytest.mark.parametrize(
    ("target", "verb", "path"),
    [
        ("2.6.3", "upgrade", "/health"),
        ("2.7.0", "migrate", "/health"),
        ("2.10.5", "migrate", "/health"),
        ("3.0.0", "migrate", "/api/v2/monitor/health"),
    ],
)
def test_airflow_is_migrated_by_a_command_and_tells_its_health_in_the_body(target: str, verb: str, path: str) -> None:
    profile = shipped("airflow")
    migration, health = crossings.migration(profile, target), crossings.health(profile, target)
    assert (migration.by, migration.command) == ("command", ("airflow", "db", verb))
    assert (health.path, health.port, health.status) == (path, 8080, 200)
    assert health.json == {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}}


def test_airflow_goes_back_by_a_down_migration_in_the_newer_image() -> None:
    back = crossings.way_back(shipped("airflow"), "2.9.1", "2.10.5")
    assert back.by == "command"
    assert "{version}" in back.command
    assert [each.command for each in back.first] == [("airflow", "dags", "reserialize", "--clear-only")]
    assert crossings.way_back(shipped("airflow"), "2.10.5", "3.0.0").first == ()
    # The command is that of 2.3.4, which 2.2.5 doesn't have.
    assert crossings.way_back(shipped("airflow"), "2.2.5", "2.3.4").by == "command"
    assert crossings.way_back(shipped("airflow"), "2.2.4", "2.2.5").by == "restore"
    assert crossings.way_back(shipped("airflow"), "1.10.15", "2.3.4").by == "restore"
    assert crossings.way_back(shipped("airflow"), "2.10.5", "3.1.0").by == "restore"
    assert crossings.way_back(shipped("astro_runtime"), "12.4.0", "12.5.0").by == "restore"


def test_heads_of_airflow_tell_the_version_that_a_database_is_at_least_at() -> None:
    profile = shipped("airflow")
    assert crossings.version_of_heads(profile, ["5f2621c13b39"]) == "2.10.3"
    assert crossings.version_of_heads(profile, ["6709f7a774b9", "29ce7909c52b"]) == "3.0.0"  # with FAB's own chain
    assert crossings.version_of_heads(profile, ["ffffffffffff"]) is None
    assert crossings.version_of_heads(profile, []) is None
    assert crossings.version_of_heads(shipped("astro_runtime"), ["5f2621c13b39"]) == "12.0.0"


def test_services_start_in_order_and_strangers_last() -> None:
    order = crossings.in_order(
        shipped("airflow"), ["statsd", "airflow-worker", "airflow-scheduler", "airflow-apiserver"]
    )
    assert order == ["airflow-apiserver", "airflow-scheduler", "airflow-worker", "statsd"]
    assert shipped("airflow").services.one_shot == ("airflow-init", "airflow-cli")
