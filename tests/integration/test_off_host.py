# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command's copy is believed when the checksums over there say so, and restores; whatever the command says."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database, off_host, restore
from ansible_collections.ratchet.runtime.plugins.module_utils import store as backups
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import fetched
from backup_making import make
from conftest import Sample

SECRET = "s3cr3t/of the store"


@pytest.fixture(scope="module")
def proven(engine: Engine, deploy: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One real backup, of which every test here has a copy made."""
    from ansible_collections.ratchet.runtime.plugins.module_utils import compose, runtime_services

    sample = deploy()
    project = compose.load(engine, str(sample.directory))
    access = database.locate(engine, project, runtime_services.of(project, []), {})
    assert access
    return {"sample": sample, "access": access, **make(engine, access, tmp_path_factory.mktemp("store"), 2)}


@pytest.fixture
def made(proven: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The backup, which a test may harm."""
    shutil.copytree(proven["path"], tmp_path / "store" / proven["id"])
    return backups.read_manifest(str(tmp_path / "store" / proven["id"]))


def hook(tmp_path: Path, script: str, **more: Any) -> off_host.Hook:
    """A command that is a shell script, over to ``there``; the check is what people would write."""
    there = tmp_path / "there" / "{id}"
    check = ["find", str(there), "-type", "f", "-exec", "sha256sum", "{}", "+"]
    return off_host.Hook(["sh", "-ec", script, "copy", "{path}", str(there)], **{"check": check, **more})


COPY = 'mkdir -p "$(dirname "$2")"; cp -r "$1" "$2"'


def test_a_copy_that_is_right_is_believed_and_not_made_again(made: dict[str, Any], tmp_path: Path) -> None:
    counting = hook(tmp_path, f"{COPY}; echo once >> {tmp_path}/runs")
    assert off_host.copy(made, counting)
    assert not off_host.copy(made, counting)
    assert (tmp_path / "runs").read_text() == "once\n"
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o600
    copied = backups.read_manifest(str(tmp_path / "there" / made["id"]))
    backups.refuse_damaged([copied])
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "there" / made["id"]).rglob("*")}
    assert modes == {0o600, 0o700}


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ('truncate -s -1 "$2"/data/toc.dat', "data/toc.dat has another content"),
        ('rm "$2"/data/toc.dat', "data/toc.dat is missing"),
        ('rm "$2"/manifest.json', "manifest.json is missing"),
        ('echo >> "$2"/manifest.json', "manifest.json has another content"),
        ('mv "$2"/data/* "$2"', "data/toc.dat is missing"),
        ('mv "$2" "$2"-elsewhere', "the check find failed with 1: .*No such file or directory"),
        ('echo all is well; echo "$STORE_KEY" >&2; exit 3', r"the command sh failed with 3: all is well\n\*{8}\. Noth"),
        ("kill -9 $$", "the command sh was killed by signal 9: nothing"),
    ],
)
def test_a_copy_that_is_not_right_is_not_believed(made: dict[str, Any], tmp_path: Path, harm: str, words: str) -> None:
    with pytest.raises(RatchetError, match=words) as caught:
        off_host.copy(made, hook(tmp_path, f"{COPY}; {harm}", environment={"STORE_KEY": SECRET}))
    assert f"stays in {made['path']}" in str(caught.value)
    assert SECRET not in str(caught.value)
    backups.refuse_damaged([made])


def test_half_a_copy_that_is_there_is_completed(made: dict[str, Any], tmp_path: Path) -> None:
    there = tmp_path / "there" / made["id"]
    shutil.copytree(made["path"], there)
    (there / "globals.sql").write_text("half")
    assert off_host.copy(made, hook(tmp_path, 'cp -rT "$1" "$2"'))


def test_a_command_that_moves_instead_of_copying_is_caught(made: dict[str, Any], tmp_path: Path) -> None:
    script = 'mkdir -p "$2"; cp -rT "$1" "$2"; rm -r "$1"/data'
    with pytest.raises(RatchetError, match=r"took the backup .* away instead of copying it: data/.* is missing"):
        off_host.copy(made, hook(tmp_path, script))


