"""Append-only, enforced below the application: triggers for SQLite and PostgreSQL.

They are a second net. On a distributed server, which has no such triggers, the rights of the
application's role are the net, and nothing depends on either for correctness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alembic import op
from sqlalchemy import inspect

REFUSE_FUNCTION = """
CREATE FUNCTION timebank_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % is never changed', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

#: One check a statement, over all of its new rows: balanced, two legs, known accounts, and no
#: leg for a transfer that already stands.
ENTRIES_FUNCTION = """
CREATE FUNCTION timebank_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh GROUP BY book, transfer_id
    HAVING sum(amount_minutes) <> 0 OR count(*) < 2
  ) THEN
    RAISE EXCEPTION 'transfer_not_balanced' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM fresh f LEFT JOIN accounts a ON a.book = f.book AND a.id = f.account_id
    WHERE a.id IS NULL
  ) THEN
    RAISE EXCEPTION 'account_unknown' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM fresh f JOIN transfers t ON t.book = f.book AND t.id = f.transfer_id
  ) THEN
    RAISE EXCEPTION 'transfer_closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

#: Entries go in first, so that a transfer without any is seen when its row arrives.
TRANSFERS_FUNCTION = """
CREATE FUNCTION timebank_transfers_have_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh t
    WHERE NOT EXISTS (
      SELECT 1 FROM entries e WHERE e.book = t.book AND e.transfer_id = t.id)
  ) THEN
    RAISE EXCEPTION 'transfer_not_balanced' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

SQLITE_ENTRIES = """
CREATE TRIGGER entries_guard_insert BEFORE INSERT ON entries BEGIN
  SELECT RAISE(ABORT, 'transfer_closed') WHERE EXISTS (
    SELECT 1 FROM transfers t WHERE t.book = NEW.book AND t.id = NEW.transfer_id);
  SELECT RAISE(ABORT, 'account_unknown') WHERE NOT EXISTS (
    SELECT 1 FROM accounts a WHERE a.book = NEW.book AND a.id = NEW.account_id);
END
"""

#: Entries go in first; the transfer row closes them, and here the sum is proved.
SQLITE_TRANSFERS = """
CREATE TRIGGER transfers_guard_balance BEFORE INSERT ON transfers BEGIN
  SELECT RAISE(ABORT, 'transfer_not_balanced') WHERE NOT EXISTS (
    SELECT 1 FROM entries e WHERE e.book = NEW.book AND e.transfer_id = NEW.id
    GROUP BY e.transfer_id HAVING sum(e.amount_minutes) = 0 AND count(*) >= 2);
END
"""


def compared_on(dialect: str) -> Callable[..., bool]:
    """What a comparison of models and database looks at: not a key of the other engine alone."""

    def include(thing: Any, _name: str | None, kind: str, *_rest: Any) -> bool:
        if kind != "foreign_key_constraint":
            return True
        return bool(thing.info.get("only", dialect) == dialect)

    return include


def is_distributed() -> bool:
    """Whether this server spreads tables over nodes, where triggers are not to be had."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return False
    return (
        bind.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'citus'").first()
        is not None
    )


def distribute(table: str, placement: str, by: str | None = None) -> None:
    """Place a table on a distributed server; elsewhere nothing happens."""
    if placement == "local" or not is_distributed():
        return
    bind = op.get_bind()
    if placement == "reference":
        bind.exec_driver_sql("SELECT create_reference_table(%s)", (table,))
        return
    column = (
        by or {"book": "book", "member": "id" if table == "members" else "member_id"}[placement]
    )
    bind.exec_driver_sql("SELECT create_distributed_table(%s, %s)", (table, column))


def create_functions() -> None:
    """The functions behind PostgreSQL's triggers."""
    if op.get_bind().dialect.name == "postgresql" and not is_distributed():
        op.execute(REFUSE_FUNCTION)
        op.execute(ENTRIES_FUNCTION)
        op.execute(TRANSFERS_FUNCTION)


def drop_functions() -> None:
    """Remove them again, after the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS timebank_refuse()")
        op.execute("DROP FUNCTION IF EXISTS timebank_entries_balance()")
        op.execute("DROP FUNCTION IF EXISTS timebank_transfers_have_entries()")


def append_only(table: str, *unique: Sequence[str]) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on a table, and an insert that replaces a row.

    ``unique`` names every unique key: SQLite's ``INSERT OR REPLACE`` deletes the row in the
    way without firing a delete trigger.
    """
    if op.get_bind().dialect.name == "postgresql":
        if not is_distributed():
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION timebank_refuse()"
            )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, 'append_only: {table} is never changed'); END"
        )
    tests = " OR ".join(
        "EXISTS (SELECT 1 FROM {t} WHERE {c})".format(  # noqa: S608 - names of our own tables
            t=table, c=" AND ".join(f"{table}.{column} = NEW.{column}" for column in key)
        )
        for key in unique
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {tests} BEGIN "
        f"SELECT RAISE(ABORT, 'append_only: this key of {table} is taken'); END"
    )


def let_seals_change(table: str) -> None:
    """From now on a table that only grows lets its sealed columns be sealed anew, or emptied.

    Everything else of a row stays as it was written, and no row goes.
    """
    bind = op.get_bind()
    if is_distributed():
        return
    names = [column["name"] for column in inspect(bind).get_columns(table)]
    kept = ", ".join(name for name in names if not name.endswith("_sealed"))
    _change_update_guard(table, f"UPDATE OF {kept}")


def let_nothing_change(table: str) -> None:
    """Take :func:`let_seals_change` back."""
    if not is_distributed():
        _change_update_guard(table, "UPDATE")


def _change_update_guard(table: str, update: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE {update} OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION timebank_refuse()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_no_update")
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE {update} ON {table} BEGIN "
        f"SELECT RAISE(ABORT, 'append_only: {table} is never changed'); END"
    )


def guard_entries() -> None:
    """Entries sum to zero within their transfer, on known accounts; a posted transfer is shut."""
    if op.get_bind().dialect.name == "postgresql":
        if not is_distributed():
            op.execute(
                "CREATE TRIGGER entries_balance AFTER INSERT ON entries "
                "REFERENCING NEW TABLE AS fresh "
                "FOR EACH STATEMENT EXECUTE FUNCTION timebank_entries_balance()"
            )
            op.execute(
                "CREATE TRIGGER transfers_have_entries AFTER INSERT ON transfers "
                "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT "
                "EXECUTE FUNCTION timebank_transfers_have_entries()"
            )
        return
    op.execute(SQLITE_ENTRIES)
    op.execute(SQLITE_TRANSFERS)
