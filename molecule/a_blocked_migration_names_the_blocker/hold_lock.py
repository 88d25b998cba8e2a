"""A scheduler of the old version: it has read a table, forgets its transaction until others have waited for it, and for a while longer."""

from __future__ import annotations

import os
import time

import psycopg

PATIENCE = 120
HELD = 8

connection = psycopg.connect(os.environ["DATABASE_URL"], application_name="scheduler")
pid = connection.execute("select count(*), pg_backend_pid() from note").fetchone()[1]
with psycopg.connect(os.environ["DATABASE_URL"], application_name="onlooker", autocommit=True) as onlooker:
    deadline = time.monotonic() + PATIENCE
    waits = "select count(*) from pg_locks where not granted and %s = any(pg_blocking_pids(pid))"
    while time.monotonic() < deadline and not onlooker.execute(waits, (pid,)).fetchone()[0]:
        time.sleep(0.2)
    time.sleep(HELD)
connection.close()
