"""Notes can be pinned. The half of release 1.4.0 that works."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "d62f08b4e913"
down_revision = "91c0ae7f5d28"


def upgrade() -> None:
    """Add the column."""
    op.add_column("note", sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("note", "pinned")
