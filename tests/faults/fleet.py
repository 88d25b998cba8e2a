"""The fleet as the faults see it: what can be killed and healed, and what the database holds, asked around the collection."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / ".fleet/inventory/hosts.yml"
PREFIX = os.environ.get("FLEET_PREFIX", "ratchet")
HOST, SERVER, REGISTRY = f"{PREFIX}-app1", f"{PREFIX}-postgres", f"{PREFIX}-registry"
STORE = "/var/backups/ratchet"
# Bytes: a backup fits many times, and filling it takes a second.
STORE_SIZE = 400 * 1024**2
_TASKS = "docker ps --all --quiet --filter label=ratchet.runtime.task"


def run(*command: str, check: bool = True, text: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, input=text, check=False, timeout=120)
    assert not check or done.returncode == 0, f"{command}: {done.stderr or done.stdout}"
    return done.stdout.strip()


def on_host(script: str, check: bool = True) -> str:
    return run("docker", "exec", HOST, "sh", "-c", script, check=check)


def sql(statement: str, database: str = "app", check: bool = True) -> list[str]:
    command = ("docker", "exec", "-i", SERVER, "psql", "-U", "app", "-d", database, "-AtXq", "-v", "ON_ERROR_STOP=1")
    return run(*command, text=statement, check=check).splitlines()


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}: not in {seconds:g} s"
        time.sleep(0.05)


def checksums(database: str = "app") -> dict[str, str]:
    """Rows and a checksum of every table, whatever the order of its rows."""
    tables = sql(
        "select c.oid::regclass from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace", database
    )
    asked = [
        f"select '{each}', count(*), coalesce(sum(hashtextextended(t::text, 7)::numeric), 0) from {each} t"
        for each in tables
    ]
    found = (line.split("|", 1) for line in sql(" union all ".join(asked), database))
    return dict(sorted(found))


def databases() -> list[str]:
    return sql("select datname from pg_database where datname ~ '^app(_|$)' order by 1", "postgres")


def drop_kept() -> None:
    """What restores have kept."""
    for name in databases():
        if name != "app":
            sql(f'drop database "{name}" with (force)', "postgres")


def left_behind() -> list[str]:
    """What no run may leave when it has ended well."""
    partial = on_host(f"ls -A {STORE} | grep '^.partial-' || true").split()
    unfinished = [name for name in databases() if "_before_restore_" not in name and name != "app"]
    return [*partial, *on_host(_TASKS).split(), *unfinished]


def works() -> bool:
    """Whether a sidecar is at work."""
    return bool(on_host("docker ps --quiet --filter label=ratchet.runtime.task", check=False))


def kill_sidecar() -> bool:
    """The container that does the work at the moment; whether there was one."""
    return bool(on_host("docker ps --quiet --filter label=ratchet.runtime.task | xargs -r docker kill", check=False))


def kill_engine() -> None:
    on_host("pkill -KILL -x dockerd")


def engine_is_back() -> None:
    until(lambda: on_host("docker version --format '{{.Server.Version}}' 2>/dev/null", check=False), "the engine")


def kill_database() -> None:
    run("docker", "kill", SERVER)


def start_database() -> None:
    run("docker", "start", SERVER)
    until(lambda: sql("select 1", "postgres", check=False) == ["1"], "the database")


def fill_disk() -> None:
    on_host(f"head -c {2 * STORE_SIZE} /dev/zero > {STORE}/.fill || true")


def empty_disk() -> None:
    on_host(f"rm -f {STORE}/.fill")


def kill_container() -> None:
    """The runtime's main process, as the kernel does for want of memory: the engine starts it again."""
    on_host("docker inspect --format '{{.State.Pid}}' sample-web-1 | grep -v '^0$' | xargs -r kill -KILL", check=False)


def stop_registry() -> None:
    run("docker", "stop", "--time", "1", REGISTRY)


def start_registry() -> None:
    run("docker", "start", REGISTRY)


def cut_network() -> None:
    """For a few seconds nothing reaches the host, and nothing leaves it."""
    rules = "for each in 'INPUT -i' 'OUTPUT -o'; do iptables -{} $each eth0 -j DROP; done"
    run("docker", "exec", HOST, "sh", "-c", f"{rules.format('I')}; sleep 6; {rules.format('D')}")


def start_stopped() -> None:
    """An engine that was killed calls its containers stopped by hand, and starts none whose policy is unless-stopped: it is the operator's turn."""
    on_host("cd /opt/sample && docker compose up --detach --no-recreate")


def runs() -> str:
    """What the runtime's container runs, and how it is, once it has settled."""
    told = "docker inspect --format '{{.Config.Image}} {{.State.Status}} {{.State.Health.Status}}' sample-web-1"
    until(lambda: "running starting" not in on_host(told, check=False), "the container has settled")
    return on_host(told).rpartition(":")[2]


def nothing() -> None:
    """Some victims heal by themselves."""
