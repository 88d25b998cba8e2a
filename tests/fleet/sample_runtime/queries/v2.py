"""The SQL of the 2.x releases."""

from __future__ import annotations

PROBE = "SELECT body FROM note LIMIT 1"
COUNT = "SELECT count(body) FROM note"
INSERT = "INSERT INTO note (body) VALUES (%s) RETURNING id"
