"""The person lives: the mistake is undone whole, before the division and after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.estates import EstateState
from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.papers import Paper
from models.people import MemberStatus
from services.context import Context
from services.errors import DomainError, Forbidden
from services.estates import sentences as say
from services.estates.claiming import claim, lapse
from services.estates.deciding import decide
from services.estates.dividing import divide
from services.estates.listing import HeirForm, add_heir, link_heir
from services.estates.notice_sentences import NoticeNotRunning
from services.estates.objecting import object_to
from services.estates.publishing import publish
from services.estates.undoing import undo
from services.gifts.capturing import settle
from services.gifts.making import GiftForm
from services.gifts.making import make as make_gift
from services.ledger.accounts import account_id, inherited_period
from services.outbox import opened
from services.people.actors import actor_for
from services.people.cards import CARD, holder_of, issue_card
from services.people.guardians import guardianship_of, record_guardian
from services.people.kin import grant_delegation
from services.people.roles import grant_role
from services.people.tokens import actor_of_token, issue_api_token
from services.policy import STAFF, SYSTEM
from services.requests.asking import AskForm, ask
from services.schedule.locating import SeriesForm
from services.schedule.series import make as make_series
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.estates.conftest import LATER, House
from tests.services.visits.conftest import START

#: Ten working days after the notice, and one more.
DIVIDED = LATER + timedelta(days=16)
UNTIL = NOW.date() + timedelta(days=90)


def refused(error: type[DomainError], work: object) -> DomainError:
    with pytest.raises(error) as caught:
        work()  # type: ignore[operator]
    return caught.value


def test_everything_holds_again_as_it_did_before_the_freeze(house: House) -> None:
    """A guardian and clerk whose death is a mistake: his coins, card, roles, leaves, wards."""
    street = house.street
    street.give_coins(house.father, 600)
    granted = house.put(AccountKind.GRANTED, "2026Q1", 240)
    ward = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, age=75))
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, age=77))
    street.act(
        street.staff,
        lambda c: record_guardian(c, ward, house.father, "court", "判决一号", NOW.date()),
    )
    see = frozenset({"see"})
    street.act(
        neighbour,
        lambda c: grant_delegation(c, neighbour, house.father, see, "own", UNTIL, 0),
    )
    street.act(
        street.admins[0],
        lambda c: grant_role(c, house.father, STAFF, "branch", str(street.branch)),
    )
    card = street.act(street.staff, lambda c: issue_card(c, house.father))
    token = street.act(house.father, lambda ctx: issue_api_token(ctx, "手机", 30))
    form = SeriesForm(
        elder_id=house.father,
        service_code="A04",
        rrule="FREQ=WEEKLY;BYDAY=FR",
        starts_local=(START + timedelta(hours=8)).replace(tzinfo=None),
        booked_minutes=60,
    )
    street.act(house.father, lambda ctx: make_series(ctx, form))
    before = street.look(lambda s: actor_for(s, house.father, LATER))
    estate = house.frozen()
    dead = street.look(lambda s: actor_for(s, house.father, LATER))
    assert (dead.is_active, dead.roles, dict(dead.kin)) == (False, (), {})
    assert street.act(SYSTEM, lambda c: holder_of(c, CARD, card)) is None
    assert street.look(lambda s: guardianship_of(s, ward)) is None

    def act(who: UUID, why: str) -> None:
        street.act(who, lambda c: undo(c, LONGWAN, estate, why))

    refused(Forbidden, lambda: act(street.staff, "不是他"))
    refused(say.EndReasonMissing, lambda: act(street.admins[0], ""))
    house.undo(estate)
    refused(say.EstateChanged, lambda: house.undo(estate))
    assert house.state(estate) is EstateState.UNDONE
    lives = house.member()
    assert (lives.status, lives.died_at) == (MemberStatus.ACTIVE, None)
    assert street.look(lambda s: actor_for(s, house.father, LATER)) == before
    assert street.act(SYSTEM, lambda c: holder_of(c, CARD, card)) == house.father
    assert street.act(SYSTEM, lambda ctx: actor_of_token(ctx, token)) is not None
    assert street.look(lambda s: guardianship_of(s, ward)) is not None
    assert street.earned(house.father) == (600, 0)
    assert street.balance(granted) == (240, 0)
    assert house.kept() == 0
    assert house.moves(estate) == ["freeze", "undo"]
    assert {say.UNDONE_SELF_SERIES} <= house.told(house.father, "sms")
    assert "每周" in ended_words(house)
    assert say.UNDONE_OTHERS in house.told(house.daughter)
    assert house.breaches() == []
    # He may be reported again, when the time has come.
    assert house.frozen(now=LATER + timedelta(days=9), died_on=LATER.date()) != estate
    assert house.kept() == 600


def ended_words(house: House) -> str:
    """The standing visits that the apology names."""

    def read(session: object) -> str:
        row = session.scalars(  # type: ignore[attr-defined]
            sa.select(OutboxMessage).where(
                OutboxMessage.book == LONGWAN, OutboxMessage.sentence == say.UNDONE_SELF_SERIES
            )
        ).first()
        return str(opened(row, VAULT).params["ended_zh"])

    return house.street.look(read)


@dataclass
class Divided:
    """600 minutes that two daughters have inherited by mistake; the older one may spend."""

    house: House
    estate: UUID
    older: UUID

    def share(self, who: UUID) -> tuple[int, int]:
        """What an heir's inherited account holds."""
        period = inherited_period(DIVIDED.date())
        account = account_id(LONGWAN, AccountKind.RECEIVED, who, period)
        return self.house.street.balance(account)


