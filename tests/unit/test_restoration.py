"""The plan of a restore: nothing stops for a backup that isn't there, isn't for this database, or doesn't fit what starts on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables, restoration, tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Refusal, refuse_open
from fleet_observations import IMAGE, deploy, observation, profile_of, three, with_database, with_journal

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)


def backup(id: str = "app-1", **changes: Any) -> dict[str, Any]:
    plain = {
        "id": id,
        "path": f"/var/backups/ratchet/{id}",
        "started_at": "2026-05-02T09:00:00+00:00",
        "head": "aaa",
        "size": 1000,
        "verified": "restore",
        "without_data": [],
        "tables": {"public.note": 7, "public.tag": 3},
        "database": {"id": "42/app", "name": "app", "host": "10.0.0.3"},
    }
    return {**plain, **changes}


def plan(fleet: dict[str, Any] | None = None, stores: Any = None, wanted: str = "app-1", **changes: Any) -> Any:
    wish = restoration.Wish(wanted, profile_of(), now=NOW, watch={"monitor": 10, "stall_timeout": 600}, **changes)
    made = restoration.plan(fleet or three(), {"app2": [backup()]} if stores is None else stores, wish, "r1")
    refuse_open(made["matters"])
    return made


def refusal(*arguments: Any, **changes: Any) -> str:
    with pytest.raises(Refusal) as caught:
        plan(*arguments, **changes)
    assert "Nothing was touched" in str(caught.value)
    return str(caught.value)


def test_all_hosts_of_the_database_stop_and_one_restores() -> None:
    made = plan()
    assert {host: (each["stops"], each["restores"], each["migrates"]) for host, each in made["hosts"].items()} == {
        "app1": (True, False, True),
        "app2": (True, True, False),
        "app3": (True, False, False),
    }
    assert (made["backup"]["host"], made["backup"]["rows"], made["backup"]["age"]) == ("app2", 10, 3 * 3600)
    assert made["restored"] is None
    assert "app-1 in the place of app" in back_tables.restoration(made)[0]


def test_a_host_of_another_database_is_left_alone() -> None:
    fleet = {**three(), "app3": with_database(observation(), id="43/other", name="other")}
    made = plan(fleet)
    assert [each["stops"] for each in made["hosts"].values()] == [True, True, False]
    assert made["hosts"]["app3"]["action"] == "none"
    assert "it uses another database" in "\n".join(back_tables.restoration(made))


def test_the_host_of_the_server_restores_if_it_has_the_backup() -> None:
    fleet = {**three(), "app3": with_database(observation(), access={"container": "db"})}
    stores = {"app1": [backup()], "app3": [backup()]}
    assert plan(fleet, stores)["backup"]["host"] == "app3"
    assert plan(fleet, {"app1": [backup()]})["backup"]["host"] == "app1"


def test_a_backup_is_found_by_its_path() -> None:
    assert plan(wanted="/var/backups/ratchet/x/../app-1")["backup"]["id"] == "app-1"
    assert "no host has a backup /elsewhere/app-1" in refusal(wanted="/elsewhere/app-1")


def test_who_names_none_or_a_wrong_one_is_told_the_newest() -> None:
    stores = {"app1": [backup(f"app-{n}", started_at=f"2026-05-0{n}T09:00:00+00:00") for n in range(1, 8)]}
    told = refusal(stores=stores, wanted="")
    assert "runtime_backup isn't set" in told
    assert "app-7 (on app1, of 2026-05-07T09:00:00+00:00, app at head aaa)" in told
    assert "app-2 " not in told
    assert "no host has a backup app-9" in refusal(stores=stores, wanted="app-9")
    assert "there is none yet" in refusal(stores={})


def test_a_damaged_manifest_is_told_unless_another_host_has_a_whole_one() -> None:
    broken = {"id": "app-1", "path": "/b/app-1", "error": "manifest.json is damaged", "remedy": "Use another backup"}
    assert "app1: manifest.json is damaged" in refusal(stores={"app1": [broken]})
    assert plan(stores={"app1": [broken], "app2": [backup()]})["backup"]["host"] == "app2"


def test_a_backup_where_nobody_uses_the_database_has_to_be_copied() -> None:
    fleet = {**three(), "app3": with_database(observation(), id="43/other", name="other")}
    told = refusal(fleet, {"app3": [backup()]})
    assert "is on app3, which doesn't use the database" in told
    assert "Copy /var/backups/ratchet/app-1 to one of app1, app2" in told


def test_a_backup_of_another_server_has_to_be_accepted() -> None:
    stores = {"app1": [backup(database={"id": "7/app", "name": "app", "host": "10.9.9.9"})]}
    assert "another server (10.9.9.9) than app1, app2, app3 use now" in refusal(stores=stores)
    made = plan(stores=stores, accept=("other_server",))
    assert made["database"]["id"] == "42/app"
    assert [each["id"] for each in made["matters"]] == ["other_server"]
    stores = {"app1": [backup(database={"id": "7/crm", "name": "crm", "host": "10.9.9.9"})]}
    assert "which no host uses" in refusal(stores=stores, accept=("other_server",))


def test_another_schema_has_to_be_accepted_unless_the_files_name_the_version_of_then() -> None:
    older = {"app1": [backup(head="000")]}
    told = refusal(stores=older)
    assert "schema is at 000, and the database is at aaa: 1.0.0, which starts on it afterwards" in told
    assert plan(stores=older, accept=("schema_head",))["made_for"] is None
    made_before = deploy("0.9.0", "1.0.0", backup={"id": "app-1", "host": "app1", "path": "/b"})
    fleet = {name: with_journal(seen, made_before) for name, seen in three().items()}
    assert "000 (0.9.0 ran on it)" in refusal(fleet, older)
    for seen in fleet.values():
        seen["services"][0]["image"] = f"{IMAGE}:0.9.0"
    made = plan(fleet, older)
    assert made["made_for"] == {"from": "0.9.0", "to": "1.0.0"}
    assert made["hosts"]["app1"]["images"] == [{"reference": f"{IMAGE}:0.9.0", "digest": None}]
    fleet["app3"]["services"][0]["image"] = f"{IMAGE}:1.0.0"
    assert "0.9.0, 1.0.0, which starts" in refusal(fleet, older)


def test_another_restore_is_finished_first() -> None:
    def under_way(id: str) -> dict[str, Any]:
        restores = {"under_way": {"backup": id, "new": "app_restore_x"}, "kept": []}
        return {name: with_database(seen, restores=restores) for name, seen in three().items()}

    told = refusal(under_way("app-0"))
    assert "the restore of app-0 into app isn't finished" in told
    assert 'DROP DATABASE "app_restore_x"' in told
    assert plan(under_way("app-1"))["restored"] is None


@pytest.mark.parametrize(
    ("kept", "status", "restored"),
    [
        ([{"name": "app_before", "backup": "app-1"}], "exited", "app_before"),
        ([{"name": "app_before", "backup": "app-1"}], "running", None),
        ([{"name": "app_before", "backup": "app-1"}, {"name": "later", "backup": "app-2"}], "exited", None),
        ([], "exited", None),
    ],
)
def test_what_was_restored_while_all_stood_still_is_not_restored_again(
    kept: list[dict[str, str]], status: str, restored: str | None
) -> None:
    fleet = {name: with_database(seen, restores={"under_way": None, "kept": kept}) for name, seen in three().items()}
    for seen in fleet.values():
        seen["services"][0]["containers"][0]["status"] = status
    assert plan(fleet)["restored"] == restored
    fleet["app3"]["services"][0]["containers"][0]["status"] = "running"
    assert plan(fleet)["restored"] is None, "somebody may have written since"


def test_everything_wrong_is_told_at_once() -> None:
    told = refusal(
        {**three(), "app3": {"unreachable": "no route"}},
        wanted="app-9",
        accept=("nonsense",),
        misspelt={"runtime_acept": "runtime_accept"},
        limit="app1",
    )
    for word in ("can't be reached", "nothing called 'nonsense'", "Write runtime_accept", "--limit app1", "app-9"):
        assert word in told


def test_nothing_is_restored_into_a_standby() -> None:
    fleet = {name: with_database(seen, standby=True) for name, seen in three().items()}
    assert "is a standby" in refusal(fleet)


def test_status_tells_once_what_restores_have_left() -> None:
    kept = [{"name": "app_before", "backup": "app-1", "began": "2026-05-02T12:00:00+00:00"}]
    restores = {"under_way": {"backup": "app-0", "new": "app_restore_x"}, "kept": kept}
    fleet = {name: with_database(seen, restores=restores) for name, seen in three().items()}
    assert tables.set_aside(fleet) == [
        "The restore of app-0 into app isn't finished (app_restore_x)",
        "app_before is app as it was before app-1 was restored on 2026-05-02T12:00:00+00:00; when you are sure: "
        'DROP DATABASE "app_before"',
    ]
    assert tables.set_aside(three()) == []
