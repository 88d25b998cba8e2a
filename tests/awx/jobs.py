"""Jobs as AWX runs them: a private data directory is transmitted to a worker in a container of its own, whose events come back as they happen.

What AWX writes there and how it combines variables is in its awx/main/tasks/jobs.py and awx/main/models/workflow.py. The container is that of an execution
environment, if RATCHET_EXECUTION_ENVIRONMENT names its image; else a namespace for processes and the host name, and this machine's files: nothing of one job
is seen by the next, nor can a job see whether another still lives.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/awx"
ADDRESS = "https://awx.example.com"
PREFIX = os.environ.get("FLEET_PREFIX", "ratchet")
# The image that jobs run in.
ENVIRONMENT = os.environ.get("RATCHET_EXECUTION_ENVIRONMENT", "")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Nothing here takes longer.
LONGEST = 240.0


class Dumper(yaml.SafeDumper):
    """Values that came from people or other jobs are no templates: AWX marks each of them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


class Job:
    """One job of AWX.

    :param place: an empty folder, ``number`` the job's id, ``playbook`` one of the project's.
    :param inventory: the hosts by name, and their variables under ``vars``.
    :param variables: what the survey has answered and earlier jobs have left; ``secrets`` what credentials inject.
    """

    def __init__(
        self,
        place: Path,
        number: int,
        playbook: str,
        collections: Path,
        inventory: dict[str, Any],
        variables: dict[str, Any],
        secrets: dict[str, str],
        key: str,
    ) -> None:
        self.number = number
        self._private, self._runner = place / "private", Path("/runner") if ENVIRONMENT else place / "runner"
        self._container = f"{PREFIX}-{place.parent.name}-job-{number}"
        shutil.copytree(EXAMPLE / "project", self._private / "project")
        if not ENVIRONMENT:
            self._runner.mkdir(parents=True)
            shutil.copytree(collections, self._private / "requirements_collections", copy_function=os.link)
        listed = {
            "_meta": {"hostvars": inventory["hosts"]},
            "runtime": {"hosts": list(inventory["hosts"]), "vars": inventory["vars"]},
        }
        self._write("inventory/hosts", f"#! /usr/bin/env python3\nprint({json.dumps(listed)!r})\n", 0o700)
        told = {**variables, **self._about()}
        self._write("env/extravars", yaml.dump(told, Dumper=Dumper))
        self._write("env/secrets", yaml.dump(secrets, Dumper=Dumper))
        self._write("env/cmdline", f"--forks=25 -e @{self._runner}/env/secrets")
        self._write("env/envvars", json.dumps(self._environment()))
        self._write(
            "env/settings",
            json.dumps(
                {"job_timeout": 0, "pexpect_timeout": 1, "suppress_ansible_output": True, "suppress_output_file": True}
            ),
        )
        self._write("env/ssh_key", key)
        self._stream = b""
        self._process = self._start(playbook)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.artifacts: dict[str, Any] = {}
        self.status, self.rc, self.events = "running", None, []

    def _write(self, name: str, content: str, mode: int = 0o600) -> None:
        path = self._private / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)

    def _about(self) -> dict[str, Any]:
        """What AWX tells every job about itself."""
        told = {
            "job_id": self.number,
            "job_launch_type": "workflow",
            "user_name": "ann",
            "job_template_name": "Ratchet",
            "workflow_job_id": 7,
        }
        return {f"{name}_{key}": value for name in ("awx", "tower") for key, value in told.items()}

    def _environment(self) -> dict[str, str]:
        return {
            "ANSIBLE_COLLECTIONS_PATH": f"{self._runner}/requirements_collections:~/.ansible/collections:/usr/share/ansible/collections",
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "AWX_HOST": ADDRESS,
            "AWX_PRIVATE_DATA_DIR": str(self._private),
            "INVENTORY_ID": "1",
            "JOB_ID": str(self.number),
            "MAX_EVENT_RES": "700000",
        }

    def _start(self, playbook: str) -> subprocess.Popen[bytes]:
        runner = [sys.executable, "-m", "ansible_runner"]
        # Nothing of this shell's: what a job has is in its folder.
        environment = {"PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}", "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
        sent = subprocess.run(
            [*runner, "transmit", str(self._private), "-p", playbook, "--ident", str(self.number)],
            check=True,
            capture_output=True,
            env=environment,
        ).stdout
        # An environment's runner is the one in its image.
        command = ["ansible-runner"] if ENVIRONMENT else runner
        process = subprocess.Popen(
            [*self._inside(), *command, "worker", "--private-data-dir", str(self._runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write(sent)
        process.stdin.close()
        return process

    def _inside(self) -> list[str]:
        """What runs a command in the job's container."""
        host = f"automation-job-{self.number}"
        if ENVIRONMENT:
            place = ["--name", self._container, "--hostname", host, "--network", f"{PREFIX}-net"]
            return ["docker", "run", "--rm", "--interactive", *place, ENVIRONMENT]
        name = f'echo {host} > /proc/sys/kernel/hostname; exec "$@"'
        return ["unshare", "--fork", "--pid", "--mount-proc", "--uts", "--kill-child", "sh", "-c", name, "sh"]

    def _read(self) -> None:
        assert self._process.stdout
        while chunk := self._process.stdout.read1():
            self._stream += chunk

    def reach(self, text: str) -> None:
        """Wait until an event holds ``text``."""
        deadline = time.monotonic() + LONGEST
        while text.encode() not in self._stream:
            assert self._process.poll() is None, f"it ended before {text}: {self.end().said}"
            assert time.monotonic() < deadline, self._stream[-3000:]
            time.sleep(0.05)

    def cancel(self) -> None:
        """As AWX does: its worker is told to end, and ends what it has started."""
        if ENVIRONMENT:
            self._signal("TERM")
            return
        (worker,) = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        os.kill(int(worker), signal.SIGTERM)

    def lose(self) -> None:
        """As when its pod is removed, or its node lost: nobody is told anything."""
        if ENVIRONMENT:
            self._signal("KILL")
        self._process.kill()

    def _signal(self, name: str) -> None:
        subprocess.run(["docker", "kill", "--signal", name, self._container], check=True, stdout=subprocess.DEVNULL)

    def end(self) -> Job:
        """Wait for its end, and read the events as AWX does."""
        try:
            self._process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self.lose()
            raise AssertionError(f"it hangs: {self._stream[-3000:]!r}") from None
        self._reader.join(10)
        path = self._private / "stream"
        path.write_bytes(self._stream)
        events: list[dict[str, Any]] = []
        with path.open("rb") as stream:
            read = ansible_runner.interface.run(
                streamer="process",
                quiet=True,
                _input=stream,
                private_data_dir=str(self._private),
                ident=str(self.number),
                event_handler=lambda event: bool(events.append(event)) or True,
            )
        code = self._private / f"artifacts/{self.number}/rc"
        self.status, self.events = read.status, events
        self.rc = int(code.read_text()) if code.exists() else None
        # The last word counts, as in AWX.
        for event in events:
            self.artifacts = event.get("event_data", {}).get("artifact_data") or self.artifacts
        return self

    @property
    def said(self) -> str:
        """What AWX shows."""
        return _COLOUR.sub("", "\n".join(event.get("stdout", "") for event in self.events)).replace("\r", "")

    @property
    def failure(self) -> str:
        """What the failed tasks say."""
        failed = [each["event_data"]["res"] for each in self.events if each["event"] == "runner_on_failed"]
        return "\n".join(str(each.get("msg")) for each in failed)

    @property
    def everything(self) -> bytes:
        """All that has left the worker."""
        return self._stream
