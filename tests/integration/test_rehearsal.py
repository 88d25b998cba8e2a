# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal on its host: the new version migrates a copy, nothing leads out, production doesn't notice, and nothing stays."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    backup,
    caretaker,
    container_command,
    database,
    health,
    inner_network,
    postgres,
    rehearsal_questions,
    schema,
    space,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import LABEL, Rehearsal
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_containers import Original, Part, start
from conftest import REGISTRY, Sample, until
from psycopg import sql

ID = "20261129T211500Z-1a2b"


def image(engine: Engine, version: str) -> str:
    return engine.client.images.pull(f"{REGISTRY}/sample-runtime:{version}").id


@pytest.fixture(scope="module")
def made(engine: Engine, sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    project = Original.find(engine, str(sample.directory), [], {})
    access = database.locate(engine, project.project, [project.project.services["web"]], {})
    assert access
    return backup.make(engine, access, backup.Wish(str(tmp_path_factory.mktemp("store"))))


@pytest.fixture(scope="module")
def rehearsal(engine: Engine, sample: Sample, made: dict[str, Any]) -> Iterator[Rehearsal]:
    """A copy that the application may get into; each test starts another part of it, and the last ones take it away."""
    found = Rehearsal(engine, ID, made["database"]["id"])
    found.restore(made["path"], 2, None)
    found.open(list(Original.find(engine, str(sample.directory), [], {}).addresses))
    yield found
    found.remove()
    assert not engine.containers({LABEL: None})


def begin(engine: Engine, sample: Sample, rehearsal: Rehearsal, version: str, **part: Any) -> dict[str, Any]:
    original = Original.find(engine, str(sample.directory), [], {})
    name = part.pop("name", f"v{version.replace('.', '')}")
    return start(engine, rehearsal, original, Part(name, {"web": image(engine, version)}, **part))


def containers(engine: Engine, project: str) -> list[Container]:
    return engine.containers({PROJECT_LABEL: project})


def probe(engine: Engine, rehearsal: Rehearsal, project: str) -> dict[str, Any]:
    place = health.Place(project, "/", ("web",), "http://{web}:8000/health", {})
    return health.probe(engine, place, access=rehearsal.access("app"), get=rehearsal.get)


def is_well(engine: Engine, rehearsal: Rehearsal, project: str) -> bool:
    (answer,) = probe(engine, rehearsal, project)["http"]["each"].values()
    return answer.get("status") == 200 and answer["json"]["status"] == "ok"


def test_the_new_version_migrates_the_copy_and_production_notices_nothing(
    engine: Engine, sample: Sample, rehearsal: Rehearsal
) -> None:
    began = datetime.now(UTC)
    production = [each.attributes for each in containers(engine, sample.directory.name)]
    before = rehearsal.contents()
    started = begin(engine, sample, rehearsal, "1.1.0")
    until(lambda: is_well(engine, rehearsal, started["project"]))
    after = rehearsal.contents()
    assert (before["head"], after["head"]) == ("4f8c1d2a9b07", "b3e57a10c6d4")
    assert (before["visited"], after["visited"]) == (False, True)
    assert after["tables"] == before["tables"]
    assert after["tables"]["public.note"] > 0
    assert "column public.note.author text" in str(schema.differences(before["schema"], after["schema"]))
    assert sample.sql("select version_num from alembic_version") == "4f8c1d2a9b07"
    events = subprocess.run(
        [
            "docker",
            "events",
            "--since",
            began.isoformat(),
            "--until",
            datetime.now(UTC).isoformat(),
            "--format",
            "{{json .}}",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    ids = {each["Id"] for each in production}
    told = [json.loads(line) for line in events.splitlines()]
    of_production = [each for each in told if each["Actor"]["ID"] in ids and "health" not in str(each["Actor"])]
    # Its own health checks are the only thing that goes on there.
    assert not [each for each in of_production if not each["Action"].startswith("exec_")], of_production
    assert len({each["Action"] for each in told}) > 2, "the rehearsal's own are told"
    now = {each.id: each.attributes["State"]["StartedAt"] for each in containers(engine, sample.directory.name)}
    assert now == {each["Id"]: each["State"]["StartedAt"] for each in production}


# Who tries to get out: by address, by the gateway that the network would have, by the resolver, to production's database.
TRIES = """
import socket, sys
def tries(host, port):
    try:
        socket.create_connection((host, port), 2).close()
        return "reached"
    except OSError as error:
        return type(error).__name__ + " " + str(error)
for each in sys.argv[1:]:
    host, _colon, port = each.rpartition(":")
    print(each, tries(host, int(port)))
"""


def test_nothing_leads_out(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    started = begin(engine, sample, rehearsal, "1.1.0")
    (container,) = containers(engine, started["project"])
    assert list(container.networks) == [rehearsal.network]
    assert not container.attributes["HostConfig"]["PortBindings"]
    (own,) = [each["IPAddress"] for each in container.networks.values()]
    gateway = own.rpartition(".")[0] + ".1"
    (production,) = [each["IPAddress"] for each in containers(engine, sample.directory.name)[0].networks.values()]
    targets = [f"{gateway}:{port}" for port in (22, 5000)] + [f"{production}:5432", "192.0.2.1:80", "example.org:80"]
    done = container_command.run(engine, container, ["python3", "-c", TRIES, *targets, "db:5432"])
    assert done["exit_code"] == 0, done
    lines = dict(line.split(" ", 1) for line in done["said"])
    assert lines.pop("db:5432") == "reached", "the database's own name leads to the copy"
    assert not [told for told in lines.values() if told == "reached"], lines
    assert "Name or service" in lines["example.org:80"] or "resolution" in lines["example.org:80"]


def test_nothing_leads_out_of_the_database_server_either(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    """The application may be superuser in it, and then runs programs there."""
    begin(engine, sample, rehearsal, "1.1.0")
    production = containers(engine, sample.directory.name)[0]
    networks = [each.attrs for each in engine.client.networks.list(filters={"label": LABEL}, greedy=True)]
    assert len(networks) == 2
    gateways = [each["IPAM"]["Config"][0]["Gateway"] for each in networks]
    (of_production,) = [each["Gateway"] for each in production.networks.values()]
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        port = listener.getsockname()[1]
        # Production's containers do reach this host; so somebody listens.
        asked = {
            "entrypoint": ["python3", "-c", TRIES, f"{of_production}:{port}"],
            "network": next(iter(production.networks)),
        }
        reached = engine.client.containers.run(image(engine, "1.1.0"), remove=True, **asked)
        assert b"reached" in reached
        targets = [*gateways, of_production, *(each["IPAddress"] for each in production.networks.values())]
        tries = "; ".join(
            f"(timeout 2 bash -c '</dev/tcp/{each}/{port}' && echo reached || echo in vain) 2>/dev/null"
            for each in targets
        )
        with postgres.session(
            replace(rehearsal.access("app"), user="app", password=sample.password), writes=True
        ) as connection:
            connection.execute("create temporary table said (line text)")
            connection.execute(
                sql.SQL("copy said from program {}").format(sql.Literal(f"bash -c {shlex.quote(tries)}"))
            )
            said = [line for (line,) in connection.execute("select line from said").fetchall()]
    assert said == ["in vain"] * len(targets)


def test_what_the_host_asks_gets_in(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    started = begin(engine, sample, rehearsal, "1.1.0")
    (container,) = containers(engine, started["project"])
    until(lambda: is_well(engine, rehearsal, started["project"]))
    asked = {"port": 8000, "path": "/"}
    assert rehearsal_questions.request(rehearsal, container, asked)["status"] == 200
    assert rehearsal_questions.request(rehearsal, container, {**asked, "path": "/none"})["status"] == 404
    assert "refused" in rehearsal_questions.request(rehearsal, container, {**asked, "port": 8001})["error"]
    with pytest.raises((OSError, http.client.HTTPException)):
        rehearsal.get(f"https://{container.name}:8000/")


def test_what_is_asked_is_in_nobodys_list_of_processes(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    started = begin(engine, sample, rehearsal, "1.1.0")
    (container,) = containers(engine, started["project"])
    until(lambda: is_well(engine, rehearsal, started["project"]))
    began = datetime.now(UTC)
    asked = {"port": 8000, "path": "/?token=t0p-s3cret", "method": "POST", "body": {"password": "t0p-s3cret"}}
    assert rehearsal_questions.request(rehearsal, container, asked)["status"]
    # An exec's arguments are told there.
    until_now = ["--since", began.isoformat(), "--until", datetime.now(UTC).isoformat()]
    events = subprocess.run(["docker", "events", *until_now], check=True, capture_output=True, text=True).stdout
    assert "exec_create" in events
    assert "t0p-s3cret" not in events


def test_of_a_flood_the_end_is_kept(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    started = begin(engine, sample, rehearsal, "1.1.0")
    (container,) = containers(engine, started["project"])
    flood = "import sys\nfor _ in range(30): print('x' * 100_000)\nprint('the end')\nsys.exit(3)"
    assert len(container_command._executed(engine, container.id, ["python3", "-c", flood])[1]) == 256 * 1024
    done = container_command.run(engine, container, ["python3", "-c", flood])
    assert (done["exit_code"], done["said"][-1]) == (3, "the end")


def test_old_code_is_asked_on_the_new_schema(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    new = begin(engine, sample, rehearsal, "2.0.0")
    until(lambda: is_well(engine, rehearsal, new["project"]))
    old = begin(engine, sample, rehearsal, "1.0.0", name="old")

    def says() -> Any:
        (answer,) = probe(engine, rehearsal, old["project"])["http"]["each"].values()
        return (answer.get("json") or {}).get("status")

    until(lambda: says() == "unhealthy")
    assert is_well(engine, rehearsal, new["project"])


def test_a_command_runs_in_the_services_configuration(engine: Engine, sample: Sample, rehearsal: Rehearsal) -> None:
    told = ("python3", "-c", "import os; print(os.environ['DATABASE_URL'].rpartition('@')[2], os.environ['MAIL'])")
    started = begin(engine, sample, rehearsal, "1.1.0", argv=told, environment={"MAIL": "nowhere"}, name="job")
    (container,) = containers(engine, started["project"])
    until(lambda: engine.client.containers.get(container.id).status == "exited")
    assert engine.log_tail(container) == ["ratchet-database:5432/app nowhere"]


def test_no_secret_is_in_a_file_or_in_what_is_told(
    engine: Engine, sample: Sample, rehearsal: Rehearsal, made: dict[str, Any]
) -> None:
    started = begin(engine, sample, rehearsal, "1.2.0")
    until(lambda: [each for each in containers(engine, started["project"]) if each.begun and not each.running])
    said = [started, rehearsal.contents(), probe(engine, rehearsal, started["project"])]
    assert sample.password not in str(said)
    assert rehearsal.access("app").password not in str(said)
    labels = [each.labels for each in engine.containers({LABEL: None})]
    assert sample.password not in str(labels)
    there = [path.read_bytes() for path in Path(made["path"]).rglob("*") if path.is_file()]
    assert not [each for each in there if rehearsal.access("app").password.encode() in each]


IN_A_PROCESS = """
import sys
from ansible_collections.ratchet.runtime.plugins.module_utils import caretaker
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal
id, database_id, state, store = sys.argv[1:]
caretaker.EXPIRY, caretaker._LOOK = 3.0, 0.2
Rehearsal(Engine.connect(), id, database_id).restore(store, 1, None)
assert not caretaker.claim(state, {"id": id, "database": database_id, "owner": {}})
caretaker.watch(state, id, lambda: Rehearsal(Engine.connect(), id, database_id).remove())
"""


def test_who_is_not_heard_of_any_more_is_tidied_up_after(engine: Engine, made: dict[str, Any], tmp_path: Path) -> None:
    other = "20261129T213000Z-2b3c"
    argv = [sys.executable, "-c", IN_A_PROCESS, other, made["database"]["id"], str(tmp_path), made["path"]]
    subprocess.run(argv, check=True, env={**os.environ, "PYTHONPATH": ".ansible/collections"}, timeout=60)
    assert engine.containers({LABEL: other}), "it is there as long as it is heard of"
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        assert caretaker.beat(str(tmp_path), other)
        time.sleep(0.2)
    assert engine.containers({LABEL: other})
    until(lambda: not engine.containers({LABEL: None}))
    until(lambda: not caretaker.beat(str(tmp_path), other))
    assert not [each for each in engine.client.networks.list() if "rehearsal" in each.name]


def test_who_has_no_password_gets_in_without_one(engine: Engine, sample: Sample, made: dict[str, Any]) -> None:
    import psycopg

    found = Rehearsal(engine, ID, made["database"]["id"])
    (address,) = Original.find(engine, str(sample.directory), [], {}).addresses
    assert found.restore(made["path"], 1, None)
    found.open([replace(address, password="")])
    access = found.access("app")
    host, port = inner_network.reach(access.within, access.host, access.port, 5)
    with psycopg.connect(host=host, port=port, dbname="app", user=address.user) as connection:
        assert connection.execute("select count(*) from note").fetchone()
    assert found.contents()["visited"]


def test_a_copy_for_which_there_is_no_room_is_not_begun(
    engine: Engine, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Rehearsal(engine, "20261129T220000Z-0000", made["database"]["id"])
    monkeypatch.setattr(space, "free", lambda directory: 1024)
    with pytest.raises(
        RatchetError, match=r"a copy of app may need .*, but /.* has only 1\.0 KiB free\. .*rehearsal_host"
    ):
        found.restore(made["path"], 1, None)
    assert not engine.containers({LABEL: found.id})
    with pytest.raises(RatchetError, match=r"has left only 1\.0 KiB free in /.*before production lacks it") as raised:
        found.refuse_full()
    assert raised.value.details == {"over": True}


def test_a_backup_of_another_database_proves_nothing(engine: Engine, made: dict[str, Any]) -> None:
    found = Rehearsal(engine, "20261129T220000Z-0000", "1/app")
    with pytest.raises(RatchetError, match=r"is of another database, app \(\d+/app\)\. Set runtime_backup to one of"):
        found.restore(made["path"], 1, None)
    assert not engine.containers({LABEL: found.id})


def test_what_an_earlier_one_has_left_goes_first(engine: Engine, rehearsal: Rehearsal, made: dict[str, Any]) -> None:
    other = Rehearsal(engine, "20261129T220000Z-ffff", made["database"]["id"])
    assert other.restore(made["path"], 1, None)
    assert {each.labels[LABEL] for each in engine.containers({LABEL: None})} == {other.id}


def test_who_ends_takes_nothing_of_another_one_away(engine: Engine, made: dict[str, Any]) -> None:
    alive, refused = (
        Rehearsal(engine, f"20261129T230000Z-{each}", made["database"]["id"]) for each in ("aaaa", "bbbb")
    )
    assert alive.restore(made["path"], 1, None)
    there = {each.id for each in engine.containers({LABEL: None})}
    refused.remove()
    assert {each.id for each in engine.containers({LABEL: None})} == there
    alive.remove()
    assert not engine.containers({LABEL: None})
    assert not [each for each in engine.client.networks.list() if "rehearsal" in each.name]


def test_a_long_restore_is_waited_for_in_pieces(engine: Engine, made: dict[str, Any]) -> None:
    found = Rehearsal(engine, ID, made["database"]["id"])
    calls: list[Callable[[], Any]] = []
    while found.restore(made["path"], 1, time.monotonic() + 0.05) is None:
        calls.append(found.restore)
        assert len(calls) < 200
    assert calls, "it was done at once"
    assert found.contents()["tables"]["public.note"] > 0
    found.remove()
