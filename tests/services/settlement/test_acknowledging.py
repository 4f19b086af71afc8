"""Statements are acknowledged and disputed by the two sides; the last word settles, once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from models.corridors import Exposure
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.settlement import DisputeOutcome, PositionDispute, WindowState, WindowStatement
from services.corridors.claiming import ALL, locked
from services.errors import DomainError, Forbidden
from services.people.roles import grant_role
from services.policy import AUDITOR, NATION, NATIONAL_ADMIN, REGION_ADMIN, SYSTEM, Actor, Role
from services.reversing.posting import reverse_posting
from services.settlement import sentences as say
from services.settlement.acknowledging import acknowledge
from services.settlement.disputing import dispute, resolve
from tests import factories
from tests.country import CAP_MINUTES, FAR, ONE, TWO
from tests.factories import LONGWAN
from tests.services.settlement.conftest import Country, admin
from tests.services.visits.test_races import at_once, succeeded


def one_day(country: Country) -> None:
    """The first window closed: ONE owes TWO an hour, TWO owes FAR half of one."""
    country.pay(ONE, TWO, 60)
    country.pay(TWO, FAR, 30)
    country.open()
    country.midnight()
    country.close()


def disputed(country: Country, book: str = TWO, by: int = 1) -> UUID:
    """TWO says that what ONE owes it is not right."""
    other = ONE if book == TWO else TWO
    return country.run(lambda ctx: dispute(ctx, book, 1, other, "少了一笔"), admin(book, by))


def answer(country: Country, key: UUID, outcome: str, book: str = ONE, by: int = 1) -> None:
    """A side ends a dispute."""
    country.run(
        lambda ctx: resolve(ctx, book, key, DisputeOutcome(outcome), "核对过了"), admin(book, by)
    )


def state(country: Country) -> WindowState:
    """Where the first window stands."""
    return country.window(1).state


def test_the_last_acknowledgement_settles_and_the_caps_leave_room(country: Country) -> None:
    one_day(country)
    assert (country.debit(ONE), country.debit(TWO), country.debit(FAR)) == (60, -30, -30)
    country.acknowledge(1, ONE, FAR)
    assert (state(country), country.debit(ONE)) == (WindowState.CLOSED, 60)
    country.pay(ONE, TWO, 5)
    country.acknowledge(1, TWO)
    assert state(country) is WindowState.SETTLED
    # What was posted behind the cut is still owed.
    assert (country.debit(ONE), country.debit(ONE, TWO), country.debit(TWO)) == (5, 5, -5)
    assert (country.debit(FAR), country.debit(FAR, TWO)) == (0, 0)
    assert country.breaches() == []
    acts = [row.act for row in country.rows(AuditRecord, AuditRecord.book == NATION)]
    assert acts.count("clearing.settle") == 1
    for number, refusal in ((1, say.WindowNotWaiting), (2, say.WindowNotWaiting)):
        with pytest.raises(refusal):
            country.acknowledge(number, ONE)
    with pytest.raises(say.NoWindow):
        country.acknowledge(7, ONE)


def test_everybody_at_once_settles_once(country: Country) -> None:
    one_day(country)
    books = (ONE, TWO, FAR, ONE, TWO, FAR)
    results = at_once(*[lambda book=book: country.acknowledge(1, book) for book in books])
    assert succeeded(results) == 3
    refused = {type(each) for each in results if isinstance(each, DomainError)}
    assert refused <= {say.StatementAcknowledged, say.WindowNotWaiting}
    assert state(country) is WindowState.SETTLED
    assert (country.debit(ONE), country.debit(TWO), country.debit(FAR)) == (0, 0, 0)
    assert country.breaches() == []


def test_a_repeated_key_acknowledges_once_and_another_one_is_told(lite: Country) -> None:
    one_day(lite)
    for _ in range(2):
        lite.acknowledge(1, ONE, key="same")
    with pytest.raises(say.StatementAcknowledged):
        lite.acknowledge(1, ONE, key="another")
    row = next(row for row in lite.rows(WindowStatement) if row.book == ONE)
    assert (row.acknowledged_by_id, row.acknowledged_at) == (admin(ONE).id, lite.now)
    with pytest.raises(say.NoStatement):
        lite.acknowledge(1, "330381000000")


def test_only_an_administrator_of_the_region_acts_for_it(lite: Country) -> None:
    one_day(lite)
    key = disputed(lite)
    watching = Actor(
        UUID(int=5), "审计", roles=(Role(AUDITOR, "region", ONE), Role(REGION_ADMIN, "region", ONE))
    )
    national = Actor(UUID(int=6), "全国", roles=(Role(NATIONAL_ADMIN, "nation", NATION),))
    for who in (admin(TWO), watching, national, SYSTEM):
        acts: tuple[Any, ...] = (
            lambda ctx: acknowledge(ctx, ONE, 1),
            lambda ctx: dispute(ctx, ONE, 1, TWO, "不对"),
            lambda ctx: resolve(ctx, ONE, key, DisputeOutcome.STANDS, "对的"),
        )
        for act in acts:
            with pytest.raises(Forbidden):
                lite.run(act, who)


def test_a_dispute_keeps_the_window_open_until_the_other_side_answers(country: Country) -> None:
    one_day(country)
    key = disputed(country)
    with pytest.raises(say.OwnDisputeOpen):
        country.acknowledge(1, TWO)
    with pytest.raises(say.DisputeOpenAlready):
        disputed(country, ONE)
    country.acknowledge(1, ONE, FAR)
    with pytest.raises(say.StatementAcknowledged):
        disputed(country, ONE)
    with pytest.raises(say.NotYourSide):
        answer(country, key, "stands", TWO)
    with pytest.raises(say.NotYourSide):
        answer(country, key, "withdrawn", ONE)
    answer(country, key, "stands")
    with pytest.raises(say.DisputeEnded):
        answer(country, key, "stands")
    assert state(country) is WindowState.CLOSED
    country.acknowledge(1, TWO)
    assert state(country) is WindowState.SETTLED
    (row,) = country.rows(PositionDispute)
    assert "少了一笔" not in row.reason_sealed
    assert country.breaches() == []


def test_a_dispute_may_be_withdrawn_and_the_answer_is_never_the_openers(lite: Country) -> None:
    one_day(lite)
    both = Actor(
        UUID(int=77),
        "市民政局",
        roles=(Role(REGION_ADMIN, "region", ONE), Role(REGION_ADMIN, "region", TWO)),
    )
    key = lite.run(lambda ctx: dispute(ctx, TWO, 1, ONE, "少了一笔"), both)
    with pytest.raises(say.OwnDispute):
        lite.run(lambda ctx: resolve(ctx, ONE, key, DisputeOutcome.STANDS, "对的"), both)
    lite.run(lambda ctx: resolve(ctx, TWO, key, DisputeOutcome.WITHDRAWN, "看错了"), admin(TWO, 2))
    lite.acknowledge(1)
    assert state(lite) is WindowState.SETTLED


def test_what_is_corrected_is_reversed_behind_the_cut(lite: Country) -> None:
    one_day(lite)
    key = disputed(lite)
    with pytest.raises(say.NothingCorrected):
        answer(lite, key, "corrected")
    transfer = next(row for row in lite.rows(Transfer, Transfer.book == ONE) if row.link_id)
    super_admin = Actor(
        UUID(int=78),
        "两区",
        roles=(Role(REGION_ADMIN, "region", ONE), Role(REGION_ADMIN, "region", TWO)),
    )
    lite.run(lambda ctx: reverse_posting(ctx, ONE, transfer.id, "wrong_time"), super_admin)
    answer(lite, key, "corrected")
    before = [row.owes_minutes for row in lite.pairs(1)]
    lite.acknowledge(1)
    lite.midnight()
    lite.close()
    assert [row.owes_minutes for row in lite.pairs(1)] == before
    (row,) = lite.pairs(2)
    # TWO comes first: it owes the hour that comes back.
    assert (row.one_book, row.owes_minutes, row.one_paid_minutes) == (TWO, 60, 60)
    lite.acknowledge(2)
    assert {row.debit_minutes for row in lite.rows(Exposure)} == {0}
    assert lite.breaches() == []


def test_what_cannot_be_disputed(lite: Country) -> None:
    one_day(lite)
    with pytest.raises(say.NoPosition):
        lite.run(lambda ctx: dispute(ctx, ONE, 1, FAR, "没有往来"), admin(ONE))
    for words in ("  ", "长" * (say.LONGEST_WORDS + 1)):
        with pytest.raises(say.DisputeWords):
            lite.run(lambda ctx, words=words: dispute(ctx, ONE, 1, TWO, words), admin(ONE))
    with pytest.raises(say.NoDispute):
        answer(lite, uuid4(), "stands")
    key = disputed(lite)
    with pytest.raises(say.NoDispute):
        answer(lite, key, "stands", FAR)
    with pytest.raises(say.WindowNotWaiting):
        lite.run(lambda ctx: dispute(ctx, ONE, 2, TWO, "还没有截止"), admin(ONE))


def test_administrators_are_told_of_every_step_and_warned_anew(lite: Country) -> None:
    def appoint(ctx: Any) -> UUID:
        member = factories.create_member(
            ctx.session, branch_id=factories.create_branch(ctx.session)
        )
        chief = Actor(UUID(int=3), "全国", roles=(Role(NATIONAL_ADMIN, "nation", NATION),))
        grant_role(ctx.as_actor(chief), member, REGION_ADMIN, "region", LONGWAN)
        return member

    member = lite.run(appoint)
    lite.pay(ONE, TWO, CAP_MINUTES * 95 // 100)
    lite.open()
    lite.midnight()
    lite.close()
    lite.run(lambda ctx: dispute(ctx, TWO, 1, ONE, "太多"), admin(TWO))
    key = lite.rows(PositionDispute)[0].id
    answer(lite, key, "stands")

    def warned(ctx: Any) -> None:
        locked(ctx.session, [(ONE, ALL)])[ONE, ALL].warned_percent = 90

    lite.run(warned)
    lite.acknowledge(1)
    rows = lite.rows(OutboxMessage, OutboxMessage.member_id == member)
    told = [row.sentence for row in sorted(rows, key=lambda row: row.id) if row.book == ONE]
    assert {say.WINDOW_CLOSED, say.DISPUTE_OPENED, say.DISPUTE_RESOLVED, say.WINDOW_SETTLED} <= set(
        told
    )
    total = next(row for row in lite.rows(Exposure, Exposure.book == ONE) if not row.counter_book)
    assert (total.debit_minutes, total.warned_percent) == (0, 0)
