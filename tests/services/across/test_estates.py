"""Heirs of another region: the share crosses, or waits until a corridor opens, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.corridors import Corridor
from models.estates import EstateMove, EstateState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.people import Member
from services.context import Context
from services.corridors.sentences import CorridorShut
from services.estates import claiming
from services.estates import notice_sentences as say
from services.estates.listing import HeirForm, add_heir
from services.estates.undoing import undo
from services.ledger.accounts import account_id, inherited_period, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.moving.acting import MoveForm, move
from services.policy import SYSTEM
from services.queries.estate_shares import my_share
from services.reversing.posting import reverse_posting
from services.reversing.sentences import OfEstate
from tests.country import ONE, TWO, set_cap
from tests.factories import LONGWAN, VAULT
from tests.services.across.kit import Towns, street
from tests.services.estates.notice_kit import AFTER, house
from tests.services.visits.conftest import Street

__all__ = ["street"]

PERIOD = inherited_period(AFTER.date())


class Mourning:
    """Two heirs share what the street's dead left: one of the street, one of the other town."""

    def __init__(self, street: Street) -> None:
        self.towns = Towns(street)
        self.street, self.home = street, house(street, minutes=91, relations=(("spouse", 78),))
        self.away = self.towns.joins(age=62)
        form = HeirForm(name="", relation="child", evidence="户口簿", member_id=self.away)
        street.act(street.staff, lambda ctx: add_heir(ctx, LONGWAN, self.home.estate, form))
        self.home.publish()

    def got(self) -> int:
        """What the heir of the other town has inherited at home."""
        return self.towns.coins(TWO, self.away, AccountKind.RECEIVED, PERIOD)

    def shut(self, mode: str = "none") -> None:
        """Close the corridor, or open it again."""
        self.street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode=mode)))

    def told(self) -> set[str]:
        """What the heir of the other town has read."""
        query = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == self.away)
        return self.street.look(lambda s: set(s.scalars(query)))

    def undo(self) -> None:
        """The person lives."""
        self.street.act(
            self.street.admins[1],
            lambda ctx: undo(ctx, LONGWAN, self.home.estate, "本人来了"),
            AFTER + timedelta(days=1),
        )


@pytest.fixture
def mourning(street: Street) -> Iterator[Mourning]:
    found = Mourning(street)
    yield found
    assert found.towns.breaches(AFTER) == set()


def test_a_share_crosses_at_the_division_whatever_the_cap(mourning: Mourning) -> None:
    towns, home = mourning.towns, mourning.home
    mourning.street.uow.run(lambda s: set_cap(s, ONE, 0, AFTER))
    home.divide(key="once")
    home.divide(key="once")
    assert (mourning.got(), home.on_estate(), home.row().state) == (45, 0, EstateState.SETTLED)
    assert (towns.cleared(), towns.position(), towns.position(TWO)) == (
        (45, -45),
        (45, 0),
        (-45, 0),
    )
    assert say.SHARE_PAID in mourning.told()
    line = home.lines()[mourning.away]
    seen = mourning.street.act(
        mourning.away, lambda ctx: my_share(ctx, LONGWAN, home.estate, line.id), AFTER
    )
    assert (seen.left_minutes, seen.claimable) == (45, False)
    moved = mourning.street.look(
        lambda s: s.scalar(sa.select(EstateMove.transfer_id).where(EstateMove.heir_id == line.id))
    )
    with pytest.raises(OfEstate):
        mourning.street.act(
            mourning.street.admins[0],
            lambda ctx: reverse_posting(ctx, LONGWAN, moved, "wrong_person"),
            AFTER,
        )


