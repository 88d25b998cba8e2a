"""The plan of a rollback: what each host runs afterwards, and that no row is given up without a word."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables, rollback_plan, rollback_wish
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Refusal, refuse_open
from fleet_observations import IMAGE, deploy, observation, profile_of, with_database

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
BEFORE = [
    {"service": "web", "reference": f"{IMAGE}:1.0.0", "image_id": "sha256:0", "digests": [f"{IMAGE}@sha256:{'0' * 64}"]}
]
BACKUP = {"host": "app2", "id": "app-1", "path": "/var/backups/ratchet/app-1"}
STORED = {
    "id": "app-1",
    "path": "/var/backups/ratchet/app-1",
    "started_at": "2026-05-02T09:00:00+00:00",
    "head": "aaa",
    "size": 1000,
    "verified": "restore",
    "without_data": [],
    "tables": {"public.note": 7},
    "database": {"id": "42/app", "name": "app", "host": "10.0.0.3"},
}
TOLERANT = {"back": {"by": "image", "from": "1.0.0", "why": "columns are only added"}}
SIDE_BY_SIDE = {"compatible": [{"id": "adds_only", "from": "1.0.0", "why": "the vendor says so"}]}
FIRST = [
    {"command": ["forget"], "before": "2.0.0", "why": "old code dies of it"},
    {"command": ["later"], "from": "2.0.0", "why": "so says the vendor"},
]
DOWN = {"back": {"by": "command", "command": ["down", "{version}"], "first": FIRST, "from": "1.0.0"}}


def journal(outcome: str = "done", id: str = "d1", **changes: Any) -> list[dict[str, Any]]:
    plain = {
        "deploy": id,
        "from": {"version": "1.0.0", "containers": BEFORE},
        "head_before": "aaa",
        "head_after": "bbb",
        "backup": BACKUP,
    }
    return [deploy("1.0.0", "1.1.0", each, **{**plain, **changes}) for each in dict.fromkeys(("started", outcome))]


def fleet(head: str = "bbb", running: str = "1.1.0") -> dict[str, Any]:
    seen = with_database(observation(running), ledger={"framework": "alembic", "head": head})
    return dict.fromkeys(("app1", "app2", "app3"), seen)


def plan(hosts: Any = None, journals: Any = None, stores: Any = None, facts: Any = None, **changes: Any) -> Any:
    hosts = hosts or fleet()
    plain = {"now": NOW, "watch": {"monitor": 10, "stall_timeout": 600}}
    wish = rollback_wish.Wish(profile_of(**(facts or {})), **{**plain, **changes})
    journals = {host: journal() for host in hosts} if journals is None else journals
    made = rollback_plan.plan(hosts, journals, {"app2": [STORED]} if stores is None else stores, wish, "r1")
    refuse_open(made["matters"])
    return made


def refusal(*arguments: Any, **changes: Any) -> str:
    with pytest.raises(Refusal) as caught:
        plan(*arguments, **changes)
    assert "Nothing was touched" in str(caught.value)
    return str(caught.value)


def way(made: Any) -> str:
    (found,) = made["ways"].values()
    return found["way"]


def test_with_an_unchanged_schema_the_image_alone_goes_back() -> None:
    made = plan(fleet("aaa"), stores={})
    assert way(made) == "image"
    assert [host["action"] for host in made["hosts"].values()] == ["back"] * 3
    app1 = made["hosts"]["app1"]
    assert app1["images"] == [{"reference": f"{IMAGE}:1.0.0", "digest": "sha256:" + "0" * 64, "id": "sha256:0"}]
    assert "-TAG=1.1.0\n+TAG=1.0.0" in app1["diff"]
    assert not any(host["restores"] for host in made["hosts"].values())
    assert "stays as it is: the schema is at aaa, as it was before" in "\n".join(back_tables.rollback(made))


def test_with_a_changed_schema_data_would_be_lost_and_that_has_to_be_accepted() -> None:
    told = refusal()
    assert "goes back to its backup of 2026-05-02T09:00:00+00:00, 3 h 0 min ago (7 rows in 1 table)" in told
    assert "and in its dump. Why: the schema went from aaa to bbb; nothing is known of what older versions" in told
    assert '{"runtime_accept": ["data_loss"]}' in told


def test_what_is_left_to_accept_stands_in_the_whole_plan() -> None:
    with pytest.raises(Refusal):
        plan()
    wish = rollback_wish.Wish(profile_of(), now=NOW, watch={"monitor": 10, "stall_timeout": 600})
    made = rollback_plan.plan(fleet(), {host: journal() for host in fleet()}, {"app2": [STORED]}, wish, "r1")
    shown = back_tables.rollback(made)
    assert "stops; the backup is restored from here; starts when the first host is well" in "\n".join(shown)
    assert shown[-2].startswith("  TO ACCEPT  data_loss: the database app goes back to its backup")
    assert shown[-1].strip() == """once read: rollback with -e '{"runtime_accept": ["data_loss"]}'"""


def test_about_how_much_would_be_lost_is_told_by_table() -> None:
    rows = {"note": 1007, "payment": 30, "empty": 0, **{f"t{number}": 2 for number in range(5)}}
    hosts = {host: with_database(seen, rows=rows) for host, seen in fleet().items()}
    assert (
        "what was written since (about 1,000 rows of note, 30 rows of payment, 2 rows of t0, 2 rows of t1, 2 rows of t2, 4 of other tables)"
        in refusal(hosts)
    )


def test_a_fleet_that_two_runs_have_upgraded_goes_back_whole_or_as_was_chosen() -> None:
    journals = {"app1": journal(), "app2": journal(id="d2", at="2026-05-02T10:00:00Z", head_before="bbb"), "app3": []}
    told = refusal(None, journals, accept=("data_loss",))
    assert "2 deploys are taken back at once" in told
    assert "take back only the last with runtime_deploy=d1" in told
    made = plan(None, journals, accept=("data_loss", "several_deploys"))
    assert (made["undoes"], way(made)) == (["d1", "d2"], "restore")


def test_the_plan_says_why_all_stop() -> None:
    told = "\n".join(back_tables.rollback(plan(fleet("aaa"), stores={})))
    assert "  stops      whether 1.0.0 and 1.1.0 may run side by side isn't known" in told
    assert "stops      nothing may use the database while it goes back" in "\n".join(
        back_tables.rollback(plan(accept=("data_loss",)))
    )
    assert "  stops " not in "\n".join(back_tables.rollback(plan(fleet("aaa"), stores={}, facts=SIDE_BY_SIDE)))


def test_accepted_the_backup_of_the_deploy_takes_its_place_while_all_are_stopped() -> None:
    made = plan(accept=("data_loss",))
    assert way(made) == "restore"
    assert [host["stops"] for host in made["hosts"].values()] == [True] * 3
    assert [host["migrates"] for host in made["hosts"].values()] == [True, False, False]
    assert [bool(host["restore"]) for host in made["hosts"].values()] == [False, True, False]
    assert made["hosts"]["app2"]["restore"]["id"] == "app-1"
    assert made["hosts"]["app2"]["restore"]["database"] == "42/app"


def test_a_host_without_a_part_in_it_stops_for_the_restore_all_the_same() -> None:
    hosts = {**fleet(), "app3": with_database(observation("1.0.0"), ledger={"head": "bbb"})}
    made = plan(hosts, {"app1": journal(), "app2": journal(), "app3": []}, accept=("data_loss",))
    assert (made["hosts"]["app3"]["action"], made["hosts"]["app3"]["stops"]) == ("confirm", True)
    assert made["hosts"]["app3"]["undoes"] == []


def test_the_profile_knows_when_the_old_version_works_on_the_new_schema() -> None:
    made = plan(facts=TOLERANT, stores={})
    assert way(made) == "image"
    assert "columns are only added" in made["ways"]["42/app"]["why"]


def test_the_profile_knows_a_command_and_one_host_runs_it() -> None:
    made = plan(facts=DOWN, stores={})
    assert [host["commands"] for host in made["hosts"].values()] == [
        {"argvs": [["forget"], ["down", "1.0.0"]], "service": "web"},
        None,
        None,
    ]
    assert "first forget, as old code dies of it" in made["ways"]["42/app"]["why"]
    assert all(host["stops"] for host in made["hosts"].values())


def test_a_host_that_keeps_what_it_has_is_asked_as_that() -> None:
    wanted = {"url": "http://x/health", "expect": {"json": {"version": "{version}"}}, "monitor": 1, "stall_timeout": 9}
    host = plan(facts=DOWN, stores={}, watch=wanted)["hosts"]["app1"]
    assert host["health"]["expect"] == {"json": {"version": "1.0.0"}}
    assert host["health_now"]["expect"] == {"json": {"version": "1.1.0"}}


def test_a_schema_that_nobody_can_read_is_no_unchanged_one() -> None:
    hosts = dict.fromkeys(("app1",), with_database(observation("1.1.0"), ledger=None))
    told = refusal(hosts, {"app1": journal(head_before=None, head_after=None)})
    assert "goes back to its backup" in told
    assert "Why: whether the schema has changed isn't known" in told


def test_of_several_hosts_the_one_that_began_first_knows_the_schema_before() -> None:
    late, early = "2026-05-02T10:00:00Z", "2026-05-02T09:00:00Z"
    journals = {"app1": journal(at=late, head_before="bbb"), "app2": journal(at=early), "app3": journal(at=late)}
    assert plan(fleet(), journals, accept=("data_loss",))["ways"]["42/app"]["head_before"] == "aaa"


def test_the_operator_chooses_the_way() -> None:
    assert way(plan(facts=DOWN, way="restore", accept=("data_loss",))) == "restore"
    assert "knows no command" in refusal(way="command")
    assert "isn't a way back" in refusal(way="hope")
    assert "stays at the schema bbb, while 1.0.0 was made for aaa" in refusal(way="image")
    assert way(plan(way="image", accept=("schema_head",))) == "image"


def test_a_hostile_version_in_the_journal_reaches_no_command() -> None:
    lines = journal()
    for line in lines:
        line["from"] = {"version": "--help; rm -rf /", "containers": BEFORE}
    assert "'--help; rm -rf /' is not an image tag" in refusal(journals={"app1": lines}, facts={**DOWN})


def test_nobody_goes_back_while_another_run_is_at_work() -> None:
    denied = {"error": "Ansible's user may not read the lock", "remedy": "Set ansible_become: true"}
    assert "may not read the lock" in refusal({**fleet("aaa"), "app2": {**fleet("aaa")["app2"], "lock": denied}})


def test_without_the_backup_there_is_no_way_to_lose_it_all() -> None:
    assert "the backup app-1 of app2 is needed, and isn't in runtime_backup_dir there any more" in refusal(
        stores={}, accept=("data_loss",)
    )
    copied = {**BACKUP, "copied_to": "s3://x"}
    lines = {host: journal(backup=copied) for host in fleet()}
    assert "a copy was made: s3://x" in refusal(journals=lines, stores={}, accept=("data_loss",))
    lines = {host: journal(backup=None) for host in fleet()}
    assert "made no backup of it" in refusal(journals=lines, accept=("data_loss",))


def test_only_the_hosts_of_the_deploy_go_back() -> None:
    hosts = {**fleet("aaa"), "app3": with_database(observation("1.0.0"), ledger={"head": "aaa"})}
    made = plan(hosts, {"app1": journal(), "app2": journal("failed"), "app3": []})
    assert [host["action"] for host in made["hosts"].values()] == ["back", "back", "none"]


def test_a_host_that_is_back_already_is_only_watched() -> None:
    back = observation("1.0.0")
    back["services"][0]["containers"][0]["image_id"] = "sha256:0"
    hosts = {**fleet("aaa"), "app1": with_database(back, ledger={"head": "aaa"})}
    made = plan(hosts)
    assert [host["action"] for host in made["hosts"].values()] == ["confirm", "back", "back"]


def test_a_finished_rollback_is_not_gone_further_back_by_repeating_it() -> None:
    back = [
        deploy("1.1.0", "1.0.0", each, deploy="b1", at="2026-01-05", verb="rollback", undoes=["d1"])
        for each in ("started", "done")
    ]
    first = [
        deploy(
            "0.9.0", "1.0.0", each, deploy="d0", at="2026-01-01", **{"from": {"version": "0.9.0", "containers": BEFORE}}
        )
        for each in ("started", "done")
    ]
    lines = {host: [*first, *journal(), *back] for host in fleet("aaa", "1.0.0")}
    told = refusal(fleet("aaa", "1.0.0"), lines, way="image")
    assert "the rollback b1 of 2026-01-05 is finished, and to go back further takes back d0 from 0.9.0 to 1.0.0" in told
    accepted = ("further_back", "schema_head")
    assert plan(fleet("aaa", "1.0.0"), lines, way="image", accept=accepted)["undoes"] == ["d0"]
    # On the hosts that it hasn't reached, it goes on without a question.
    lines["app3"] = [*first, *journal()]
    assert plan(fleet("aaa", "1.1.0"), lines)["undoes"] == ["d1"]


def test_a_host_that_a_killed_run_has_stopped_is_started_again() -> None:
    stopped = with_database(observation("1.0.0"), ledger={"head": "aaa"})
    stopped["services"][0]["containers"][0]["status"] = "exited"
    made = plan({**fleet("aaa"), "app3": stopped}, {"app1": journal(), "app2": journal(), "app3": []})
    assert [host["action"] for host in made["hosts"].values()] == ["back", "back", "confirm"]


def test_a_host_without_a_container_is_not_back() -> None:
    gone = observation("1.0.0")
    gone["services"][0]["containers"] = []
    hosts = {**fleet("aaa"), "app1": with_database(gone, ledger={"head": "aaa"})}
    assert plan(hosts)["hosts"]["app1"]["action"] == "back"


def test_there_has_to_be_something_to_take_back() -> None:
    assert "no deploy is recorded" in refusal(journals={})
    assert "d7 isn't a deploy that stands" in refusal(deploy="d7")
    assert "d1 is the last one" in refusal(deploy="d1")


def test_several_deploys_are_named_and_accepted() -> None:
    second = [
        deploy(
            "1.1.0",
            "1.2.0",
            each,
            deploy="d2",
            at="2026-01-03",
            head_before="bbb",
            head_after="bbb",
            description="hurry",
        )
        for each in ("started", "done")
    ]
    first = [deploy("0.9.0", "1.0.0", each, deploy="d0", at="2026-01-01") for each in ("started", "done")]
    lines = {host: [*first, *journal(), *second] for host in fleet("aaa", "1.2.0")}
    told = refusal(fleet("aaa", "1.2.0"), lines, deploy="d0")
    assert "2 deploys are taken back at once: d1 from 1.0.0 to 1.1.0; d2 from 1.1.0 to 1.2.0 (hurry)" in told
    made = plan(fleet("aaa", "1.2.0"), lines, deploy="d0", accept=("several_deploys",))
    assert made["hosts"]["app1"]["target"] == "1.0.0"
    assert made["hosts"]["app1"]["undoes"] == ["d1", "d2"]


def test_a_journal_that_does_not_know_the_image_says_so() -> None:
    lines = journal()
    for line in lines:
        line["from"] = {"version": "1.0.0"}
    assert "app1: the journal doesn't say which image ran before" in refusal(journals={"app1": lines})


def test_where_several_versions_ran_the_one_that_the_journal_tells_comes_back() -> None:
    older = {
        **BEFORE[0],
        "service": "worker",
        "reference": BEFORE[0]["reference"].replace("1.0.0", "0.9.0"),
        "image_id": "sha256:9",
    }
    hosts = {"app1": fleet("aaa")["app1"]}
    web = hosts["app1"]["services"][0]
    hosts["app1"] = {**hosts["app1"], "services": [{**web, "name": "worker"}, web]}
    mixed = journal(**{"from": {"version": "1.0.0", "containers": [older, *BEFORE]}})
    found = plan(hosts, {"app1": mixed})["hosts"]["app1"]
    assert (found["target"], found["image_ids"]) == ("1.0.0", [BEFORE[0]["image_id"]])
    assert all(":1.0.0" in image for image in found["project"]["images"].values())


def test_with_nothing_left_to_take_back_who_is_stopped_is_named() -> None:
    hosts = copy.deepcopy(fleet("aaa", "1.0.0"))
    hosts["app2"] = copy.deepcopy(hosts["app2"])
    hosts["app2"]["services"][0]["containers"][0]["status"] = "exited"
    told = refusal(hosts, {})
    assert (
        "app2: the runtime is stopped. To start it as it is, there: docker compose --project-directory /opt/sample up"
        in told
    )
    assert "app1: the runtime is stopped" not in told
