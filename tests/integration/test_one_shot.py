"""A command of a service's own image is run once, whoever starts it, goes away, and comes back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import one_shot
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from conftest import Sample


def place(sample: Sample) -> one_shot.Place:
    return one_shot.Place(str(sample.directory), sample.directory.name, [str(sample.directory / "compose.yaml")], "web")


def left(engine: Engine, sample: Sample) -> list[str]:
    own = {one_shot.LABEL: None, PROJECT_LABEL: sample.directory.name}
    return [container.name for container in engine.containers(own)]


def test_it_has_the_service_s_environment_and_reaches_its_database(engine: Engine, sample: Sample) -> None:
    done = one_shot.run(engine, place(sample), ["alembic", "current"])
    assert any("(head)" in line for line in done["log"])
    assert left(engine, sample) == []


def test_nothing_of_it_reaches_a_shell(engine: Engine, sample: Sample) -> None:
    done = one_shot.run(engine, place(sample), ["echo", "$(id)", "; id", "`id`"])
    assert done["log"] == ["$(id) ; id `id`"]


def test_who_comes_back_finds_the_one_that_runs(engine: Engine, sample: Sample) -> None:
    argv = ["sh", "-c", "echo begun; sleep 3; psql --version || true"]
    first = one_shot.run(engine, place(sample), argv, patience=0.5)["under_way"]
    again = one_shot.run(engine, place(sample), argv, patience=0.2)["under_way"]
    assert first["id"] == again["id"]
    assert "begun" in again["doing"]
    assert "under_way" not in one_shot.run(engine, place(sample), argv)
    assert left(engine, sample) == []


def test_a_failure_is_told_with_its_last_words_and_without_secrets(engine: Engine, sample: Sample) -> None:
    with pytest.raises(RatchetError, match="exit code 7") as caught:
        one_shot.run(engine, place(sample), ["sh", "-c", "echo $DATABASE_URL; exit 7"])
    assert sample.password not in str(caught.value)
    assert "postgresql://app:********@db" in str(caught.value)
    assert left(engine, sample) == []


def test_how_an_earlier_one_ended_is_not_taken_for_this_one_s_end(engine: Engine, sample: Sample) -> None:
    with pytest.raises(RatchetError):
        one_shot.run(engine, place(sample), ["alembic", "no-such-command"])
    argv = ["sh", "-c", "exit 0"]
    assert one_shot.run(engine, place(sample), argv)["log"] == []


def test_one_that_ends_between_two_looks_is_not_run_again(engine: Engine, sample: Sample) -> None:
    argv = ["sh", "-c", "sleep 1; echo done at $(date +%s%N)"]
    first = one_shot.run(engine, place(sample), argv, patience=0.2)["under_way"]
    time.sleep(3)
    done = one_shot.run(engine, place(sample), argv, resumes=first["id"])
    assert len(done["log"]) == 1
    assert done["seconds"] >= 3
    assert left(engine, sample) == []
    with pytest.raises(RatchetError, match="is gone"):
        one_shot.run(engine, place(sample), argv, resumes=first["id"])


def test_what_compose_refuses_is_told(engine: Engine, sample: Sample) -> None:
    nowhere = one_shot.Place(
        str(sample.directory), sample.directory.name, [str(sample.directory / "compose.yaml")], "none"
    )
    with pytest.raises(RatchetError, match="no such service"):
        one_shot.run(engine, nowhere, ["true"])


def ansible(sample: Sample, argv: list[str], stall_timeout: float) -> subprocess.CompletedProcess[str]:
    """The action on this machine, as a play calls it."""
    project = {
        "directory": str(sample.directory),
        "name": sample.directory.name,
        "files": [str(sample.directory / "compose.yaml")],
    }
    arguments = {"project": project, "service": "web", "argv": argv, "stall_timeout": stall_timeout}
    command = ["localhost", "-c", "local", "-m", "ratchet.runtime.one_shot", "-a", json.dumps(arguments)]
    interpreter = ["-e", f"ansible_python_interpreter={sys.executable}"]
    return subprocess.run(
        [str(Path(sys.executable).with_name("ansible")), *command, *interpreter],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_one_that_hangs_is_given_up_and_left_running(engine: Engine, sample: Sample) -> None:
    try:
        done = ansible(sample, ["sleep", "600"], stall_timeout=5)
        assert done.returncode != 0
        assert "nothing has moved for" in done.stdout
        (hanging,) = engine.containers({one_shot.LABEL: None, PROJECT_LABEL: sample.directory.name})
        assert hanging.running
        assert hanging.id[:12] in done.stdout
    finally:
        for each in engine.containers({one_shot.LABEL: None, PROJECT_LABEL: sample.directory.name}):
            engine.client.containers.get(each.id).remove(force=True)


# It says nothing, and writes for forty seconds.
WRITES = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("create table is_written (id int)")
    connection.execute("insert into is_written select i from generate_series(1, 400) i, lateral (select pg_sleep(0.1)) s")
    connection.execute("drop table is_written")
"""


def test_one_that_says_nothing_but_writes_is_waited_for(engine: Engine, sample: Sample) -> None:
    done = ansible(sample, ["python3", "-c", WRITES], stall_timeout=5)
    assert done.returncode == 0, done.stdout
    assert not engine.containers({one_shot.LABEL: None, PROJECT_LABEL: sample.directory.name})


def test_each_step_is_told_soon_after_it_began_and_the_last_word_at_the_end(sample: Sample) -> None:
    steps = "echo step one; sleep 5; echo step two; sleep 4; echo all done"
    done = ansible(sample, ["sh", "-c", steps], stall_timeout=60)
    assert done.returncode == 0, done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith("localhost  ")]
    words = [line.rpartition(": ")[2] for line in told]
    assert (words[0], words[-1]) == ("step one", "all done")
    # How many looks there are between is the machine's business; none of them finds it begun anew.
    assert sorted(words, key=["step one", "step two", "all done"].index) == words
    assert "  ended well after " in told[-1]
