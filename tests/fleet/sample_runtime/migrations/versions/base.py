"""Notes, and a log of what happened to them; both filled, so that a dump has something to hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4f8c1d2a9b07"
down_revision = None


def upgrade() -> None:
    """Create and fill the two tables."""
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("note_id", sa.Integer, sa.ForeignKey("note.id"), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO note (text) SELECT 'note ' || n FROM generate_series(1, 2000) AS n")
    op.execute("INSERT INTO activity (note_id, action) SELECT 1 + n % 2000, 'read' FROM generate_series(1, 3000) AS n")


def downgrade() -> None:
    """Remove both tables."""
    op.drop_table("activity")
    op.drop_table("note")
