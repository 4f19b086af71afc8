"""The guard over statements: what it lets through, what it objects to, and that it sees all."""

from __future__ import annotations

import types
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from models.ledger import Entry, Transfer
from tests.databases import ROOT, Databases
from tests.guard import Guard, UnguardedStatement, objections, watching
from tests.statements import shortened

HELD = [
    "SELECT e.leg FROM entries e WHERE e.book = %s AND e.leg > 1",
    "SELECT leg FROM entries WHERE book = :book ORDER BY leg",
    "SELECT leg FROM entries WHERE 'x' = book",
    "SELECT leg FROM entries WHERE entries.book = %(book_1)s::VARCHAR",
    "SELECT leg FROM entries WHERE book = CAST(%(book_1)s AS VARCHAR)",
    "SELECT leg FROM entries WHERE book IN (%s, %s)",
    "SELECT leg FROM entries WHERE book = ANY (%s)",
    "SELECT leg FROM entries WHERE (book, transfer_id) IN ((%s, %s), (%s, %s))",
    "SELECT leg FROM entries WHERE (book, transfer_id) = (%s, %s)",
    "SELECT leg FROM entries WHERE (book = %s AND leg = 1) OR (book = %s AND leg = 2)",
    (
        "SELECT 1 FROM entries e JOIN transfers t ON t.book = e.book AND t.id = e.transfer_id"
        " WHERE t.book = %s"
    ),
    "SELECT 1 FROM entries e JOIN transfers t USING (book) WHERE t.book = %s",
    "SELECT 1 FROM entries e, transfers t WHERE e.book = t.book AND e.book = %s",
    (
        "SELECT 1 FROM entries e LEFT OUTER JOIN (transfers t JOIN holds h ON h.book = t.book)"
        " ON t.book = e.book WHERE e.book = %s"
    ),
    (
        "SELECT 1 FROM holds h WHERE h.book = %s AND NOT EXISTS"
        " (SELECT 1 FROM hold_outcomes o WHERE o.book = h.book AND o.hold_id = h.id)"
    ),
    (
        "SELECT (SELECT count(*) FROM entries e WHERE e.book = t.book) FROM transfers t"
        " WHERE t.book = %s"
    ),
    (
        "WITH mine AS (SELECT * FROM entries WHERE book = %s)"
        " SELECT 1 FROM transfers t JOIN mine m ON m.book = t.book"
    ),
    (
        "SELECT 1 FROM (SELECT book FROM entries WHERE book = %s) AS a JOIN transfers t"
        " ON t.book = a.book"
    ),
    "SELECT 1 FROM entries WHERE book = %s UNION ALL SELECT 1 FROM holds WHERE book = %s",
    "SELECT 1 FROM unnest(%s::text[]) AS l (book) JOIN entries e ON e.book = l.book",
    (
        "SELECT extract(epoch FROM posted_at) FROM transfers WHERE reason IS DISTINCT FROM ''"
        " AND book = %s"
    ),
    "SELECT CASE WHEN leg = 1 OR leg = 2 THEN 1 END FROM entries WHERE book = %s",
    "SELECT 1 FROM members WHERE id = %s",
    "SELECT 1 FROM requests r JOIN members m ON m.home_book = r.book WHERE m.home_book = %s",
    "UPDATE balances SET held_minutes = 0 WHERE book = %s AND account_id = %s",
    "UPDATE balances AS b SET version = s.v FROM unnest(%s::int[]) AS s (v) WHERE b.book = %s",
    "DELETE FROM unsealed WHERE book = ?",
    "INSERT INTO entries (book, leg) VALUES (%s, %s)",
    "INSERT INTO entries (book, leg) SELECT * FROM unnest(%s::text[], %s::int[])",
    (
        "INSERT INTO unsealed (book, note_id) SELECT book, id FROM transfers WHERE book = %s"
        " ON CONFLICT (book, transfer_id) DO NOTHING RETURNING book"
    ),
    "WITH t AS (INSERT INTO transfers (book) VALUES (%s)) INSERT INTO entries (book) VALUES (%s)",
    "COPY entries (book, leg) FROM STDIN",
    "COPY (SELECT * FROM entries WHERE book = 'x') TO STDOUT",
    "SELECT 1 FROM balances WHERE book = %s AND account_id IN (%s) ORDER BY slot FOR UPDATE",
    (
        "SELECT 1 FROM balances b WHERE b.book = %s AND b.account_id = %s AND b.slot = %s"
        " FOR NO KEY UPDATE OF b"
    ),
    "SELECT 1 FROM transfers WHERE book = %s AND idem_key = %s FOR UPDATE",
    "SELECT 1 FROM members WHERE id = %s FOR UPDATE",
    "BEGIN IMMEDIATE",
    "PRAGMA foreign_keys=ON",
    "SELECT pg_advisory_lock(1)",
]

