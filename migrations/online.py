"""Changes to large tables while people work: no lock is held for longer than a moment.

A migration that uses one of these does nothing else: each is in transactions of its own, and a
run that was cut off begins the same migration anew. See docs/operating.md.
"""

from __future__ import annotations

from typing import Any

from alembic import op

from migrations.guards import is_distributed

#: How long a change waits for a lock before it lets everybody else go first.
LOCK_TIMEOUT = "3s"


def create_index_online(name: str, table: str, columns: list[str], **options: Any) -> None:
    """Build an index while writers go on; on SQLite, where there is one writer, at once."""
    if op.get_bind().dialect.name != "postgresql" or is_distributed():
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        # It waits for transactions that are older than it, and nobody waits for it.
        op.execute("SET lock_timeout = 0")
        # What a run before left half built is not used by anybody.
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
        op.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")


def add_check_online(name: str, table: str, condition: str) -> None:
    """Hold new rows to a condition at once, and then look at the old ones without a lock."""
    if op.get_bind().dialect.name != "postgresql":
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(name), condition)
        return
    with op.get_context().autocommit_block():
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
        op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition}) NOT VALID')
        op.execute(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}"')
