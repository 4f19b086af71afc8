"""What comes after a move, or at the same moment, and still means the coins of before."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.corridors import Corridor
from models.giving import Donation, Gift, GiftState
from models.ledger import AccountKind
from models.requests import Request, RequestState, VisitState
from services.context import Context
from services.donations import giving
from services.donations.giving import DonationForm, donate
from services.gifts.making import GiftForm, make
from services.moving import acting
from services.moving import sentences as say
from services.people.kin import grant_delegation, record_kinship
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.requests.sentences import SpendLimit
from services.visits.checking import Proof, check_in
from services.visits.confirming import confirm
from tests import factories
from tests.country import FAR, ONE, TWO, open_corridor
from tests.factories import NOW
from tests.services.gifts.conftest import Family
from tests.services.gifts.test_deaths import HOUR, dies
from tests.services.moving.conftest import Towns
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once

DAY = timedelta(days=1)
ON_SQLITE = pytest.mark.parametrize("towns", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize(
    "towns", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@ON_SQLITE
@pytest.mark.parametrize("mover", ["giver", "receiver"])
def test_a_death_is_reported_after_the_other_side_has_moved(towns: Towns, mover: str) -> None:
    """The gift went over after the death; its coins come back from where they are now."""
    family = Family(towns)
    gift = family.final(60)
    moved, dead = (
        (family.giver, family.mother) if mover == "giver" else (family.mother, family.giver)
    )
    towns.at_counter(moved, now=NOW + 9 * DAY)
    found = dies(family, dead, NOW + HOUR, NOW + 10 * DAY)
    assert [(key, each.came_back) for key, each in found.items()] == [(gift, True)]
    assert family.state(gift) is GiftState.RETURNED
    assert towns.is_shut(ONE, moved)
    # The death of this scene has no estate.
    assert [each for each in towns.breaches() if "death_without_estate" not in each] == []


@pytest.mark.parametrize("mover", ["elder", "volunteer"])
def test_a_visit_begins_while_one_of_its_people_moves(
    towns: Towns, mover: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    towns.fill_pool(TWO)
    visit = towns.accepted(towns.open_request())
    code, looked, begun = towns.digits(visit)["in"], Event(), Event()
    now = START - timedelta(minutes=5)
    look = acting.hindrances

    def looks(*given: Any) -> Any:
        found = look(*given)
        looked.set()
        return found

    def comes(ctx: Context) -> None:
        check_in(ctx, ONE, visit, Proof(digits=code))
        begun.set()
        # Whoever moves may look before this is stored.
        looked.wait(0.3)

    def moves() -> Any:
        begun.wait(5)
        return towns.at_counter(getattr(towns, mover), now=now)

    monkeypatch.setattr(acting, "hindrances", looks)
    came, moved = at_once(lambda: towns.act(towns.volunteer, comes, now), moves)
    assert came is None
    assert isinstance(moved, say.MoveHindered)
    row = towns.visit(visit)
    assert (row.state, row.provider_book) == (VisitState.CHECKED_IN, ONE)
    assert towns.request(row.request_id).state is RequestState.FILLED
    assert towns.breaches() == []


@ON_POSTGRESQL
@pytest.mark.parametrize("to_book", [None, TWO])
def test_a_donor_moves_before_the_donation_is_written(
    towns: Towns, to_book: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes out of the book where the coins are by then."""
    towns.give_coins(towns.elder, 600)
    lock = giving.lock_members

    def moves_first(*given: Any) -> None:
        monkeypatch.setattr(giving, "lock_members", lock)
        towns.at_counter(towns.elder)
        lock(*given)

    monkeypatch.setattr(giving, "lock_members", moves_first)
    form = DonationForm(towns.elder, "pool", 60, to_book)
    towns.act(towns.elder, lambda ctx: donate(ctx, form))
    (row,) = towns.look(lambda s: s.scalars(sa.select(Donation).where(_any(Donation))).all())
    assert (row.book, row.to_book) == (TWO, None)
    assert towns.coins(TWO, towns.elder) == {("earned", ""): 540}
    assert towns.breaches() == []


