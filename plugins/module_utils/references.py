# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image references as in the OCI distribution spec: ``[registry/]repository[:tag][@digest]``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
# \Z, not $: "$" would let a trailing newline through.
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}\Z")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\Z")
_REGISTRY = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?\Z")

DEFAULT_REGISTRY = "docker.io"


@dataclass(frozen=True)
class Reference:
    """One parsed reference. ``name`` is the registry and repository exactly as written."""

    name: str
    tag: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def registry(self) -> str:
        """The registry's host and port; Docker's default when none is written."""
        first, slash, _rest = self.name.partition("/")
        return first if slash and _is_registry(first) else DEFAULT_REGISTRY

    @property
    def repository(self) -> str:
        """The repository without its registry, with Docker Hub's implied ``library/``."""
        first, slash, rest = self.name.partition("/")
        if slash and _is_registry(first):
            path = rest
        else:
            path = self.name
        return f"library/{path}" if self.registry == DEFAULT_REGISTRY and "/" not in path else path

    def same_image_as(self, other: Reference) -> bool:
        """Whether both name the same repository of the same registry, however it is spelled."""
        return (self.registry, self.repository) == (other.registry, other.repository)

    def with_tag(self, tag: str) -> Reference:
        """The same repository under another tag, without a digest."""
        return replace(self, tag=check_tag(tag), digest=None)

    def pinned(self, digest: str) -> str:
        """``name@digest``: the only spelling that can't be moved."""
        return f"{self.name}@{digest}"


def _is_registry(first: str) -> bool:
    # The rule of docker/distribution's reference grammar: the first component is a host if it can't be a path.
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


def check_tag(tag: str) -> str:
    """Return ``tag`` if it is one; nothing else may come near a registry, a file or a command."""
    if not TAG.match(tag):
        raise RatchetError(
            f"{tag!r} is not an image tag",
            "A tag is 1 to 128 letters, digits, '_', '.' and '-', and starts with a letter, a digit or '_'; "
            "give the full version, for example 1.4.2",
        )
    return tag


def parse(text: str) -> Reference:
    """Parse a reference.

    :raises RatchetError: when ``text`` is not a reference; the message names it.
    """
    rest, at, digest = text.partition("@")
    head, _slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    name = f"{head}/{last}" if head else last
    reference = Reference(name, tag if colon else None, digest if at else None)
    path = name.split("/")
    if len(path) > 1 and _is_registry(path[0]):
        well_formed = bool(_REGISTRY.match(path.pop(0)))
    else:
        well_formed = True
    well_formed = well_formed and all(_COMPONENT.match(component) for component in path)
    well_formed = well_formed and (not colon or bool(TAG.match(tag))) and (not at or bool(DIGEST.match(digest)))
    if not well_formed:
        raise RatchetError(
            f"{text!r} is not an image reference",
            "Write it as [registry[:port]/]repository[:tag][@digest], the repository in lower case",
        )
    return reference


def tag_of(text: str) -> str | None:
    """The tag in what may be a reference; None for an image id, which a container keeps of a tag that went to another image."""
    if text.startswith("sha256:"):
        return None
    try:
        return parse(text).tag
    except RatchetError:
        return None
