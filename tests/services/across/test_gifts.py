"""Gifts to another region: two halves, one cap for all, and every way in which one comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.corridors import ClaimState, Corridor
from models.giving import Gift, GiftState
from models.ledger import AccountKind, Entry, Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.papers import Paper
from models.people import Member, MemberStatus
from services.context import Context
from services.corridors.sentences import CapReached, CorridorShut
from services.errors import DomainError, Forbidden
from services.gifts import sentences as say
from services.gifts.capturing import settle
from services.gifts.confirming import confirm
from services.gifts.dying import release_for_death
from services.gifts.taking_back import refuse, take_back
from services.ledger.accounts import account_id, pool_of
from services.ledger.clearing import clearing_account
from services.ledger.drafts import AlreadyReversed, Draft, Leg, Stamp
from services.ledger.post import post
from services.ledger.reverse import HalfAlone, reverse
from services.people.kin import record_kinship
from services.people.roles import grant_role
from services.policy import REGION_ADMIN, SYSTEM
from services.queries.gifts import gifts_of
from services.reversing.sentences import REVERSED_ELSEWHERE, CoinsSpent
from tests.country import FAR, ONE, TWO, join_region, open_corridor, set_cap
from tests.factories import NOW
from tests.services.across.kit import Towns, street
from tests.services.gifts.conftest import AFTER, DAY, Family
from tests.services.visits.conftest import Street
from tests.services.visits.test_races import at_once, succeeded
from tests.two_hands import by_two

__all__ = ["street"]

HOUR, RECEIVED = timedelta(hours=1), AccountKind.RECEIVED


class Kin(Family):
    """A giver on the street with 600 minutes, and her mother in the other town."""

    def __init__(self, street: Street) -> None:
        self.towns = Towns(street)
        self.street, self.giver, self.mother = street, street.volunteer, self.towns.elder()
        self.relate(self.giver, self.mother, "parent")
        street.give_coins(self.giver, 600)

    def arrived(self) -> int:
        """What the mother has received at home."""
        return self.towns.coins(TWO, self.mother, RECEIVED)

    def untouched(self) -> bool:
        """Whether the giver has everything, and nothing stands between the towns."""
        free = self.street.earned(self.giver) == (600, 0)
        return free and self.towns.position() == (0, 0) and self.arrived() == 0


@pytest.fixture
def kin(street: Street) -> Iterator[Kin]:
    found = Kin(street)
    yield found
    assert found.towns.breaches(AFTER) == set()


def test_a_gift_goes_in_two_halves(kin: Kin) -> None:
    towns, gift = kin.towns, kin.held(90)
    assert (kin.row(gift).receiver_book, towns.position()) == (TWO, (0, 90))
    assert kin.run_job(AFTER - timedelta(seconds=1)) == 0
    assert (kin.run_job(), kin.run_job()) == (1, 0)
    assert (kin.street.earned(kin.giver), kin.arrived()) == ((510, 0), 90)
    assert (towns.cleared(), towns.position(), towns.position(TWO)) == (
        (90, -90),
        (90, 0),
        (-90, 0),
    )
    assert towns.claims(gift) == [ClaimState.USED]
    left, came = (_legs(kin, book) for book in (ONE, TWO))
    earned = account_id(ONE, AccountKind.EARNED, kin.giver)
    received = account_id(TWO, RECEIVED, kin.mother)
    assert left == {earned: -90, clearing_account(ONE, TWO): 90}
    assert came == {clearing_account(TWO, ONE): -90, received: 90}
    links = kin.street.look(
        lambda s: s.execute(
            sa.select(Transfer.link_id, Transfer.idem_key).where(Transfer.kind == "gift")
        ).all()
    )
    assert len(links) == 2
    assert len(set(links)) == 1
    seen = kin.street.act(kin.mother, lambda ctx: gifts_of(ctx, kin.mother), AFTER)
    assert [(each.id, each.minutes, each.may_refuse) for each in seen.received] == [
        (gift, 90, True)
    ]
    assert say.COMING_FROM_AFAR in _told(kin, kin.mother)


def _legs(kin: Kin, book: str) -> dict[UUID, int]:
    return kin.street.look(
        lambda s: {
            row.account_id: row.amount_minutes
            for row in s.execute(
                sa.select(Entry.account_id, Entry.amount_minutes)
                .join(
                    Transfer,
                    sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id),
                )
                .where(Entry.book == book, Transfer.kind == "gift")
            )
        }
    )


def _told(kin: Kin, member: UUID) -> set[str]:
    query = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == member)
    return kin.street.look(lambda s: set(s.scalars(query)))


def test_every_way_back_before_it_is_final_frees_the_claim(kin: Kin) -> None:
    street, towns = kin.street, kin.towns
    held, refused, died = kin.held(60), kin.held(50), kin.held(40)
    assert towns.position() == (0, 150)
    street.act(kin.giver, lambda ctx: take_back(ctx, ONE, held), key="back")
    street.act(kin.giver, lambda ctx: take_back(ctx, ONE, held), key="back")
    street.act(kin.mother, lambda ctx: refuse(ctx, ONE, refused))
    assert towns.position() == (0, 40)
    kin.change(kin.mother, status=MemberStatus.CLOSED)
    kin.run_job()
    assert (kin.row(died).state, kin.row(died).reason) == (GiftState.RETURNED, "receiver_left")
    assert [towns.claims(each) for each in (held, refused, died)] == [[ClaimState.FREED]] * 3
    assert kin.untouched()


def test_the_receiver_refuses_what_has_come(kin: Kin) -> None:
    street, towns, gift = kin.street, kin.towns, kin.final(90)
    with pytest.raises(Forbidden):
        street.act(kin.giver, lambda ctx: refuse(ctx, ONE, gift), AFTER)
    for _ in range(2):
        street.act(kin.mother, lambda ctx: refuse(ctx, ONE, gift), AFTER, key="no")
    assert kin.state(gift) is GiftState.REFUSED
    assert (kin.untouched(), towns.cleared()) == (True, (0, 0))
    assert street.count(Paper, Paper.subject_id == gift, Paper.withdrawn_at.is_(None)) == 0
    assert say.REFUSED_TO_GIVER in _told(kin, kin.giver)
    used = kin.final(90, AFTER)
    street.act(SYSTEM, lambda ctx: _spend(ctx, kin.mother), AFTER)
    with pytest.raises(say.GiftUsed):
        street.act(kin.mother, lambda ctx: refuse(ctx, ONE, used), AFTER + DAY)
    assert (kin.state(used), towns.position()) == (GiftState.FINAL, (90, 0))


def _spend(ctx: Context, member: UUID) -> None:
    """One minute of what has come is used."""
    legs = (Leg(account_id(TWO, RECEIVED, member), -1), Leg(pool_of(TWO), 1))
    post(ctx.session, [Draft(TWO, "test", "used", legs, ctx.now)], Stamp(ctx.now, SYSTEM.id))


def test_a_death_leaves_both_halves_where_the_coins_are_used(kin: Kin) -> None:
    towns, gift = kin.towns, kin.final(90)

    def work(ctx: Context) -> list[bool]:
        member = ctx.session.get_one(Member, kin.mother)
        return [each.came_back for each in release_for_death(ctx, member, NOW)]

    kin.street.act(SYSTEM, lambda ctx: _spend(ctx, kin.mother), AFTER)
    assert kin.street.act(SYSTEM, work, AFTER) == [False]
    assert (towns.cleared(), towns.position()) == ((90, -90), (90, 0))
    assert kin.state(gift) is GiftState.FINAL


def test_what_stands_in_the_way_is_said_before_the_code(kin: Kin) -> None:
    street = kin.street
    street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode="none")))
    with pytest.raises(CorridorShut):
        kin.waiting(60)
    street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode="both")))
    waiting = kin.waiting(60)
    street.uow.run(lambda s: set_cap(s, ONE, 59, NOW + HOUR))
    with pytest.raises(CapReached) as refused:
        kin.waiting(60)
    assert refused.value.params["missing_minutes"] == 1
    with pytest.raises(CapReached):
        kin.confirm(waiting)
    assert (kin.state(waiting), kin.untouched()) == (GiftState.WAITING, True)


def test_who_has_moved_gets_it_at_home_or_not_at_all(kin: Kin) -> None:
    """Where the receiver lives when the window closes counts; the claim goes along."""
    towns, near, far = kin.towns, kin.held(60), kin.held(50)
    street, other = kin.street, kin.towns.elder()
    kin.relate(kin.giver, other, "parent_in_law")
    home = kin.held(40, receiver_id=other)
    street.uow.run(lambda s: (join_region(s, FAR), open_corridor(s, ONE, FAR))[0])
    kin.change(kin.mother, home_book=FAR)
    street.act(SYSTEM, lambda ctx: settle(ctx, ONE, near), AFTER)
    assert (kin.row(near).receiver_book, kin.state(near)) == (FAR, GiftState.FINAL)
    assert towns.coins(FAR, kin.mother, RECEIVED) == 60
    assert sorted(towns.claims(near)) == [ClaimState.FREED, ClaimState.USED]
    street.uow.run(
        lambda s: s.execute(
            sa.update(Corridor).where(Corridor.other_code == FAR).values(mode="none")
        )
    )
    street.act(SYSTEM, lambda ctx: settle(ctx, ONE, far), AFTER)
    assert (kin.state(far), kin.row(far).reason) == (GiftState.RETURNED, "out_of_reach")
    assert {say.MOVED_OUT_OF_REACH} <= _told(kin, kin.giver)
    kin.change(other, home_book=ONE)
    street.act(SYSTEM, lambda ctx: settle(ctx, ONE, home), AFTER)
    assert (kin.row(home).receiver_book, towns.coins(ONE, other, RECEIVED)) == (None, 40)
    assert towns.position() == (60, 0)


def test_an_administrator_of_either_town_takes_both_halves_back(kin: Kin) -> None:
    street, towns, gift = kin.street, kin.towns, kin.final(60)
    there = street.look(
        lambda s: s.scalar(
            sa.select(Transfer.id).where(Transfer.book == TWO, Transfer.kind == "gift")
        )
    )

    def undo(first: UUID, other: UUID, key: str | None = None) -> UUID:
        return by_two(street.act, (first, other), (TWO, there, "wrong_person"), AFTER, key)

    second, third = towns.joins(), towns.joins()
    with pytest.raises(HalfAlone):
        street.act(
            SYSTEM,
            lambda ctx: reverse(
                ctx.session,
                TWO,
                there,
                key="half",
                reason="wrong_person",
                stamp=Stamp(AFTER, SYSTEM.id),
                effective_at=AFTER,
            ),
        )
    with pytest.raises(Forbidden):
        undo(*street.admins)
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, kin.giver, towns.admin, "sibling", "户口簿"),
    )
    with pytest.raises(Forbidden):
        undo(towns.admin, second)
    for each in (second, third):
        street.act(SYSTEM, lambda ctx, e=each: grant_role(ctx, e, REGION_ADMIN, "region", TWO))
    assert undo(second, third, "undo") == undo(second, third, "undo")
    assert (kin.state(gift), kin.untouched(), towns.cleared()) == (
        GiftState.RETURNED,
        True,
        (0, 0),
    )
    assert street.count(Paper, Paper.subject_id == gift, Paper.withdrawn_at.is_(None)) == 0
    for book in (ONE, TWO):
        acts = (AuditRecord.book == book, AuditRecord.act == "transfer.reverse")
        assert street.count(AuditRecord, *acts) == 1
    assert REVERSED_ELSEWHERE in _told(kin, street.admins[0])
    with pytest.raises(AlreadyReversed):
        undo(second, third)
    used = kin.final(60, AFTER)
    there = street.look(
        lambda s: s.scalar(
            sa.select(Transfer.id).where(
                Transfer.book == TWO, Transfer.idem_key.contains(str(used))
            )
        )
    )
    street.act(SYSTEM, lambda ctx: _spend(ctx, kin.mother), AFTER)
    with pytest.raises(CoinsSpent):
        undo(second, third)
    assert (kin.state(used), towns.cleared(), towns.position()) == (
        GiftState.FINAL,
        (60, -60),
        (60, 0),
    )


def test_two_gifts_at_the_last_free_minutes_of_the_cap(kin: Kin) -> None:
    street = kin.street
    one, other = kin.waiting(60), kin.waiting(60)
    street.uow.run(lambda s: set_cap(s, ONE, 119, NOW + HOUR))

    def click(gift: UUID) -> Callable[[], None]:
        code = kin.code(gift)
        return lambda: street.act(kin.giver, lambda ctx: confirm(ctx, ONE, gift, code))

    results = at_once(click(one), click(other))
    assert succeeded(results) == 1
    assert [type(each) for each in results if isinstance(each, DomainError)] == [CapReached]
    assert kin.towns.position() == (0, 60)
    assert street.count(Gift, Gift.state == GiftState.HELD) == 1


def test_taking_back_against_the_job(kin: Kin) -> None:
    """The giver's click comes in time, the job's run after it: one of them does it all."""
    street, gift = kin.street, kin.held(60)
    results = at_once(
        lambda: street.act(kin.giver, lambda ctx: take_back(ctx, ONE, gift)),
        lambda: street.act(SYSTEM, lambda ctx: settle(ctx, ONE, gift), AFTER),
    )
    went = kin.state(gift) is GiftState.FINAL
    assert went or kin.state(gift) is GiftState.TAKEN_BACK
    assert [type(each) for each in results if isinstance(each, DomainError)] in (
        [],
        [say.WindowOver],
    )
    minutes = 60 if went else 0
    assert (kin.towns.cleared(), kin.towns.position()) == ((minutes, -minutes), (minutes, 0))
