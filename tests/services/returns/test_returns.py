"""The monthly return: closed at a watermark, signed, and corrected by what comes later."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Book
from models.returns import MonthlyReturn
from services import months
from services.context import Context
from services.errors import Forbidden
from services.ledger.breaches import Breach, Tally
from services.ledger.seals import keys
from services.ledger.seals.signing import SigningKey
from services.policy import SYSTEM
from services.returns import closing, reading
from services.returns import sentences as say
from services.returns.signing import sign_return
from services.reversing.proposing import propose_reversal
from services.reversing.signing import sign_reversal
from services.verification.returns import check_returns
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.ledger.tampering import change, each_alone, remove
from tests.services.two_hands.test_reversing import credited
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]

KEY = SigningKey(bytes(31) + b"\1")
SQLITE = pytest.mark.parametrize("street", ["sqlite"], indirect=True)
#: After the tenth working day of April and of May.
IN_APRIL, IN_MAY = START + timedelta(days=41), START + timedelta(days=72)


def open_keys(street: Street) -> None:
    street.uow.run(lambda session: keys.introduce_operator(session, KEY, "运营方", NOW))


def close(street: Street, month: str = "2026-03", now: datetime = IN_APRIL) -> bool:
    if now >= IN_APRIL and month == "2026-03":
        for book, each in street.act(SYSTEM, months.due, now):
            street.act(SYSTEM, partial(months.close, book=book, month=each), now)
    return street.act(SYSTEM, partial(closing.close, book=LONGWAN, month=month, key=KEY), now)


def shown(street: Street, month: str = "2026-03", now: datetime = IN_APRIL) -> reading.ReturnView:
    return street.act(street.admins[0], lambda ctx: reading.view(ctx, LONGWAN, month), now)


def breaches(street: Street) -> list[Breach]:
    with street.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=IN_MAY, vault=VAULT)
        return list(check_returns(ctx, LONGWAN, Tally()))


def key_of(street: Street) -> UUID:
    return street.look(lambda session: session.scalars(sa.select(MonthlyReturn.id)).one())


@SQLITE
def test_a_month_is_closed_after_the_tenth_working_day_and_signed_once(street: Street) -> None:
    open_keys(street)
    credited(street)
    tenth = datetime.fromisoformat("2026-04-16T00:00+08:00")
    assert street.act(SYSTEM, closing.due, tenth + closing.WAIT - timedelta(seconds=1)) == []
    assert (LONGWAN, "2026-03") in street.act(SYSTEM, closing.due, tenth + closing.WAIT)
    assert close(street)
    assert not close(street)
    page = shown(street)
    assert page.head.watermark_at == tenth
    ledger = page.figures["ledger"]
    assert (ledger["visits"], ledger["actual_minutes"], ledger["earned_minutes"]) == (1, 62, 62)
    assert (ledger["elders_served"], ledger["active_volunteers"]) == (1, 1)
    assert ledger["drawn_minutes"] + ledger["pool_paid_minutes"] == 62
    assert ledger["outstanding_minutes"] == 300 + 62 - ledger["drawn_minutes"]
    assert page.figures["by_service"] == {"A04": {"visits": 1, "actual_minutes": 62}}
    assert (page.is_signed, page.can_sign, page.corrections, page.late) == (True, True, (), ())
    assert page.figures["tables"]["members"] >= 4
    with pytest.raises(Forbidden):
        street.act(street.staff, partial(sign_return, book=LONGWAN, return_id=page.head.id))
    sign = partial(sign_return, book=LONGWAN, return_id=page.head.id)
    street.act(street.admins[0], sign, IN_APRIL)
    with pytest.raises(say.ReturnSigned):
        street.act(street.admins[1], sign, IN_APRIL)
    assert shown(street).signed_by is not None
    assert breaches(street) == []


@SQLITE
def test_what_comes_later_is_a_correction_and_changes_nothing_closed(street: Street) -> None:
    open_keys(street)
    _visit, transfer = credited(street)
    close(street)
    before = shown(street)
    reason = ("false_record", "回访说没有来过")
    row = street.act(
        street.admins[0], lambda ctx: propose_reversal(ctx, LONGWAN, transfer, *reason), IN_APRIL
    )
    for admin in street.admins:
        street.act(admin, lambda ctx: sign_reversal(ctx, LONGWAN, row), IN_APRIL)
    page = shown(street, now=IN_APRIL + timedelta(hours=1))
    assert page.figures == before.figures
    changed = {each.name: each.difference for each in page.corrections}
    assert (changed["visits"], changed["actual_minutes"]) == (-1, -62)
    assert (page.late_count, page.late[0].reverses_id) == (1, transfer)
    assert breaches(street) == []
    # The month after says what it took back.
    assert close(street, "2026-04", IN_MAY)
    assert shown(street, "2026-04", IN_MAY).figures["ledger"]["visits"] == 0
    assert breaches(street) == []


@SQLITE
def test_months_begin_with_the_book_and_empty_ones_are_closed_too(street: Street) -> None:
    open_keys(street)
    opened = street.look(lambda s: s.scalars(sa.select(Book.opened_at).limit(1)).one())
    assert f"{opened:%Y-%m}" == "2026-03"
    due = [each for each in street.act(SYSTEM, closing.due, IN_MAY) if each[0] == LONGWAN]
    assert due == [(LONGWAN, "2026-03"), (LONGWAN, "2026-04")]
    with pytest.raises(ValueError, match="2026-02"):
        close(street, "2026-02")
    assert close(street, now=IN_MAY)
    assert close(street, "2026-04", IN_MAY)
    ledger = shown(street, "2026-04", IN_MAY).figures["ledger"]
    assert set(ledger.values()) == {0}
    assert breaches(street) == []
    heads = street.look(reading.published)
    assert [each.month for each in heads] == ["2026-04", "2026-03"]


@SQLITE
def test_a_forged_return_is_named(street: Street) -> None:
    open_keys(street)
    credited(street)
    for month in ("2026-03", "2026-04", "2026-05"):
        assert close(street, month, IN_MAY + timedelta(days=31))
    content = json.loads(
        street.look(
            lambda s: s.scalars(
                sa.select(MonthlyReturn.content).where(MonthlyReturn.month == "2026-03")
            ).one()
        )
    )
    content["ledger"]["visits"] = 9
    march, april = (MonthlyReturn.month == month for month in ("2026-03", "2026-04"))

    def check(session: Session) -> list[str]:
        ctx = Context(session=session, actor=SYSTEM, now=IN_MAY, vault=VAULT)
        return sorted({each.code for each in check_returns(ctx, LONGWAN, Tally())})

    forgeries = {
        "content": change(MonthlyReturn, march, content=json.dumps(content)),
        "signature": change(MonthlyReturn, march, signature="ab" * 64),
        "watermark": change(MonthlyReturn, march, watermark_at=NOW),
        "gone": remove(MonthlyReturn, april),
    }
    assert each_alone(street.uow, str(street.uow.engine.url), forgeries, check) == {
        "content": ["return_changed", "return_differs"],
        "signature": ["return_changed"],
        "watermark": ["return_differs"],
        "gone": ["return_missing"],
    }


def test_two_closings_and_two_signers_at_once(street: Street) -> None:
    open_keys(street)
    credited(street)
    for book, month in street.act(SYSTEM, months.due, IN_APRIL):
        street.act(SYSTEM, partial(months.close, book=book, month=month), IN_APRIL)
    work = partial(closing.close, book=LONGWAN, month="2026-03", key=KEY)
    closed = at_once(*[lambda: street.act(SYSTEM, work, IN_APRIL)] * 2)
    assert sorted(map(str, closed)) == ["False", "True"]
    sign = partial(sign_return, book=LONGWAN, return_id=key_of(street))
    signed = at_once(*[lambda w=w: street.act(w, sign, IN_APRIL) for w in street.admins])
    assert succeeded(signed) == 1
    assert breaches(street) == []


def test_a_posting_at_the_time_of_the_closing_is_in_it_or_a_correction(street: Street) -> None:
    open_keys(street)
    _visit, transfer = credited(street)
    row = street.act(
        street.admins[0],
        lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "false_record", "没有来过"),
        IN_APRIL,
    )
    street.act(street.admins[0], lambda ctx: sign_reversal(ctx, LONGWAN, row), IN_APRIL)
    work = partial(closing.close, book=LONGWAN, month="2026-03", key=KEY)
    at_once(
        lambda: street.act(SYSTEM, work, IN_APRIL),
        lambda: street.act(
            street.admins[1], lambda ctx: sign_reversal(ctx, LONGWAN, row), IN_APRIL
        ),
    )
    page = shown(street, now=IN_APRIL + timedelta(hours=1))
    assert page.figures["ledger"]["visits"] == 1
    assert [each.reverses_id for each in page.late] == [transfer]
    assert breaches(street) == []
