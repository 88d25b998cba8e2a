"""The HTTP side: three endpoints, and an end that loses no request."""

from __future__ import annotations

import json
import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

    from .application import Answer, Application

log = logging.getLogger("runtime")


class Handler(BaseHTTPRequestHandler):
    """Answers one request; a connection holds only one, so none is cut off between two."""

    server: Server
    # A client that connects and says nothing mustn't hold up the end.
    timeout = 3
    # Status, headers and body leave in one piece, when the request is done.
    wbufsize = -1

    def do_GET(self) -> None:
        """Serve /health and /."""
        if self.path == "/health":
            self._answer(*self.server.application.health())
        elif self.path == "/":
            self._serve(self.server.application.overview)
        else:
            self._answer(404, {"error": "not found"})

    def do_POST(self) -> None:
        """Serve /notes."""
        if self.path != "/notes":
            self._answer(404, {"error": "not found"})
            return
        try:
            text = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))["text"]
        except (ValueError, KeyError, TypeError):
            self._answer(400, {"error": 'send {"text": "..."}'})
            return
        self._serve(lambda: self.server.application.add_note(str(text)))

    def _serve(self, endpoint: Callable[[], Answer]) -> None:
        """Answer what an endpoint says, and 503 if the database is in the way."""
        try:
            self._answer(*endpoint())
        except psycopg.Error as error:
            self._answer(503, {"error": type(error).__name__})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Keep requests out of the log."""


class Server(ThreadingHTTPServer):
    """Listens on all addresses."""

    # Wait for the requests that are being served when it ends.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application) -> None:
        """Open the port."""
        self.application = application
        self._queue_is_empty = False
        super().__init__(("", port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line that a client went away; http.server would print a traceback."""
        log.info("request from %s ended early: %s", client_address[0], type(sys.exception()).__name__)

    def run(self) -> None:
        """Serve until `shutdown` is called."""
        self.serve_forever(poll_interval=0.1)

    def handle_timeout(self) -> None:
        """Note that nobody waits any more."""
        self._queue_is_empty = True

    def finish(self) -> None:
        """Serve those who had connected already, then close."""
        self.shutdown()
        self.timeout = 0
        while not self._queue_is_empty:
            self.handle_request()
        self.server_close()
