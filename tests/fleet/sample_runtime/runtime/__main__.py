"""Start: open the port, migrate, serve, and end in order on SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from . import misbehaviour
from .application import Application
from .database import Database
from .migrate import migrate
from .server import Server

log = logging.getLogger("runtime")


class Process:
    """Holds the exit code, and wakes the main thread when it is time to end."""

    def __init__(self) -> None:
        """Expect a good end."""
        self.exit_code = 0
        self.end = threading.Event()

    def on_signal(self, *_: object) -> None:
        """End as asked. As PID 1, a process without such a handler ignores SIGTERM."""
        self.end.set()

    def prepare(self, url: str, application: Application) -> None:
        """Migrate beside the server, which says so meanwhile; a failure ends the process."""
        try:
            migrate(url, application.database)
        except Exception:
            log.exception("migration failed")
            self.exit_code = 1
            self.end.set()
            return
        application.is_migrating = False
        log.info("ready: version %s, schema %s", application.version, application.database.head())


def main() -> int:
    """Run until a signal or a failure."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    url, port = os.environ["DATABASE_URL"], int(os.environ.get("PORT", "8000"))
    application = Application(os.environ["APP_VERSION"], Database(url))
    log.info("starting: version %s, port %s", application.version, port)
    misbehaviour.before_start(url)

    process = Process()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, process.on_signal)
    server = Server(port, application)
    threading.Thread(target=server.run).start()
    threading.Thread(target=process.prepare, args=(url, application), daemon=True).start()
    process.end.wait()
    server.finish()
    log.info("stopped: version %s", application.version)
    return process.exit_code


if __name__ == "__main__":
    # The migration's thread may be waiting for Postgres; the session's end undoes what it began.
    code = main()
    sys.stdout.flush()
    os._exit(code)
