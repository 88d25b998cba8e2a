# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from an image's files is what its own package managers say, and nothing of it runs."""

from __future__ import annotations

import subprocess
import time

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import image_packages
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL
from conftest import REGISTRY

IMAGE = f"{REGISTRY}/sample-runtime:1.0.0"
DISTRIBUTIONS = "import importlib.metadata as m; print('\\n'.join(f'{d.name}=={d.version}' for d in m.distributions()))"


def said(*command: str) -> set[str]:
    """What a command says inside the image."""
    run = ["docker", "run", "--rm", "--network", "none", "--entrypoint", command[0], IMAGE, *command[1:]]
    return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())


def test_it_is_what_the_image_s_own_managers_say(engine: Engine) -> None:
    subprocess.run(["docker", "pull", "--quiet", IMAGE], check=True, stdout=subprocess.DEVNULL)
    found = image_packages.of_image(engine, IMAGE)
    assert set(found["freeze"]) == said("python3", "-c", DISTRIBUTIONS)
    deb = {f"{name}={version}" for name, version in found["packages"]["deb"].items()}
    assert deb == said("dpkg-query", "--show", "--showformat", "${Package}=${Version}\\n")


def test_nothing_of_it_is_started_and_nothing_is_left(engine: Engine) -> None:
    began = int(time.time())
    image = image_packages.of_image(engine, IMAGE)["id"]
    events = engine.client.events(since=began, until=int(time.time()) + 1, decode=True, filters={"image": image})
    assert not [each for each in events if each["Type"] == "container" and each["Action"] == "start"]
    labels = {"label": f"{TASK_LABEL}={image_packages.TASK}"}
    assert engine.client.containers.list(all=True, filters=labels) == []


def test_an_image_that_is_not_there_is_told(engine: Engine) -> None:
    with pytest.raises(RatchetError, match=r"fleet/none:1 isn't on this host\. Pull it first"):
        image_packages.of_image(engine, f"{REGISTRY}/none:1")
