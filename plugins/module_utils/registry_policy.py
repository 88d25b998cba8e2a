# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the engine of this host reaches registries: whom it trusts without TLS, through which mirrors, with which certificates.

https://docs.docker.com/reference/cli/dockerd/#insecure-registries
https://docs.docker.com/engine/security/certificates/
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import DEFAULT_REGISTRY

# Docker's registry answers under a name of its own.
HUB = "registry-1.docker.io"
_HUB_NAMES = (DEFAULT_REGISTRY, f"index.{DEFAULT_REGISTRY}", HUB)

CERTIFICATES = "/etc/docker/certs.d"


@dataclass(frozen=True)
class RegistryPolicy:
    """The engine's settings. ``listed`` says of a ``host[:port]`` whether TLS has to be verified; ``networks`` never has to."""

    listed: tuple[tuple[str, bool], ...] = ()
    networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    mirrors: tuple[str, ...] = ()
    certificates: str = CERTIFICATES

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> RegistryPolicy:
        """From the engine's own ``docker info``."""
        found = info.get("RegistryConfig") or {}
        listed = {name: bool(each.get("Secure")) for name, each in (found.get("IndexConfigs") or {}).items()}
        return cls(
            listed=tuple(listed.items()),
            networks=tuple(found.get("InsecureRegistryCIDRs") or ()),
            mirrors=tuple(found.get("Mirrors") or ()),
        )

    def is_insecure(self, host: str) -> bool:
        """Whether the engine talks to ``host[:port]`` without proof of who it is."""
        listed = dict(self.listed)
        if host in listed:
            return not listed[host]
        if not self.networks:
            return False
        networks = [ipaddress.ip_network(network, strict=False) for network in self.networks]
        return any(address in network for address in _addresses(host) for network in networks)

    def bases(self, host: str) -> tuple[str, ...]:
        """The URLs to try for a registry, best first."""
        if host in _HUB_NAMES:
            return (f"https://{HUB}",)
        return (f"https://{host}", f"http://{host}") if self.is_insecure(host) else (f"https://{host}",)

    def mirror_bases(self, host: str) -> tuple[str, ...]:
        """The engine's mirrors of Docker Hub; it has none for other registries."""
        if host not in _HUB_NAMES:
            return ()
        parts = [urlsplit(mirror) for mirror in self.mirrors]
        return tuple(
            f"{each.scheme}://{each.netloc}"
            for each in parts
            if each.scheme in ("http", "https") and "@" not in each.netloc
        )

    def context(self, host: str, registry: str) -> ssl.SSLContext:
        """TLS with ``host``, which is the registry itself or a server that the registry sends us to.

        Like the engine, the registry's own authority vouches for its token server too.
        """
        context = ssl.create_default_context()
        if self.is_insecure(host):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        for directory in dict.fromkeys((host, registry)):
            for path in self._files(directory, ".crt"):
                _load(path, lambda path=path: context.load_verify_locations(cafile=path))
        if host == registry:
            for path in self._files(host, ".cert"):
                key = path[: -len("cert")] + "key"
                _load(path, lambda path=path, key=key: context.load_cert_chain(path, key))
        return context

    def _files(self, host: str, ending: str) -> list[str]:
        directory = os.path.join(self.certificates, host)
        # The host may come from a server's answer.
        if "/" in host or host in ("", ".", "..") or not os.path.isdir(directory):
            return []
        return [os.path.join(directory, name) for name in sorted(os.listdir(directory)) if name.endswith(ending)]


def _addresses(host: str) -> list[Any]:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return [ipaddress.ip_address(name)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _load(path: str, load: Any) -> None:
    try:
        load()
    except OSError as error:  # ssl.SSLError is one
        raise RatchetError(
            f"the certificate {path} can't be used: {error.strerror or type(error).__name__}",
            "It has to be PEM, readable for this user, and a .cert needs its .key beside it",
        ) from None
