"""The profiles that ship: what the vendors' upgrade pages say is data, and a typo in any of it is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, out_of_scope, profiles, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.crossings import Facts
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

FOLDER = Path(profiles.__file__).parent.parent / "profiles"
NAMES = ("airflow", "astro_runtime", "boomi_flow", "generic", "pact_broker")
NOW = "2.110.0-pactbroker2.110.0"


def shipped(name: str) -> Profile:
    profile, notes = profiles.load(name, None, ".")
    assert notes == []
    return profile


def fired(profile: str, current: str, target: str, **facts: object) -> list[str]:
    return [each.id for each in crossings.considerations(shipped(profile), current, target, Facts(**facts))]


def test_these_are_the_shipped_ones() -> None:
    assert tuple(profiles.shipped()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_named_after_its_file_and_goes_into_a_plan(name: str) -> None:
    profile = shipped(name)
    assert profile.name == name
    assert profile.scheme in versions.SCHEMES
    assert json.loads(json.dumps(profile.as_dict()))["title"]


@pytest.mark.parametrize("name", [each for each in NAMES if each != "generic"])
def test_every_fact_has_its_vendor_link(name: str) -> None:
    profile = shipped(name)
    facts = (*profile.considerations, *profile.required_stops, *profile.compatible, *profile.incompatible)
    assert [each.id for each in facts if not each.link] == []
    assert {"releases", "upgrade"} <= set(profile.links)


def test_no_id_is_used_by_two_profiles() -> None:
    # Operators accept by id; what they accept should be one thing.
    ids = [each.id for name in NAMES for each in shipped(name).considerations]
    assert len(ids) == len(set(ids))


def nodes(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.Node, yaml.Node]]:
    """Every key with its value, and the path of keys to it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key, value
            yield from nodes(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from nodes(each, path)


# Below these, keys are the operator's: names of tables, heads, links, versions, variables, and what bodies contain.
OPEN = ("json", "body", "heads", "versions", "links", "per_million_rows", "environment")
VERSIONS = ("from", "before", "until", "crossing", "at_least", "down_to")


def refusal(path: Path, content: str) -> str:
    path.write_text(content)
    with pytest.raises(RatchetError) as caught:
        profiles.load(str(path), None, ".")
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_typo_in_any_key_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    tried = 0
    for path, key, _value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        if any(each in OPEN for each in path[:-1]):
            continue
        end = key.end_mark.index
        error = refusal(tmp_path / "mutant.yml", f"{text[:end]}x{text[end:]}")
        assert f"mutant.yml line {key.start_mark.line + 1}: there is no key '{key.value}x' here" in error, path
        assert f"did you mean '{key.value}'" in error, path
        tried += 1
    assert tried >= 10


@pytest.mark.parametrize("name", NAMES)
def test_a_version_that_its_scheme_cannot_read_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    for path, _key, value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        is_version = (path[-1] in VERSIONS and path[-2:] != ("time", "at_least")) or path[-2:-1] == ("heads",)
        if is_version:
            start, end = value.start_mark.index, value.end_mark.index
            error = refusal(tmp_path / "mutant.yml", f"{text[:start]}latest{text[end:]}")
            assert f"mutant.yml line {value.start_mark.line + 1}: 'latest' is a floating tag" in error, path


@pytest.mark.parametrize("name", NAMES)
def test_a_value_of_another_kind_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{name}.yml").read_text()
    for path, _key, value in nodes(yaml.compose(text, Loader=yaml.SafeLoader)):
        if {"json", "body"} & {*path} or not isinstance(value, yaml.ScalarNode):
            continue
        start, end = value.start_mark.index, value.end_mark.index
        error = refusal(tmp_path / "mutant.yml", f"{text[:start]}{{}}{text[end:].lstrip(' ')}")
        assert f"mutant.yml line {value.start_mark.line + 1}" in error, path


# --- Astro Runtime: seeds 001, 002 and 004 ---


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


# --- Airflow ---


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


# --- Pact Broker: seed 003 ---


@pytest.mark.parametrize(
    ("current", "target", "strategy", "reason"),
    [
        ("1.18.0-1", NOW, "single_instance", "pact-1.18-to-2.1"),
        ("2.0.5-1", "2.1.0-1", "single_instance", "pact-1.18-to-2.1"),
        ("1.17.0-1", "1.17.2-1", "single_instance", "isn't known"),
        ("2.1.0-1", NOW, "rolling", "side by side"),
        ("2.2.0.1", NOW, "rolling", "side by side"),
        ("2.107.0.1", "2.107.1-pactbroker2.107.1", "rolling", "side by side"),
        # It is the version of the broker inside that counts.
        (NOW, "3.0.0-pactbroker2.121.2", "rolling", "side by side"),
        ("2.107.0.1", "3.1.0-pactbroker2.122.0", "rolling", "side by side"),
        ("2.107.0.1", "3.0.0.1", "single_instance", "isn't known"),
        (NOW, "3.0.0-pactbroker3.0.0", "single_instance", "isn't known"),
        (NOW, "3.0.0-rc1-pactbroker3.0.0", "single_instance", "isn't known"),
        (NOW, "2.200.0-pactbroker3.0.0", "single_instance", "isn't known"),
        ("3.0.0-pactbroker3.0.0", "3.1.0-pactbroker3.1.0", "single_instance", "isn't known"),
    ],
)
def test_pact_rolls_only_where_it_is_promised(current: str, target: str, strategy: str, reason: str) -> None:
    chosen, why = crossings.strategy(shipped("pact_broker"), current, target)
    assert chosen == strategy
    assert reason in why


def test_the_strategy_names_its_source() -> None:
    for current in ("1.18.0-1", "2.2.0.1"):
        assert (
            "https://docs.pact.io/pact_broker/upgrading" in crossings.strategy(shipped("pact_broker"), current, NOW)[1]
        )


def test_pact_keeps_four_endpoints_while_versions_are_mixed() -> None:
    assert shipped("pact_broker").compatible[0].keeps == (
        *("tag version", "publish pact", "retrieve latest pact", "retrieve latest pact for tag"),
    )


def test_pact_features_warn_only_when_they_are_set() -> None:
    assert "pact-features" in fired("pact_broker", "2.2.0.1", NOW, env=frozenset({"PACT_BROKER_FEATURES"}))
    assert fired("pact_broker", "2.2.0.1", NOW) == ["pact-data-migrations"]


def test_pact_migrates_data_at_every_start_by_itself() -> None:
    migration = crossings.migration(shipped("pact_broker"), NOW)
    assert (migration.by, migration.repeats) == ("application", True)


def test_the_heartbeat_of_pact_is_no_witness_for_its_database() -> None:
    health = crossings.health(shipped("pact_broker"), NOW)
    assert (health.port, health.path, health.asks_database) == (9292, "/diagnostic/status/heartbeat", False)


def test_an_image_version_of_pact_is_not_its_applications() -> None:
    assert {each.says for each in crossings.witnesses(shipped("pact_broker"), NOW)} == {"application"}


def test_native_ruby_is_out_of_scope_and_said_so() -> None:
    known = [shipped("pact_broker")]
    content = {"/srv/broker/Gemfile": b"source 'https://rubygems.org'\n\n  gem \"pact_broker\", '~> 2.107'\n"}
    assert out_of_scope.places("/srv/broker", known) == ["/srv/broker/Gemfile"]
    said = out_of_scope.told("/srv/broker", known, content)
    assert (
        "/srv/broker/Gemfile names Pact Broker, and the Ruby application installed natively can't be upgraded" in said
    )
    assert "bundle update" in said


@pytest.mark.parametrize("image", ["dius/pact-broker:2.79.1.1", "proxy.corp/dius/pact-broker:2.79.1.1"])
def test_the_dius_image_is_not_taken_for_pacts(image: str) -> None:
    reference = profiles.parse_reference(image)
    profile, notes = profiles.load(None, reference, ".")
    assert profiles.detect(reference) is None
    assert profile.name == "generic"
    assert "port 80" in notes[0]
    assert "port 80 instead of 9292" in profiles.mistaken(reference)
    assert profiles.mistaken(profiles.parse_reference("pactfoundation/pact-broker:2.107.0.1")) == ""
    chosen, notes = profiles.load("pact_broker", reference, ".")
    assert (chosen.name, len(notes)) == ("pact_broker", 1)


# --- Boomi Flow: seed 000 ---


def test_boomi_advises_to_deploy_affected_flows_again() -> None:
    assert any("deploy it again" in each for each in shipped("boomi_flow").advice)
    assert crossings.migration(shipped("boomi_flow"), "2019.07.16T1534").by == "application"


def test_pact_wants_low_traffic() -> None:
    assert [name for name in NAMES if shipped(name).low_traffic] == ["pact_broker"]


def test_a_new_year_is_no_major_version_of_boomi() -> None:
    assert not shipped("boomi_flow").majors.need_accepting
    assert all(shipped(name).majors.need_accepting for name in NAMES if name != "boomi_flow")


def test_all_instances_of_boomi_are_restarted() -> None:
    assert "boomi-all-instances" in fired("boomi_flow", "2019.06.04T1110", "2019.07.16T1534")
