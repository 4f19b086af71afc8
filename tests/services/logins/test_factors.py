"""The second factor: set up, shown once, used up, taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.logins import SecondFactor
from models.oversight import AuditRecord, OutboxMessage
from services.context import Context
from services.errors import DomainError, Forbidden
from services.login import change_password, issue_api_token, set_password
from services.logins import factors, resets, sessions
from services.logins.factors import FactorNeeded, FactorStale, FactorWrong, TooManyFactors
from tests.factories import (
    NOW,
    actor,
    create_auditor,
    create_national_admin,
    create_region_admin,
    create_region_tree,
    create_staff,
    make_ctx,
)
from timebank.uow import UnitOfWork, make_engine


def own(session: Session, member_id: UUID, *, later_s: int = 0, key: str | None = None) -> Context:
    """The clerk at a moment; nothing that needs a fresh factor is kept from him."""
    moment = NOW + timedelta(seconds=later_s)
    return make_ctx(session, actor(session, member_id), moment, key=key)


def code_at(secret: str, ctx: Context, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(ctx.now + timedelta(seconds=30 * steps))


def enrolled(session: Session, member_id: UUID) -> tuple[str, tuple[str, ...]]:
    """Set a second factor up; its secret and the recovery codes."""
    ctx = own(session, member_id)
    secret = factors.start(ctx, "互助时光").secret
    return secret, factors.confirm(ctx, code_at(secret, ctx))


def wrong(ctx: Context, code: str = "000000") -> str:
    with pytest.raises(DomainError) as refusal:
        factors.show(ctx, code)
    return refusal.value.code


def test_a_secret_counts_from_its_first_code(session: Session) -> None:
    clerk = create_staff(session)
    ctx = own(session, clerk, key="one press")
    fresh = factors.start(ctx, "互助时光")
    assert factors.start(ctx, "互助时光").secret == fresh.secret
    assert fresh.secret in fresh.address
    assert not factors.factor_of(session, clerk).is_set
    assert wrong(ctx) == "second_factor_needed"
    code = code_at(fresh.secret, ctx)
    codes = factors.confirm(ctx, code)
    assert factors.confirm(ctx, code) == codes
    row = session.get_one(SecondFactor, clerk)
    assert fresh.secret not in str(row.secret_sealed)
    assert len(set(codes)) == len(row.recovery) == factors.RECOVERY_CODES
    assert not set(codes) & set(row.recovery)
    with pytest.raises(factors.NothingPending):
        factors.confirm(own(session, clerk), code)


def test_a_wrong_first_code_sets_nothing(session: Session) -> None:
    clerk = create_staff(session)
    ctx = own(session, clerk)
    factors.start(ctx, "互助时光")
    with pytest.raises(FactorWrong):
        factors.confirm(ctx, "12345")
    assert not factors.factor_of(session, clerk).is_set
    late = own(session, clerk, later_s=31 * 60)
    with pytest.raises(factors.NothingPending):
        factors.confirm(late, "123456")


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(session: Session, steps: int, taken: bool) -> None:
    clerk = create_staff(session)
    secret, _codes = enrolled(session, clerk)
    ctx = own(session, clerk, later_s=3600)
    code = code_at(secret, ctx, steps)
    if taken:
        factors.show(ctx, f" {code[:3]} {code[3:]} ")
    else:
        assert wrong(ctx, code) == "second_factor_wrong"


def test_a_step_is_taken_once_and_none_before_it(session: Session) -> None:
    clerk = create_staff(session)
    secret, _codes = enrolled(session, clerk)
    ctx = own(session, clerk, later_s=3600)
    code, before = code_at(secret, ctx), code_at(secret, ctx, -1)
    factors.show(ctx, code)
    assert wrong(ctx, code) == "second_factor_wrong"
    assert wrong(ctx, before) == "second_factor_wrong"
    later = own(session, clerk, later_s=3630)
    factors.show(later, code_at(secret, later))


def test_a_recovery_code_is_taken_once_however_it_is_written(session: Session) -> None:
    clerk = create_staff(session)
    _secret, codes = enrolled(session, clerk)
    ctx = own(session, clerk)
    factors.show(ctx, f" {codes[0].lower().replace('-', ' ')} ")
    assert factors.factor_of(session, clerk).recovery_left == factors.RECOVERY_CODES - 1
    assert wrong(ctx, codes[0]) == "second_factor_wrong"
    new = factors.new_recovery_codes(ctx)
    assert wrong(ctx, codes[1]) == "second_factor_wrong"
    factors.show(ctx, new[0])


def test_guessing_is_slowed_down_told_of_and_on_record(session: Session) -> None:
    clerk = create_staff(session)
    secret, codes = enrolled(session, clerk)
    ctx = own(session, clerk, later_s=3600)
    for _ in range(factors.WRONG_CODES):
        assert wrong(ctx) == "second_factor_wrong"
    with pytest.raises(TooManyFactors):
        factors.show(ctx, code_at(secret, ctx))
    with pytest.raises(TooManyFactors):
        factors.show(ctx, codes[0])
    told = session.scalars(sa.select(OutboxMessage.sentence)).all()
    assert told.count(factors.TRIED) >= 1
    tried = sa.select(AuditRecord.after).where(AuditRecord.act == "factor.show")
    shown = session.scalars(tried).all()
    assert [each["allowed"] for each in shown] == [False] * factors.WRONG_CODES
    later = own(session, clerk, later_s=3600 + 16 * 60)
    factors.show(later, code_at(secret, later))


def test_a_new_telephone_takes_the_place_of_the_old_one(session: Session) -> None:
    clerk = create_staff(session)
    secret, _codes = enrolled(session, clerk)
    ctx = own(session, clerk, later_s=3600)
    new = factors.start(ctx, "互助时光").secret
    assert new != secret
    factors.show(ctx, code_at(secret, ctx))
    factors.confirm(ctx, code_at(new, ctx))
    later = own(session, clerk, later_s=7200)
    assert wrong(later, code_at(secret, later)) == "second_factor_wrong"
    factors.show(later, code_at(new, later))


@pytest.mark.parametrize(("minutes", "refused"), [(None, FactorNeeded), (11, FactorStale)])
def test_what_a_stranger_would_like_to_do_asks_for_a_fresh_factor(
    session: Session, minutes: int | None, refused: type[Forbidden]
) -> None:
    clerk = create_staff(session)
    enrolled(session, clerk)
    set_password(own(session, clerk), "lan tian bai yun 7")
    shown = None if minutes is None else NOW - timedelta(minutes=minutes)
    ctx = replace(own(session, clerk), factor_at=shown)
    acts: tuple[Callable[[], object], ...] = (
        lambda: factors.new_recovery_codes(ctx),
        lambda: factors.start(ctx, "互助时光"),
        lambda: issue_api_token(ctx, "report", 30),
        lambda: change_password(ctx, "lan tian bai yun 7", "shan qing shui xiu 9"),
    )
    for act in acts:
        with pytest.raises(refused):
            act()


def test_an_administrator_takes_a_lost_factor_away(session: Session) -> None:
    clerk = create_staff(session)
    secret, _codes = enrolled(session, clerk)
    mine = own(session, clerk)
    cookie = sessions.begin(mine, "password", "chrome/windows", "a device")
    admin = own(session, create_region_admin(session))
    resets.reset(admin, clerk, "card")
    assert not factors.factor_of(session, clerk).is_set
    assert sessions.opened(mine, clerk, cookie) is None
    assert wrong(mine, code_at(secret, mine)) == "second_factor_needed"
    told = session.scalars(sa.select(OutboxMessage.sentence)).all()
    assert resets.TAKEN in told
    acts = session.scalars(sa.select(AuditRecord.act)).all()
    assert acts.count("factor.reset") == 1
    with pytest.raises(resets.NoFactorThere):
        resets.reset(admin, clerk, "card")


def test_who_may_take_it_away(session: Session) -> None:
    clerk = create_staff(session)
    admin, nation = create_region_admin(session), create_national_admin(session)
    auditor = create_auditor(session)
    for each in (clerk, admin, auditor, nation):
        enrolled(session, each)
    for who, whose in (
        (clerk, clerk),
        (admin, admin),
        (admin, auditor),
        (admin, nation),
        (nation, nation),
        (auditor, clerk),
    ):
        with pytest.raises(Forbidden):
            resets.reset(own(session, who), whose, "card")
    with pytest.raises(resets.FromAboveOnly):
        resets.reset(own(session, admin), auditor, "card")
    with pytest.raises(DomainError):
        resets.reset(own(session, nation), admin, "a letter")
    resets.reset(own(session, nation), admin, "card")
    # The last one is helped from the console, by the operator.
    resets.reset(make_ctx(session), nation, "card")


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_one_code_lets_one_of_two_in(database_url: str, kind: str) -> None:
    engine = make_engine(database_url)
    work = UnitOfWork(engine)
    work.run(create_region_tree)
    clerk = work.run(create_staff)
    secret, codes = work.run(lambda session: enrolled(session, clerk))
    start = threading.Barrier(2, timeout=30)

    def show(session: Session) -> str:
        ctx = own(session, clerk, later_s=3600)
        factors.show(ctx, code_at(secret, ctx) if kind == "app" else codes[0])
        return "in"

    def come(_place: int) -> str:
        start.wait()
        try:
            return work.run(show)
        except DomainError as refusal:
            return refusal.code

    try:
        with ThreadPoolExecutor(2) as pool:
            found = sorted(pool.map(come, range(2)))
    finally:
        engine.dispose()
    assert found == ["in", "second_factor_wrong"]
