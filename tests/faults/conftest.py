"""A fleet with something to lose, and the table of what was done to it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import fleet
import pytest
from verb import Verb

ROWS: list[tuple[str, ...]] = []
SEED = int(os.environ.get("RATCHET_SEED") or time.time())

# What a run prints when the part begins, and when it ends, that is worth hitting.
PARTS = {
    "backup": ("Back up the database and prove", "Print the backups"),
    "restore": ("restore : Stop its services", "restore : Start its services"),
}

# What a dump and a restore take seconds for.
BALLAST = """
create table ballast as select i as id, md5(i::text) || md5((-i)::text) as text, i % 97 as number from generate_series(1, 300000) i;
alter table ballast add primary key (id);
create index on ballast (text);
select lo_from_bytea(0, decode(repeat(md5(i::text), 4000), 'hex')) from generate_series(1, 20) i;
create table flipped (round int)
"""


@pytest.fixture(scope="session")
def moments() -> random.Random:
    return random.Random(SEED)


@pytest.fixture(scope="session", autouse=True)
def deployed() -> Iterator[None]:
    """The sample runtime on one host, with rows that take time, and a store that can be filled."""
    fleet.run(
        str(fleet.ROOT / ".venv/bin/ansible-playbook"),
        "-i",
        str(fleet.INVENTORY),
        str(fleet.ROOT / "tests/fleet/deploy.yml"),
    )
    for other in (f"{fleet.PREFIX}-app2", f"{fleet.PREFIX}-app3"):
        fleet.run("docker", "exec", "-w", "/opt/sample", other, "docker", "compose", "stop", "web")
    fleet.sql(BALLAST)
    fleet.on_host(
        f"mkdir -p -m 0700 {fleet.STORE} && mount -t tmpfs -o size={fleet.STORE_SIZE},mode=0700 none {fleet.STORE}"
    )
    yield
    fleet.on_host(f"umount -l {fleet.STORE}")
    fleet.drop_kept()


@dataclass(frozen=True)
class Undisturbed:
    """What runs do that nobody disturbs.

    :ivar backup: id of the backup that the restores go back to, and ``state`` the checksums of what it holds.
    :ivar spans: seconds that the part of a run takes that is worth hitting.
    :ivar working: seconds of it until the last sidecar is gone: who comes later meets none.
    """

    backup: str
    state: dict[str, str]
    spans: dict[str, float]
    working: dict[str, float]

    def span(self, name: str, victim: str) -> float:
        """How long there is something of this victim to hit."""
        return (self.working if victim == "sidecar" else self.spans)[name]


@pytest.fixture(scope="session")
def undisturbed(deployed: None) -> Undisturbed:
    state, spans, working, made = fleet.checksums(), {}, {}, ""
    for name, (begins, ends) in PARTS.items():
        verb = Verb(name, **({"runtime_backup": made} if made else {}))
        began = verb.reach(begins)
        while not verb.has_said(ends):
            if fleet.works():
                working[name] = time.monotonic() - began
        spans[name] = time.monotonic() - began
        assert verb.end() == 0, verb.said
        made = made or [line for line in verb.lines if line.startswith("Backup ")][-1].split()[1].rstrip(":")
    assert fleet.checksums() == state
    return Undisturbed(made, state, spans, working)


def note(*row: object) -> None:
    """A row of the table."""
    ROWS.append(tuple(str(each) for each in row))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"moments drawn with RATCHET_SEED={SEED}")
    heading = ("verb", "victim", "after", "the run", "the next run", "in the end")
    widths = [max(len(row[column]) for row in [heading, *ROWS]) for column in range(len(heading))]
    for row in [heading, *ROWS]:
        terminalreporter.write_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
