"""A support bundle of a real project in whose every corner a secret was planted: it is in none of the bundle's files (law 10)."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import evidence
from ansible_collections.ratchet.runtime.plugins.plugin_utils import bundle, bundle_file
from conftest import COMPOSE, REGISTRY, Sample, until

# One for each corner, so that the test says which one leaks.
PLANTED = {
    place: f"Zq{number}x-{place}-9Kd"
    for number, place in enumerate(
        [
            "environment",
            "harmless_url",
            "label",
            "argument",
            "check",
            "extension",
            "config",
            "file",
            "env_file",
            "logged",
            "header",
            "key",
            "statement",
            "journal",
            "option",
            "given",
        ]
    )
}
LOGGED = f"""\
print('token from the environment: {PLANTED["environment"]}')
print('connecting with password={PLANTED["logged"]} to db')
print('Authorization: Bearer {PLANTED["header"]}')
print('-----BEGIN PRIVATE KEY-----')
print('MIIE{PLANTED["key"]}')
print('-----END PRIVATE KEY-----')
print('read from a file: {PLANTED["file"]}, from .env: {PLANTED["env_file"]}')
print('this helps: ready on port 8000', flush=True)
import time
time.sleep(3600)
"""
TALKER = f"""\
  talker:
    image: {REGISTRY}/python:3
    command: [python3, /talk.py, "--key={PLANTED["argument"]}"]
    environment: {{ANY_WORD: "{PLANTED["environment"]}", TZ: UTC, PATH: "/usr/local/bin:/usr/bin:http://me:{PLANTED["harmless_url"]}@proxy"}}
    labels: {{com.example.auth: "{PLANTED["label"]}"}}
    healthcheck: {{test: [CMD, python3, -c, "print('{PLANTED["check"]}')"], interval: 1s}}
    logging: {{driver: json-file, options: {{tag: "{PLANTED["option"]}"}}}}
    configs: [{{source: talk, target: /talk.py}}, {{source: setting, target: /setting}}]
    secrets: [key]
    stop_grace_period: 0s
x-anything: {{deep: ["{PLANTED["extension"]}"]}}
configs:
  talk: {{file: ./talk.py}}
  setting: {{content: "{PLANTED["config"]}"}}
secrets:
  key: {{file: ./key}}
"""
# What a migration looks like that waits.
MIGRATION = f"begin; alter table corner add column planted text default '{PLANTED['statement']}'; select pg_sleep(60)"


@pytest.fixture(scope="module")
def gathered(deploy: Callable[..., Sample], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The evidence of a project in which every secret of PLANTED is."""
    sample = deploy()
    sample.directory.joinpath("talk.py").write_text(LOGGED)
    sample.directory.joinpath("key").write_text(PLANTED["file"] + "\n")
    sample.directory.joinpath(".env").open("a").write(f"UNUSED_TOKEN='{PLANTED['env_file']}'\n")
    compose_file = sample.directory / "compose.yaml"
    compose_file.write_text(compose_file.read_text() + TALKER)
    sample.compose("up", "--detach", "--wait", "talker")
    sample.sql("create table corner (id int)")
    state = tmp_path_factory.mktemp("state")
    state.joinpath("journal").mkdir()
    entry = {"deploy": "20261130T000000Z-aaaa", "run": "20261130T000000Z-aaaa", "verb": "upgrade", "outcome": "started"}
    entry["description"] = f"with password={PLANTED['journal']}"
    state.joinpath("journal", f"{sample.directory.name}.jsonl").write_text(json.dumps(entry) + "\n")
    session = subprocess.Popen(
        sample.command("exec", "--no-TTY", "db", "psql", "-U", "app", "-d", "app", "-c", MIGRATION),
        stdout=subprocess.DEVNULL,
    )
    try:
        until(lambda: "ready on port" in sample.compose("logs", "talker"))
        until(
            lambda: (
                sample.sql(
                    "select count(*) from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'"
                )
                == "1"
            )
        )
        asked = evidence.Request(
            project_dir=str(sample.directory),
            services=["web"],
            database={"password": sample.password},
            registry={"username": "me", "password": PLANTED["given"]},
            backup_dir=str(state / "none"),
            state_dir=str(state),
        )
        yield {"evidence": evidence.gather(asked), "password": sample.password, "name": sample.directory.name}
    finally:
        session.kill()
        session.wait()


def files_of(gathered: dict[str, Any]) -> dict[str, bytes]:
    part = json.loads(json.dumps(gathered["evidence"]))
    return bundle.contents({"app1": part}, {"time": "now"}, {})


def test_no_planted_secret_is_in_any_file(gathered: dict[str, Any]) -> None:
    files = files_of(gathered)
    packed = bundle_file.packed("bundle", files, 0)
    for place, secret in {**PLANTED, "password": gathered["password"]}.items():
        spellings = {
            secret,
            quote(secret, safe=""),
            json.dumps(secret)[1:-1],
            base64.b64encode(secret.encode()).decode()[:-4],
        }
        for name, content in files.items():
            assert not any(each.encode() in content for each in spellings), f"the secret of {place} is in {name}"
        assert secret.encode() not in packed


def test_it_tells_what_helps(gathered: dict[str, Any]) -> None:
    found = gathered["evidence"]
    assert bundle.troubles({"app1": found}) == []
    containers = {each["service"]: each for each in found["containers"]}
    assert {*containers} == {"db", "web", "talker"}
    assert containers["web"]["reference"] == f"{REGISTRY}/sample-runtime:1.0.0"
    assert containers["web"]["digests"][0].startswith(f"{REGISTRY}/sample-runtime@sha256:")
    assert any("ready: version 1.0.0" in line for line in containers["web"]["logs"])
    assert any("this helps: ready on port 8000" in line for line in containers["talker"]["logs"])
    assert containers["talker"]["health_checks"]
    assert found["observation"]["database"]["ledger"]["framework"] == "alembic"
    assert found["activity"]["migrating"][0]["query"] == "begin; alter"
    assert found["journals"][gathered["name"]][0]["outcome"] == "started"
    assert found["project"]["services"]["talker"]["command"] == ["python3", "********"]
    assert found["host"]["engine"]["version"]
    assert found["disks"]["images"]["free"] > 0


def test_a_log_is_told_from_its_end_and_no_further(deploy: Callable[..., Sample], tmp_path: Path) -> None:
    sample = deploy(COMPOSE)
    found = evidence.gather(
        evidence.Request(project_dir=str(sample.directory), state_dir=str(tmp_path), backup_dir=str(tmp_path), lines=2)
    )
    (web,) = [each for each in found["containers"] if each["service"] == "web"]
    assert len(web["logs"]) == 2


def test_a_broken_project_hides_neither_host_nor_journals(tmp_path: Path) -> None:
    tmp_path.joinpath("journal").mkdir()
    tmp_path.joinpath("journal", "app.jsonl").write_text('{"deploy": "x", "outcome": "done"}\n')
    found = evidence.gather(
        evidence.Request(project_dir=str(tmp_path), state_dir=str(tmp_path), backup_dir="/nowhere/at/all")
    )
    assert "there is no compose file" in found["project"]["error"]
    assert found["journals"]["app"][0]["outcome"] == "done"
    assert found["host"]["engine"]["version"]
    assert found["backups"] == []
    json.dumps(found)
