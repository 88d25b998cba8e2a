# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented task files for HAProxy, as they are, against a real one: a drain waits for the last answer, an undrain for the check."""

from __future__ import annotations

import http.server
import json
import os
import secrets
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_project import until

ROOT = Path(__file__).parents[2]
IMAGE = f"{os.environ.get('FLEET_PREFIX', 'ratchet')}-haproxy"
CONFIG = """
global
  stats socket /run/haproxy.sock mode 660 level admin
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 1s
frontend web
  bind 127.0.0.1:{port}
  default_backend hosts
backend hosts
  option httpchk GET /health
  default-server check inter 100ms fall 1 rise 1
  server app1 127.0.0.1:{first}
  server app2 127.0.0.1:{second}
"""
# As an operator without socat would reach it.
SOCKET = [
    *("perl", "-MIO::Socket::UNIX", "-e"),
    '$s = IO::Socket::UNIX->new("/run/haproxy.sock") or die "$!\\n"; print $s <STDIN>; print while <$s>',
]
PLAY = [
    {
        "hosts": "app1",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_tasks": str(ROOT / "docs/examples/haproxy") + "/{{ which }}.yml"}],
    }
]


class Application(http.server.ThreadingHTTPServer):
    """An application whose health and patience the test decides."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.healthy = True
        self.asked = 0
        self.answers = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    """GET /slow is answered when the test says so."""

    server: Application

    def do_GET(self) -> None:
        if self.path != "/health":
            self.server.asked += 1
        if self.path == "/slow":
            self.server.answers.wait(20)
        self.send_response(200 if self.path != "/health" or self.server.healthy else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_arguments: Any) -> None:
        pass


class Balancer:
    """HAProxy in front of two applications."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.name = f"ratchet-test-haproxy-{secrets.token_hex(3)}"
        self.applications = [Application(), Application()]
        spare = http.server.HTTPServer(("127.0.0.1", 0), Answer)
        self.port = spare.server_port
        spare.server_close()
        first, second = (each.server_port for each in self.applications)
        (directory / "haproxy.cfg").write_text(CONFIG.format(port=self.port, first=first, second=second))
        (directory / "play.yml").write_text(json.dumps(PLAY))
        create = ["docker", "create", "--name", self.name, "--network", "host", IMAGE]
        subprocess.run(create, check=True, capture_output=True)
        copy = ["docker", "cp", str(directory / "haproxy.cfg"), f"{self.name}:/etc/haproxy/haproxy.cfg"]
        subprocess.run(copy, check=True, capture_output=True)
        subprocess.run(["docker", "start", self.name], check=True, capture_output=True)

    def say(self, command: str) -> str:
        said = subprocess.run(
            ["docker", "exec", "--interactive", self.name, *SOCKET],
            input=command + "\n",
            capture_output=True,
            text=True,
            check=False,
        )
        return said.stdout

    def status(self, server: str) -> str:
        lines = [line.split(",") for line in self.say("show stat hosts 4 -1").splitlines() if line]
        return next((row[17] for row in lines if row[1] == server), "")

    def drained(self, server: str) -> str:
        """The administrative state; 0 is none."""
        lines = [line.split() for line in self.say("show servers state hosts").splitlines()]
        return next((row[6] for row in lines if row[3:4] == [server]), "")

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=25) as answer:
            return answer.read()

    def play(self, which: str, **variables: Any) -> subprocess.Popen[str]:
        given = {
            "which": which,
            "runtime_outcome": "upgraded",
            "haproxy_hosts": ["localhost"],
            "haproxy_backend": "hosts",
            "haproxy_socket": ["docker", "exec", "--interactive", self.name, *SOCKET],
            **variables,
        }
        command = [ROOT / ".venv/bin/ansible-playbook", "-i", "app1,", "-c", "local", "-e", json.dumps(given)]
        return subprocess.Popen(
            [*command, self.directory / "play.yml"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def balancer(tmp_path: Path) -> Iterator[Balancer]:
    made = Balancer(tmp_path)
    try:
        until(lambda: made.status("app1") == made.status("app2") == "UP")
        yield made
    finally:
        for each in made.applications:
            each.answers.set()
            each.shutdown()
        subprocess.run(["docker", "rm", "--force", made.name], check=True, capture_output=True)


def ended(play: subprocess.Popen[str]) -> tuple[int, str]:
    said = play.communicate(timeout=60)[0]
    return play.returncode, said


def test_a_drain_waits_for_the_last_answer_and_lets_no_new_request_in(balancer: Balancer) -> None:
    first, second = balancer.applications
    answers: list[bytes] = []
    waiting = [threading.Thread(target=lambda: answers.append(balancer.get("/slow"))) for _number in range(2)]
    for each in waiting:
        each.start()
    until(lambda: first.asked == second.asked == 1)
    drain = balancer.play("drain")
    until(lambda: balancer.status("app1") == "DRAIN")
    for _number in range(6):
        balancer.get("/")
    assert (first.asked, second.asked) == (1, 7)
    # A request is still being answered.
    with pytest.raises(subprocess.TimeoutExpired):
        drain.wait(5)
    for each in (first, second):
        each.answers.set()
    code, said = ended(drain)
    assert code == 0, said
    for each in waiting:
        each.join()
    assert answers == [b"ok", b"ok"]


def test_a_drain_gives_up_on_a_connection_that_never_ends(balancer: Balancer) -> None:
    waiting = [threading.Thread(target=balancer.get, args=("/slow",)) for _number in range(2)]
    for each in waiting:
        each.start()
    until(lambda: all(each.asked for each in balancer.applications))
    code, said = ended(balancer.play("drain", haproxy_patience=2))
    assert code != 0, said
    for application in balancer.applications:
        application.answers.set()


def test_an_undrain_waits_until_the_check_is_well(balancer: Balancer) -> None:
    first = balancer.applications[0]
    assert ended(balancer.play("drain"))[0] == 0
    first.healthy = False
    until(lambda: balancer.status("app1") == "DOWN")
    undrain = balancer.play("undrain")
    until(lambda: balancer.drained("app1") == "0")
    assert balancer.status("app1") == "DOWN"
    # The balancer doesn't see it up yet.
    with pytest.raises(subprocess.TimeoutExpired):
        undrain.wait(5)
    first.healthy = True
    code, said = ended(undrain)
    assert code == 0, said
    assert balancer.status("app1") == "UP"
    before = first.asked
    for _number in range(4):
        balancer.get("/")
    assert first.asked == before + 2


def test_a_host_that_failed_is_put_back_without_waiting(balancer: Balancer) -> None:
    assert ended(balancer.play("drain"))[0] == 0
    balancer.applications[0].healthy = False
    code, said = ended(balancer.play("undrain", runtime_outcome="failed", haproxy_patience=1))
    assert code == 0, said
    assert balancer.status("app1") == "DOWN"
    balancer.applications[0].healthy = True
    until(lambda: balancer.status("app1") == "UP")


@pytest.mark.parametrize("which", ["drain", "undrain"])
def test_a_server_that_the_balancer_does_not_know_is_an_error(balancer: Balancer, which: str) -> None:
    code, said = ended(balancer.play(which, haproxy_server="app7"))
    assert code != 0
    assert "No such server" in said
