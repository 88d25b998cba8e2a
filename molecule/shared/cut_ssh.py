"""Run a command and take a host's sshd away, with all its sessions, as soon as what it has printed matches a pattern.

Usage: cut_ssh.py HOST SECONDS PATTERN COMMAND...

It comes back after so many seconds. Prints what the command prints, and ends as it does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading

# In the host, whose processes are its own: by what they are called, as newer ones have one for each session.
KILL = r"""
import glob, os, signal
for path in glob.glob("/proc/[0-9]*/comm"):
    try:
        name, pid = open(path).read().strip(), int(path.split("/")[2])
        if name in ("sshd", "sshd-session", "sshd-auth"):
            os.kill(pid, signal.SIGKILL)
    except OSError:
        continue
"""


def cut(host: str, seconds: float, over: threading.Event) -> None:
    """Take it away, wait, and bring it back, however the command fares."""
    inside = ["docker", "exec", f"{os.environ.get('FLEET_PREFIX', 'ratchet')}-{host}"]
    subprocess.run([*inside, "python3", "-c", KILL], check=True)
    over.wait(seconds)
    subprocess.run([*inside, "/usr/sbin/sshd"], check=True)


def main() -> int:
    """Run it."""
    host, seconds, pattern, *command = sys.argv[1:]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    over = threading.Event()
    cutter: threading.Thread | None = None
    printed = ""
    for line in process.stdout or ():
        sys.stdout.write(line)
        printed += line
        if cutter is None and re.search(pattern, printed, re.DOTALL):
            cutter = threading.Thread(target=cut, args=(host, float(seconds), over))
            cutter.start()
    ended = process.wait()
    over.set()
    if cutter is None:
        print(f"it ended without printing {pattern!r}")
        return 1
    cutter.join()
    return ended


if __name__ == "__main__":
    sys.exit(main())
