"""Guardians of record: one at a time, by a paper, and never at the ward's expense."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.people import Guardianship, Member, MemberStatus
from services.errors import Forbidden
from services.people import errors
from services.people import family_errors as say
from services.people.actors import actor_for, helpers_of
from services.people.guardians import (
    end_by_death,
    end_guardian,
    is_ward,
    record_guardian,
    reopen_after_mistake,
    require_no_ward,
)
from services.people.kin import grant_delegation, revoke_delegation
from services.people.lists import delegated_to_me, guardians_of
from services.policy import SYSTEM
from tests.factories import NOW
from tests.services.family.conftest import UNTIL, Household
from tests.services.visits.conftest import Street

TODAY = NOW.date()


def guard(
    home: Household, guardian: UUID, document: str = "court", by: UUID | None = None, **said: object
) -> UUID:
    street = home.street
    number, since = said.get("reference", "（2026）样 0303 民特 1 号"), said.get("since", TODAY)
    return street.act(
        by or street.staff,
        lambda ctx: record_guardian(
            ctx, said.get("ward", street.elder), guardian, document, number, since
        ),
    )


def ward(street: Street) -> bool:
    return street.look(lambda session: is_ward(session, street.elder))


def die(street: Street, who: UUID) -> None:
    def work(ctx: object) -> None:
        member = ctx.session.get_one(Member, who)
        member.status, member.died_at = MemberStatus.CLOSED, ctx.now
        ctx.session.flush()
        end_by_death(ctx, member)

    street.act(SYSTEM, work)


def test_a_guardian_acts_without_a_leave_and_without_a_limit(
    home: Household, street: Street
) -> None:
    street.give_coins(street.elder, 600)
    home.lend(0)
    son = home.joins(name="王建国")
    guard(home, son)
    seen = street.look(lambda session: actor_for(session, son, NOW).kin)
    assert seen == {street.elder: frozenset({"see", "ask", "confirm"})}
    home.ask(by=son)
    assert street.earned(street.elder) == (600, 90)
    mine = street.act(son, delegated_to_me)
    assert [(each.is_guardian, each.ends_on) for each in mine] == [(True, None)]
    helpers = street.look(lambda session: helpers_of(session, street.elder, NOW))
    assert helpers == {son, home.daughter}
    assert "王建国已登记为您的监护人" in home.told(street.elder)
    assert "由王建国替您办理" not in home.told(street.elder)
    assert "王建国替您申请了" in home.told(street.elder)
    kept = street.act(street.staff, lambda ctx: guardians_of(ctx, street.elder))
    assert [(each.document, each.reference) for each in kept] == [
        ("court", "（2026）样 0303 民特 1 号")
    ]


def test_a_ward_grants_and_revokes_nothing_alone(home: Household, street: Street) -> None:
    son = home.joins()
    guard(home, son)
    with pytest.raises(say.WardMayNot) as refused:
        home.lend(300)
    assert refused.value.params["phone"] == "0577-00000000"
    with pytest.raises(say.WardMayNot):
        street.act(
            SYSTEM,
            lambda ctx: require_no_ward(ctx.session, ctx.session.get_one(Member, street.elder)),
        )
    scopes = frozenset({"see", "ask"})

    def grant(consent: str, by: UUID = street.staff) -> UUID:
        return street.act(
            by,
            lambda ctx: grant_delegation(
                ctx, street.elder, home.daughter, scopes, consent, UNTIL, 300
            ),
        )

    with pytest.raises(say.WardByPaper):
        grant("signature")
    made = grant("document")
    with pytest.raises(say.WardMayNot):
        street.act(street.elder, lambda ctx: revoke_delegation(ctx, street.elder, made))
    # The guardian has it ended at the counter, and the daughter may always step back.
    street.act(street.staff, lambda ctx: revoke_delegation(ctx, street.elder, made))
    street.act(home.daughter, lambda ctx: revoke_delegation(ctx, street.elder, made))
    guard(home, street.volunteer)
    home.relate(home.joins(), street.volunteer, "child")


def test_one_at_a_time_and_only_recovery_frees(home: Household, street: Street) -> None:
    son, sister = home.joins(), home.joins()
    assert not ward(street)
    guard(home, son)
    guard(home, sister, "committee")
    reasons = [
        row.end_reason for row in street.act(street.staff, lambda c: guardians_of(c, street.elder))
    ]
    assert reasons == [None, "replaced"]

    def end(reason: str, hours: int = 1) -> None:
        at = NOW + timedelta(hours=hours)
        street.act(street.staff, lambda ctx: end_guardian(ctx, street.elder, reason), now=at)

    with pytest.raises(say.UnknownEnd):
        end("tired")
    end("resigned")
    assert ward(street)
    scopes = frozenset({"see"})
    with pytest.raises(say.NoGuardian):
        street.act(
            street.staff,
            lambda ctx: grant_delegation(
                ctx, street.elder, home.daughter, scopes, "document", UNTIL, 0
            ),
        )
    with pytest.raises(say.NoGuardian):
        end("recovered")
    guard(home, son)
    end("recovered", 2)
    assert not ward(street)
    assert home.lend(300)


def test_a_dead_guardian_leaves_a_protected_ward(home: Household, street: Street) -> None:
    son = home.joins(name="王建国")
    guard(home, son)
    die(street, son)
    assert ward(street)
    assert street.look(lambda session: helpers_of(session, street.elder, NOW)) == {home.daughter}
    assert "监护人王建国去世了" in home.told(street.staff)
    assert "王建国不再是您的监护人" in home.told(street.elder)
    with pytest.raises(say.WardMayNot):
        home.lend(300)

    def reopen(ctx: object) -> None:
        member = ctx.session.get_one(Member, son)
        member.status, member.died_at = MemberStatus.ACTIVE, None
        ctx.session.flush()
        reopen_after_mistake(ctx, member)

    street.act(SYSTEM, reopen)
    assert son in street.look(lambda session: helpers_of(session, street.elder, NOW))
    # A second mistake finds that somebody else has it by then.
    die(street, son)
    sister = home.joins()
    guard(home, sister)
    street.act(SYSTEM, reopen)
    helpers = street.look(lambda session: helpers_of(session, street.elder, NOW))
    assert helpers == {sister, home.daughter}


def test_a_dead_ward_needs_no_guardian(home: Household, street: Street) -> None:
    guard(home, home.daughter)
    die(street, street.elder)
    live = Guardianship.ended_at.is_(None)
    assert street.count(Guardianship, live) == 0
    assert street.look(lambda session: actor_for(session, home.daughter, NOW).kin) == {}


def test_who_may_not_be_a_guardian(home: Household, street: Street) -> None:
    son = home.joins()
    with pytest.raises(say.UnknownPaper):
        guard(home, son, "letter")
    with pytest.raises(errors.MissingText):
        guard(home, son, reference=" ")
    with pytest.raises(errors.InFuture):
        guard(home, son, since=TODAY + timedelta(days=1))
    with pytest.raises(say.OwnGuardian):
        guard(home, street.elder)
    with pytest.raises(say.GuardianTooYoung):
        guard(home, home.joins(age=17))
    with pytest.raises(errors.NotActive):
        guard(home, home.joins(is_checked=False))
    guard(home, street.volunteer, ward=son)
    with pytest.raises(say.GuardianIsWard):
        guard(home, son)
    # Neither for oneself, nor of one's own, nor by anybody but the counter.
    with pytest.raises(errors.DelegateIsClerk):
        guard(home, street.staff)
    for by in (street.elder, home.daughter, street.admins[0]):
        with pytest.raises(Forbidden):
            guard(home, home.daughter, by=by)
    guard(home, home.daughter)
    home.relate(home.daughter, home.joins(), "sibling")