def relate(towns: Towns, one: UUID, other: UUID, relation: str) -> None:
    """A branch records what ``other`` is to ``one``."""
    towns.act(towns.staff, lambda ctx: record_kinship(ctx, one, other, relation, "户口簿"))


def _any(model: Any) -> sa.ColumnElement[bool]:
    return model.book.in_((ONE, TWO, FAR))


@ON_SQLITE
def test_a_key_keeps_its_answer_in_the_new_book(towns: Towns) -> None:
    """Whoever never saw the answer, and has moved since, asks again with the same key."""
    giver = towns.volunteer
    for member in (giver, towns.elder):
        towns.give_coins(member, 600)
    relate(towns, giver, towns.elder, "parent")
    gift = GiftForm(giver, towns.elder, 60)
    donation = DonationForm(giver, "pool", 60)
    wish = AskForm(towns.elder, "A04", START, 60)

    def all_three() -> list[UUID]:
        return [
            towns.act(giver, lambda ctx: donate(ctx, donation), key="k1"),
            towns.act(giver, lambda ctx: make(ctx, gift), key="k2"),
            towns.act(towns.elder, lambda ctx: ask(ctx, wish), key="k3"),
        ]

    first = all_three()
    towns.uow.run(
        lambda s: s.execute(sa.update(Gift).where(_any(Gift)).values(state=GiftState.LAPSED))
    )
    for member in (giver, towns.elder):
        towns.at_counter(member)
    assert all_three() == first
    counts = [towns.count(model, _any(model)) for model in (Donation, Gift, Request)]
    # The request has been asked anew by the move, and by nobody else.
    assert counts == [1, 1, 2]
    assert towns.breaches() == []


@ON_SQLITE
def test_a_delegates_month_does_not_begin_again_in_the_new_book(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    child = towns.uow.run(factories.create_member)
    relate(towns, towns.elder, child, "child")
    let(towns, child, 100)

    def asks(days: int) -> UUID:
        form = AskForm(towns.elder, "A04", START + days * DAY, 60)
        return towns.act(child, lambda ctx: ask(ctx, form), START + 3 * HOUR if days else NOW)

    request = asks(0)
    towns.act(towns.staff, lambda ctx: approve(ctx, ONE, request))
    visit = towns.accepted(request)
    towns.come(visit)
    towns.go(visit)
    towns.act(towns.elder, lambda ctx: confirm(ctx, ONE, visit), START + 2 * HOUR)
    towns.at_counter(towns.elder, now=START + 3 * HOUR)
    with pytest.raises(SpendLimit) as refused:
        asks(3)
    # The 62 minutes of the old book count as well.
    assert refused.value.params["left_minutes"] == 100 - 62


def let(towns: Towns, child: UUID, minutes: int) -> None:
    """The elder lets somebody ask, for so much a month."""
    leave, until = frozenset({"see", "ask", "confirm"}), START.date() + timedelta(days=300)
    towns.act(
        towns.elder,
        lambda ctx: grant_delegation(ctx, towns.elder, child, leave, "own", until, minutes),
        NOW - timedelta(minutes=1),
    )


@ON_SQLITE
def test_whoever_pays_from_where_no_way_leads_to_does_not_hold_the_elder_back(
    towns: Towns,
) -> None:
    towns.give_coins(towns.elder, 600)
    towns.uow.run(lambda session: open_corridor(session, ONE, FAR))
    child = towns.uow.run(
        lambda session: factories.create_member(session, branch_id=towns.far_branch)
    )
    relate(towns, towns.elder, child, "child")
    let(towns, child, 600)
    towns.give(child, 100, AccountKind.EARNED, book=FAR)
    wish = AskForm(towns.elder, "A04", START, 60, payer=True)
    towns.act(child, lambda ctx: ask(ctx, wish))
    towns.uow.run(
        lambda s: s.execute(sa.update(Corridor).where(Corridor.one_code == TWO).values(mode="none"))
    )
    towns.at_counter(towns.elder)
    (there,) = towns.requests_in(TWO)
    assert (there.payer_id, there.payer_book, there.shortfall_minutes) == (None, None, 0)
    assert towns.held(FAR, child) == 0
    assert towns.held(TWO, towns.elder) > 0
    assert towns.breaches() == []
