# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup comes over Ansible's own connection, with become or without, and nothing of it is seen on the way."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import store
from conftest import until
from kill import kill_all

ROOT = Path(__file__).parents[2]
# The fleet's hosts belong to the scenarios. What is needed of one is sshd, sudo, Python and the user "deploy".
IMAGE = f"{os.environ.get('FLEET_PREFIX', 'ratchet')}-host"
SSHD = 'mkdir -p /run/sshd && echo "$KEY" >/etc/ssh/authorized_keys && exec /usr/sbin/sshd -D'
ID = "app-20260101T000000Z-c0de"
WHERE = "/root/copied-by-a-test"
ROWS = b"what the database holds\n"
CONTENT = {"globals.sql": ROWS, "data/toc.dat": b"contents", "data/big.dat": os.urandom(24 * 1024 * 1024), "empty": b""}
AS = {"root": [], "become": ["--user=deploy", "-e", "ansible_user=deploy", "--become"]}


class Host:
    """A host that Ansible reaches by SSH."""

    def __init__(self, directory: Path) -> None:
        self.name = f"ratchet-test-host-{secrets.token_hex(3)}"
        self._inventory = directory / "hosts.yml"
        key = directory / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        public = key.with_suffix(".pub").read_text()
        start = [
            "docker",
            "run",
            "--detach",
            "--name",
            self.name,
            "--env",
            f"KEY={public}",
            "--entrypoint",
            "sh",
            IMAGE,
        ]
        subprocess.run([*start, "-c", SSHD], check=True, capture_output=True)
        address = ["docker", "inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}", self.name]
        variables = {
            "ansible_host": subprocess.run(address, check=True, capture_output=True, text=True).stdout.strip(),
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(key),
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        self._inventory.write_text(json.dumps({"all": {"hosts": {"app1": variables}}}))

    def do(self, *argv: str, content: bytes | None = None) -> None:
        """Run a command there, not by SSH."""
        command = ["docker", "exec", "--interactive", self.name, *argv]
        subprocess.run(command, check=True, input=content, capture_output=True)

    def command(self, options: list[str], **arguments: Any) -> list[str]:
        """Ansible with the module."""
        asked = ["-m", "ratchet.runtime.postgres_backup_copy", "-a", json.dumps(arguments)]
        return [str(Path(sys.executable).with_name("ansible")), "app1", "-i", str(self._inventory), *asked, *options]

    def run(self, options: list[str], **arguments: Any) -> str:
        """What Ansible prints; its first word about the host tells how it went."""
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(
            self.command(options, **arguments),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        return done.stdout

    def remove(self) -> None:
        """With its volume."""
        subprocess.run(["docker", "rm", "--force", "--volumes", self.name], check=True, capture_output=True)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host of this module's own."""
    made = Host(tmp_path_factory.mktemp("host"))
    try:
        until(lambda: subprocess.run(["docker", "exec", made.name, "pgrep", "sshd"], check=False).returncode == 0)
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def backup(host: Host) -> str:
    """A backup on the host, as postgres_backup leaves it; nobody but root may read it."""
    files = {name: {"sha256": hashlib.sha256(each).hexdigest(), "size": len(each)} for name, each in CONTENT.items()}
    manifest = {
        "format": store.FORMAT,
        "id": ID,
        "database": {"id": "1/app"},
        "files": files,
        "size": sum(map(len, CONTENT.values())),
        "sha256": store.checksum_of(files),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in {**CONTENT, store.MANIFEST: json.dumps(manifest).encode()}.items():
            member = tarfile.TarInfo(f"{ID}/{name}")
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    host.do("mkdir", "-m", "0700", WHERE)
    host.do("tar", "-x", "-C", WHERE, content=packed.getvalue())
    return f"{WHERE}/{ID}"


def whole(copy: Path) -> bool:
    found = {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    manifest = found.pop(store.MANIFEST, b"")
    return found == CONTENT and json.loads(manifest)["id"] == ID


@pytest.mark.parametrize("user", sorted(AS))
def test_it_comes_whole_and_once_whoever_connects(host: Host, backup: str, tmp_path: Path, user: str) -> None:
    said = host.run(AS[user], backup=backup, to=str(tmp_path / "copies"))
    assert re.search(
        rf"^Copy of {ID}: 24\.0 MiB in 5 files, every checksum compared, in .* on the controller", said, re.M
    )
    assert "app1 | CHANGED" in said
    assert whole(tmp_path / "copies" / ID)
    assert oct((tmp_path / "copies").stat().st_mode & 0o777) == "0o700"
    assert "app1 | SUCCESS" in host.run(AS[user], backup=ID, directory=WHERE, to=str(tmp_path / "copies"))
    (tmp_path / "copies" / ID / "globals.sql").write_bytes(b"something else")
    for check in ([], ["--check"]):
        said = host.run([*AS[user], *check], backup=backup, to=str(tmp_path / "copies"))
        assert "app1 | FAILED" in said
        assert f"isn't the backup {ID}: globals.sql has 14 bytes, and had {len(ROWS)}" in said


def test_who_may_not_read_it_is_told_what_to_do(host: Host, backup: str, tmp_path: Path) -> None:
    said = host.run(AS["become"][:-1], backup=backup, to=str(tmp_path / "copies"))
    assert "set ansible_become: true" in said
    assert not (tmp_path / "copies").exists()


def test_check_mode_touches_nothing(host: Host, backup: str, tmp_path: Path) -> None:
    assert "app1 | CHANGED" in host.run(["--check"], backup=backup, to=str(tmp_path / "copies"))
    hook = {"command": ["touch", str(tmp_path / "ran")], "check": ["touch", str(tmp_path / "ran")]}
    assert "app1 | CHANGED" in host.run(["--check"], backup=backup, **hook)
    assert os.listdir(tmp_path) == []


def test_with_every_detail_shown_nothing_of_the_database_is(host: Host, backup: str, tmp_path: Path) -> None:
    said = host.run(["-vvv"], backup=backup, to=str(tmp_path / "copies"))
    assert whole(tmp_path / "copies" / ID)
    assert "rc=0, stdout and stderr censored" in said
    assert base64.b64encode(ROWS).decode() not in said
    assert ROWS.decode().strip() not in said


def test_killed_on_the_way_it_has_no_name_and_the_next_run_goes_on(host: Host, backup: str, tmp_path: Path) -> None:
    copies, part = tmp_path / "copies", tmp_path / "copies" / f"{store.PARTIAL}{ID}" / "data/big.dat"
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    started = subprocess.Popen(
        host.command([], backup=backup, to=str(copies)),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: part.exists() and part.stat().st_size > 4 * 1024 * 1024)
    finally:
        kill_all(started.pid)
        started.wait()
    assert store.backups(str(copies)) == []
    before = part.stat()
    assert before.st_size < len(CONTENT["data/big.dat"])
    assert "app1 | CHANGED" in host.run([], backup=backup, to=str(copies))
    assert whole(copies / ID)
    assert (copies / ID / "data/big.dat").stat().st_ino == before.st_ino, "it was fetched anew"
    assert sorted(os.listdir(copies)) == [".lock", ID]


def test_a_backup_that_is_damaged_on_the_host_gets_no_copy(host: Host, backup: str, tmp_path: Path) -> None:
    host.do("cp", "-a", backup, f"{WHERE}/damaged")
    host.do("sh", "-ec", f"printf X | dd of={WHERE}/damaged/globals.sql conv=notrunc status=none")
    said = host.run([], backup=f"{WHERE}/damaged", to=str(tmp_path / "copies"))
    assert "app1 | FAILED" in said
    assert f"globals.sql of the backup {ID} isn't what was proven" in said
    assert store.backups(str(tmp_path / "copies")) == []


def test_a_command_gets_its_secret_and_nobody_else(host: Host, backup: str) -> None:
    script = 'test "$(printf %s "$STORE_KEY" | wc -c)" = 14; test "$SHORT" = a; cp -r "$1" "$2"; echo "$STORE_KEY" >&2'
    hook = {
        "command": ["sh", "-ec", script, "copy", "{path}", f"{WHERE}/there-{{id}}"],
        "check": ["sh", "-ec", f"cd {WHERE}/there-{{id}}; find . -type f -exec sha256sum {{}} +"],
        "environment": {"STORE_KEY": "hunter2hunter2", "SHORT": "a"},
    }
    said = host.run(["-vvv"], backup=backup, **hook)
    assert "app1 | CHANGED" in said
    assert "hunter2hunter2" not in said
    assert f"Copy of {ID}: 24.0 MiB in 5 files" in said
    assert "app1 | SUCCESS" in host.run([], backup=backup, **hook)
    said = host.run(
        ["-vvv"], backup=backup, **{**hook, "command": ["sh", "-c", "echo $STORE_KEY; exit 1"], "check": ["false"]}
    )
    assert "app1 | FAILED" in said
    assert "the command sh failed with 1: ********. Nothing was stopped" in said
    assert "hunter2hunter2" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "it names neither to nor command"),
        ({"command": "cp {path} /mnt", "check": ["x"]}, "no shell takes it apart"),
        ({"to": "/srv", "command": ["x"], "check": ["x"]}, "it has to be one of them"),
    ],
)
def test_what_makes_no_sense_is_refused(host: Host, backup: str, arguments: dict[str, Any], words: str) -> None:
    assert words in host.run([], backup=backup, **arguments)
