# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs this: a person at a controller, or a job of AWX in their name, and where that can be looked at."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# What AWX hands to every job, under its own name and under Tower's:
# https://docs.ansible.com/projects/awx/en/latest/userguide/job_templates.html ("Extra Variables")
_JOB = {"job": "job_id", "template": "job_template_name", "workflow_job": "workflow_job_id"}


def of(task_vars: Mapping[str, Any]) -> dict[str, str]:
    """``user``, ``controller`` (its host name) and, in AWX, ``job``, ``template`` and ``workflow_job``; ``url`` where one is known."""
    told = {key: _given(task_vars, name) for key, name in _JOB.items()} | {"url": url(task_vars)}
    user = _given(task_vars, "user_name") or _login()
    return {"user": user, "controller": socket.gethostname(), **{key: value for key, value in told.items() if value}}


def in_words(operator: Mapping[str, str]) -> str:
    """One word or two about it, for a table."""
    job = f", AWX job {operator['job']}" if operator.get("job") else ""
    where = f" ({operator['url']})" if operator.get("url") else ""
    return f"{operator.get('user', '?')}@{operator.get('controller', '?')}{job}{where}"


def url(task_vars: Mapping[str, Any]) -> str:
    """Where the run can be looked at: as ``runtime_job_url`` says, else from AWX's own address and the job's id; empty where neither is known.

    AWX tells its jobs its address (``TOWER_URL_BASE`` of its settings) in the environment; a newer interface forwards the old path.
    """
    hosts = task_vars.get("hostvars") or {}
    # There, what refers to other variables is resolved.
    mine = hosts[task_vars["inventory_hostname"]] if task_vars.get("inventory_hostname") in hosts else task_vars
    asked = str(mine.get("runtime_job_url") or "")
    address, job = os.environ.get("AWX_HOST", "").rstrip("/"), _given(task_vars, "job_id")
    found = asked or (f"{address}/#/jobs/playbook/{job}" if address and job else "")
    # It is printed, and a link in a page.
    return printable(found, 200) if found.startswith(("http://", "https://")) and " " not in found else ""


def _given(task_vars: Mapping[str, Any], name: str) -> str:
    value = task_vars.get(f"awx_{name}") or task_vars.get(f"tower_{name}") or ""
    return printable(str(value), 200)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "?"
