"""Thirty kills at random moments of backup and of restore: nothing is lost, and the same command again ends well."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import fleet
import pytest
from conftest import PARTS, Undisturbed, note
from verb import Verb

# Who is killed, how, and what brings them back.
VICTIMS: dict[str, tuple[Callable[[], None] | None, Callable[[], None]]] = {
    "controller": (None, fleet.nothing),
    "sidecar": (fleet.kill_sidecar, fleet.nothing),
    "engine": (fleet.kill_engine, fleet.engine_is_back),
    "database": (fleet.kill_database, fleet.start_database),
    "disk": (fleet.fill_disk, fleet.empty_disk),
}
EACH = [(victim, number) for victim in VICTIMS for number in range(3)]


def strike(name: str, victim: str, span: float, moments: random.Random, **variables: str) -> tuple[float, str]:
    """Run a verb and hit a victim at some moment of it; when that was, and how the run ended."""
    hit, heal = VICTIMS[victim]
    verb = Verb(name, **variables)
    began, after = verb.reach(PARTS[name][0]), moments.uniform(0, span)
    time.sleep(max(0.0, began + after - time.monotonic()))
    if hit is None:
        verb.kill()
        return after, "killed"
    hit()
    # Whoever was hit stays away for a moment, so that the run meets it.
    if victim != "disk":
        heal()
    code = verb.end()
    if victim == "disk":
        heal()
    return after, "ended well" if code == 0 else f"told: {verb.words}"


@pytest.mark.parametrize(("victim", "number"), EACH)
def test_backup(victim: str, number: int, moments: random.Random, undisturbed: Undisturbed) -> None:
    original = fleet.checksums()
    after, ended = strike("backup", victim, undisturbed.spans["backup"], moments)
    fleet.until(lambda: fleet.checksums() == original, "the data is as it was")
    again = Verb("backup")
    assert again.end() == 0, again.said
    assert fleet.checksums() == original
    assert fleet.left_behind() == []
    damaged = refuses_any_backup()
    assert damaged == "", damaged
    note("backup", victim, f"{after:.1f} s", ended, "ended well", "data as it was")


@pytest.mark.parametrize(("victim", "number"), EACH)
def test_restore(victim: str, number: int, moments: random.Random, undisturbed: Undisturbed) -> None:
    wanted, asked = undisturbed.state, {"runtime_backup": undisturbed.backup}
    fleet.drop_kept()
    fleet.sql(
        f"insert into flipped values ({EACH.index((victim, number))}); delete from ballast where id % 7 = {number}"
    )
    original = fleet.checksums()
    assert original != wanted
    after, ended = strike("restore", victim, undisturbed.spans["restore"], moments, **asked)
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
    note("restore", victim, f"{after:.1f} s", f"{ended} ({was})", "ended well", "restored, the old state kept")


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
