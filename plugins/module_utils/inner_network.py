# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reach what this host has no address for: the containers of a rootless engine, and what only a container's own network reaches.

A process of its own goes in there, connects, and hands the connection over. This one can't: who enters the user namespace of a rootless
engine doesn't come out again, and only a process with a single thread may (https://man7.org/linux/man-pages/man2/setns.2.html).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import struct
import threading
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Loaded before there is another process: who is forked while somebody else loads a library waits for ever.
_LIBC = ctypes.CDLL(None, use_errno=True)
_USER, _NETWORK = 0x10000000, 0x40000000
_CONNECTED, _NO_WAY_IN, _REFUSED = b"+", b"!", b"-"
_MOST, _WORDS = 64 * 1024, 500
_GRACE = 5


@dataclass(frozen=True)
class Network:
    """The network of a process.

    :ivar pid: the process, as this host counts; the engine says 0 of one that has ended.
    :ivar owner: a process in the user namespace that the network belongs to, which only a user other than root has to enter first.
    """

    pid: int
    owner: int


def of_engine(address: str) -> Network | None:
    """The network that an engine gives its containers addresses in; None where that is this host's own.

    :param address: as ``unix:///run/user/1000/docker.sock``.
    """
    scheme, _colon, path = address.partition("://")
    if scheme != "unix":
        return None
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(path)
            # Who listens there: https://man7.org/linux/man-pages/man7/unix.7.html, SO_PEERCRED.
            pid = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        own = os.readlink("/proc/self/ns/net") == os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        # Nobody may look at root's engine but root, and root's engine is in this host's network.
        return None
    return None if own else Network(pid, pid)


def reach(network: Network | None, host: str, port: int, patience: float) -> tuple[str, int]:
    """Where ``host`` and ``port`` of a network answer on this host, for one connection, and for as long as that lives.

    :param network: None is this host's own; nothing stands in between then.
    :param patience: seconds that it takes at most to connect in there, and within which somebody has to connect here.
    :raises RatchetError: when this user may not enter it, or the process has ended.
    :raises ConnectionError: when nobody accepts the connection in there.
    """
    if network is None:
        return host, port
    inner = _connected(network, host, port, patience)
    outer = socket.create_server(("127.0.0.1", 0), backlog=1)
    outer.settimeout(patience)
    place: tuple[str, int] = outer.getsockname()
    threading.Thread(target=_pass_on, args=(outer, inner), daemon=True).start()
    return place


def _connected(network: Network, host: str, port: int, patience: float) -> socket.socket:
    here, there = socket.socketpair()
    with here, there:
        child = os.fork()
        if child == 0:
            _connect_inside(network, host, port, patience, there)
        there.close()
        # It has its own time limit; whatever else holds it up, nobody waits for ever.
        here.settimeout(patience + _GRACE)
        try:
            said, files, _flags, _from = socket.recv_fds(here, 1024, 1)
        except OSError as error:
            raise ConnectionError(str(error)) from None
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if files:
        return socket.socket(fileno=files[0])
    why = said[1:].decode(errors="replace") or "its end"
    if said[:1] == _REFUSED:
        raise ConnectionError(why)
    raise RatchetError(
        f"the network of the engine's containers can't be entered: {why}",
        "Let Ansible be root on the host whose engine is used (ansible_become), or the user whose rootless engine it is, and run again",
    )


def _connect_inside(network: Network, host: str, port: int, patience: float, there: socket.socket) -> None:
    """What the other process does; it never returns."""
    kind = _NO_WAY_IN
    try:
        if os.geteuid() != 0:
            _enter(f"/proc/{network.owner}/ns/user", _USER)
        _enter(f"/proc/{network.pid}/ns/net", _NETWORK)
        kind = _REFUSED
        connection = socket.create_connection((host, port), patience)
        _keep_alive(connection)
        socket.send_fds(there, [_CONNECTED], [connection.fileno()])
    except (OSError, ValueError, OverflowError) as error:  # of a name that can be none
        there.sendall(kind + (getattr(error, "strerror", None) or str(error)).encode(errors="replace")[:_WORDS])
    finally:
        # Nothing of what the other one would do at its end.
        os._exit(0)


def _keep_alive(connection: socket.socket) -> None:
    """Let it notice within a minute when the other side is gone without a word: whoever connects here can't."""
    connection.setblocking(True)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds_or_times in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 6)):
        connection.setsockopt(socket.IPPROTO_TCP, option, seconds_or_times)


def _enter(path: str, kind: int) -> None:
    with open(path, "rb") as file:
        if _LIBC.setns(file.fileno(), kind):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _pass_on(outer: socket.socket, inner: socket.socket) -> None:
    """All that comes from one side to the other, until both have ended."""
    with contextlib.suppress(OSError), inner:
        with outer:
            caller, _address = outer.accept()
        with caller, selectors.DefaultSelector() as both:
            both.register(caller, selectors.EVENT_READ, inner)
            both.register(inner, selectors.EVENT_READ, caller)
            while both.get_map():
                for key, _events in both.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    piece = source.recv(_MOST)
                    if piece:
                        key.data.sendall(piece)
                    else:
                        both.unregister(source)
                        with contextlib.suppress(OSError):
                            key.data.shutdown(socket.SHUT_WR)
