# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server for databases with everything in them, small or large."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sample_project import COMPOSE, Sample, access, deploy, engine

__all__ = ["access", "deploy", "engine"]

CONTENTS = (Path(__file__).parent / "contents.sql").read_text()
ROLES = 'create role large_reader; create role "Large Écrivain"'


@pytest.fixture(scope="module")
def sample(deploy: Callable[..., Sample]) -> Sample:
    """A server that doesn't wait for its disk while a database is made."""
    settings = (
        "-c, fsync=off, -c, wal_level=minimal, -c, max_wal_senders=0, -c, max_wal_size=4GB, -c, shared_buffers=256MB"
    )
    made = deploy(COMPOSE.replace("-c, fsync=off]", f"{settings}]\n    shm_size: 256m"))
    made.compose("stop", "web")
    made.sql(ROLES)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """A directory for backups, which are too large to be kept as pytest keeps its directories."""
    yield tmp_path / "backups"
    shutil.rmtree(tmp_path / "backups", ignore_errors=True)


def psql(sample: Sample, database_name: str, script: str, **variables: object) -> None:
    """Run a psql script in a database."""
    said = [f"--set={variable}={value}" for variable, value in {"ON_ERROR_STOP": 1, **variables}.items()]
    quiet = ["-U", "app", "-Xqo", "/dev/null", "-f", "-"]
    # Not as an argument, which psql would take for a connection string if there is a "=" in the name.
    command = sample.command("exec", "--no-TTY", "--env", f"PGDATABASE={database_name}", "db", "psql", *said, *quiet)
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def made(sample: Sample, name: str, scale: float) -> str:
    """The name of a new database with the contents of contents.sql."""
    psql(sample, "postgres", 'create database :"name"', name=name)
    psql(sample, name, CONTENTS, scale=scale)
    return name
