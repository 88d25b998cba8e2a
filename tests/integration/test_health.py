"""What the witnesses say, of real containers that are well, migrate, crash or lie."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Callable

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, health
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation, Watch
from conftest import COMPOSE, Sample


def place(engine: Engine, sample: Sample, url: str = "") -> health.Place:
    project = compose.load(engine, str(sample.directory))
    return health.Place(project.name, project.directory, ("web",), url, {})


def test_a_healthy_runtime_is_told_by_all_three(engine: Engine, sample: Sample) -> None:
    said = health.probe(engine, place(engine, sample, sample.url()))
    assert [(each["status"], each["health"]) for each in said["containers"]] == [("running", "healthy")]
    assert said["http"]["status"] == 200
    assert said["http"]["json"]["version"] == "1.0.0"
    assert said["database"]["ledger"]["head"] == said["http"]["json"]["head"]
    assert said["logs"] == {}


def test_it_waits_for_a_change_and_no_longer(engine: Engine, sample: Sample) -> None:
    where = place(engine, sample, sample.url("/"))
    first = health.probe(engine, place(engine, sample))
    container = sample.container("web")
    timer = threading.Timer(
        1, lambda: subprocess.run(["docker", "pause", container], check=True, stdout=subprocess.DEVNULL)
    )
    began = time.monotonic()
    timer.start()
    try:
        second = health.probe(engine, place(engine, sample), first["signature"], 8)
        assert second["signature"] != first["signature"]
        assert second["containers"][0]["status"] == "paused"
        assert 0.5 < time.monotonic() - began < 7
        assert "error" in health.probe(engine, where)["http"]
    finally:
        timer.join()
        subprocess.run(["docker", "unpause", container], check=True, stdout=subprocess.DEVNULL)


def test_a_crash_loop_shows_its_log_without_the_password(engine: Engine, deploy: Callable[..., Sample]) -> None:
    text = COMPOSE.replace("    ports:", "    restart: unless-stopped\n    ports:")
    sample = deploy(text)
    env = sample.directory / ".env"
    env.write_text(env.read_text().replace("TAG=1.0.0", "TAG=1.2.0"))
    sample.compose("up", "--detach", "--no-deps", "--quiet-pull", "web")
    where = place(engine, sample)
    deadline = time.monotonic() + 60
    said = health.probe(engine, where)
    # One that has just been started again has no exit code yet.
    while said["containers"][0]["restart_count"] < 3 or said["containers"][0]["exit_code"] != 1:
        assert time.monotonic() < deadline, said["containers"]
        said = health.probe(engine, where, said["signature"], 2)
    (log,) = said["logs"].values()
    assert any("********" in line for line in log), log
    assert sample.password not in "\n".join(log)
    assert "%2F%40" not in "\n".join(log)


def test_what_does_not_speak_http_is_an_error(sample: Sample, engine: Engine) -> None:
    db = next(each for each in engine.service_containers(place(engine, sample).project, "db"))
    address = next(iter(db.networks.values()))["IPAddress"]
    assert "error" in health.fetch(f"http://{address}:5432/")
    assert "error" in health.fetch("http://127.0.0.1:9/")
    assert "error" in health.fetch("not a url")


class _Hostile(http.server.BaseHTTPRequestHandler):
    """Bodies that a probe must survive."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            for _second in range(30):
                self.wfile.write(b"x")
                time.sleep(0.5)
        else:
            self.wfile.write(b"[" * 60000)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.mark.parametrize("path", ["/drip", "/deep"])
def test_a_hostile_body_is_an_error_within_seconds(path: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.monotonic()
    assert "error" in health.fetch(f"http://127.0.0.1:{server.server_port}{path}")
    assert time.monotonic() - began < 8
    server.shutdown()


def test_the_log_of_what_only_hangs_is_told_when_it_is_asked_for(engine: Engine, sample: Sample) -> None:
    assert health.probe(engine, place(engine, sample))["logs"] == {}
    (log,) = health.probe(engine, place(engine, sample), all_logs=True)["logs"].values()
    assert log
    assert sample.password not in "\n".join(log)


def test_a_container_that_is_killed_from_outside_is_not_told_as_out_of_memory(
    engine: Engine, deploy: Callable[..., Sample]
) -> None:
    sample = deploy()
    subprocess.run(["docker", "kill", sample.container("web")], check=True, stdout=subprocess.DEVNULL)
    said = health.probe(engine, place(engine, sample))
    (container,) = said["containers"]
    assert (container["status"], container["exit_code"], container["oom_killed"]) == ("exited", 137, False)
    assert list(said["logs"]) == [container["name"]]
    sight = Watch(Expectation(services=["web"])).see(said, 0)
    assert sight.state == "crashed"
    assert "137 (killed from outside by SIGKILL" in sight.detail
