# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What manifests say: which platforms, how much to download. Nothing here trusts a field to be there or of its type.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md and https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import DIGEST
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, Corrupt, document

# All of them: a registry that may not answer with an index answers with another manifest, of another digest.
ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_LABELS = "org.opencontainers.image."
_PLATFORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}\Z")
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


@dataclass(frozen=True)
class RegistryImage:
    """What a tag or digest stands for in its registry.

    :param digest: of the index if there is one, as the engine keeps it in ``RepoDigests``.
    :param platforms: ``os/architecture`` each.
    :param size: bytes to download for the platform that was asked for, at most; None when it isn't among them.
    :param labels: those of the OCI annotations, ``org.opencontainers.image.*``.
    """

    digest: str
    platforms: tuple[str, ...]
    size: int | None
    labels: dict[str, str]


@dataclass(frozen=True)
class Part:
    """A content that another one names by its digest."""

    digest: str
    platform: str | None = None


def digest_of(answer: Answer, wanted: str | None = None) -> str:
    """The digest of an answer's body, proven against what was asked for, or what the registry says it is.

    :raises Corrupt: it is another one.
    """
    said = wanted or answer.headers.get("Docker-Content-Digest") or ""
    algorithm = said.partition(":")[0]
    real = f"{algorithm or 'sha256'}:{_HASHES.get(algorithm, hashlib.sha256)(answer.body).hexdigest()}"
    if said and said.lower() != real:
        raise Corrupt(
            f"what {printable(answer.url.partition('?')[0], 300)} sent doesn't have the digest {printable(said, 200)}",
            "Don't use that image; look at the registry, its storage, and proxies on the way",
        )
    return real


def parts(body: bytes) -> list[Part] | None:
    """The manifests of an index, without what isn't an image (such as attestations), or None when it is no index."""
    found = document(body) or {}
    if not isinstance(found.get("manifests"), list) or "layers" in found:
        return None
    named = []
    for each in found["manifests"]:
        platform = platform_of(each.get("platform") if isinstance(each, dict) else None)
        if platform and _is_digest(each.get("digest")):
            named.append(Part(each["digest"], platform))
    return named


def image(body: bytes) -> tuple[int, Part | None]:
    """Bytes of the layers, and the configuration.

    :raises RatchetError: when it is neither an index nor an image.
    """
    found = document(body) or {}
    layers, config = found.get("layers"), found.get("config")
    if not isinstance(layers, list) or not isinstance(config, dict) or "manifests" in found:
        raise RatchetError(
            "the registry has something under this name that isn't an image in a format of today",
            "Check the image's name; if it is right, push the image again with a current Docker",
        )
    # A layer that is there twice is sent once.
    sizes = {each.get("digest"): each.get("size") for each in layers if isinstance(each, dict)}
    total = sum(size for size in sizes.values() if isinstance(size, int) and not isinstance(size, bool) and size > 0)
    digest = config.get("digest")
    return total, Part(digest) if _is_digest(digest) else None


def platform_of(value: Any) -> str | None:
    """``os/architecture`` of an index's entry or a configuration; ``unknown`` is what isn't meant to run."""
    if not isinstance(value, dict):
        return None
    found = (value.get("os"), value.get("architecture"))
    if not all(isinstance(each, str) and _PLATFORM.match(each) and each != "unknown" for each in found):
        return None
    return "/".join(str(each) for each in found)


def labels_of(configuration: dict[str, Any]) -> dict[str, str]:
    """The labels that OCI defines, fit to be shown."""
    inner = configuration.get("config")
    found = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(found, dict):
        return {}
    return {
        printable(name, 100): printable(value, 500)
        for name, value in found.items()
        if isinstance(value, str) and name.startswith(_LABELS)
    }


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(DIGEST.match(value))
