"""A release that behaves. The other files here have the same two functions."""

from __future__ import annotations


def before_start(database_url: str) -> None:
    """Do nothing."""


def is_fine() -> bool:
    """Have no complaints."""
    return True
