"""ansible-lint in a fraction of its time: Ansible looks at the syntax of all playbooks at once.

ansible-lint starts it anew for each of them, and for each way to one that others import. Where one of all has a mistake, it
may do so, and tells it in its own words.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from ansible_compat.runtime import Runtime
from ansiblelint.__main__ import main
from ansiblelint.runner import Runner

one_by_one = Runner._run_syntax_check_phase
has_playbook = Runtime.has_playbook


def at_once(runner: Runner, matches: list[Any]) -> list[Any]:
    """In place of a method that isn't public: the versions of ansible-lint in requirements-dev.txt have it."""
    files = runner._collect_syntax_check_files()
    playbooks = [str(each.path) for each in files if each.kind == "playbook"]
    roles = [{"ansible.builtin.import_role": {"name": str(each.path)}} for each in files if each.kind == "role"]
    with tempfile.TemporaryDirectory() as directory:
        with_roles = Path(directory, "roles.yml")
        with_roles.write_text(yaml.safe_dump([{"hosts": "localhost", "tasks": roles}]))
        command = ["ansible-playbook", "--syntax-check", *playbooks, str(with_roles)]
        seen = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=runner.app.runtime.environ, check=False
        )
    return files if seen.returncode == 0 else one_by_one(runner, matches)


def whatever_the_way(runtime: Runtime, playbook: str, **options: Any) -> bool:
    """``molecule/SCENARIO/../../tests/fleet/deploy.yml`` is one playbook; what is known of it is kept by its name."""
    return has_playbook(runtime, os.path.normpath(playbook), **options)


if __name__ == "__main__":
    Runner._run_syntax_check_phase = at_once
    Runtime.has_playbook = whatever_the_way
    sys.exit(main())