@pytest.mark.parametrize("which", ["command", "check"])
def test_a_program_that_is_not_there_is_named(made: dict[str, Any], tmp_path: Path, which: str) -> None:
    right = hook(tmp_path, COPY)
    asked = {"command": right.command, "check": right.check, which: ["rclone-that-nobody-has", "copy"]}
    with pytest.raises(RatchetError, match=f"the {which} rclone-that-nobody-has can't be run on this host: No such"):
        off_host.copy(made, off_host.Hook(**asked))
    assert not (tmp_path / "there").exists()


@contextmanager
def somebody_answering() -> Iterator[None]:
    """Our own standard input says something."""
    ours, (reading, writing) = os.dup(0), os.pipe()
    os.write(writing, b"yes\n")
    os.close(writing)
    os.dup2(reading, 0)
    try:
        yield
    finally:
        os.dup2(ours, 0)
        os.close(ours)
        os.close(reading)


def test_no_shell_sees_anything_and_nobody_can_answer(made: dict[str, Any], tmp_path: Path) -> None:
    odd = tmp_path / "$(touch pwned); 'a b'"
    odd.mkdir()
    moved = odd / made["id"]
    os.rename(made["path"], moved)
    script = (
        'test "$RATCHET_BACKUP_PATH" = "$1"; test "$RATCHET_BACKUP_ID" = "${2##*/}"; test -z "$(cat)"; pwd > "$3"; '
    )
    asked = hook(tmp_path, script + COPY)
    manifest = backups.read_manifest(str(moved))
    with somebody_answering():
        assert off_host.copy(manifest, off_host.Hook([*asked.command, str(tmp_path / "pwd")], asked.check))
    assert (tmp_path / "pwd").read_text() == "/\n"
    assert not list(tmp_path.rglob("pwned"))


def test_what_a_command_leaves_running_holds_nobody_up(made: dict[str, Any], tmp_path: Path) -> None:
    started = f"sleep 60 & echo $! > {tmp_path}/pid; "
    try:
        assert off_host.copy(made, hook(tmp_path, started + COPY))
        os.kill(int((tmp_path / "pid").read_text()), 0)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_copy_that_is_put_back_restores(
    engine: Engine, proven: dict[str, Any], made: dict[str, Any], tmp_path: Path
) -> None:
    sample: Sample = proven["sample"]
    assert off_host.copy(made, hook(tmp_path, COPY))
    sample.compose("stop", "web")
    rows = int(sample.sql("select count(*) from note"))
    sample.sql("create table later as select 1")
    put_back = str(tmp_path / "there" / made["id"])
    wish = restore.Wish(str(tmp_path / "other-store"), put_back, jobs=2, safety=False)
    restore.restore(engine, proven["access"], wish)
    assert sample.sql("select to_regclass('later') is null") == "t"
    assert int(sample.sql("select count(*) from note")) == rows


def test_a_small_disk_on_the_controller_is_told_and_leaves_the_copy_without_a_name(
    made: dict[str, Any], tmp_path: Path
) -> None:
    import subprocess

    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=6", "tmpfs", str(small)], check=True)
    try:
        copy = fetched.Copy.of(str(small), Path(made["path"], backups.MANIFEST).read_bytes())
        with pytest.raises(RatchetError, match="on the controller: No space left on device"):
            receive_all(copy, made)
        copy.close()
        assert [name for name in os.listdir(small) if not name.startswith(".")] == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def receive_all(copy: fetched.Copy, made: dict[str, Any]) -> None:
    copy.begin()
    for asked in copy.questions():
        contents = []
        for piece in asked:
            with open(os.path.join(made["path"], piece.name), "rb") as file:
                file.seek(piece.offset)
                contents.append(file.read(piece.size))
        copy.receive(asked, contents)
