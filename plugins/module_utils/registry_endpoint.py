# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place that answers for a registry, the registry itself or a mirror of it, and the login that it accepts."""

from __future__ import annotations

import ssl
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.registry_auth import (
    Credentials,
    bearer,
    challenges,
    token_ask,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import (
    Answer,
    Question,
    Unreachable,
    judge,
    not_a_registry,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_http import Ask, Deadline, origin, send
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_policy import RegistryPolicy

# Seconds for the attempt at TLS with a registry that may well have none.
TLS_PATIENCE = 5.0


class Endpoint:
    """Asks one server, with one login. ``bases`` are its possible URLs, of which the first that answers is kept."""

    def __init__(self, name: str, bases: tuple[str, ...], credentials: Credentials, policy: RegistryPolicy) -> None:
        self.name = name
        self.credentials = credentials
        self._bases = bases
        self._host = urlsplit(bases[0]).netloc
        self._policy = policy
        self._authorization: str | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}

    def question(self, what: str) -> Question:
        """For messages about ``what`` is asked."""
        return Question(self.name, self.name, what, self.credentials.who, self.credentials.anonymous)

    def ask(self, ask: Ask, repository: str, what: str, deadline: Deadline) -> Answer:
        """The answer with status 200 to ``ask``, whose URL is a path or of this server.

        A login is made when the server wants one, and once more when it has expired since.

        :raises RegistryFailure: any other answer, as what it is.
        """
        question = self.question(what)
        answer = self._send(ask, deadline)
        # A server that we were redirected to gets no login.
        if answer.status == 401 and origin(answer.url) == origin(answer.asked):
            authorization = self._authorise(answer, repository, deadline)
            if authorization and authorization != self._authorization:
                self._authorization = authorization
                answer = self._send(ask, deadline)
        if answer.status != 200:
            raise judge(answer, question)
        return answer

    def _send(self, ask: Ask, deadline: Deadline) -> Answer:
        while True:
            base = self._bases[0]
            patience = min(ask.patience, TLS_PATIENCE) if len(self._bases) > 1 else ask.patience
            url = urljoin(base, ask.url)
            this = replace(ask, url=url, authorization=self._authorization, patience=patience)
            try:
                answer = send(this, self._context, deadline)
            except Unreachable:
                if len(self._bases) == 1:
                    raise
                self._bases = self._bases[1:]
            else:
                self._bases = (base,)
                return answer

    def _context(self, url: str) -> ssl.SSLContext:
        host = urlsplit(url).netloc
        if host not in self._contexts:
            self._contexts[host] = self._policy.context(host, self._host)
        return self._contexts[host]

    def _authorise(self, answer: Answer, repository: str, deadline: Deadline) -> str | None:
        """What to send as ``Authorization``, or None when the server wants nothing that we have."""
        offered = {each.scheme: each for each in reversed(challenges(answer.headers.get_all("WWW-Authenticate") or []))}
        if "bearer" in offered:
            ask = token_ask(offered["bearer"], self.credentials, answer.url, repository)
            what = f"a token that may pull {repository}"
            question = replace(self.question(what), host=urlsplit(ask.url).netloc)
            given = send(ask, self._context, deadline)
            if given.status != 200:
                raise judge(given, question)
            token = bearer(given)
            if not token:
                raise not_a_registry(question, "there is no token in its answer")
            return token
        return self.credentials.basic if "basic" in offered and self.credentials.username else None
