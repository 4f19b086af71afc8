"""Migrations carry data over: a ledger of the first schema is whole in the newest one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import DatabaseError

from models.ledger import AccountKind, Balance
from models.people import Delegation, Member
from models.seals import Unsealed
from services.ids import derived
from services.ledger.accounts import account_id, pool_of
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.ledger.streams import snapshot
from services.ledger.verify.whole import verify_book
from services.people.actors import kin_scopes
from tests.databases import alembic_config
from timebank.uow import UnitOfWork, make_engine

BOOK = "330303000000"
NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
ISSUE, POOL = account_id(BOOK, AccountKind.ISSUE), pool_of(BOOK)
TRANSFERS = [
    (derived("transfer", BOOK, f"k{number}"), f"k{number}", NOW + timedelta(minutes=number))
    for number in range(5)
]


ELDER, DAUGHTER = UUID(int=21), UUID(int=22)


def family_of_the_first_schema() -> dict[str, list[dict[str, Any]]]:
    """An elder and her daughter's leave to act for her, from before such a leave had a limit."""
    member = {
        "number": "V-21",
        "home_book": BOOK,
        "region_code": BOOK,
        "branch_id": UUID(int=20),
        "name": "王秀英",
        "sex": "female",
        "born_on": date(1950, 1, 1),
        "id_number_sealed": "v1.x",
        "skills": [],
        "service_codes": [],
        "is_provider": False,
        "is_recipient": True,
        "status": "active",
        "in_hardship": False,
        "lives_alone": True,
        "spends_under_age": False,
        "overflow_to": "pool",
        "served_minutes": 0,
        "joined_at": NOW,
        "joined_how": "counter",
    }
    leave = {
        "member_id": ELDER,
        "id": UUID(int=23),
        "delegate_id": DAUGHTER,
        "scope": ["see", "ask"],
        "consent": "own",
        "granted_at": NOW,
        "ends_on": date(2027, 1, 1),
    }
    return {"members": [{**member, "id": ELDER}], "delegations": [leave]}


def rows_of_the_first_schema() -> dict[str, list[dict[str, Any]]]:
    """An issue account that has filled a pool in five transfers, as the first schema kept it."""
    accounts = [(ISSUE, "issue", None, -500), (POOL, "pool", 0, 500)]
    return {
        "accounts": [
            {
                "book": BOOK,
                "id": key,
                "kind": kind,
                "period": "",
                "floor_minutes": floor,
                "slots": 1,
                "opened_at": NOW,
            }
            for key, kind, floor, _ in accounts
        ],
        "balances": [
            {
                "book": BOOK,
                "account_id": key,
                "slot": 0,
                "posted_minutes": posted,
                "held_minutes": 0,
                "floor_minutes": floor,
                "version": 5,
            }
            for key, _, floor, posted in accounts
        ],
        "entries": [
            {
                "book": BOOK,
                "transfer_id": transfer,
                "leg": leg,
                "account_id": key,
                "slot": 0,
                "amount_minutes": sign * 100,
                "version": number,
                "balance_after_minutes": sign * 100 * number,
            }
            for number, (transfer, _, _) in enumerate(TRANSFERS, start=1)
            for leg, (key, sign) in enumerate([(ISSUE, -1), (POOL, 1)])
        ],
        "transfers": [
            {
                "book": BOOK,
                "id": transfer,
                "kind": "test",
                "idem_key": key,
                "request_hash": "0" * 64,
                "effective_at": at,
                "posted_at": at,
                "actor_id": UUID(int=7),
                "reason": "",
            }
            for transfer, key, at in TRANSFERS
        ],
    }


def fill(url: str) -> None:
    """Write the rows as they were written then."""
    engine = make_engine(url)
    with engine.begin() as connection:
        rows_by_table = {**rows_of_the_first_schema(), **family_of_the_first_schema()}
        for name, rows in rows_by_table.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            ids = {
                column.name
                for column in table.columns
                if isinstance(column.type, sa.CHAR) and column.type.length == 32
            }
            # One statement a table, for the triggers that look at it whole.
            wanted = [
                {key: value.hex if key in ids else value for key, value in row.items()}
                for row in rows
            ]
            connection.execute(sa.insert(table).values(wanted))
    engine.dispose()


def test_a_ledger_of_the_first_schema_is_carried_over(empty_database_url: str) -> None:
    config = alembic_config(empty_database_url)
    command.upgrade(config, "0001")
    fill(empty_database_url)
    command.upgrade(config, "head")
    work = UnitOfWork(make_engine(empty_database_url))
    with work.read() as session:
        queued = set(session.scalars(sa.select(Unsealed.transfer_id).where(Unsealed.book == BOOK)))
        assert queued == {transfer for transfer, _, _ in TRANSFERS}
        pool = session.scalars(sa.select(Balance).where(Balance.account_id == POOL)).all()
        assert len(pool) == 8
        assert sum(row.posted_minutes for row in pool) == 500
        assert {row.posted_at for row in pool if row.version} == {TRANSFERS[-1][2]}
        elder = session.get_one(Member, ELDER)
        assert (elder.special_family, elder.died_at) == (False, None)
        assert kin_scopes(session, DAUGHTER, NOW) == {ELDER: frozenset({"see", "ask"})}
        assert session.scalars(sa.select(Delegation.spend_minutes)).all() == [None]
    later = NOW + timedelta(days=1)
    spend = Draft(BOOK, "test", "after", (Leg(POOL, -400), Leg(ISSUE, 400)), later)
    work.run(lambda session: post(session, [spend], Stamp(later, UUID(int=7))))
    with work.read() as session:
        snapshot(session)
        assert list(verify_book(session, BOOK, Tally())) == []
    with pytest.raises(DatabaseError, match="append_only"), work.engine.begin() as connection:
        connection.execute(sa.text("UPDATE transfers SET reason = 'x'"))
    work.engine.dispose()
    with pytest.raises(RuntimeError, match="does not know"):
        command.downgrade(config, "0001")
