"""Start as the Pact Broker does: connect, migrate the schema, then the data, and only then open the port."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time

import psycopg

from . import migrations, settings
from .pacts import Pacts
from .server import Server

log = logging.getLogger("pact_broker")


def connect(retries: int) -> psycopg.Connection:
    """A connection, with the broker's patience: by default it has none."""
    for left in range(retries, -1, -1):
        try:
            return psycopg.connect(autocommit=True, **settings.database())
        except psycopg.OperationalError:
            if not left:
                raise
            time.sleep(3)
    raise AssertionError


def main() -> None:
    """Migrate, then serve until SIGTERM; requests under way are answered."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s -- %(message)s")
    # As PID 1, a process without a handler ignores it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    version = settings.version()
    with connect(settings.retries()) as connection:
        migrations.migrate(connection, version)
    server = Server(settings.port(), Pacts(version, os.environ.get("BROKEN", "")), os.environ["BROKER_VERSION"])
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info("Pact Broker %s listens on port %s", os.environ["BROKER_VERSION"], settings.port())
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
