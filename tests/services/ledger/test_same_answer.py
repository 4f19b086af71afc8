"""The posting function of PostgreSQL gives the answer that ``decide`` specifies, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Balance, Entry, HoldOutcome, Transfer
from models.seals import Unsealed
from services.errors import DomainError, LockWider
from services.ledger import posting_call
from services.ledger.accounts import close_account, open_account
from services.ledger.drafts import Draft, HoldDraft, Leg, Stamp
from services.ledger.expiry import WIDE
from services.ledger.holds import hold
from services.ledger.post import post, post_each, transfer_id_of
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    earned,
    received,
)

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
UNKNOWN = UUID(int=99)
PLACES = [earned(ELDER), received(ELDER), earned(OTHER), earned(PROVIDER), POOL, ISSUE]
CLOSED = received(OTHER)
LATER = NOW + timedelta(days=1)

accounts = st.sampled_from([*PLACES, *PLACES, *PLACES, CLOSED, UNKNOWN])
minutes = st.integers(1, 700)
keys = st.sampled_from([f"k{number}" for number in range(30)])


@st.composite
def legs(draw: st.DrawFn) -> tuple[Leg, ...]:
    """Legs that balance."""
    found = [
        Leg(account, amount * sign, overflow)
        for account, amount, sign, overflow in draw(
            st.lists(
                st.tuples(
                    accounts, minutes, st.sampled_from([-1, 1]), st.sampled_from([None, POOL])
                ),
                min_size=1,
                max_size=3,
            )
        )
    ]
    rest = -sum(leg.amount_minutes for leg in found)
    if rest:
        found.append(Leg(draw(accounts), rest, draw(st.sampled_from([None, POOL]))))
    return tuple(found)


def rows(session: Session, transfer_id: UUID) -> list[Any]:
    """Everything that a posting writes, in comparable form."""
    session.expire_all()
    tables = [
        sa.select(*Transfer.__table__.columns).where(Transfer.id == transfer_id),
        sa.select(*Entry.__table__.columns)
        .where(Entry.transfer_id == transfer_id)
        .order_by(Entry.leg),
        sa.select(*Balance.__table__.columns).order_by(Balance.account_id, Balance.slot),
        sa.select(*HoldOutcome.__table__.columns).order_by(HoldOutcome.hold_id),
        sa.select(*Unsealed.__table__.columns).where(Unsealed.transfer_id == transfer_id),
    ]
    return [[tuple(row) for row in session.execute(table)] for table in tables]


def answer(session: Session, draft: Draft, stamp: Stamp) -> tuple[Any, list[Any]]:
    """What a posting says and writes; undone again."""
    nested = session.begin_nested()
    try:
        said: Any = post_each(session, [draft], stamp)[0]
        written = rows(session, transfer_id_of(draft))
    except LockWider:
        said, written = "wider", []
    finally:
        nested.rollback()
    if isinstance(said, DomainError):
        said = (said.code, said.params)
    return said, written


def both(session: Session, draft: Draft, stamp: Stamp) -> tuple[Any, Any]:
    """The function's answer and the specification's."""
    called = answer(session, draft, stamp)
    with patch.object(posting_call, "is_there", lambda _session: False):
        decided = answer(session, draft, stamp)
    return called, decided


@pytest.fixture
def session(ledger: Ledger) -> Iterator[Session]:
    """A unit of work in a book with coins, open holds and a closed account."""

    def fill(work: Session) -> list[UUID]:
        open_account(work, BOOK, AccountKind.RECEIVED, now=NOW, owner_id=OTHER)
        close_account(work, BOOK, CLOSED, STAMP)
        given_minutes = [(earned(ELDER), 500), (received(ELDER), 300), (earned(OTHER), 590)]
        fills = [*given_minutes, *((POOL, 400) for _ in range(6))]
        post(
            work,
            [
                Draft(BOOK, "fill", f"fill {n}", (Leg(ISSUE, -m), Leg(account, m)), NOW)
                for n, (account, m) in enumerate(fills)
            ],
            STAMP,
        )
        return [
            hold(work, HoldDraft(BOOK, "test", UUID(int=1), key, held), STAMP)
            for key, held in HELD.items()
        ]

    ledger.run(fill)
    with Session(ledger.uow.engine) as opened:
        yield opened
        opened.rollback()


HELD = {
    "h1": (Leg(received(ELDER), 100), Leg(earned(ELDER), 50)),
    "h2": (Leg(POOL, 120),),
    "h3": (Leg(POOL, 30), Leg(earned(OTHER), 10)),
}
HOLDS = st.lists(st.sampled_from(list(HELD)), unique=True, max_size=2)


def holds_of(names: list[str]) -> tuple[UUID, ...]:
    """Ids of the holds with these keys."""
    from services.ids import derived

    return tuple(derived("hold", BOOK, name) for name in names)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_function_decides_as_specified(session: Session, data: st.DataObject) -> None:
    draft = Draft(
        BOOK,
        "test",
        data.draw(keys),
        data.draw(legs()),
        data.draw(st.sampled_from([NOW, NOW, NOW, LATER])),
        captures=holds_of(data.draw(HOLDS)),
        reason="x",
        acting_for_id=data.draw(st.sampled_from([None, ELDER])),
    )
    stamp = Stamp(data.draw(st.sampled_from([NOW, LATER, NOW - timedelta(days=2)])), CLERK)
    called, decided = both(session, draft, stamp)
    assert called == decided
    if decided[0] != "wider" and data.draw(st.booleans()):
        # What may be, is: the next examples find another book.
        session.info[WIDE] = True
        post_each(session, [draft], stamp)
        session.info.pop(WIDE)
    if decided[1] and decided[1][0]:
        reversal = Draft(
            BOOK,
            "reversal",
            "undo " + draft.key,
            tuple(Leg(leg.account_id, -leg.amount_minutes) for leg in draft.legs),
            NOW,
            reverses_id=transfer_id_of(draft),
        )
        called, decided = both(session, reversal, stamp)
        assert called == decided
