"""Thirty kills at random moments of backup and of restore: nothing is lost, and the same command again ends well."""

from __future__ import annotations

import random

import fleet
import pytest
from conftest import PARTS, Undisturbed, note
from strikes import strike
from verb import Verb

VICTIMS = ("controller", "sidecar", "engine", "database", "disk")
EACH = [(victim, number) for victim in VICTIMS for number in range(3)]


@pytest.mark.parametrize(("victim", "number"), EACH)
def test_backup(victim: str, number: int, moments: random.Random, undisturbed: Undisturbed) -> None:
    original = fleet.checksums()
    struck = strike("backup", victim, undisturbed.span("backup", victim), moments, PARTS["backup"][0])
    fleet.until(lambda: fleet.checksums() == original, "the data is as it was")
    again = Verb("backup")
    assert again.end() == 0, again.said
    assert fleet.checksums() == original
    assert fleet.left_behind() == []
    damaged = refuses_any_backup()
    assert damaged == "", damaged
    note("backup", victim, f"{struck.after:.1f} s", struck.ended, "ended well", "data as it was")


@pytest.mark.parametrize(("victim", "number"), EACH)
def test_restore(victim: str, number: int, moments: random.Random, undisturbed: Undisturbed) -> None:
    wanted, asked = undisturbed.state, {"runtime_backup": undisturbed.backup}
    fleet.drop_kept()
    fleet.sql(
        f"insert into flipped values ({EACH.index((victim, number))}); delete from ballast where id % 7 = {number}"
    )
    original = fleet.checksums()
    assert original != wanted
    struck = strike("restore", victim, undisturbed.span("restore", victim), moments, PARTS["restore"][0], **asked)
    fleet.until(lambda: fleet.sql("select 1", check=False) == ["1"], "there is a database under the name")
    now = fleet.checksums()
    assert now in (original, wanted), "neither one nor the other"
    again = Verb("restore", **asked)
    assert again.end() == 0, again.said
    assert fleet.checksums() == wanted
    assert original in [fleet.checksums(name) for name in fleet.databases() if name != "app"], "the old state is kept"
    assert fleet.left_behind() == []
    assert "running healthy" in fleet.on_host(
        "docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' sample-web-1"
    )
    was = "restored" if now == wanted else "as it was"
    note(
        "restore",
        victim,
        f"{struck.after:.1f} s",
        f"{struck.ended} ({was})",
        "ended well",
        "restored, the old state kept",
    )


def refuses_any_backup() -> str:
    """What is wrong with the finished backups, by their checksums."""
    command = (
        "ansible",
        "app1",
        "-i",
        str(fleet.INVENTORY),
        "-m",
        "ratchet.runtime.postgres_backup_info",
        "-a",
        "verify=true",
    )
    said = fleet.run(
        "env",
        f"ANSIBLE_CONFIG={fleet.ROOT}/ansible.cfg",
        str(fleet.ROOT / ".venv/bin" / command[0]),
        *command[1:],
        check=False,
    )
    return "" if "SUCCESS" in said else said[:1000]
