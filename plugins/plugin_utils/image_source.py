# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the image of a service really lives, and the edit that would change it. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.module_utils.splice import checksum
from ansible_collections.ratchet.runtime.plugins.plugin_utils import compose_file, env_file
from ansible_collections.ratchet.runtime.plugins.plugin_utils.env_file import Scalar

# $VAR, ${VAR}, ${VAR:-default}, ${VAR:?message} ... without nesting
# https://docs.docker.com/reference/compose-file/interpolation/
_VARIABLE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?:(?::?[-?+])[^{}]*)?\})")


@dataclass(frozen=True)
class Source:
    """One place in one file that decides a service's image.

    :ivar holds: ``reference`` (the whole image), or ``tag`` (a variable's value that is the tag alone).
    :ivar variable: name of the variable in an env file; empty for a literal.
    :ivar before: SHA-256 of the file.
    """

    service: str
    path: str
    line: int
    start: int
    text: str
    holds: str
    variable: str
    before: str

    def as_dict(self) -> dict[str, Any]:
        """The source as a module result."""
        return asdict(self)


def locate(service: str, rendered: str, files: list[str], env_files: list[str], contents: dict[str, bytes]) -> Source:
    """Find what to edit so that ``service`` gets another tag.

    :param rendered: the image as Compose renders it; what is found must give just this.
    :param files: the project's Compose files in the order in which they override each other.
    :raises RatchetError: when the image isn't where an edit could reach it; the message names the place.
    """
    for path in reversed(files):
        scalar = compose_file.find_image(_text(contents, path), service, path)
        if scalar:
            break
    else:
        raise RatchetError(
            f"the image of the service {service!r} isn't written in {', '.join(files)}",
            "Write image: under the service itself; an image that comes through an anchor, extends or include can't be edited yet",
        )
    if "$" not in scalar.value:
        source = _source(service, path, scalar, "reference", "", contents)
    else:
        source = _from_variable(service, path, scalar, env_files, contents)
    implied = source.text if source.holds == "reference" else parse(rendered).tag
    if (source.holds == "reference" and source.text != rendered) or source.text != implied:
        raise RatchetError(
            f"Compose renders the image of {service!r} as {rendered}, but {source.path} line {source.line} says {source.text!r}",
            "Something else decides, most likely a variable in the environment, which beats the file: unset it there",
        )
    return source


def _from_variable(service: str, path: str, scalar: Scalar, env_files: list[str], contents: dict[str, bytes]) -> Source:
    """The variable that is the whole image, or the whole tag; anything between would be a guess."""
    match = _VARIABLE.match(scalar.value)
    if match and match.end() == len(scalar.value):
        holds = "reference"
    else:
        match = next((each for each in _VARIABLE.finditer(scalar.value) if each.end() == len(scalar.value)), None)
        holds = "tag"
        if not match or scalar.value[match.start() - 1] != ":":
            raise RatchetError(
                f"the image of {service!r} in {path} line {scalar.line} is {scalar.value!r}: neither its tag nor the whole is one variable",
                "Write it as image: NAME:${VARIABLE}, with the variable in .env, or as a literal",
            )
    variable = match["plain"] or match["braced"]
    for env_path in reversed(env_files):
        value = env_file.find(_text(contents, env_path), variable)
        if value:
            return _source(service, env_path, value, holds, variable, contents)
    raise RatchetError(
        f"the image of {service!r} in {path} line {scalar.line} takes its version from ${variable}, which no env file of the project defines",
        f"Define {variable} in {env_files[0] if env_files else '.env beside the compose file'}",
    )


def _source(service: str, path: str, scalar: Scalar, holds: str, variable: str, contents: dict[str, bytes]) -> Source:
    return Source(service, path, scalar.line, scalar.start, scalar.value, holds, variable, checksum(contents[path]))


def _text(contents: dict[str, bytes], path: str) -> str:
    try:
        return contents[path].decode("utf-8")
    except UnicodeDecodeError as error:
        raise RatchetError(f"{path} isn't UTF-8 (byte {error.start})", "Save it as UTF-8") from error
