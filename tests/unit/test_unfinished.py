"""What an earlier run began is taken up where it stopped: with its state of before, and its backup (law 8)."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables
from fleet_observations import deploy, observation, plan, three, with_database, with_journal

BACKUP = {"host": "app1", "id": "app-1", "path": "/var/backups/ratchet/app-1"}
BEGUN = deploy("1.0.0", "1.1.0", "started", head_before="aaa", backup=BACKUP)


def killed() -> dict:
    """app1 runs the new version on a migrated database, and nobody recorded that it is done."""
    fleet = {
        name: with_database(seen, ledger={"framework": "alembic", "head": "bbb"}) for name, seen in three().items()
    }
    fleet["app1"] = with_journal(
        with_database(observation("1.1.0"), ledger={"framework": "alembic", "head": "bbb"}), BEGUN
    )
    return fleet


def test_a_host_at_the_target_is_confirmed_before_it_counts_as_done() -> None:
    made = plan(killed())
    assert [host.action for host in made.hosts.values()] == ["confirm", "upgrade", "upgrade"]
    assert made.hosts["app1"].begun == BEGUN
    assert made.resumes


def test_the_way_back_is_that_of_the_run_that_began() -> None:
    content = plan(killed()).as_dict()
    told = "\n".join(back_tables.way_back(content, {"42/app": "bbb"}))
    assert "The way back to 1.0.0 on app1, app2, app3:" in told
    assert "ratchet.runtime.rollback" in told
    assert "app was migrated from aaa to bbb: restore its backup first" in told
    assert "/var/backups/ratchet/app-1 on app1" in told


def test_what_is_done_is_not_begun() -> None:
    fleet = killed()
    fleet["app1"] = with_journal(fleet["app1"], BEGUN, {**BEGUN, "outcome": "done", "head_after": "bbb"})
    made = plan(fleet)
    assert made.hosts["app1"].action == "none"
    assert not made.resumes


def test_of_several_attempts_the_first_knows_the_state_of_before() -> None:
    fleet = killed()
    again = deploy("1.0.0", "1.1.0", "started", deploy="second", head_before="bbb", backup=None)
    fleet["app1"] = with_journal(fleet["app1"], BEGUN, again)
    begun = plan(fleet).hosts["app1"].begun
    assert begun
    assert (begun["deploy"], begun["head_before"], begun["backup"]) == ("second", "aaa", BACKUP)
