"""A note's text is called its body. Not additive: 1.x can't work on this."""

from __future__ import annotations

from alembic import op

revision = "e8147bd3c05a"
down_revision = "91c0ae7f5d28"


def upgrade() -> None:
    """Rename the column."""
    op.alter_column("note", "text", new_column_name="body")


def downgrade() -> None:
    """Rename it back."""
    op.alter_column("note", "body", new_column_name="text")
