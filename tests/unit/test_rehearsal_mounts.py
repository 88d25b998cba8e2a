# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of what production has mounted, a rehearsal sees everything that is a file, reaches no socket and writes nothing."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import rehearsal_mounts
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_mounts import (
    DIRECTORY,
    FILE,
    MISSING,
    OTHER,
    SOCKETS,
    Copies,
    Overlay,
)


def bound(source: str, kind: str, root: str = "/layers", **more: Any) -> tuple[dict[str, Any] | None, Copies]:
    copies = Copies(root, {}, lambda path: kind)
    return copies.mount("web", {"type": "bind", "source": source, "target": "/t", **more}, {}), copies


@pytest.mark.parametrize("kind", [DIRECTORY, SOCKETS])
def test_a_directory_is_seen_through_an_overlay(kind: str) -> None:
    mount, copies = bound("/srv/a b/", kind, bind={"selinux": "Z", "create_host_path": True})
    assert mount == {"type": "volume", "source": copies.overlays[0].volume, "target": "/t", "volume": {"nocopy": True}}
    assert copies.overlays[0].source == "/srv/a b"
    assert copies.notes == []


def test_a_file_can_only_be_read() -> None:
    mount, copies = bound("/srv/a$$b.cfg", FILE)
    assert mount == {
        "type": "bind",
        "source": "/srv/a$$b.cfg",
        "target": "/t",
        "read_only": True,
        "bind": {"create_host_path": False},
    }
    assert copies.notes == ["web can't write /srv/a$b.cfg, and reads what production has there"]
    assert bound("/srv/a.cfg", FILE, read_only=True)[1].notes == []


@pytest.mark.parametrize("path", ["/srv/a,b", "/srv/a:b", "/srv/a\\b", "/srv/" + "x" * 4000])
def test_a_directory_that_no_overlay_can_name_is_read_only_unless_it_holds_sockets(path: str) -> None:
    mount, copies = bound(path, DIRECTORY)
    assert mount
    assert (mount["type"], mount["read_only"]) == ("bind", True)
    assert len(copies.notes) == 1
    assert bound(path, SOCKETS)[0] is None


@pytest.mark.parametrize("path", ["/", "/var", "/var/layers", "/var/layers/1"])
def test_no_layer_lies_in_another(path: str) -> None:
    mount, copies = bound(path, DIRECTORY, root="/var/layers")
    assert (mount, copies.overlays, len(copies.notes)) == (None, [], 1)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/run/docker.sock", OTHER),
        ("/var/run/postgresql", DIRECTORY),
        ("/run", SOCKETS),
        ("/run/docker/../x", DIRECTORY),
        ("/proc", DIRECTORY),
        ("/sys/fs/cgroup", DIRECTORY),
        ("/dev/sda", OTHER),
        ("/dev", DIRECTORY),
        ("/srv/nothing", MISSING),
    ],
)
def test_what_leads_to_the_host_or_nowhere_is_not_there_and_it_is_said(path: str, kind: str) -> None:
    mount, copies = bound(path, kind)
    assert mount is None
    assert copies.overlays == []
    assert os.path.normpath(path) in copies.notes[0]


def test_a_volume_is_seen_through_an_overlay_where_it_lies() -> None:
    copies = Copies("/layers", {"shop_data": "/volumes/data"}, lambda path: DIRECTORY)
    mount = {"type": "volume", "source": "data", "target": "/d", "volume": {"subpath": "a"}}
    found = copies.mount("web", mount, {"volumes": {"data": {"name": "shop_data"}}})
    volume = copies.overlays[0].volume
    assert found == {"type": "volume", "source": volume, "target": "/d", "volume": {"subpath": "a"}}
    assert copies.overlays[0].source == "/volumes/data"


@pytest.mark.parametrize(("mountpoint", "kind"), [(None, DIRECTORY), ("/volumes/data", MISSING), ("/layers", SOCKETS)])
def test_a_volume_that_cannot_be_shown_is_empty(mountpoint: str | None, kind: str) -> None:
    copies = Copies("/layers", {"shop_data": mountpoint}, lambda path: kind)
    mount = {"type": "volume", "source": "data", "target": "/d", "volume": {"subpath": "a"}}
    names = {"volumes": {"data": {"name": "shop_data"}}}
    found = copies.mount("web", mount, names)
    assert found
    assert found == copies.mount("web", mount, names)
    assert copies.volumes({"a": "b"}) == {found["source"]: {"driver": "local", "labels": {"a": "b"}}}
    assert copies.notes == ["The volume shop_data can't be shown to the rehearsal: web has an empty one"]


def test_a_mount_has_one_name_whatever_else_is_started() -> None:
    """The first service is started alone and then once more with the others: its volumes have to be the same."""
    binds = [{"type": "bind", "source": f"/srv/{name}", "target": "/t"} for name in ("config", "dags")]
    alone, all_of_them = (Copies("/layers", {}, lambda path: DIRECTORY) for _time in range(2))
    first = alone.mount("web", binds[1], {})
    both = [all_of_them.mount("web", each, {}) for each in binds]
    assert first == both[1] != both[0]
    assert alone.overlays == all_of_them.overlays[1:]
    volumes = [{"type": "volume", "source": name, "target": "/t"} for name in ("config", "dags")]
    assert alone.mount("web", volumes[1], {}) == [all_of_them.mount("web", each, {}) for each in volumes][1]


@pytest.mark.parametrize(
    "mount",
    [
        {"type": "volume", "target": "/anonymous", "volume": {}},
        {"type": "tmpfs", "target": "/t", "tmpfs": {"size": "1"}},
    ],
)
def test_what_is_nobody_s_stays(mount: dict[str, Any]) -> None:
    assert Copies("/layers", {}, lambda path: MISSING).mount("web", mount, {}) == mount


@pytest.mark.parametrize("kind", ["npipe", "cluster", "image", "whatever"])
def test_other_mounts_are_left_out(kind: str) -> None:
    copies = Copies("/layers", {}, lambda path: DIRECTORY)
    assert copies.mount("web", {"type": kind, "source": "x", "target": "/t"}, {}) is None
    assert len(copies.notes) == 1


# --- on this host ---


def test_a_path_is_told_by_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("folder")
    found = {name: rehearsal_mounts.kind_of(str(tmp_path / name)) for name in ("folder", "file", "fifo", "link", "no")}
    assert found == {"folder": DIRECTORY, "file": FILE, "fifo": OTHER, "link": DIRECTORY, "no": MISSING}
    monkeypatch.chdir(tmp_path / "folder" / "deep")  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.sock")
        assert rehearsal_mounts.kind_of(str(tmp_path / "folder")) == SOCKETS
        assert rehearsal_mounts.kind_of(str(tmp_path / "folder" / "deep" / "s.sock")) == OTHER


def test_what_is_too_large_to_be_looked_through_may_hold_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal_mounts, "_ENTRIES", 3)
    for name in "abcd":
        (tmp_path / name).touch()
    assert rehearsal_mounts.kind_of(str(tmp_path)) == SOCKETS


def test_the_upper_layer_looks_like_the_source(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    source.chmod(0o2750)
    overlay = Overlay("copy-0", str(source), str(tmp_path / "0" / "upper"), str(tmp_path / "0" / "work"))
    overlay.make()
    overlay.make()
    assert stat.S_IMODE(os.stat(overlay.upper).st_mode) == 0o2750
    assert os.path.isdir(overlay.work)
