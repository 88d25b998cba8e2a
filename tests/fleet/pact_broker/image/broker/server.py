"""The broker's paths: the heartbeat, which never asks the database, the four that are promised to go on, and a few more."""

from __future__ import annotations

import json
import logging
import re
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from .pacts import Pacts

log = logging.getLogger("pact_broker")

_NAME = r"([^/]+)"
_PACT = rf"/pacts/provider/{_NAME}/consumer/{_NAME}"
ROUTES = (
    ("GET", re.compile(r"/diagnostic/status/heartbeat"), "heartbeat"),
    ("PUT", re.compile(rf"{_PACT}/version/{_NAME}"), "publish"),
    ("PUT", re.compile(rf"/pacticipants/{_NAME}/versions/{_NAME}/tags/{_NAME}"), "tag"),
    ("GET", re.compile(rf"{_PACT}/latest(?:/{_NAME})?"), "latest"),
    ("GET", re.compile(r"/pacts/latest"), "all_latest"),
    ("DELETE", re.compile(rf"/pacticipants/{_NAME}"), "forget"),
)
Answer = tuple[int, Any]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    timeout = 10
    # Status, headers and body leave in one piece.
    wbufsize = -1

    def _answer(self) -> None:
        try:
            status, body = self._route()
        except Exception as error:  # noqa: BLE001 - whatever it is, the broker answers 500
            log.error("%s %s: %s", self.command, self.path, traceback.format_exc(limit=-1).splitlines()[-1])
            status, body = 500, {"error": {"message": str(error), "reference": "stand-in"}}
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/hal+json;charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Pact-Broker-Version", self.server.version)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """Read."""
        self._answer()

    def do_PUT(self) -> None:
        """Publish or tag."""
        self._answer()

    def do_DELETE(self) -> None:
        """Forget."""
        self._answer()

    def _route(self) -> Answer:
        for method, path, name in ROUTES:
            found = path.fullmatch(self.path.partition("?")[0])
            if found and method == self.command:
                return getattr(self, f"_{name}")(*(each and unquote(each) for each in found.groups()))
        return 404, {"error": "The requested document was not found on this server."}

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def _heartbeat(self) -> Answer:
        return 200, {"ok": True, "_links": {"self": {"href": f"http://{self.headers.get('Host')}{self.path}"}}}

    def _publish(self, provider: str, consumer: str, number: str) -> Answer:
        content = self._body()
        named = [(content.get(each) or {}).get("name") for each in ("provider", "consumer")]
        if named != [provider, consumer]:
            return 400, {"errors": {"consumer.name": ["names in the pact and in the path differ"]}}
        return 201 if self.server.pacts.publish(provider, consumer, number, content) else 200, content

    def _tag(self, consumer: str, number: str, name: str) -> Answer:
        self._body()
        return 201 if self.server.pacts.tag(consumer, number, name) else 200, {"name": name}

    def _latest(self, provider: str, consumer: str, tag: str | None) -> Answer:
        found = self.server.pacts.latest(provider, consumer, tag)
        if not found:
            return 404, {"error": "No pact found"}
        content, number = found
        return 200, {**content, "_links": {"pb:consumer-version": {"name": number}}}

    def _all_latest(self) -> Answer:
        pairs = self.server.pacts.all_latest()
        return 200, {"pacts": [{"_embedded": {"consumer": {"name": c}, "provider": {"name": p}}} for c, p in pairs]}

    def _forget(self, name: str) -> Answer:
        return (204, None) if self.server.pacts.forget(name) else (404, {"error": "No pacticipant found"})

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


class Server(ThreadingHTTPServer):
    """Listens when it is made; waits for requests under way when it is closed."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, port: int, pacts: Pacts, version: str) -> None:
        """Listen."""
        self.pacts, self.version = pacts, version
        super().__init__(("", port), Handler)
