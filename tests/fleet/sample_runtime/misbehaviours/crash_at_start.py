"""A release that dies at its start, and on top of that tells its password to the log."""

from __future__ import annotations


def before_start(database_url: str) -> None:
    """Fail as applications do: with a traceback that holds the settings."""
    raise RuntimeError(f"unsupported option in DATABASE_URL={database_url}")


def is_fine() -> bool:
    """Is never asked."""
    return True
