# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proven backup costs beside a bare dump, in one run: ``make fleet && .venv/bin/python benchmarks/backup.py``.

The module runs as Ansible runs it. All take turns on one database of about 1 GB, with two jobs where there are jobs, and write
to the same file system; ratios are of medians. Server and dumps share this machine's processors.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import docker

ROOT = Path(__file__).resolve().parent.parent
IMAGE = f"127.0.0.1:{os.environ.get('FLEET_PORT', '5000')}/fleet/postgres:17"
ROUNDS = 3
JOBS = 2
# What the module chooses itself on this server.
COMPRESSION = "zstd"
GB = 1e9

COMPOSE = f"""\
services:
  db:
    image: {IMAGE}
    environment: {{POSTGRES_USER: app, POSTGRES_PASSWORD: "${{PGPASSWORD}}", POSTGRES_DB: app}}
    command: [postgres, -c, fsync=off, -c, shared_buffers=512MB, -c, max_wal_size=4GB]
    shm_size: 1g
    healthcheck:
      {{test: [CMD, pg_isready, -h, 127.0.0.1, -U, app], interval: 15s, start_period: 60s, start_interval: 200ms}}
"""

# Wide rows, documents and files, as applications keep them; the same in every run.
ROWS = """
set synchronous_commit = off;
select setseed(0.4);
create table person as
select id, md5(random()::text) || '@example.com' as email, initcap(substr(md5(random()::text), 1, 9)) as name,
       '+49 ' || (random() * 1e9)::bigint as phone, (random() * 1e6)::numeric(12, 2) as balance, random() < 0.9 as active,
       timestamptz '2020-01-01' + random() * interval '2000 days' as created, (random() * 100)::int as region,
       array[(random() * 9)::int, (random() * 99)::int] as groups, repeat(md5((id % 1000)::text) || ' ', 4) as note,
       case when id % 7 = 0 then null else md5(random()::text)::uuid end as token
  from generate_series(1, 1000000) id;
alter table person add primary key (id);
create table event as
select id, (random() * 1e6)::int + 1 as person_id, timestamptz '2024-01-01' + id * interval '7 seconds' as at,
       jsonb_build_object('kind', (array['login', 'order', 'refund', 'mail'])[1 + (random() * 3)::int], 'amount', round((random() * 1e4)::numeric, 2),
         'path', '/shop/' || substr(md5(random()::text), 1, 8), 'tags', jsonb_build_array(id % 17, id % 5, 'web'),
         'client', jsonb_build_object('address', '10.' || id % 250 || '.' || id % 113 || '.7', 'agent', 'Mozilla/5.0 (X11; Linux x86_64)')) as what
  from generate_series(1, 1400000) id;
alter table event add primary key (id);
create index on event (person_id, at);
create table document as
select id, string_agg(md5(id::text || i), E'\\n') as content, sha256(id::text::bytea) as fingerprint
  from generate_series(1, 6000) id, generate_series(1, 400) i group by id;
create table small as select 'table ' || n as name, n from generate_series(1, 100) n;
select count(lo_from_bytea(0, (select string_agg(sha256((n * 10000 + i)::text::bytea), '') from generate_series(1, 8192) i)))
  from generate_series(1, 400) n;
analyze
"""

# Runs in the interpreter's place, to see what that takes itself, without its children.
METER = """#!{python}
import subprocess, sys, time
process = subprocess.Popen(["{python}", *sys.argv[1:]])
most = "0"
while process.poll() is None:
    with open("/proc/%d/status" % process.pid) as status:
        most = next((line.split()[1] for line in status if line.startswith("VmHWM:")), most)
    time.sleep(0.05)
with open("{log}", "a") as log:
    log.write(most + "\\n")
sys.exit(process.returncode)
"""


