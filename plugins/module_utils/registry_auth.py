# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins of a registry: whose they are, what it asks for, and the tokens it takes.

https://distribution.github.io/distribution/spec/auth/token/ and https://distribution.github.io/distribution/spec/auth/oauth/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import DEFAULT_REGISTRY
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, Unauthorised, document
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_http import Ask, origin

CLIENT = "ratchet.runtime"
_SCHEME = re.compile(r"[\s,]*([A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*)(?:\s+|\s*\Z|\s*(?=,))(?!=)")
_PARAMETER = re.compile(r'[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))')
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}\Z")


@dataclass(frozen=True)
class Credentials:
    """A login, or none. ``identity_token`` stands for a login made elsewhere, as some registries hand out."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def anonymous(self) -> bool:
        return not self.username and not self.identity_token

    @property
    def who(self) -> str:
        """For messages."""
        if self.identity_token:
            return "the login in this user's Docker configuration"
        return f"user {printable(self.username, 100)!r}" if self.username else "an anonymous client"

    @property
    def basic(self) -> str:
        """The header's value of RFC 7617."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def host_credentials(host: str) -> Credentials:
    """What ``docker login`` left for this registry with the user of this host: in the file, a store or a registry's helper.

    :raises RatchetError: when there is something that can't be read.
    """
    try:
        from docker import auth
        from docker.errors import DockerException
    except ImportError:
        return Credentials()
    name = DEFAULT_REGISTRY if host.endswith(f".{DEFAULT_REGISTRY}") else host
    try:
        found: dict[str, Any] = auth.resolve_authconfig(auth.load_config(), name) or {}
    # The SDK lets a helper's odd answers and malformed entries through as they are; their text may hold the secret.
    except (DockerException, ValueError, KeyError, TypeError, AttributeError):
        raise RatchetError(
            f"the login for {name} can't be read from the Docker configuration of this host's user",
            f"As that user, run docker login {name} again, and see that the credential helper in ~/.docker/config.json runs",
        ) from None
    values = {key.lower(): value for key, value in found.items() if isinstance(value, str)}
    if values.get("identitytoken"):
        return Credentials(identity_token=values["identitytoken"])
    return Credentials(values.get("username", ""), values.get("password", ""))


@dataclass(frozen=True)
class Challenge:
    """One way to log in that a server offers; ``scheme`` and the names of parameters in lower case."""

    scheme: str
    parameters: dict[str, str]


def challenges(values: Iterable[str]) -> list[Challenge]:
    """The ways that ``WWW-Authenticate`` headers offer; several may share a header.

    https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
    """
    found = []
    for value in values:
        at = 0
        while True:
            scheme = _SCHEME.match(value, at)
            if not scheme:
                break
            at, parameters = scheme.end(), {}
            while True:
                parameter = _PARAMETER.match(value, at)
                if not parameter:
                    break
                at = parameter.end()
                quoted, bare = parameter.group(2), parameter.group(3)
                text = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                parameters.setdefault(parameter.group(1).lower(), text)
            found.append(Challenge(scheme.group(1).lower(), parameters))
    return found


def token_ask(challenge: Challenge, credentials: Credentials, registry_url: str, repository: str) -> Ask:
    """The request for a token that may pull ``repository``, and nothing more, whatever scope the registry proposes.

    :raises Unauthorised: when a registry with TLS sends the login to an address without.
    """
    realm = challenge.parameters.get("realm", "")
    scheme, host, _port = origin(realm)
    if scheme == "http" and origin(registry_url)[0] == "https":
        raise Unauthorised(
            f"{urlsplit(registry_url).netloc} sends logins in plain text to {host}, and no login was sent",
            "Have that registry's token server answer under https",
        )
    query = {"scope": f"repository:{repository}:pull"}
    if challenge.parameters.get("service"):
        query["service"] = challenge.parameters["service"]
    if credentials.identity_token:
        form = {
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "refresh_token": credentials.identity_token,
            **query,
        }
        return Ask(realm, form=urlencode(form).encode())
    parts = urlsplit(realm)
    if credentials.username:
        query["account"] = credentials.username
    url = urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *query.items()]), fragment=""))
    return Ask(url, authorization=credentials.basic if credentials.username else None)


def bearer(answer: Answer) -> str | None:
    """The header's value for the token in a token server's answer."""
    found = document(answer.body) or {}
    token = found.get("token") or found.get("access_token")
    # Nothing that could end the header.
    return f"Bearer {token}" if isinstance(token, str) and _TOKEN.match(token) else None
