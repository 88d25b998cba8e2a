"""Run a command and kill it, with all that it started, as soon as it prints a line that contains a text.

Usage: kill_after.py TEXT COMMAND...
Fails when the command ends before that, or prints no such line in five minutes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/support"))
from kill import kill_all

text, *command = sys.argv[1:]
process = subprocess.Popen(
    command,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
    start_new_session=True,
)


def kill() -> None:
    """As when a controller loses power."""
    kill_all(process.pid)


late = threading.Timer(300, kill)
late.start()
said = []
for line in process.stdout or ():
    said.append(line)
    if text in line:
        kill()
        process.wait()
        late.cancel()
        sys.exit(0)
late.cancel()
sys.exit("".join(said[-40:]) + f"\nit ended without printing {text!r}")
