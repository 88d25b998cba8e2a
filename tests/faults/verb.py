"""One run of a playbook, killed or not."""

from __future__ import annotations

import os
import subprocess
import threading
import time

from fleet import INVENTORY, ROOT
from kill import kill_all

# Nothing here takes longer; a run that hangs is a finding.
LONGEST = 180.0


class Verb:
    """A playbook on one host, as an operator starts it; its output is read as it comes."""

    def __init__(self, name: str, **variables: str) -> None:
        given = {"runtime_hosts": "app1", "runtime_monitor": "1", **variables}
        extra = [part for name, value in given.items() for part in ("-e", f"{name}={value}")]
        self.lines: list[str] = []
        self._deadline = time.monotonic() + LONGEST
        self._process = subprocess.Popen(
            [ROOT / ".venv/bin/ansible-playbook", "-i", INVENTORY, f"ratchet.runtime.{name}", *extra],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def reach(self, text: str) -> float:
        """Wait until it prints ``text``; the moment of that, by the monotonic clock."""
        while not self.has_said(text):
            pass
        return time.monotonic()

    def has_said(self, text: str) -> bool:
        """Whether it has printed ``text``; a moment later, where it hasn't."""
        if any(text in line for line in list(self.lines)):
            return True
        assert self._process.poll() is None, f"it ended before {text}: {self.said}"
        assert time.monotonic() < self._deadline, self.said
        time.sleep(0.02)
        return False

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """As when a controller loses power: no handler runs."""
        kill_all(self._process.pid)
        self._process.wait()

    def end(self) -> int:
        """Its exit code; it has to end by itself."""
        try:
            code = self._process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it hangs: {self.said[-3000:]}") from None
        self._reader.join(5)
        return code

    @property
    def words(self) -> str:
        """What a failed run says, in a line."""
        said = self.said.partition("PLAY RECAP")[0]
        at = said.find("msg:")
        return " ".join(said[at + 4 :].split())[:90] if at >= 0 else ""
