"""How long the notes are, worked out in many slow steps: a release that takes its time.

Its lock on the notes comes last and is short, so that the other hosts serve on meanwhile.
"""

from __future__ import annotations

import logging
import os

import sqlalchemy as sa
from alembic import op

revision = "91c0ae7f5d28"
down_revision = "b3e57a10c6d4"

log = logging.getLogger("runtime")


def upgrade() -> None:
    """Work for MIGRATION_SECONDS, a second a step, then add the column."""
    steps = int(os.environ.get("MIGRATION_SECONDS", "30"))
    op.create_table("note_statistics", sa.Column("step", sa.Integer, primary_key=True))
    for step in range(1, steps + 1):
        log.info("migration %s: step %s of %s", revision, step, steps)
        op.execute(f"INSERT INTO note_statistics (step) VALUES ({step})")
        op.execute("SELECT pg_sleep(1)")
    op.add_column("note", sa.Column("length", sa.Integer))


def downgrade() -> None:
    """Undo both."""
    op.drop_column("note", "length")
    op.drop_table("note_statistics")
