"""The SQL of the 1.x releases."""

from __future__ import annotations

PROBE = "SELECT text FROM note LIMIT 1"
COUNT = "SELECT count(text) FROM note"
INSERT = "INSERT INTO note (text) VALUES (%s) RETURNING id"
