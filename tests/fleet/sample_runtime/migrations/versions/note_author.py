"""Who wrote a note. Additive: releases that don't know the column work on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b3e57a10c6d4"
down_revision = "4f8c1d2a9b07"


def upgrade() -> None:
    """Add the column."""
    op.add_column("note", sa.Column("author", sa.Text, nullable=False, server_default="unknown"))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("note", "author")
