"""How long the notes are. The same change as in note_length_slow, as later releases carry it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "91c0ae7f5d28"
down_revision = "b3e57a10c6d4"


def upgrade() -> None:
    """Create the statistics, add the column."""
    op.create_table("note_statistics", sa.Column("step", sa.Integer, primary_key=True))
    op.add_column("note", sa.Column("length", sa.Integer))


def downgrade() -> None:
    """Undo both."""
    op.drop_column("note", "length")
    op.drop_table("note_statistics")
