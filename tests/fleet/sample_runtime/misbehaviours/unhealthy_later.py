"""A release that starts well and stops working after a while."""

from __future__ import annotations

import time

GOOD_SECONDS = 20
STARTED = time.monotonic()


def before_start(database_url: str) -> None:
    """Do nothing yet."""


def is_fine() -> bool:
    """Tell whether the good time isn't over."""
    return time.monotonic() - STARTED < GOOD_SECONDS
