# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path in a container lies in the deepest mount above it, whoever tells of the mounts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import mounts
from ansible_collections.ratchet.runtime.plugins.module_utils.mounts import Mount

DATA = "/var/lib/postgresql/data"


@pytest.mark.parametrize(
    ("targets", "path", "expected"),
    [
        ([DATA], DATA, DATA),
        (["/var/lib/postgresql"], DATA, "/var/lib/postgresql"),
        (["/var/lib/postgresql", DATA], DATA, DATA),
        ([DATA, "/var/lib/postgresql"], DATA, DATA),
        (["/var/lib/postgresql/data2", "/var/lib/postgresql/dat"], DATA, None),
        ([DATA + "/base"], DATA, None),
        (["/"], DATA, "/"),
        ([], DATA, None),
    ],
)
def test_the_deepest_mount_above_a_path_holds_it(targets: list[str], path: str, expected: str | None) -> None:
    found = mounts.holding([Mount("volume", "v", target) for target in targets], path)
    assert (found.target if found else None) == expected


def test_a_path_is_told_as_the_mount_sees_it() -> None:
    assert mounts.within(Mount("volume", "v", "/var/lib/postgresql"), "/var/lib/postgresql/18/docker") == "18/docker"
    assert mounts.within(Mount("volume", "v", DATA), DATA) == "."


def test_the_engines_words() -> None:
    attributes = {
        "Mounts": [
            {"Type": "volume", "Name": "app_db", "Source": "/var/lib/docker/volumes/app_db/_data", "Destination": DATA},
            {"Type": "volume", "Name": "0f" * 32, "Source": "/var/lib/docker/x", "Destination": "/anonymous"},
            {"Type": "bind", "Source": "/srv/pw", "Destination": "/run/secrets/pw"},
            {"Type": "tmpfs", "Source": "", "Destination": "/tmp/"},
        ]
    }
    assert mounts.of_container(attributes) == (
        Mount("volume", "app_db", DATA, "/var/lib/docker/volumes/app_db/_data"),
        Mount("volume", "", "/anonymous", "/var/lib/docker/x"),
        Mount("bind", "/srv/pw", "/run/secrets/pw", "/srv/pw"),
        Mount("tmpfs", "", "/tmp", ""),
    )
    assert mounts.of_container({"Mounts": None}) == ()


PROJECT = {
    "volumes": {"db": {"name": "app_db"}, "kept": {"name": "elsewhere", "external": True}},
    "secrets": {"pw": {"file": "/srv/app/password"}, "from_shell": {"environment": "PW"}},
}


@pytest.mark.parametrize(
    ("rendered", "expected"),
    [
        ({"volumes": [{"type": "volume", "source": "db", "target": DATA}]}, Mount("volume", "app_db", DATA)),
        ({"volumes": [{"type": "volume", "source": "kept", "target": DATA}]}, Mount("volume", "elsewhere", DATA)),
        ({"volumes": [{"type": "volume", "target": DATA + "/"}]}, Mount("volume", "", DATA)),
        (
            {"volumes": [{"type": "bind", "source": "/srv/db", "target": DATA}]},
            Mount("bind", "/srv/db", DATA, "/srv/db"),
        ),
        ({"secrets": [{"source": "pw"}]}, Mount("bind", "/srv/app/password", "/run/secrets/pw", "/srv/app/password")),
        (
            {"secrets": [{"source": "pw", "target": "x"}]},
            Mount("bind", "/srv/app/password", "/run/secrets/x", "/srv/app/password"),
        ),
        (
            {"secrets": [{"source": "pw", "target": "/x"}]},
            Mount("bind", "/srv/app/password", "/x", "/srv/app/password"),
        ),
        ({"secrets": [{"source": "from_shell"}]}, None),
        ({}, None),
    ],
)
def test_composes_words(rendered: dict[str, Any], expected: Mount | None) -> None:
    assert mounts.of_service(rendered, PROJECT) == ((expected,) if expected else ())


def test_what_other_containers_lend_is_not_in_the_file() -> None:
    assert mounts.of_service({"volumes_from": ["other"]}, PROJECT) is None
