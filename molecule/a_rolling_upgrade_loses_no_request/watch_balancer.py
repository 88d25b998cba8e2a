"""Write down what HAProxy's statistics say of its servers, about 20 times a second, whenever it changes.

Usage: watch_balancer.py FILE. Ends on SIGTERM. Each line: nanoseconds since 1970 before and after the question, and per server its
status, sessions, and requests that had to be repeated, moved to another server, or got no connection or no answer.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
import urllib.request

URL = f"http://127.0.0.1:{os.environ.get('FLEET_STATS_PORT', '18081')}/;csv"
COUNTED = ("wretr", "wredis", "econ", "eresp")

last = None
with open(sys.argv[1], "w", encoding="utf-8") as file:
    while True:
        asked = time.time_ns()
        with urllib.request.urlopen(URL, timeout=10) as answer:
            rows = csv.DictReader(answer.read().decode().removeprefix("# ").splitlines())
        servers = {
            row["svname"]: {
                "status": row["status"],
                "sessions": int(row["scur"]),
                **{name: int(row[name] or 0) for name in COUNTED},
            }
            for row in rows
            if row["pxname"] == "hosts" and row["svname"] != "BACKEND"
        }
        if servers != last:
            file.write(json.dumps({"asked": asked, "answered": time.time_ns(), "servers": servers}) + "\n")
            file.flush()
            last = servers
        time.sleep(0.05)
