"""What the world shows, as JSON: scenarios assert on this, not on what a play printed.

For every host its containers, images, project files, what the collection left, and what there is of a rehearsal; for the
shared database its container, schema head and rows; and the engines' events since ``--since``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

FLEET = Path(__file__).with_name("fleet")
PREFIX = os.environ.get("FLEET_PREFIX", "ratchet")

# Runs on a host: one look, one process.
LOOK = r"""
import hashlib, json, os, subprocess, sys

def docker(*arguments):
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]

def containers():
    ids = [each["ID"] for each in docker("ps", "--all", "--no-trunc", "--format", "json")]
    return docker("inspect", "--format", "json", *ids) if ids else []

def rehearsal():
    label = "label=ratchet.runtime.rehearsal"
    ways = {"container": ["ps", "--all"], "network": ["network", "ls"], "volume": ["volume", "ls"]}
    return sorted(
        kind + " " + (each.get("Names") or each["Name"])
        for kind, listing in ways.items() for each in docker(*listing, "--filter", label, "--format", "json")
    )

def service(each):
    return each["Config"]["Labels"].get("com.docker.compose.service", each["Name"].lstrip("/"))

def files(*roots):
    found = {}
    for root in roots:
        for parent, _directories, names in os.walk(root):
            for name in ["", *names]:
                path = os.path.join(parent, name)
                status = os.lstat(path)
                content = open(path, "rb").read() if name else b""
                found[path] = {
                    "mode": oct(status.st_mode & 0o7777),
                    "mtime_ns": status.st_mtime_ns,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
    return found

print(json.dumps({
    "containers": {
        service(each): {
            "id": each["Id"],
            "image": each["Config"]["Image"],
            "image_id": each["Image"],
            "status": each["State"]["Status"],
            "started_at": each["State"]["StartedAt"],
        }
        for listed in containers() for each in (listed if isinstance(listed, list) else [listed])
    },
    "images": sorted(each["Repository"] + ":" + each["Tag"] for each in docker("images", "--format", "json")),
    "project": files(sys.argv[1]),
    "backups": files("/var/backups/ratchet"),
    "state": files("/var/lib/ratchet"),
    "rehearsal": rehearsal(),
}))
"""

DATABASE = r"""
select json_build_object(
  'head', (select string_agg(version_num, '+' order by version_num) from alembic_version),
  'notes', (select count(*) from note))
"""


def run(*command: str, text: str | None = None) -> str:
    """Run a command and return what it prints; its errors are the caller's to see."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, input=text).stdout


def look(container: str, project: str) -> dict[str, Any]:
    """Look at one host."""
    return json.loads(run("docker", "exec", "--interactive", container, "python3", "-", project, text=LOOK))


def database() -> dict[str, Any]:
    """Look at the shared database."""
    postgres = f"{PREFIX}-postgres"
    container = json.loads(run("docker", "inspect", postgres))[0]
    told = run("docker", "exec", postgres, "psql", "-U", "app", "-d", "app", "-AtXq", "-c", DATABASE)
    return {"id": container["Id"], "started_at": container["State"]["StartedAt"], **json.loads(told)}


def main() -> None:
    """Print the world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", help="also tell what the engines did since this time (seconds since 1970)")
    parser.add_argument("--no-database", action="store_true", help="leave the shared database out")
    parser.add_argument("--project", default="/opt/sample", help="directory of the project on the hosts")
    arguments = parser.parse_args()
    names = run("docker", "ps", "--filter", f"name=^{PREFIX}-app", "--format", "{{.Names}}").split()
    with ThreadPoolExecutor() as pool:
        looks = pool.map(lambda name: look(name, arguments.project), sorted(names))
        hosts = dict(zip((name.removeprefix(f"{PREFIX}-") for name in sorted(names)), looks, strict=True))
    world: dict[str, Any] = {"hosts": hosts}
    if not arguments.no_database:
        world["database"] = database()
    if arguments.since:
        world["events"] = run(str(FLEET), "events", arguments.since).splitlines()
    print(json.dumps(world, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
