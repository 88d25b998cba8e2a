# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project's files together: overrides, ``extends`` and ``include``, on contents that were read before. Pure.

Extends: https://docs.docker.com/reference/compose-file/services/#extends
Include: https://docs.docker.com/reference/compose-file/include/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import compose_file
from ansible_collections.ratchet.runtime.plugins.plugin_utils.compose_file import ComposeFile, Extends, Include
from ansible_collections.ratchet.runtime.plugins.plugin_utils.env_file import Environment
from ansible_collections.ratchet.runtime.plugins.plugin_utils.interpolation import expand
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, joined, undefined_in

# Contents by path; None for a file that doesn't exist.
Contents = Mapping[str, bytes | None]
# From a service's node to what is wanted of it: a node, the label to show it with, and how many characters to skip in it.
Pick = Callable[[yaml.Node], tuple[yaml.Node, str, int] | None]

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|git@|github\.com/")
_MOST_FILES = 200


@dataclass(frozen=True)
class Scope:
    """Files that override each other, with the directory that their paths count from and the variables that they see."""

    files: tuple[str, ...]
    directory: str
    environment: Environment


class _Unread(Exception):
    """A file that would have to be looked at and wasn't read."""


class Project:
    """A project's files, each looked at when it is needed."""

    def __init__(
        self, files: Sequence[str], env_files: Sequence[str], contents: Contents, directory: str | None = None
    ) -> None:
        """``files`` in the order in which they override each other; ``directory`` is where the first lies unless given."""
        self._contents = contents
        self._env_files = tuple(env_files)
        self._missing: dict[str, None] = {}
        directory = directory or (posixpath.dirname(files[0]) if files else "")
        self._scope = Scope(tuple(files), directory, self._environment(env_files))

    def pieces(self, service: str, pick: Pick) -> tuple[Origin, list[Piece]] | None:
        """Where something of a service is written, and what it amounts to with its variables replaced.

        :raises RatchetError: when the way there leads through a file that can't be read or a form that can't be followed.
        """
        try:
            return self._in_scope(self._scope, service, pick, ())
        except _Unread as error:
            raise RatchetError(
                f"the service {service!r} takes part of its definition from {error}, which wasn't read",
                "See that the file exists and that Ansible's user may read it",
            ) from error

    @property
    def files(self) -> tuple[str, ...]:
        """The Compose files that the project was given."""
        return self._scope.files

    @property
    def env_file(self) -> str:
        """Where a variable would be defined."""
        return self._env_files[-1] if self._env_files else ".env beside the compose file"

    def variable(self, name: str) -> list[Piece] | None:
        """A variable as the project's env files define it."""
        return self._scope.environment.lookup(name)

    def missing(self) -> list[str]:
        """The files that others name in ``extends`` and ``include`` and that ``contents`` doesn't tell of yet."""
        self._walk(self._scope, self._scope.files, (), set())
        return list(self._missing)

    def _in_scope(self, scope: Scope, service: str, pick: Pick, way: tuple) -> tuple[Origin, list[Piece]] | None:
        for path in reversed(scope.files):
            found = self._in_file(scope, path, scope.directory, service, pick, way)
            if found:
                return found
        return None

    def _in_file(
        self, scope: Scope, path: str, directory: str, service: str, pick: Pick, way: tuple
    ) -> tuple[Origin, list[Piece]] | None:
        """``directory`` is what ``extends`` counts from: the project's, or that of a file that was reached by ``extends``."""
        if (path, service) in way:
            raise RatchetError(
                f"the service {service!r} in {path} extends or includes itself", "Take the circle out of the files"
            )
        way = (*way, (path, service))
        file = self._open(path)
        for owner in file.service(service):
            picked = pick(owner)
            if picked:
                origin = file.origin(*picked)
                return origin, expand(origin, scope.environment.lookup)
            base = file.extends(owner)
            if base:
                other, its_directory = self._base(scope, path, directory, base)
                found = self._in_file(scope, other, its_directory, base.service, pick, way)
                if found:
                    return found
        for include in reversed(file.includes()) if path in scope.files else []:
            found = self._in_scope(self._included(scope, include), service, pick, way)
            if found:
                return found
        return None

    def _base(self, scope: Scope, path: str, directory: str, base: Extends) -> tuple[str, str]:
        if not base.file:
            return path, directory
        other = _path(scope, base.file, directory)
        return other, posixpath.dirname(other)

    def _included(self, scope: Scope, include: Include) -> Scope:
        paths = tuple(_path(scope, each, scope.directory) for each in include.paths)
        if include.directory:
            directory = _path(scope, include.directory, scope.directory)
        else:
            directory = posixpath.dirname(paths[0]) if paths else scope.directory
        named = [_path(scope, each, scope.directory) for each in include.env_files]
        environment = self._environment(named or [posixpath.join(directory, ".env")], scope.environment)
        return Scope(paths, directory, environment)

    def _environment(self, paths: Sequence[str], outer: Environment | None = None) -> Environment:
        texts = []
        for path in paths:
            if path not in self._contents:
                self._missing[path] = None  # read if it exists; a project's .env need not
            elif self._contents[path] is not None:
                texts.append((path, self._text(path)))
        return Environment(texts, outer)

    def _open(self, path: str) -> ComposeFile:
        if path not in self._contents:
            self._missing[path] = None
            raise _Unread(path)
        if self._contents[path] is None:
            raise RatchetError(
                f"{path}, which the project's files name, can't be read",
                "See that it exists and that Ansible's user may read it",
            )
        return compose_file.parse(path, self._text(path))

    def _text(self, path: str) -> str:
        return decoded(path, self._contents[path] or b"")

    def _walk(
        self, scope: Scope, paths: Sequence[str], directory_of_extended: tuple[str, ...], seen: set[tuple]
    ) -> None:
        """Look at everything that can be reached; what can't be followed is told when it turns out to matter."""
        for path in paths:
            here = (path, scope.directory, directory_of_extended)
            if here in seen or len(seen) >= _MOST_FILES:
                continue
            seen.add(here)
            for reached in self._reached(scope, path, directory_of_extended):
                self._walk(*reached, seen)

    def _reached(
        self, scope: Scope, path: str, directory_of_extended: tuple[str, ...]
    ) -> Iterator[tuple[Scope, Sequence[str], tuple[str, ...]]]:
        directory = directory_of_extended[0] if directory_of_extended else scope.directory
        try:
            file = self._open(path)
            owners = [owner for name in sorted(file.services()) for owner in file.service(name)]
            includes = [] if directory_of_extended else file.includes()
        except (_Unread, RatchetError):
            return
        for owner in owners:
            try:
                base = file.extends(owner)
                if base and base.file:
                    other, its_directory = self._base(scope, path, directory, base)
                    yield scope, [other], (its_directory,)
            except RatchetError:
                continue
        for include in includes:
            try:
                inner = self._included(scope, include)
                yield inner, inner.files, ()
            except RatchetError:
                continue


def decoded(path: str, content: bytes) -> str:
    """A file's text.

    :raises RatchetError: when it isn't UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RatchetError(f"{path} isn't UTF-8 (byte {error.start})", "Save it as UTF-8") from error


def _path(scope: Scope, origin: Origin, directory: str) -> str:
    pieces = expand(origin, scope.environment.lookup)
    path, unknown = joined(pieces), undefined_in(pieces)
    if unknown:
        raise RatchetError(
            f"{origin.place} names the file {origin.scalar.value!r}, and no env file defines {', '.join(unknown)}",
            "Write the path without variables, or define them in .env",
        )
    if _REMOTE.match(path):
        raise RatchetError(
            f"{origin.place} names {path!r}, which isn't a file on the host", "Keep a copy in the project and name that"
        )
    return posixpath.normpath(posixpath.join(directory, path))
