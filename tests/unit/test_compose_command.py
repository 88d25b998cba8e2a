"""Compose is called by its plugin, and isn't waited for without an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def test_who_does_not_end_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir()
    plugin.write_text("#!/bin/sh\nexec sleep 5\n")
    plugin.chmod(0o755)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(RatchetError, match=r"Compose has not ended within 0 s\. See what it waits for"):
        compose.run(["up"], None, timeout=0.1)