LOOSE = [
    ("SELECT 1 FROM entries", "entries"),
    ("SELECT 1 FROM entries WHERE leg = 1 -- AND book = 'x'", "entries"),
    ("SELECT 1 FROM entries WHERE reason = 'book = 1'", "entries"),
    ("SELECT 1 FROM entries WHERE book <> %s", "entries"),
    ("SELECT 1 FROM entries WHERE book >= %s", "entries"),
    ("SELECT 1 FROM entries WHERE book = %s OR leg = 1", "entries"),
    ("SELECT 1 FROM entries WHERE NOT (book = %s)", "entries"),
    ("SELECT 1 FROM entries WHERE NOT book = %s", "entries"),
    ("SELECT 1 FROM entries WHERE book = book", "entries"),
    ("SELECT 1 FROM entries WHERE book NOT IN (%s)", "entries"),
    ("SELECT CASE WHEN book = %s THEN 1 END FROM entries", "entries"),
    ("SELECT 1 FROM entries e JOIN transfers t ON t.book = e.book", "entries"),
    ("SELECT 1 FROM entries e JOIN transfers t ON t.id = e.transfer_id WHERE e.book = %s", "tr"),
    ("SELECT 1 FROM entries e, transfers t WHERE e.book = %s", "transfers"),
    ("SELECT 1 FROM books b JOIN entries e ON e.book = b.book", "entries"),
    ("SELECT 1 FROM members m JOIN requests r ON r.book = m.home_book WHERE m.id = %s", "requests"),
    ("SELECT 1 FROM holds h WHERE h.book = %s AND EXISTS (SELECT 1 FROM entries e)", "entries"),
    ("SELECT 1 FROM (SELECT book FROM books) b JOIN entries e ON e.book = b.book", "entries"),
    ("SELECT 1 FROM entries WHERE book = %s UNION SELECT 1 FROM holds", "holds"),
    ("WITH a AS (SELECT 1 FROM entries) SELECT 1 FROM holds WHERE book = %s", "entries"),
    ('SELECT 1 FROM "entries"', "entries"),
    ("SELECT 1 FROM public.entries", "entries"),
    ("UPDATE balances SET held_minutes = 0", "balances"),
    ("UPDATE balances SET book = %s WHERE slot = 0", "balances"),
    ("UPDATE balances b SET version = 1 FROM accounts a WHERE a.book = %s", "balances"),
    ("DELETE FROM unsealed WHERE transfer_id = %s", "unsealed"),
    ("INSERT INTO entries (leg) VALUES (%s)", "without their book"),
    ("INSERT INTO entries VALUES (%s)", "without their book"),
    ("INSERT INTO unsealed (book) SELECT book FROM transfers", "transfers"),
    ("COPY entries (leg) FROM STDIN", "without their book"),
    ("COPY entries (book, leg) TO STDOUT", "entries"),
    ("COPY (SELECT * FROM entries) TO STDOUT", "entries"),
    ("SELECT 1 FROM balances WHERE book = %s FOR UPDATE", "in no order"),
    ("SELECT 1 FROM balances WHERE book IN (%s) ORDER BY slot FOR UPDATE", "more than one book"),
    ("SELECT 1 FROM members WHERE home_book = %s FOR UPDATE", "in no order"),
]


@pytest.mark.parametrize("statement", HELD)
def test_a_statement_within_its_book_passes(statement: str) -> None:
    assert objections(statement) == ()


@pytest.mark.parametrize(("statement", "words"), LOOSE)
def test_a_statement_over_every_book_is_found(statement: str, words: str) -> None:
    assert any(words in fault for fault in objections(statement)), objections(statement)


