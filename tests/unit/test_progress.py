"""Progress for machines is whole lines and small posts, never a secret, and never a reason to fail."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import progress, run_end
from ansible_collections.ratchet.runtime.plugins.plugin_utils.progress import Progress


class Listener(ThreadingHTTPServer):
    """A receiver on loopback: ``/ok`` takes it, ``/broken`` answers 500, ``/moved`` leads to ``/ok``, ``/babbles`` is no HTTP,
    ``/hangs`` answers when the test has ended, ``/drips`` a byte a second."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.over = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), json.loads(body)))
        if self.path.startswith("/hangs"):
            self.server.over.wait(30)
        if self.path.startswith("/drips"):
            while not self.server.over.wait(1):
                self.wfile.write(b"H")
        if self.path.startswith("/babbles"):
            self.wfile.write(f"{self.path}\n".encode())
            return
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.server.url("/ok"))
            self.end_headers()
            return
        self.send_response(500 if self.path.startswith("/broken") else 204)
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((dict(self.headers), {}))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_event_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "progress.jsonl"
    told = Progress(str(path), run="run-1")
    told.tell("started", verb="upgrade", hosts={"app1": {"from": "1.0.0", "to": "1.1.0"}})
    told.tell("host", host="app1", detail="two\nlines\u2028here")
    first, second = lines(path)
    assert (first["event"], first["run"], first["hosts"]["app1"]["to"]) == ("started", "run-1", "1.1.0")
    assert first["time"].endswith("+00:00")
    assert second["detail"] == "two\nlines\u2028here"


def test_many_writers_leave_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            pool.submit(
                lambda number=number: [
                    Progress(str(path)).tell("host", host=f"app{number}", detail="x" * 3000) for _time in range(50)
                ]
            )
    assert len(lines(path)) == 400


