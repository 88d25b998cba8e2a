# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to a registry or its token server: bounded in time and size, and no login ever leaves its server."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import (
    Answer,
    NotARegistry,
    RegistryFailure,
    Unreachable,
)

MEGABYTE = 1024 * 1024
# Seconds of silence.
PATIENCE = 10.0
REDIRECTS = 3

Contexts = Callable[[str], ssl.SSLContext]


@dataclass(frozen=True)
class Ask:
    """A request. ``limit`` is the most bytes of an answer's body; ``form`` makes it a POST."""

    url: str
    method: str = "GET"
    accept: str = "application/json"
    authorization: str | None = field(default=None, repr=False)
    form: bytes | None = field(default=None, repr=False)
    limit: int = MEGABYTE
    patience: float = PATIENCE


class Deadline:
    """When to give up, whatever is still moving."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, 0 when it is over."""
        return max(0.0, self._end - time.monotonic())

    def part(self, seconds: float) -> Deadline:
        """A deadline of its own, within this one."""
        return Deadline(min(seconds, self.left()))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: who gets what is sent to ``url``.

    :raises NotARegistry: when it isn't a URL of a web server, or carries a login.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host, port, parts = "", None, None, None
    if parts is None or scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise NotARegistry("a server sends us to an address that is none", "Check the registry's name and settings")
    return scheme, host.lower(), port or {"http": 80, "https": 443}[scheme]


def resolved(base: str, target: str) -> str:
    """The URL that ``target`` is, relative to ``base``.

    :raises NotARegistry: as :func:`origin`.
    """
    try:
        url = urljoin(base, target)
    except ValueError:
        url = ""
    origin(url)
    return url


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine itself, which no proxy can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send(ask: Ask, contexts: Contexts, deadline: Deadline) -> Answer:
    """Ask, and follow a few redirects; the login goes along only within one server, and never from TLS to plain text.

    :raises Unreachable: nobody answered in time.
    :raises NotARegistry: redirects without end or to plain text, or more than ``ask.limit`` bytes.
    """
    first = ask.url
    for _each in range(REDIRECTS + 1):
        answer = _exchange(ask, contexts, deadline)
        if answer.status not in (301, 302, 303, 307, 308) or ask.form is not None:
            return replace(answer, asked=first)
        ask = redirected(ask, answer.headers.get("Location") or "")
    raise NotARegistry(
        f"{urlsplit(first).netloc} sends its clients from one address to the next",
        "Check the registry's name, and name the server that really has the image",
    )


def redirected(ask: Ask, location: str) -> Ask:
    """The request that a redirect asks for."""
    url = resolved(ask.url, location)
    before, after = origin(ask.url), origin(url)
    if before[0] == "https" and after[0] == "http":
        raise NotARegistry(
            f"{before[1]} sends its clients to plain HTTP", "Have that registry's redirects point to https"
        )
    return replace(ask, url=url, authorization=ask.authorization if before == after else None)


def _exchange(ask: Ask, contexts: Contexts, deadline: Deadline) -> Answer:
    scheme, host, _port = origin(ask.url)
    # Without a context, one would be made from all certificates of the host, for each request.
    context = contexts(ask.url) if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    headers = {"Accept": ask.accept}
    if ask.authorization:
        headers["Authorization"] = ask.authorization
    if ask.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        if not deadline.left():
            raise TimeoutError
        response = _open(ask, headers, context, not is_loopback(host), min(ask.patience, deadline.left()))
        try:
            body = _read(response, ask, deadline)
        finally:
            response.close()
    except OSError as error:
        raise unreachable(ask.url, error) from None
    except (HTTPException, ValueError) as error:
        # Its text quotes what was sent or received.
        raise NotARegistry(
            f"what {urlsplit(ask.url).netloc} sends is not HTTP ({type(error).__name__})",
            "Check the registry's name and port in the image's name",
        ) from None
    return Answer(response.code, response.headers, body, "", ask.url)


class _NoRedirects(HTTPRedirectHandler):
    """Redirects are followed by :func:`send`, which knows what may go along."""

    def redirect_request(self, *_arguments: Any, **_options: Any) -> None:
        return None


def _open(ask: Ask, headers: dict[str, str], context: ssl.SSLContext, proxy: bool, timeout: float) -> Any:
    # Not Ansible's open_url: it can't be given a context, which the engine's own certificates are in, and each host would
    # compile a module of 1,400 lines for it, a twelfth of the time that it takes to look at a host.
    opener = build_opener(ProxyHandler(None if proxy else {}), HTTPSHandler(context=context), _NoRedirects)
    opener.addheaders = [("User-Agent", "ratchet.runtime")]
    method = "POST" if ask.form is not None else ask.method
    try:
        return opener.open(Request(ask.url, data=ask.form, headers=headers, method=method), timeout=timeout)
    except HTTPError as error:
        return error


def _read(response: Any, ask: Ask, deadline: Deadline) -> bytes:
    chunks, size = [], 0
    while True:
        # read1 returns what is there, so a server that sends a byte now and then doesn't outlast the deadline.
        chunk = response.read1(65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > ask.limit:
            raise NotARegistry(
                f"{urlsplit(ask.url).netloc} sends more than {ask.limit // MEGABYTE or 1} MB for one answer",
                "Check the registry's name; if it is right, clean up the repository's tags",
            )
        if not deadline.left():
            raise TimeoutError


def unreachable(url: str, error: OSError) -> RegistryFailure:
    """What an error of the network means."""
    host = urlsplit(url).netloc
    network = "Check the name and port, this host's network and firewall, and its proxy (https_proxy, no_proxy)"
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    text = printable(mask(str(cause)), 200)
    if isinstance(cause, socket.gaierror):
        return Unreachable(f"the name {host} can't be resolved", network)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unreachable(
            f"the certificate of {host} isn't trusted: {printable(cause.verify_message, 200)}",
            f"Put the certificate of its authority into /etc/docker/certs.d/{host}/ca.crt on this host, as for the engine",
        )
    if isinstance(cause, ssl.SSLError):
        return Unreachable(
            f"{host} doesn't speak TLS with this host: {cause.reason or text}",
            "Check the port; a registry without TLS has to be among the engine's insecure-registries on this host",
        )
    # Before Python 3.10 socket.timeout is no TimeoutError.
    if isinstance(cause, (TimeoutError, socket.timeout)):
        return Unreachable(f"{host} didn't answer in time", network)
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(f"nothing listens at {host}", network)
    return Unreachable(f"{host} can't be asked: {text or type(cause).__name__}", network)
