# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the reference of what stands alone are run by ansible-playbook as they are documented, but for the names of places.

The order of the tests is that of an operator's day: what is restored is what was backed up before.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import documented
import pytest
import yaml
from conftest import REGISTRY, Sample

README = documented.ROOT / "README.md"
# What a reader would replace, too: each is in the examples, or the table is old.
OTHER_IMAGES = {"apache/airflow:": f"{REGISTRY}/sample-runtime:", "[2.9.1, 2.10.5]": "[1.0.0, 2.0.0]"}


class Reader:
    """Somebody who copies examples into a playbook, for the sample project on this machine."""

    def __init__(self, directory: Path, sample: Sample) -> None:
        self.directory = directory
        self.sample = sample
        own = {"directory": str(directory / "backups")}
        # So that nothing is written where a real installation would have it.
        self.defaults = {
            "ratchet.runtime.postgres_backup": {**own, "state_dir": str(directory / "state"), "verify": "read"},
            "ratchet.runtime.postgres_backup_copy": own,
            "ratchet.runtime.postgres_backup_info": own,
            "ratchet.runtime.postgres_restore": own,
        }

    def run(self, name: str, replaced: Mapping[str, str], first: int | None = None, **variables: Any) -> str:
        """What ansible-playbook prints of the examples, or of the ``first`` of them."""
        text = documented.examples(name)
        for old, new in replaced.items():
            assert old in text, f"the examples of {name} don't have {old} any more"
            text = text.replace(old, new)
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": self.defaults,
            "tasks": yaml.safe_load(text)[:first],
        }
        file = self.directory / f"{name}.yml"
        file.write_text(json.dumps([play]), encoding="utf-8")
        given = {"ansible_python_interpreter": sys.executable, **variables}
        done = subprocess.run(
            [
                Path(sys.executable).with_name("ansible-playbook"),
                "-i",
                "localhost,",
                "-c",
                "local",
                "-e",
                json.dumps(given),
                file,
            ],
            cwd=documented.ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(documented.ROOT / "ansible.cfg")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def here(self) -> dict[str, str]:
        """The sample's place instead of that in the examples."""
        return {"/opt/pact-broker": str(self.sample.directory)}

    @property
    def backups(self) -> list[str]:
        return sorted(each.name for each in (self.directory / "backups").glob("app-*"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, sample: Sample) -> Reader:
    return Reader(tmp_path_factory.mktemp("reader"), sample)


def test_image_version(reader: Reader) -> None:
    reader.run("image_version", reader.here)


@pytest.mark.parametrize("name", ["newer_than", "older_than", "same_version"])
def test_the_tests(reader: Reader, name: str) -> None:
    assert "All assertions passed" in reader.run(name, {})


def test_packages_diff(reader: Reader) -> None:
    before, after = "apache-airflow==2.9.1\ngone==1.0", "apache-airflow==2.10.5\nfresh==2.0"
    said = reader.run("packages_diff", {}, before=before, after=after)
    assert "Apache Airflow" in said
    assert "fresh" in said


def test_runtime_info(reader: Reader) -> None:
    assert f"{REGISTRY}/sample-runtime:1.0.0" in reader.run("runtime_info", reader.here)


def test_postgres_info(reader: Reader) -> None:
    reader.run(
        "postgres_info",
        {**reader.here, "/opt/airflow": str(reader.sample.directory), "service: postgres": "service: db"},
    )


def test_image_packages(reader: Reader) -> None:
    for tag in ("1.0.0", "2.0.0"):
        pull = ["docker", "pull", "--quiet", f"{REGISTRY}/sample-runtime:{tag}"]
        subprocess.run(pull, check=True, capture_output=True)
    reader.run("image_packages", OTHER_IMAGES)


def test_postgres_backup(reader: Reader) -> None:
    said = reader.run("postgres_backup", reader.here)
    assert len(reader.backups) == 1
    assert f"{reader.backups[0]} (" in said
    assert "bytes, verified by read)" in said


def test_postgres_backup_info(reader: Reader) -> None:
    assert str(reader.directory / "backups" / reader.backups[-1]) in reader.run("postgres_backup_info", {})


def test_postgres_backup_copy(reader: Reader) -> None:
    """The first two. The others need an object store and another machine; commands of the kind are tested in test_off_host.py."""
    reader.run("postgres_backup_copy", {**reader.here, "/srv/backups": str(reader.directory / "copies")}, first=2)
    assert [each.name for each in (reader.directory / "copies").glob("app-*")] == [reader.backups[-1]]


def test_postgres_restore(reader: Reader) -> None:
    reader.sample.sql("delete from activity")
    backup = reader.backups[-1]
    here = {**reader.here, "[pact-broker]": "[web]", "app-20260501T220400Z-3f9c": backup}
    assert "The database as it was is app_before_restore_" in reader.run("postgres_restore", here)
    assert reader.sample.sql("select count(*) > 0 from activity") == "t"


def test_nothing_that_stands_alone_is_left_out() -> None:
    """The README's list of modules for playbooks of one's own is that of the tests above."""
    ran = {each.removeprefix("test_") for each in globals() if each.startswith("test_")}
    told = next(
        line
        for line in README.read_text(encoding="utf-8").split("\n\n")
        if line.startswith("Some modules stand on their own")
    )
    named = {each for each in re.findall(r"`(\w+)`", told) if each in documented.MODULES}
    assert "postgres_backup" in named
    assert named <= ran