def test_it_waits_for_a_corridor_and_the_job_brings_it(mourning: Mourning) -> None:
    home, street = mourning.home, mourning.street
    mourning.shut()
    home.divide()
    line = home.lines()[mourning.away].id
    assert (home.on_estate(), mourning.got()) == (45, 0)
    assert say.SHARE_WAITS_ELSEWHERE in mourning.told()
    with pytest.raises(CorridorShut):
        home.claim(line, mourning.away)
    seen = street.act(mourning.away, lambda ctx: my_share(ctx, LONGWAN, home.estate, line), AFTER)
    assert (type(seen.barrier), seen.claimable) == (CorridorShut, False)
    late = AFTER + timedelta(days=4 * 366)

    def run() -> list[bool]:
        due = street.act(SYSTEM, claiming.due_to_cross, late)
        return [
            street.act(SYSTEM, lambda ctx, d=each: claiming.cross(ctx, *d), late) for each in due
        ]

    assert run() == [False]
    assert street.act(SYSTEM, lambda ctx: claiming.lapse(ctx, LONGWAN, home.estate), late) == 0
    mourning.shut("both")
    assert run() == [True]
    assert run() == []
    assert (mourning.got(), home.on_estate(), home.row().state) == (45, 0, EstateState.SETTLED)


def test_the_heir_claims_it_once_the_way_is_open(mourning: Mourning) -> None:
    mourning.shut()
    mourning.home.divide()
    mourning.shut("both")
    line = mourning.home.lines()[mourning.away].id
    mourning.home.claim(line, mourning.away)
    assert (mourning.got(), mourning.towns.cleared()) == (45, (45, -45))
    with pytest.raises(say.ClaimedAlready):
        mourning.home.claim(line, mourning.away)


def test_a_mistaken_death_takes_it_back(mourning: Mourning) -> None:
    street, home = mourning.street, mourning.home
    home.divide()
    mourning.undo()
    assert (mourning.got(), mourning.towns.cleared(), mourning.towns.position()) == (
        0,
        (0, 0),
        (0, 0),
    )
    assert street.earned(home.dead) == (91, 0)


@pytest.mark.parametrize("used", [5, 45])
def test_what_is_used_by_then_comes_from_the_pool(mourning: Mourning, used: int) -> None:
    street, home = mourning.street, mourning.home
    street.issue(100)
    home.divide()
    before = street.pool()[0]

    def spend(ctx: Context) -> None:
        own = account_id(TWO, AccountKind.RECEIVED, mourning.away, PERIOD)
        legs = (Leg(own, -used), Leg(pool_of(TWO), used))
        post(ctx.session, [Draft(TWO, "test", "used", legs, ctx.now)], Stamp(ctx.now, SYSTEM.id))

    street.act(SYSTEM, spend, AFTER)
    mourning.undo()
    kept: UUID = home.dead
    assert (street.earned(kept), mourning.got()) == ((91, 0), 0)
    # One minute of the remainder comes back from the pool as well.
    assert street.pool()[0] == before - used - 1
    assert mourning.towns.cleared() == (used, -used)
    assert home.row().state is EstateState.UNDONE


def test_whoever_has_moved_home_gives_it_back_from_there(mourning: Mourning) -> None:
    """The heir has carried the share along: nobody's pool makes it up."""
    street, home, away = mourning.street, mourning.home, mourning.away
    street.issue(100)
    home.divide()
    before = street.pool()[0]
    sealed = street.look(lambda s: s.get_one(Member, away).id_number_sealed)
    number = VAULT.open("member.id_number", sealed)
    form = MoveForm(away, street.branch, "鹿城样例巷 6 号", id_number=number)
    street.act(street.staff, lambda ctx: move(ctx, form), AFTER)
    assert mourning.towns.coins(ONE, away, AccountKind.RECEIVED, PERIOD) == 45
    mourning.undo()
    assert mourning.towns.coins(ONE, away, AccountKind.RECEIVED, PERIOD) == 0
    assert (street.earned(home.dead), mourning.got()) == ((91, 0), 0)
    # The remainder of the division alone comes from there.
    assert street.pool()[0] == before - 1
    assert mourning.towns.cleared() == (0, 0)