class Bench:
    """The database, and the ways to dump it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.client = docker.from_env()
        self.password = secrets.token_urlsafe(12)
        (directory / "compose.yaml").write_text(COMPOSE)
        (directory / ".env").write_text(f"PGPASSWORD={self.password}\n")
        self.meter, self.memory = directory / "python", directory / "memory"
        self.meter.write_text(METER.format(python=sys.executable, log=self.memory))
        self.meter.chmod(0o755)

    def compose(self, *arguments: str, **more: Any) -> str:
        command = ["docker", "compose", "--project-directory", str(self.directory), *arguments]
        return run(command, **more)

    def up(self) -> int:
        """The server, and the rows in it; their size in bytes."""
        self.compose("up", "--detach", "--wait", "--quiet-pull")
        psql = ["exec", "--no-TTY", "db", "psql", "-U", "app", "-AtXq", "-v", "ON_ERROR_STOP=1"]
        self.compose(*psql, "-o", "/dev/null", input=ROWS)
        self.container = self.compose("ps", "--quiet", "db")
        return int(self.compose(*psql, "-c", "select pg_database_size('app')"))

    @contextmanager
    def target(self) -> Iterator[Path]:
        """A new directory to write to, with nothing else left to be written."""
        path = self.directory / "target"
        path.mkdir()
        os.sync()
        yield path
        shutil.rmtree(path)

    def module(self, verify: str) -> dict[str, float]:
        """``postgres_backup``: seconds of the whole call and of its parts, and MiB of its process.

        Its dump is all that its container does before it reads back: the roles and so on are a part of it.
        """
        self.memory.unlink(missing_ok=True)
        with self.target() as target:
            options = {
                "project_dir": str(self.directory),
                "database": {"service": "db"},
                "services": ["db"],
                "directory": str(target),
                "jobs": JOBS,
                "verify": verify,
            }
            began = time.time()
            variables = json.dumps({"ansible_python_interpreter": str(self.meter)})
            ansible = f"{ROOT}/.venv/bin/ansible localhost -i localhost, -c local -m ratchet.runtime.postgres_backup"
            run([*ansible.split(), "-e", variables, "-a", json.dumps(options)])
            ended = time.time()
            (made,) = target.glob("app-*")
            dumped = (made / "globals.sql").stat().st_mtime
            started, finished = self.life(f"ratchet-backup-{made.name}", began)
        return {
            "whole call": ended - began,
            "before the dump": started - began,
            "dump": dumped - started,
            "reading it back": finished - dumped,
            "after that": ended - finished,
            "memory": max(int(line) for line in self.memory.read_text().split()) / 1024,
        }

    def life(self, container: str, since: float) -> tuple[float, float]:
        """When a container that is gone was started, and when it ended."""
        filters = {"container": container, "event": ["start", "die"]}
        events = self.client.events(since=int(since), until=int(time.time()) + 1, decode=True, filters=filters)
        started, finished = (event["timeNano"] / 1e9 for event in events)
        return started, finished

    def bare(self) -> dict[str, float]:
        """``pg_dump -Fd``, in the same image, network and mount."""
        database = self.client.containers.get(self.container).attrs
        ((network, endpoint),) = database["NetworkSettings"]["Networks"].items()
        with self.target() as target:
            container = self.client.containers.run(
                IMAGE,
                entrypoint=f"pg_dump -h {endpoint['IPAddress']} -U app -d app -Fd -j{JOBS} --compress={COMPRESSION} -f data",
                environment={"PGPASSWORD": self.password},
                user=f"{os.getuid()}:{os.getgid()}",
                volumes={str(target): {"bind": "/ratchet", "mode": "rw"}},
                working_dir="/ratchet",
                network=network,
                detach=True,
            )
            try:
                if container.wait()["StatusCode"]:
                    sys.exit(container.logs().decode())
                container.reload()
                state = container.attrs["State"]
            finally:
                container.remove(force=True, v=True)
        started, finished = (datetime.fromisoformat(state[key]).timestamp() for key in ("StartedAt", "FinishedAt"))
        return {"dump": finished - started}

    def by_hand(self) -> dict[str, float]:
        """``docker exec … pg_dump -Fc > file``."""
        with self.target() as target, open(target / "file", "wb") as file:
            began = time.time()
            command = f"docker exec {self.container} pg_dump -U app -d app -Fc"
            subprocess.run(command.split(), stdout=file, check=True)
            return {"dump": time.time() - began}


def run(command: list[str], **more: Any) -> str:
    """What it prints; the end of everything when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout.strip()


def turns(bench: Bench) -> list[tuple[str, Callable[[], dict[str, float]]]]:
    """One round. What differs least is measured most."""
    return [
        ("module", lambda: bench.module("read")),
        ("bare", bench.bare),
        ("by hand", bench.by_hand),
        ("proven by restoring", lambda: bench.module("restore")),
        ("bare", bench.bare),
    ]


def report(taken: Mapping[str, list[dict[str, float]]]) -> None:
    """Medians, and what they are to each other."""
    dumps = [each["dump"] for each in (*taken["module"], *taken["proven by restoring"])]
    bare, by_hand = (statistics.median(each["dump"] for each in taken[way]) for way in ("bare", "by hand"))
    ours = statistics.median(dumps)
    print(
        f"{ours:6.1f} s  the module's dump: {ours / bare:.2f} times the bare one, {ours / by_hand:.2f} times the one by hand"
    )
    print(f"{bare:6.1f} s  pg_dump -Fd -j{JOBS} --compress={COMPRESSION}")
    print(f"{by_hand:6.1f} s  docker exec ... pg_dump -Fc > file")
    for way, told in (("module", "read"), ("proven by restoring", "restore")):
        parts = {part: statistics.median(each[part] for each in taken[way]) for part in taken[way][0]}
        whole = parts.pop("whole call")
        print(
            f"{whole:6.1f} s  postgres_backup with verify={told}: {whole / bare:.2f} times the bare dump, in {parts.pop('memory'):.0f} MiB"
        )
        print("         " + ", ".join(f"{part} {seconds:.1f} s" for part, seconds in parts.items()))


def main() -> None:
    """Measure in turns, so that whatever else the machine does meets all alike."""
    taken: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="ratchet-benchmark-") as directory:
        bench = Bench(Path(directory))
        try:
            size = bench.up()
            print(f"{size / GB:.1f} GB in the database, {ROUNDS} rounds, medians", flush=True)
            for _round in range(ROUNDS):
                for way, measure in turns(bench):
                    taken.setdefault(way, []).append(measure())
        finally:
            bench.compose("down", "--volumes", "--timeout", "1")
    report(taken)


if __name__ == "__main__":
    main()
