"""A death that two officials verify: in the same act nothing of the dead moves any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.estates import Estate, EstateCheck, EstateReport, EstateState
from models.ledger import AccountKind
from models.people import Member, MemberStatus
from models.requests import RequestState, VisitState
from services.errors import DomainError, Forbidden
from services.estates import sentences as say
from services.estates.reporting import DeathReport, report
from services.estates.verifying import dismiss
from services.matching import snapshot
from services.people.actors import actor_for
from services.people.kin import grant_delegation, revoke_delegation
from services.people.roles import grant_role
from services.people.tokens import actor_of_token, issue_api_token
from services.policy import STAFF, SYSTEM
from services.requests.ending import cancel
from services.schedule.locating import SeriesForm
from services.schedule.series import make as make_series
from services.visits.confirming import confirm, confirm_by_voice
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.reviewing import stand
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.estates.conftest import DIED_ON, LATER, PAPER, House
from tests.services.visits.conftest import START


def refused(error: type[DomainError], work: object) -> DomainError:
    with pytest.raises(error) as caught:
        work()  # type: ignore[operator]
    return caught.value


def test_two_officials_freeze_the_account_in_the_second_ones_act(house: House) -> None:
    street = house.street
    street.give_coins(house.father, 600)
    granted = house.put(AccountKind.GRANTED, "2026Q1", 240)
    house.put(AccountKind.RECEIVED, "", 60)
    token = street.act(house.father, lambda ctx: issue_api_token(ctx, "手机", 30))
    estate = house.reported()
    assert house.state(estate) is EstateState.REPORTED
    assert say.REPORT_TAKEN in house.told(house.daughter)
    assert say.REPORTED_OF_YOU in house.told(house.father)
    assert not house.check(estate, street.staff)
    assert house.member().status is MemberStatus.ACTIVE
    refused(say.CheckedByYou, lambda: house.check(estate, street.staff))
    other_day = {"died_on": DIED_ON - timedelta(days=1)}
    refused(say.DaysDiffer, lambda: house.check(estate, house.second, **other_day))
    assert house.check(estate, house.second)
    assert house.state(estate) is EstateState.FROZEN
    dead = house.member()
    assert dead.status is MemberStatus.CLOSED
    assert dead.died_at == LATER  # the end of the day would be later than now
    assert street.act(SYSTEM, lambda ctx: actor_of_token(ctx, token)) is None
    # 150 minutes were asked for and are free again: everything but the grants is the estate's.
    assert house.kept() == 660
    assert street.balance(granted) == (240, 0)
    assert street.earned(house.father) == (0, 0)
    assert house.moves(estate) == ["freeze"]
    refused(say.EstateChanged, lambda: house.check(estate, street.admins[0]))
    assert say.FROZEN_HEIR in house.told(house.daughter)
    assert say.FROZEN_BRANCH in house.told(street.staff)
    assert house.breaches() == []


def test_what_was_under_way_for_the_dead_ends(house: House) -> None:
    street = house.street
    street.issue(3_000)
    street.give_coins(house.father, 600)
    promised = street.open_request()
    visit = street.accepted(promised)
    asked = street.ask("A03", starts_at=START + timedelta(days=2))
    form = SeriesForm(
        elder_id=house.father,
        service_code="A04",
        rrule="FREQ=WEEKLY;BYDAY=FR",
        starts_local=(START + timedelta(hours=8)).replace(tzinfo=None),
        booked_minutes=60,
    )
    street.act(house.father, lambda ctx: make_series(ctx, form))
    house.frozen()
    assert street.request(promised).state is RequestState.CANCELLED
    assert street.request(asked).state is RequestState.CANCELLED
    assert street.visit(visit).state is VisitState.CANCELLED
    assert street.pool() == (3_000, 0)
    assert house.kept() == 600
    # Nobody's telephone rings for the dead.
    sent = house.told(house.father, "sms")
    assert "您的申请（编号{reference}）已经取消" not in sent
    refused(Forbidden, lambda: street.act(house.daughter, lambda c: cancel(c, LONGWAN, asked)))
    assert house.breaches() == []


def test_finished_and_disputed_services_are_for_the_branch(house: House) -> None:
    """Death with an unconfirmed service, and with an open dispute: nothing held is lost."""
    street = house.street
    street.give_coins(house.father, 600)
    until = NOW.date() + timedelta(days=90)
    scopes = frozenset({"see", "ask", "confirm"})
    street.act(
        house.father,
        lambda c: grant_delegation(c, house.father, house.daughter, scopes, "own", until, 0),
    )
    served = street.accepted(street.open_request())
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    at = START + timedelta(hours=3)
    disputed = street.accepted(street.open_request(starts_at=at), by=other)
    street.come(served)
    street.go(served, 60)
    street.come(disputed, at)
    street.go(disputed, 60, at)
    late = at + timedelta(hours=3)
    dispute = street.act(other, lambda c: open_dispute(c, LONGWAN, disputed, "时间不对"), late)
    day = {"died_on": late.date()}
    estate = house.reported(now=late, **day)
    house.check(estate, street.staff, late, **day)
    house.check(estate, house.second, late, **day)
    assert street.visit(served).state is VisitState.IN_REVIEW
    assert street.visit(disputed).state is VisitState.DISPUTED
    # What is held for both stays on the account; the rest is the estate's.
    posted, held = street.earned(house.father)
    assert posted == held > 0
    for work in (
        lambda: street.act(house.daughter, lambda c: confirm(c, LONGWAN, served), late),
        lambda: street.act(street.staff, lambda c: confirm_by_voice(c, LONGWAN, served), late),
    ):
        with pytest.raises(DomainError):
            work()
    street.act(street.staff, lambda c: stand(c, LONGWAN, served, "签到签退都在"), late)
    assert street.earned(street.volunteer) == (60, 0)
    assert street.visit(served).confirmed_how == "review"
    street.act(
        street.staff,
        lambda c: decide_dispute(c, LONGWAN, dispute, credit=True, reason="核实"),
        late,
    )
    assert street.earned(other)[0] == 60
    assert street.earned(house.father)[1] == 0
    assert house.breaches() == []


def test_what_the_dead_had_promised_is_sought_from_others(house: House) -> None:
    street = house.street
    street.issue(1_000)
    dead = street.volunteer
    request = street.open_request()
    visit = street.accepted(request)
    known = street.look(lambda s: snapshot.load(s, LATER))
    assert known.columns.places_of([dead])[0] >= 0
    son = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    house.relate(dead, son, "child")
    estate = house.reported(by=son, member=dead)
    house.check(estate, street.staff)
    house.check(estate, house.second)
    assert street.visit(visit).state is VisitState.CANCELLED
    assert street.request(request).state is RequestState.OPEN
    # Whoever ranks people finds the dead no more.
    after = street.look(lambda s: snapshot.follow(s, known, LATER))
    assert after.columns.places_of([dead])[0] < 0
    assert street.pool()[1] == 0 or street.request(request).pool_hold_id is not None
    other = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    assert street.accepted(request, by=other)
    assert house.breaches() == []


def test_who_may_report_and_verify(small_house: House) -> None:
    house = small_house
    street = house.street
    stranger = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    refused(say.NotARelative, lambda: house.reported(by=stranger))
    refused(Forbidden, lambda: house.reported(by=stranger, how="branch"))
    refused(say.OwnDeath, lambda: house.reported(by=house.father))
    tomorrow = {"died_on": DIED_ON + timedelta(days=1)}
    refused(say.DeathInFuture, lambda: house.reported(**tomorrow))
    born = house.member().born_on
    refused(say.DeathBeforeBirth, lambda: house.reported(died_on=born - timedelta(days=1)))
    refused(say.EvidenceUnknown, lambda: house.reported(evidence="hearsay", paper_number="1"))
    refused(say.ReferenceMissing, lambda: house.reported(evidence="court"))
    estate = house.reported()
    refused(say.ReportedAlready, house.reported)
    # The daughter works at the branch as well: it is her own father.
    street.act(
        street.admins[0],
        lambda c: grant_role(c, house.daughter, STAFF, "branch", str(street.branch)),
    )
    refused(Forbidden, lambda: house.check(estate, house.daughter))
    refused(Forbidden, lambda: house.check(estate, stranger))
    refused(say.EvidenceUnknown, lambda: house.check(estate, street.staff, evidence=""))
    refused(say.EstateUnknown, lambda: house.check(UUID(int=5), street.staff))


def test_one_death_from_two_regions_is_one_estate(small_house: House) -> None:
    house = small_house
    street = house.street
    elsewhere = street.act(
        SYSTEM, lambda ctx: factories.create_region_admin(ctx.session, "330304000000")
    )
    estate = house.reported(by=elsewhere, how="registry", **PAPER)
    assert house.reported() == estate
    assert house.reported(by=street.staff, how="branch") == estate
    rows = street.look(
        lambda s: s.scalars(
            sa.select(EstateReport).where(EstateReport.book == LONGWAN).order_by(EstateReport.at)
        ).all()
    )
    assert sorted(row.how for row in rows) == ["branch", "family", "registry"]
    assert "330304000000" in {row.region_code for row in rows}
    # Who reports elsewhere neither reads it nor verifies it.
    refused(Forbidden, lambda: house.check(estate, elsewhere))


def test_a_report_that_is_not_true_is_dismissed(small_house: House) -> None:
    house = small_house
    street = house.street
    estate = house.reported()
    house.check(estate, street.staff)

    def act(why: str) -> None:
        street.act(house.second, lambda c: dismiss(c, LONGWAN, estate, why))

    refused(say.EndReasonMissing, lambda: act(" "))
    # Whoever uses the coins for the dead does not keep the account open either.
    scopes, until = frozenset({"ask"}), NOW.date() + timedelta(days=90)
    leave = street.act(
        house.father,
        lambda c: grant_delegation(c, house.father, house.second, scopes, "own", until, 600),
    )
    refused(Forbidden, lambda: act("本人来网点了"))
    street.act(house.father, lambda c: revoke_delegation(c, house.father, leave))
    act("本人来网点了")
    assert house.state(estate) is EstateState.DISMISSED
    refused(say.EstateChanged, lambda: act("再来一次"))
    assert house.member().died_at is None
    assert say.DISMISSED_FAMILY in house.told(house.daughter)
    assert say.DISMISSED_SELF in house.told(house.father)
    # When he does die, it is another matter.
    assert house.reported() != estate
    assert street.count(EstateCheck, EstateCheck.book == LONGWAN) == 1


def test_whoever_has_died_already_is_not_reported_again(small_house: House) -> None:
    house = small_house
    street = house.street
    estate = house.frozen()
    assert house.reported(by=street.admins[0], how="branch") == estate
    form = DeathReport(house.father, DIED_ON)
    refused(DomainError, lambda: street.act(house.father, lambda ctx: report(ctx, form, "family")))
    actor = street.look(lambda s: actor_for(s, house.daughter, LATER))
    assert house.father not in actor.kin
    assert replace(actor, kin={}).relatives == frozenset({house.father})


def test_a_membership_that_is_over_has_no_estate(house: House) -> None:
    def close(session: Session) -> None:
        session.get_one(Member, house.father).status = MemberStatus.CLOSED

    house.street.uow.run(close)
    with pytest.raises(say.MembershipOver):
        house.reported()
    assert house.street.count(Estate) == 0
