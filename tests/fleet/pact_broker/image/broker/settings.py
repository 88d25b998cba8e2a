"""The broker's settings: https://docs.pact.io/pact_broker/docker_images/pactfoundation."""

from __future__ import annotations

import os
from typing import Any


def version() -> tuple[int, ...]:
    """The version of the broker in this image."""
    return tuple(int(part) for part in os.environ["BROKER_VERSION"].split("."))


def port() -> int:
    """9292, and 80 in the older image of another publisher."""
    return int(os.environ.get("PACT_BROKER_PORT") or os.environ["DEFAULT_PORT"])


def database() -> dict[str, Any]:
    """How to connect: the URL, or the variables that say the same one by one."""
    url = os.environ.get("PACT_BROKER_DATABASE_URL")
    if url:
        return {"conninfo": url}
    said = {
        key: os.environ.get(f"PACT_BROKER_DATABASE_{name}")
        for key, name in {
            "host": "HOST",
            "port": "PORT",
            "dbname": "NAME",
            "user": "USERNAME",
            "password": "PASSWORD",
            "sslmode": "SSLMODE",
        }.items()
    }
    return {key: value for key, value in said.items() if value}


def retries() -> int:
    """How often a refused connection is tried again, after three seconds each."""
    return int(os.environ.get("PACT_BROKER_DATABASE_CONNECT_MAX_RETRIES") or 0)


def switched_on(name: str) -> bool:
    """Whether a setting that is on by default is on."""
    return os.environ.get(f"PACT_BROKER_{name}", "true").lower() == "true"


def slowness() -> float:
    """Seconds that the data migrations take. The real broker has no such setting, only data."""
    return float(os.environ.get("STAND_IN_MIGRATION_SECONDS") or 0)