@pytest.fixture
def divided(house: House) -> Divided:
    """An estate that has been published and divided."""
    street = house.street
    street.give_coins(house.father, 600)
    older = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0, age=62))
    house.relate(house.father, older, "child")
    estate = house.frozen()
    street.act(street.staff, lambda c: publish(c, LONGWAN, estate), LATER)
    street.act(street.admins[1], lambda c: divide(c, LONGWAN, estate), DIVIDED)
    return Divided(house, estate, older)


def test_after_the_division_the_shares_come_back(divided: Divided) -> None:
    house = divided.house
    assert divided.share(divided.older) == divided.share(house.daughter) == (300, 0)
    assert house.state(divided.estate) is EstateState.SETTLED
    house.undo(divided.estate, DIVIDED + timedelta(days=1))
    assert divided.share(divided.older) == divided.share(house.daughter) == (0, 0)
    assert house.street.earned(house.father) == (600, 0)
    assert house.kept() == 0
    assert say.UNDONE_HEIR in house.told(divided.older)
    papers = sa.select(Paper.withdrawn_at).where(Paper.book == LONGWAN)
    withdrawn = house.street.look(lambda s: s.scalars(papers).all())
    assert len(withdrawn) == 2
    assert None not in withdrawn
    assert house.breaches() == []


def test_what_an_heir_has_used_comes_from_the_pool(divided: Divided) -> None:
    house, older, estate = divided.house, divided.older, divided.estate
    street, day = house.street, DIVIDED + timedelta(days=1)
    # A Sunday: an hour and its overrun cost 99.
    starts_at = (day + timedelta(days=2)).replace(minute=0, second=0)
    form = AskForm(older, "A04", starts_at, 60)
    street.act(older, lambda ctx: ask(ctx, form), day)
    assert divided.share(older) == (300, 99)
    found = refused(say.PoolCannotReturn, lambda: house.undo(estate, day))
    assert found.params == {"short_minutes": 99, "pool_minutes": 0}
    assert house.state(estate) is EstateState.SETTLED
    street.issue(1_000)
    house.undo(estate, day)
    assert divided.share(older) == (99, 99)
    assert street.pool() == (901, 0)
    assert street.earned(house.father) == (600, 0)
    assert house.kept() == 0
    assert house.breaches() == []


def test_what_an_heir_has_only_directed_on_comes_back(divided: Divided) -> None:
    """A locked share that a grandmother may still refuse is not used: the pool pays nothing."""
    house, street = divided.house, divided.house.street
    day = DIVIDED + timedelta(hours=1)
    grandmother = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, age=90))
    house.relate(house.daughter, grandmother, "parent")
    gifts = [
        street.act(
            street.staff,
            lambda ctx, minutes=minutes: make_gift(
                ctx,
                GiftForm(house.daughter, grandmother, minutes, origin=GiftOrigin.INHERITED),
            ),
            day,
        )
        for minutes in (100, 200)
    ]
    over = day + timedelta(days=2)
    street.act(SYSTEM, lambda ctx: settle(ctx, LONGWAN, gifts[0]), over)
    assert divided.share(house.daughter) == (200, 200)
    house.undo(divided.estate, over)
    assert divided.share(house.daughter) == (0, 0)
    found = street.look(lambda s: [s.get_one(Gift, (LONGWAN, gift)).state for gift in gifts])
    assert found == [GiftState.RETURNED, GiftState.RETURNED]
    assert say.UNDONE_HEIR in house.told(house.daughter)
    assert street.earned(house.father) == (600, 0)
    assert house.breaches() == []


