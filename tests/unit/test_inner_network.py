# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine in this host's own network needs no other way; a rootless one's is entered by ``molecule/a_rootless_engine_upgrades``."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import inner_network
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.inner_network import Network


def test_who_listens_in_this_network_has_no_other(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(tmp_path / "docker.sock"))
        engine.listen()
        assert inner_network.of_engine(f"unix://{tmp_path}/docker.sock") is None


@pytest.mark.parametrize("address", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:2375", ""])
def test_what_cannot_be_asked_has_none(address: str) -> None:
    assert inner_network.of_engine(address) is None


def test_without_a_network_nothing_stands_in_between() -> None:
    assert inner_network.reach(None, "db.example.com", 5432, 1) == ("db.example.com", 5432)


def test_a_process_that_has_ended_has_no_network() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(RatchetError, match=r"can't be entered: No such file.*user whose rootless engine it is"):
        inner_network.reach(Network(child, child), "127.0.0.1", 1, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network, be it its own")
def test_what_is_said_in_there_comes_through_unchanged_and_ends_on_both_sides() -> None:
    own = Network(os.getpid(), os.getpid())
    with socket.create_server(("127.0.0.1", 0)) as server:
        outer = socket.create_connection(inner_network.reach(own, *server.getsockname(), 5))
        inner, _address = server.accept()
        with outer, inner:
            outer.sendall(b"a question")
            outer.shutdown(socket.SHUT_WR)
            assert inner.recv(100) == b"a question"
            assert inner.recv(100) == b""
            inner.sendall(b"an answer" * 10_000)
            inner.close()
            said = b"".join(iter(lambda: outer.recv(65536), b""))
            assert said == b"an answer" * 10_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network, be it its own")
def test_a_connection_notices_when_the_other_side_is_gone_without_a_word() -> None:
    own = Network(os.getpid(), os.getpid())
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        inner_network._connected(own, *server.getsockname(), 5) as inner,
    ):
        assert inner.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        minute = inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) + 5 * 6
        assert minute <= 60


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network, be it its own")
def test_who_does_not_listen_in_there_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()
    own = Network(os.getpid(), os.getpid())
    with pytest.raises(ConnectionError, match="Connection refused"):
        inner_network.reach(own, *place, 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network, be it its own")
@pytest.mark.parametrize("name", ["a" * 300, "a..b", "\udcff", "a\0b"])
def test_what_can_be_no_name_is_no_reason_to_be_another_user(name: str) -> None:
    with pytest.raises(ConnectionError):
        inner_network.reach(Network(os.getpid(), os.getpid()), name, 5432, 3)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a network, be it its own")
def test_who_never_answers_in_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Network(os.getpid(), os.getpid())
    monkeypatch.setattr(inner_network, "_GRACE", 0.2)
    monkeypatch.setattr(inner_network, "_connect_inside", lambda *_ignored: time.sleep(600))
    began = time.monotonic()
    with pytest.raises(ConnectionError, match="timed out"):
        inner_network.reach(own, "127.0.0.1", 1, 0.2)
    assert time.monotonic() - began < 60
