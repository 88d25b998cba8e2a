# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry has: tags, digests, platforms and sizes, by the OCI distribution spec, without pulling anything.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import DIGEST, check_tag, parse
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_auth import Credentials, host_credentials
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_endpoint import Endpoint
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import (
    Answer,
    Missing,
    NotARegistry,
    RegistryFailure,
    Throttled,
    Unreachable,
    document,
    not_a_registry,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_http import MEGABYTE, Ask, Deadline
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_manifests import (
    ACCEPT,
    RegistryImage,
    digest_of,
    image,
    labels_of,
    parts,
    platform_of,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_pages import names, next_page, well_formed
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_policy import RegistryPolicy

# Bounds of one call: nothing that a registry answers keeps a run waiting, or fills a host's memory.
SECONDS = 30.0
MIRROR_SECONDS = 8.0
PAGES = 200
PAGE = 1000
TAGS = 100_000
LIST_BYTES = 20 * MEGABYTE
# https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests: registries accept 4 MB at least.
CONTENT_BYTES = 4 * MEGABYTE
CANDIDATES = 200

Result = TypeVar("Result")


class Registry:
    """One registry, as the engine of this host sees it.

    :param host: as in a reference, ``docker.io`` for Docker Hub.
    :param credentials: a login; None for what this user's Docker configuration has for the host.
    :raises RatchetError: when the Docker configuration can't be read.
    """

    def __init__(self, host: str, credentials: Credentials | None = None, policy: RegistryPolicy | None = None) -> None:
        if parse(f"{host}/any").registry != host:
            raise RatchetError(f"{host!r} is not the name of a registry", "Write it as host or host:port")
        policy = policy or RegistryPolicy()
        login = host_credentials(host) if credentials is None else credentials
        self.host = host
        self._origin = Endpoint(host, policy.bases(host), login, policy)
        # A mirror isn't told the registry's login, but may have one of its own.
        mirrors = {base.partition("://")[2]: base for base in policy.mirror_bases(host)}
        self._mirrors = [Endpoint(name, (base,), host_credentials(name), policy) for name, base in mirrors.items()]

    @classmethod
    def for_engine(cls, engine: Engine, host: str, credentials: Credentials | None = None) -> Registry:
        """With this engine's mirrors and insecure registries."""
        return cls(host, credentials, RegistryPolicy.of(engine.info()))

    def tags(self, repository: str) -> list[str]:
        """All well-formed tags, in alphabetical order.

        Mirrors are asked only when the registry itself doesn't answer: they may list no more than what they have copied.

        :raises RegistryFailure: none or not all can be told.
        """
        path = _path(repository)
        deadline = Deadline(SECONDS)
        try:
            return self._listing(self._origin, path, deadline)
        except (Unreachable, Throttled) as error:
            for mirror in self._mirrors:
                try:
                    return self._listing(mirror, path, deadline.part(MIRROR_SECONDS))
                except RegistryFailure:
                    continue
            raise error

    def manifest(
        self, repository: str, reference: str, os: str = "linux", architecture: str = "amd64"
    ) -> RegistryImage:
        """What a tag or digest stands for, and its size for one platform, in the engine's words (``amd64``, not ``x86_64``).

        :raises RegistryFailure: it can't be told, or isn't what its digest says.
        """
        path, deadline = _path(repository), Deadline(SECONDS)
        wanted = reference if DIGEST.match(reference) else None
        if not wanted:
            check_tag(reference)
        return self._first(
            lambda endpoint, until: _describe(endpoint, path, reference, f"{os}/{architecture}", until), deadline
        )

    def digests(self, repository: str, tags: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Tag and digest, one by one as they are asked for; removed tags are left out. Take only as many as needed.

        It ends after CANDIDATES tags, or when the time of one call is over.
        """
        path, deadline = _path(repository), Deadline(SECONDS)
        for tag in islice(tags, CANDIDATES):
            if not deadline.left():
                return
            check_tag(tag)
            try:
                found = self._first(lambda endpoint, until, tag=tag: _digest(endpoint, path, tag, until), deadline)
            except Missing:
                continue
            yield tag, found

    def tags_of(self, repository: str, digests: Iterable[str], candidates: Iterable[str]) -> dict[str, str]:
        """The first candidate that stands for each digest; what wasn't found is left out."""
        wanted, found = set(digests), {}
        for tag, digest in self.digests(repository, candidates) if wanted else ():
            if digest in wanted:
                found.setdefault(digest, tag)
            if len(found) == len(wanted):
                break
        return found

    def _first(self, act: Callable[[Endpoint, Deadline], Result], deadline: Deadline) -> Result:
        """From the mirrors first, as the engine pulls; what they can't tell is for the registry itself."""
        for mirror in list(self._mirrors):
            try:
                return act(mirror, deadline.part(MIRROR_SECONDS))
            except Unreachable:
                self._mirrors.remove(mirror)
            except RegistryFailure:
                continue
        return act(self._origin, deadline)

    def _listing(self, endpoint: Endpoint, path: str, deadline: Deadline) -> list[str]:
        what = f"the tags of {path}"
        url: str | None = f"/v2/{path}/tags/list?n={PAGE}"
        found: set[str] = set()
        room = LIST_BYTES
        for _page in range(PAGES):
            answer = endpoint.ask(Ask(url, limit=room), path, what, deadline)
            page = names(answer)
            if page is None:
                raise not_a_registry(endpoint.question(what), "there is no list of tags in its answer")
            before, room = len(found), room - len(answer.body)
            found.update(page)
            url = next_page(answer, page, PAGE)
            # Once around is enough: a page that only repeats is the first one again.
            if not url or (page and len(found) == before):
                return sorted(well_formed(list(found)))
            if len(found) > TAGS or room <= 0:
                break
        raise NotARegistry(
            f"{endpoint.name} doesn't come to an end with {what}: {len(found)} so far",
            "Remove old tags there, or name the tag to upgrade to",
        )


def look(
    engine: Engine, image_name: str, login: Mapping[str, Any] | None, digests: list[str], candidates: list[str]
) -> dict[str, Any]:
    """The tags beside an image, and which of the candidates stand for the digests."""
    reference = parse(image_name)
    registry = Registry.for_engine(engine, reference.registry, credentials_of(login))
    tags = registry.tags(reference.repository)
    present = set(tags)
    asked = [tag for tag in candidates if tag in present]
    return {"changed": False, "tags": tags, "tag_of": registry.tags_of(reference.repository, digests, asked)}


def credentials_of(login: Mapping[str, Any] | None) -> Credentials | None:
    """The operator's own ``username`` and ``password``; None leaves it to the host's Docker configuration."""
    if not login or not login.get("username"):
        return None
    return Credentials(login["username"], login.get("password") or "")


def _path(repository: str) -> str:
    """``repository`` if it is one; nothing else may become a part of a URL."""
    reference = parse(f"registry.invalid/{repository}")
    if reference.tag or reference.digest:
        raise RatchetError(f"{repository!r} is not the name of a repository", "Leave out the tag and the digest")
    return repository


def _digest(endpoint: Endpoint, path: str, tag: str, deadline: Deadline) -> str:
    ask = Ask(f"/v2/{path}/manifests/{tag}", method="HEAD", accept=ACCEPT, limit=CONTENT_BYTES)
    try:
        answer = endpoint.ask(ask, path, f"{path}:{tag}", deadline)
        said = answer.headers.get("Docker-Content-Digest") or ""
        if DIGEST.match(said):
            return said
    except NotARegistry:
        # Without a body, nothing tells a registry's 404 from another server's; asking for the body will.
        pass
    return digest_of(_content(endpoint, path, f"manifests/{tag}", f"{path}:{tag}", deadline))


def _content(endpoint: Endpoint, path: str, rest: str, what: str, deadline: Deadline) -> Answer:
    accept = ACCEPT if rest.startswith("manifests/") else "*/*"
    answer = endpoint.ask(Ask(f"/v2/{path}/{rest}", accept=accept, limit=CONTENT_BYTES), path, what, deadline)
    if accept == ACCEPT and "schemaVersion" not in (document(answer.body) or {}):
        raise not_a_registry(endpoint.question(what), "there is no manifest in its answer")
    return answer


def _describe(endpoint: Endpoint, path: str, reference: str, platform: str, deadline: Deadline) -> RegistryImage:
    by_digest = bool(DIGEST.match(reference))
    what = f"{path}@{reference}" if by_digest else f"{path}:{reference}"
    answer = _content(endpoint, path, f"manifests/{reference}", what, deadline)
    digest = digest_of(answer, reference if by_digest else None)
    body, platforms = answer.body, None
    index = parts(body)
    if index is not None:
        platforms = tuple(dict.fromkeys(part.platform for part in index))
        chosen = next((part for part in index if part.platform == platform), None)
        if chosen is None:
            return RegistryImage(digest, platforms, None, {})
        answer = _content(endpoint, path, f"manifests/{chosen.digest}", what, deadline)
        digest_of(answer, chosen.digest)
        body = answer.body
    size, part = image(body)
    configuration = {}
    if part:
        answer = _content(endpoint, path, f"blobs/{part.digest}", f"the configuration of {what}", deadline)
        digest_of(answer, part.digest)
        configuration = document(answer.body) or {}
    own = platform_of(configuration)
    if platforms is None:
        platforms = (own,) if own else ()
    return RegistryImage(digest, platforms, size if platform in platforms else None, labels_of(configuration))