def test_a_share_that_came_to_the_estate_of_the_living_is_theirs(house: House) -> None:
    """The daughter inherits while she is thought dead: undone, she has her father's coins."""
    street = house.street
    street.give_coins(house.father, 600)
    estate = house.frozen()
    hers = house.reported(by=street.staff, how="branch", member=house.daughter)
    house.check(hers, street.staff)
    assert house.check(hers, house.second)
    street.act(street.staff, lambda c: publish(c, LONGWAN, estate), LATER)
    street.act(street.admins[1], lambda c: divide(c, LONGWAN, estate), DIVIDED)
    assert house.kept(house.daughter) == 600
    house.undo(hers, DIVIDED + timedelta(days=1))
    assert house.kept(house.daughter) == 0
    period = inherited_period((DIVIDED + timedelta(days=1)).date())
    account = account_id(LONGWAN, AccountKind.RECEIVED, house.daughter, period)
    assert street.balance(account) == (600, 0)
    assert house.breaches() == []


def test_whoever_objected_hears_of_the_mistake_too(house: House) -> None:
    street, day = house.street, LATER + timedelta(days=1)
    objector = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    estate = house.frozen()
    street.act(street.staff, lambda c: publish(c, LONGWAN, estate), LATER)
    said = street.act(objector, lambda c: object_to(c, LONGWAN, estate, "他还在"), LATER)
    house.undo(estate, day)
    assert say.UNDONE_OTHERS in house.told(objector)

    def decided(ctx: Context) -> None:
        decide(ctx, LONGWAN, estate, said, uphold=True, reason="他还在")

    refused(NoticeNotRunning, lambda: street.act(street.admins[1], decided, day))


def test_claimed_and_lapsed_shares_come_back_years_later(house: House) -> None:
    """One share is claimed and used by an heir who has died since, one nobody came for."""
    street = house.street
    street.give_coins(house.father, 601)
    house.put(AccountKind.GRANTED, "2026Q1", 90)
    estate = house.frozen()
    absent = [
        street.act(
            street.staff,
            lambda c, name=name: add_heir(
                c, LONGWAN, estate, HeirForm(name=name, relation="child", evidence="出生证")
            ),
            LATER,
        )
        for name in ("林远行", "林远方")
    ]
    street.act(street.staff, lambda c: publish(c, LONGWAN, estate), LATER)
    street.act(street.admins[1], lambda c: divide(c, LONGWAN, estate), DIVIDED)
    son = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, name="林远行"))
    street.act(street.staff, lambda c: link_heir(c, LONGWAN, estate, absent[0], son), DIVIDED)
    street.act(son, lambda c: claim(c, LONGWAN, estate, absent[0]), DIVIDED)
    his = house.reported(by=street.staff, how="branch", member=son, now=DIVIDED)
    house.check(his, street.staff, DIVIDED)
    assert house.check(his, house.second, DIVIDED)
    street.act(street.staff, lambda c: publish(c, LONGWAN, his), DIVIDED)
    street.act(street.admins[1], lambda c: divide(c, LONGWAN, his), DIVIDED + timedelta(days=30))
    late = DIVIDED + timedelta(days=3 * 366)
    assert street.act(SYSTEM, lambda c: lapse(c, LONGWAN, estate), late) == 1
    assert house.state(estate) is EstateState.SETTLED
    # His share went on to the pool as well, for want of heirs: all of it is there.
    assert house.breaches() == []
    assert street.pool() == (1 + 90 + 200 + 200, 0)
    house.undo(estate, late)
    assert street.earned(house.father) == (601, 0)
    assert street.pool() == (0, 0)
    assert (house.kept(), house.kept(son)) == (0, 0)
    assert house.breaches() == []
