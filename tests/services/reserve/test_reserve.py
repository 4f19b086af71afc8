"""A fund recorded and signed, the ratio read from it, and what a thin reserve stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from models.oversight import AuditRecord, OutboxMessage
from models.reserve import FundRecord, ReserveReading
from services.context import Context
from services.corridors.finding import joined
from services.countersigning import KinSigns
from services.errors import Forbidden, NotFound
from services.issuing import SecondSignature
from services.ledger.accounts import account_id, close_account, open_account
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import AUDITOR, REGION_ADMIN, SYSTEM, Actor, Role
from services.reserve import sentences as say
from services.reserve.reading import due_to_read, premium_stop_now, read_reserve
from services.reserve.recording import record, sign, withdraw
from tests.factories import LONGWAN, LUCHENG, NOW, create_region_admin, make_ctx

TODAY = date(2026, 3, 10)
#: 1,000 coins are out: at 20 yuan each they are worth 20,000 yuan.
OUT_MINUTES, WORTH_FEN = 60_000, 2_000_000


def officer(role: str = REGION_ADMIN, scope: str = LONGWAN, **more: object) -> Actor:
    """Somebody in office, in no table."""
    made = Actor(id=uuid4(), name="管理员", home_book=LONGWAN, roles=(Role(role, "region", scope),))
    return replace(made, **more)


FIRST, SECOND = officer(), officer()


def by(session: Session, who: Actor, later: int = 0, key: str | None = None) -> Context:
    return make_ctx(session, who, NOW + timedelta(minutes=later), key=key)


def funded(session: Session, fund_fen: int, later: int = 0, on_day: date = TODAY) -> UUID:
    """Recorded and signed."""
    key = record(by(session, FIRST, later), LONGWAN, on_day, fund_fen, "民发〔2026〕1 号")
    sign(by(session, SECOND, later), LONGWAN, key)
    return key


def earns(session: Session, minutes: int, key: str = "first") -> UUID:
    """Somebody has earned this much."""
    account = open_account(session, LONGWAN, AccountKind.EARNED, now=NOW, owner_id=uuid4())
    legs = (
        Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes),
        Leg(account, minutes),
    )
    post(session, [Draft(LONGWAN, "service", key, legs, NOW)], Stamp(NOW, SYSTEM.id))
    return account


def told(session: Session, member_id: UUID, about: str = "备付率") -> list[str]:
    rows = sa.select(OutboxMessage.sentence).where(
        OutboxMessage.book == LONGWAN,
        OutboxMessage.member_id == member_id,
        OutboxMessage.sentence.contains(about),
    )
    return list(session.scalars(rows.order_by(OutboxMessage.created_at)))


def test_a_region_joins_with_the_second_name_under_its_first_record(session: Session) -> None:
    assert joined(session, [LONGWAN]) == frozenset()
    assert premium_stop_now(by(session, FIRST), LONGWAN) == "none"
    admin = create_region_admin(session)
    key = record(by(session, FIRST, key="a"), LONGWAN, TODAY, WORTH_FEN, " 民发〔2026〕1 号 ")
    assert told(session, admin, "基金") == [say.RECORDED]
    again = record(by(session, FIRST, key="a"), LONGWAN, TODAY, WORTH_FEN, " 民发〔2026〕1 号 ")
    assert key == again
    assert joined(session, [LONGWAN]) == frozenset()
    assert read_reserve(by(session, SYSTEM), LONGWAN) is None
    sign(by(session, SECOND), LONGWAN, key)
    assert joined(session, [LONGWAN]) == {LONGWAN}
    (reading,) = session.scalars(sa.select(ReserveReading).where(ReserveReading.book == LONGWAN))
    assert (reading.backed_percent, reading.premium_stop) == (None, "none")
    acts = session.scalars(
        sa.select(AuditRecord.act).where(
            AuditRecord.book == LONGWAN, AuditRecord.act.like("reserve.%")
        )
    )
    assert sorted(acts) == ["reserve.compute", "reserve.record", "reserve.sign"]


def test_neither_the_recorder_nor_kin_nor_a_stranger_signs(session: Session) -> None:
    key = record(by(session, FIRST), LONGWAN, TODAY, WORTH_FEN, "1 号")
    with pytest.raises(SecondSignature):
        sign(by(session, FIRST), LONGWAN, key)
    with pytest.raises(KinSigns):
        sign(by(session, replace(SECOND, relatives=frozenset({FIRST.id}))), LONGWAN, key)
    for stranger in (officer(scope=LUCHENG), officer(AUDITOR)):
        with pytest.raises(Forbidden):
            sign(by(session, stranger), LONGWAN, key)
        with pytest.raises(Forbidden):
            record(by(session, stranger), LONGWAN, TODAY, 1, "2 号")
    with pytest.raises(NotFound):
        sign(by(session, SECOND), LONGWAN, uuid4())
    sign(by(session, officer(scope="330300000000")), LONGWAN, key)
    with pytest.raises(say.FundRecordSigned):
        sign(by(session, SECOND), LONGWAN, key)
    with pytest.raises(say.FundRecordSigned):
        withdraw(by(session, FIRST), LONGWAN, key)


def test_a_record_waits_alone_and_may_be_taken_back(session: Session) -> None:
    first = record(by(session, FIRST), LONGWAN, TODAY, 1, "1 号")
    with pytest.raises(say.FundRecordWaiting):
        record(by(session, SECOND), LONGWAN, TODAY, 2, "2 号")
    withdraw(by(session, FIRST), LONGWAN, first)
    with pytest.raises(say.FundRecordWithdrawn):
        sign(by(session, SECOND), LONGWAN, first)
    assert joined(session, [LONGWAN]) == frozenset()
    sign(by(session, FIRST), LONGWAN, record(by(session, SECOND), LONGWAN, TODAY, 2, "2 号"))
    assert session.scalars(
        sa.select(FundRecord.fund_fen).where(
            FundRecord.book == LONGWAN, FundRecord.signed_at.is_not(None)
        )
    ).all() == [2]


def test_what_cannot_be_a_record_is_refused(session: Session) -> None:
    ctx = by(session, FIRST)
    for fen in (-1, 10_000_000_000_001):
        with pytest.raises(say.FundOutOfRange):
            record(ctx, LONGWAN, TODAY, fen, "1 号")
    for document in ("  ", "号" * 61):
        with pytest.raises(say.DocumentNeeded):
            record(ctx, LONGWAN, TODAY, 1, document)
    funded(session, 1)
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(say.FundDayWrong):
            record(ctx, LONGWAN, day, 1, "2 号")
    with pytest.raises(NotFound):
        record(by(session, officer(scope=LUCHENG)), LUCHENG, TODAY, 1, "1 号")


def test_premiums_stop_and_come_back_and_each_crossing_is_said_once(session: Session) -> None:
    admin = create_region_admin(session)
    gone = earns(session, 1, "gone")
    earns(session, OUT_MINUTES - 1)
    steps = [
        (WORTH_FEN, "none", None),
        (WORTH_FEN * 29 // 100, "none", say.ALERT),
        (WORTH_FEN * 28 // 100, "none", None),
        (WORTH_FEN * 14 // 100, "pt", say.STOPPED["pt"]),
        (WORTH_FEN * 9 // 100, "ptr", say.STOPPED["ptr"]),
        (WORTH_FEN * 12 // 100, "pt", say.PARTLY_RESTORED),
        (WORTH_FEN * 15 // 100, "none", say.RESTORED),
        (WORTH_FEN * 31 // 100, "none", None),
        (WORTH_FEN * 29 // 100, "none", say.ALERT),
        (WORTH_FEN * 3 // 100, "ptr", say.STOPPED["ptr"]),
    ]
    heard: list[str] = []
    for later, (fen, stop, sentence) in enumerate(steps):
        funded(session, fen, later)
        heard += [sentence] if sentence else []
        assert (premium_stop_now(by(session, FIRST), LONGWAN), told(session, admin)) == (
            stop,
            heard,
        ), later
    reading = read_reserve(by(session, SYSTEM, 20), LONGWAN)
    assert reading is not None
    assert (reading.outstanding_minutes, reading.backed_percent) == (OUT_MINUTES, 3)
    back = (Leg(gone, -1), Leg(account_id(LONGWAN, AccountKind.ISSUE), 1))
    post(session, [Draft(LONGWAN, "move", "back", back, NOW)], Stamp(NOW, SYSTEM.id))
    close_account(session, LONGWAN, gone, Stamp(NOW, SYSTEM.id))
    reading = read_reserve(by(session, SYSTEM, 21), LONGWAN)
    assert reading is not None
    assert reading.outstanding_minutes == OUT_MINUTES - 1
    assert told(session, admin) == heard


def test_the_daily_job_reads_each_joined_book_once(session: Session) -> None:
    assert due_to_read(by(session, SYSTEM)) == []
    funded(session, WORTH_FEN)
    assert due_to_read(by(session, SYSTEM)) == []
    tomorrow = 24 * 60
    assert due_to_read(by(session, SYSTEM, tomorrow)) == [LONGWAN]
    earns(session, OUT_MINUTES * 10)
    read_reserve(by(session, SYSTEM, tomorrow), LONGWAN)
    assert due_to_read(by(session, SYSTEM, tomorrow)) == []
    assert premium_stop_now(by(session, SYSTEM), LONGWAN) == "pt"
