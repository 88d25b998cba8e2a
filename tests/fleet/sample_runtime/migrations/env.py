"""How Alembic reaches the database, inside the application and on the command line (`alembic current`)."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, pool

URL = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)

with create_engine(URL, poolclass=pool.NullPool).connect() as connection:
    # Every migration commits on its own: one that fails leaves those before it in place.
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
