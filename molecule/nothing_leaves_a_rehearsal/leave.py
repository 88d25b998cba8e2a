"""Tries to get out of a container, to each HOST:PORT that is given, by TCP and by UDP; tells what it reached, and its environment."""

from __future__ import annotations

import os
import socket
import sys

in_vain = 0
for target in sys.argv[1:]:
    host, _colon, port = target.rpartition(":")
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as attempt:
                attempt.settimeout(3)
                attempt.connect((host, int(port)))
                attempt.send(b"anybody there?")
            print("reached", kind.name, target)
        except OSError as error:
            in_vain += 1
            print("in vain", kind.name, target, error)
print("in vain:", in_vain, "of", 2 * len(sys.argv[1:]))
print("mail goes to", os.environ.get("OUTGOING_MAIL"), "and it migrates for", os.environ.get("MIGRATION_SECONDS"))
