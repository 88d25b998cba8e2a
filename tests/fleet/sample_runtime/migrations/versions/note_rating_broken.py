"""Notes can be rated. The half of release 1.4.0 that fails, always."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "07a9c4be5f31"
down_revision = "d62f08b4e913"


def upgrade() -> None:
    """Fill the new column from one that doesn't exist."""
    op.add_column("note", sa.Column("rating", sa.Integer))
    op.execute("UPDATE note SET rating = stars")


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("note", "rating")
