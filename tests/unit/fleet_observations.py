"""A fleet as ``observation.observe`` sees it, made up; the tests change what they are about."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.splice import checksum
from ansible_collections.ratchet.runtime.plugins.plugin_utils import planner, problems, profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Refusal
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request

IMAGE = "reg:5000/app"
DIGEST = "sha256:" + "ab" * 32
ENV = "# v\nTAG=1.0.0\nPASSWORD=hunter2\n"


def observation(running: str = "1.0.0", written: str | None = None, **changes: Any) -> dict[str, Any]:
    written = written or running
    env = ENV.replace("1.0.0", written)
    seen = {
        "engine": {"version": "26.1.5", "os": "linux", "architecture": "amd64"},
        "project": {
            "name": "sample",
            "directory": "/opt/sample",
            "files": [],
            "env_files": [],
            "env_file_options": [],
            "services": ["web"],
        },
        "services": [
            {
                "name": "web",
                "image": f"{IMAGE}:{written}",
                "ports": [{"container": 8000, "published": 8080}],
                "environment": [],
                "update_config": {},
                "containers": [
                    {
                        "id": "c1",
                        "name": "sample-web-1",
                        "service": "web",
                        "reference": f"{IMAGE}:{running}",
                        "image_id": "sha256:1",
                        "digests": [],
                        "version_label": running,
                        "version_labels": {"org.opencontainers.image.version": running},
                        "status": "running",
                        "health": "healthy",
                    }
                ],
            }
        ],
        "database": {
            "id": "42/app",
            "name": "app",
            "server_version": "17.2",
            "size": 8_000_000,
            "standby": False,
            "ledger": {"framework": "alembic", "head": "aaa"},
            "access": {"container": None},
            "space_needed": 1_000_000,
            "sidecar_image": "postgres:17",
        },
        "target": {"reference": f"{IMAGE}:1.1.0", "digest": DIGEST, "platforms": ["linux/amd64"], "local": None},
        "backup": {"directory": "/var/backups/ratchet", "free": 9_000_000},
        "sources": [
            {
                "service": "web",
                "path": "/opt/sample/.env",
                "line": 2,
                "start": env.index(written),
                "text": written,
                "holds": "tag",
                "variable": "TAG",
                "before": checksum(env.encode()),
            }
        ],
    }
    return {**seen, **changes}


def request(version: str = "1.1.0", profile: Any = None, **changes: Any) -> Request:
    plain: dict[str, Any] = {
        "profile": profiles.load(profile, None, "/")[0],
        "watch": {"url": "http://x/health", "monitor": 10, "stall_timeout": 600},
        "backup": {"jobs": 0, "verify": "read"},
    }
    return Request(version=version, **{**plain, **changes})


def plan(fleet: dict[str, dict[str, Any]], asked: Request | None = None) -> Any:
    return planner.plan(fleet, asked or request(strategy="rolling"), run="r1")


def three(**changes: Any) -> dict[str, dict[str, Any]]:
    return {name: observation(**changes) for name in ("app1", "app2", "app3")}


def refusal(fleet: dict[str, dict[str, Any]], asked: Request | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        plan(fleet, asked)
    assert "Nothing was touched" in str(caught.value)
    return caught.value


def unread(fleet: dict[str, dict[str, Any]], asked: Request | None = None) -> Refusal:
    """The plan can be made and looked at, but not executed."""
    with pytest.raises(Refusal) as caught:
        problems.refuse_unread(plan(fleet, asked).as_dict())
    return caught.value


def profile_of(**facts: Any) -> Profile:
    """The generic profile with ``facts`` of the product."""
    return profiles.load({"scheme": "semver", **facts}, None, "/")[0]


def container(seen: dict[str, Any]) -> dict[str, Any]:
    """The one container of an observation."""
    return seen["services"][0]["containers"][0]


def with_database(seen: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**seen, "database": {**seen["database"], **changes}}


def with_target(seen: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**seen, "target": {**seen["target"], **changes}}


def deploy(old: str, new: str, outcome: str = "done", **changes: Any) -> dict[str, Any]:
    """A line of the journal, as the action ``record`` writes it."""
    plain = {
        "deploy": f"{old}-{new}",
        "at": "2026-01-02T03:04:05Z",
        "from": {"version": old},
        "to": {"version": new},
        "outcome": outcome,
        "database": "42/app",
        "head_before": None,
        "head_after": None,
    }
    return {**plain, **changes}


def with_journal(seen: dict[str, Any], *entries: dict[str, Any]) -> dict[str, Any]:
    return {**seen, "journal": {"entries": list(entries)}}