def test_nothing_of_a_password_in_a_url_is_told(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    Progress(str(path)).tell("failed", reason="no answer from postgresql://app:hunter22@db/app")
    assert "hunter22" not in path.read_text()


def test_a_webhook_gets_the_same_objects_with_its_headers(listener: Listener, tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    told = Progress(str(path), {"url": listener.url("/ok"), "headers": {"Authorization": "Bearer abc"}}, "run-1")
    for event in ("planned", "started", "host", "finished"):
        told.tell(event, host="app1")
    assert [each["event"] for _headers, each in listener.got] == ["started", "finished"]
    assert listener.got[0][1] == lines(path)[1]
    assert listener.got[0][0]["Authorization"] == "Bearer abc"
    assert listener.got[0][0]["Content-Type"] == "application/json"
    assert "abc" not in path.read_text()


def test_a_webhook_chooses_its_events(listener: Listener) -> None:
    told = Progress("", {"url": listener.url("/ok"), "events": ["host"]})
    told.tell("started")
    told.tell("host", host="app1")
    assert [each["event"] for _headers, each in listener.got] == ["host"]


def test_an_error_is_a_warning_without_the_urls_path(listener: Listener) -> None:
    warned: list[str] = []
    Progress("", {"url": listener.url("/broken/T0KEN")}, warn=warned.append).tell("started")
    assert warned == ["runtime_webhook: 127.0.0.1 didn't take 'started': HTTP 500"]


def test_a_redirect_is_not_followed_with_the_headers(listener: Listener) -> None:
    warned: list[str] = []
    webhook = {"url": listener.url("/moved"), "headers": {"Authorization": "Bearer T0KEN"}}
    Progress("", webhook, warn=warned.append).tell("started")
    assert warned == ["runtime_webhook: 127.0.0.1 didn't take 'started': HTTP 302"]
    assert len(listener.got) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/babbles/T0KEN", {}), ("/ok\n/T0KEN", {}), ("/ok T0KEN", {}), ("/ok", {"Authorization": "Bearer T0KEN\n"})],
)
def test_no_trouble_tells_what_is_secret(listener: Listener, path: str, headers: dict[str, str]) -> None:
    warned: list[str] = []
    Progress("", {"url": listener.url(path), "headers": headers}, warn=warned.append).tell("started")
    assert len(warned) == 1
    assert "T0KEN" not in warned[0]


def test_a_pipe_that_nobody_reads_is_a_warning(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    warned: list[str] = []
    telling = threading.Thread(target=lambda: Progress(str(tmp_path / "pipe"), warn=warned.append).tell("started"))
    telling.daemon = True
    telling.start()
    telling.join(5)
    assert len(warned) == 1


@pytest.mark.parametrize("path", ["/hangs/T0KEN", "/drips/T0KEN"])
def test_who_hangs_is_waited_for_no_longer_than_told(
    listener: Listener, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 1.5)
    warned: list[str] = []
    told = Progress("", {"url": listener.url(path), "events": ["host", "failed"]}, warn=warned.append)
    began = time.monotonic()
    told.tell("host", host="app1")
    assert 1 < time.monotonic() - began < 4
    # It isn't tried again with every line of a watch, but for the end.
    told.tell("host", host="app1")
    assert time.monotonic() - began < 4
    told.tell("failed")
    assert len(warned) == 2
    assert "T0KEN" not in str(warned)


def test_nobody_there_is_a_warning() -> None:
    warned: list[str] = []
    Progress("", {"url": "http://127.0.0.1:9/T0KEN"}, warn=warned.append).tell("finished")
    assert len(warned) == 1
    assert "T0KEN" not in warned[0]


def test_a_file_that_can_not_be_written_is_one_warning(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    warned: list[str] = []
    told = Progress(str(tmp_path / "file" / "progress"), warn=warned.append)
    told.tell("started")
    told.tell("finished")
    assert len(warned) == 1


def test_a_new_file_is_nobodys_to_execute(tmp_path: Path) -> None:
    Progress(str(tmp_path / "progress")).tell("started")
    assert stat.S_IMODE(tmp_path.joinpath("progress").stat().st_mode) & 0o133 == 0


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ({"url": "ftp://example.com"}, "isn't one of http or https"),
        ({"url": "file:///etc/passwd"}, "isn't one of http or https"),
        ({"url": "https://"}, "isn't one of http or https"),
        ({"url": "http://[::1"}, "isn't one of http or https"),
        ({"url": "https://example.com:x"}, "isn't one of http or https"),
        ({"url": "https://example.com/T0KEN\n"}, "a line break"),
        ({"url": "https://example.com/a b"}, "a line break"),
        ({"url": "https://example.com/", "headers": {"Authorization": "Bearer T0KEN\n"}}, "a line break at its end"),
        ({"headers": {}}, "has no url"),
        ("https://example.com", "has no url"),
        ({"url": "https://example.com", "header": {}}, "has no key header"),
        ({"url": "https://example.com", "headers": []}, None),
        ({"url": "https://example.com", "headers": ["x"]}, "aren't a mapping"),
        ({"url": "https://example.com", "events": ["begun"]}, "Choose from planned, started"),
        ({"url": "https://example.com", "events": "failed"}, "Choose from"),
        ({"url": "https://example.com:8443/x", "headers": {"A": "b"}, "events": ["failed"]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told_when_the_plan_is_made(webhook: Any, words: str | None) -> None:
    found = progress.troubles("", webhook)
    assert [words in str(error) for error in found] == ([True] if words else [])


def test_a_place_for_the_file_is_looked_at_in_time(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    assert progress.troubles(str(tmp_path / "new" / "progress")) == ()
    assert progress.troubles("") == ()
    assert "is a directory" in str(progress.troubles(str(tmp_path))[0])
    assert "isn't a directory" in str(progress.troubles(str(tmp_path / "file" / "x"))[0])


def test_the_hosts_of_a_plan_are_told_with_from_and_to() -> None:
    plan = {
        "version": "1.1.0",
        "current": "1.0.0",
        "changes": True,
        "hosts": {"app1": {"action": "upgrade", "current": "1.0.0", "target": "1.1.0", "begun": None}},
        "matters": [{"id": "major", "accepted": False}],
    }
    told = run_end.planned(plan, "upgrade")
    assert told["hosts"] == {"app1": {"action": "upgrade", "from": "1.0.0", "to": "1.1.0"}}
    assert told["to_accept"] == ["major"]
    assert run_end.by_host(plan, {"app1": {"runtime_outcome": "upgraded"}})["app1"]["outcome"] == "upgraded"