def test_long_lists_of_values_are_one_statement() -> None:
    for mark in ("?", "%s", "%(id_1)s::UUID"):
        texts = {
            f"SELECT 1 FROM entries WHERE (leg IN ({', '.join([mark] * count)}) AND book = {mark})"
            for count in (100, 200)
        }
        assert len({shortened(text) for text in texts}) == 1
        assert {objections(text) for text in texts} == {()}
        loose = f"SELECT 1 FROM entries WHERE (leg IN ({', '.join([mark] * 100)}))"
        assert objections(loose)


def test_a_marked_report_reads_every_book_and_only_reads() -> None:
    report = "SELECT count(*) FROM entries"
    assert objections(report, cross_book=True) == ()
    assert objections(f"/* cross_book */ {report}") == ()
    assert objections("UPDATE balances SET slot = 1", cross_book=True)
    assert objections("/* cross_book */ DELETE FROM unsealed")
    assert objections("SELECT 1 FROM balances ORDER BY slot FOR UPDATE", cross_book=True)


@pytest.fixture
def guard() -> Iterator[Guard]:
    with watching() as watched:
        yield watched


def _product(source: str) -> types.ModuleType:
    """A module that counts as the product's, as its lines say."""
    module = types.ModuleType("stand_in")
    exec(compile(source, f"{ROOT}/services/stand_in.py", "exec"), module.__dict__)
    return module


PRODUCT = _product(
    """
def ask(connection, *words, **options):
    return connection.execute(*words, **options)

def ask_driver(connection, statement):
    return connection.exec_driver_sql(statement)

def copy(cursor, statement):
    with cursor.copy(statement):
        pass

def many(cursor, statement):
    cursor.executemany(statement, [()])
"""
)


def test_it_sees_what_sqlalchemy_sends(guard: Guard, database_url: str) -> None:
    engine = sa.create_engine(database_url)
    loose = sa.select(Entry.leg)
    joined = sa.select(Entry.leg).join(Transfer, Transfer.book == Entry.book)
    with engine.connect() as connection:
        PRODUCT.ask(connection, joined.where(Entry.book == "x"))
        PRODUCT.ask(connection, loose.execution_options(cross_book=True))
        for statement in (loose, joined):
            with pytest.raises(UnguardedStatement):
                PRODUCT.ask(connection, statement)
        with pytest.raises(UnguardedStatement):
            PRODUCT.ask_driver(connection, "SELECT leg FROM entries")
        connection.execute(loose)  # a test's own question
    engine.dispose()
    assert len(guard.found) == 3


@pytest.mark.postgresql
def test_it_sees_what_psycopg_sends(guard: Guard, databases: Databases) -> None:
    url = databases.fresh("postgresql")
    address = make_url(url).set(drivername="postgresql").render_as_string()
    loose = "SELECT leg FROM entries"
    with psycopg.connect(address, autocommit=True) as connection:
        PRODUCT.ask(connection, f"{loose} WHERE book = 'x'")
        PRODUCT.ask(connection, f"/* cross_book */ {loose}")
        senders = (
            lambda: PRODUCT.ask(connection, loose),
            lambda: PRODUCT.ask(connection, loose.encode()),
            lambda: PRODUCT.ask(connection, psycopg.sql.SQL(loose)),
            lambda: PRODUCT.ask(connection.cursor(), loose),
            lambda: PRODUCT.many(connection.cursor(), "DELETE FROM unsealed"),
            lambda: PRODUCT.copy(connection.cursor(), f"COPY ({loose}) TO STDOUT"),
        )
        for send in senders:
            with pytest.raises(UnguardedStatement):
                send()
        refused = pytest.raises(UnguardedStatement)
        with connection.transaction(), connection.cursor("named") as named, refused:
            PRODUCT.ask(named, loose)
        connection.execute(loose)  # type: ignore[arg-type]
    databases.discard(url)


def test_it_leaves_nothing_behind() -> None:
    before = psycopg.Cursor.execute, psycopg.Cursor.copy
    with watching():
        assert psycopg.Cursor.execute is not before[0]
    assert (psycopg.Cursor.execute, psycopg.Cursor.copy) == before
