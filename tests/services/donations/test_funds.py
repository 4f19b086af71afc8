"""A fund helps those whom it is for before the pool is asked, and every minute of it is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.giving import Donation
from models.ledger import AccountKind, Entry
from models.oversight import OutboxMessage
from models.requests import RequestState
from services.donations import closing
from services.donations import sentences as say
from services.donations.funds import FundForm, open_fund
from services.donations.tracing import traced
from services.errors import DomainError, Forbidden
from services.ledger.accounts import account_id, fund_account, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.queries.admin.issuing import issue_file
from services.queries.donations import fund_line
from services.requests.ending import cancel
from services.requests.reviewing import approve
from services.reversing.posting import reverse_posting
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.donations.kit import AFTER, GIVEN_LATER, Giving
from tests.services.visits.conftest import START, Street, street

__all__ = ["street"]


@pytest.fixture
def giving(street: Street) -> Giving:
    return Giving(street)


def _uses(giving: Giving, donation: UUID) -> list[int]:
    found = giving.street.act(SYSTEM, lambda ctx: traced(ctx, LONGWAN, giving.fund), AFTER)
    return [use.minutes for use in found.uses if use.donation == donation]


def test_a_fund_pays_what_the_elder_lacks_and_no_more(giving: Giving) -> None:
    """Two donors, one draw: the earlier gift is used first, and both can tell it."""
    street = giving.street
    street.give_coins(street.elder, 20)
    street.issue(100)
    first = giving.gives(30)
    second = giving.gives(50, giving.other, now=GIVEN_LATER)
    request = street.open_request()
    assert street.request(request).state is RequestState.OPEN
    assert giving.has() == (80, 40)
    assert street.pool() == (100, 0)

    # Half an hour is worth 30: the elder pays 20, and the fund the 10 that are lacking.
    served = giving.served(request, 30)
    assert giving.has() == (70, 0)
    assert (street.earned(street.elder), street.pool()) == ((0, 0), (100, 0))
    assert (_uses(giving, first), _uses(giving, second)) == ([10], [])

    shown = street.act(street.elder, lambda ctx: fund_line(ctx, LONGWAN, giving.fund), AFTER)
    assert (shown.given_minutes, shown.used_minutes, shown.free_minutes) == (80, 10, 70)
    later = START + timedelta(hours=24)
    request = street.open_request(starts_at=later)
    assert giving.has() == (70, 60)
    visit = street.accepted(request)
    street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request), GIVEN_LATER)
    assert giving.has() == (70, 0)
    assert street.visit(visit).ended_at is not None

    # The visit never was: what it drew is back, and both donors read so.
    street.act(
        street.admins[0],
        lambda ctx: reverse_posting(ctx, LONGWAN, street.visit(served).transfer_id, "wrong_time"),
        AFTER,
    )
    assert giving.has() == (80, 0)
    assert (_uses(giving, first), _uses(giving, second)) == ([], [])
    shown = street.act(street.elder, lambda ctx: fund_line(ctx, LONGWAN, giving.fund), AFTER)
    assert (shown.given_minutes, shown.used_minutes, shown.free_minutes) == (80, 0, 80)
    assert giving.breaches() == []


def test_whoever_waits_is_helped_by_a_gift(giving: Giving) -> None:
    """The pool is empty and holds back who needs it; a fund opens only whom it is for."""
    street = giving.street
    young = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=4, age=70))
    needy = street.ask(elder_id=young)
    mine = street.ask()
    for request in (needy, mine):
        street.act(street.staff, lambda ctx, r=request: approve(ctx, LONGWAN, r))
    assert street.request(mine).state is RequestState.WAITING_POOL

    giving.gives(50)
    assert street.request(mine).state is RequestState.WAITING_POOL
    # What the region would have to issue is told without what the fund gives.
    queue = street.act(street.admins[0], lambda ctx: issue_file(ctx, LONGWAN).queue)
    assert [line.needed_minutes for line in queue] == [60, 10]
    # Ten more, from the pool, are not there: she of grade 4 is before, and waits for the pool.
    giving.gives(10, to="pool", now=GIVEN_LATER)
    assert street.request(mine).state is RequestState.WAITING_POOL
    giving.gives(10, giving.other, now=GIVEN_LATER)
    assert street.request(mine).state is RequestState.OPEN
    assert street.request(needy).state is RequestState.WAITING_POOL
    assert (giving.has(), street.pool()) == ((60, 60), (10, 0))

    giving.gives(50, to="pool", now=GIVEN_LATER)
    assert street.request(needy).state is RequestState.OPEN
    assert giving.breaches() == []


def test_of_a_pair_the_one_who_is_charged_is_paid_by_the_fund(giving: Giving) -> None:
    """Two come, the fund pays the elder's share once, and the pool all that is beside it."""
    street = giving.street
    street.issue(600)
    giving.gives(200)
    trained = [
        street.act(SYSTEM, lambda ctx, s=sex: factories.create_volunteer(ctx.session, "P2"))
        for sex in ("one", "two")
    ]
    request = street.open_request("A06", 60)
    assert street.request(request).people_needed == 2
    visits = [street.accepted(request, by=each) for each in trained]
    for visit in visits:
        street.come(visit)
    for visit, minutes in zip(visits, (50, 60), strict=True):
        street.go(visit, minutes)
    for visit in visits:
        street.act(street.elder, lambda ctx, v=visit: confirm(ctx, LONGWAN, v), AFTER)
    assert giving.has() == (140, 0)
    assert street.pool()[1] == 0
    assert giving.breaches() == []


def test_a_closed_fund_leaves_the_rest_to_the_pool(giving: Giving) -> None:
    """What is set aside for an elder stays so; what comes free later follows by itself."""
    street = giving.street
    giving.gives(100)
    giving.gives(40, giving.other, now=GIVEN_LATER)
    request = street.open_request()
    giving.closes(GIVEN_LATER + timedelta(minutes=1))
    assert giving.has() == (60, 60)
    assert street.pool() == (80, 0)
    with pytest.raises(say.FundClosedAlready):
        giving.closes()
    with pytest.raises(say.FundClosed):
        giving.gives(10)
    told = {each: _told(street, each) for each in (giving.donor, giving.other)}
    assert told[giving.donor][0] == say.FUND_ENDED
    assert told[giving.other][0] == say.FUND_ENDED_USED

    assert street.act(SYSTEM, closing.closed_funds) == [(LONGWAN, giving.fund)]
    street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request), GIVEN_LATER)
    moved = street.act(
        SYSTEM, lambda ctx: closing.sweep_closed(ctx, LONGWAN, giving.fund), GIVEN_LATER
    )
    assert moved == 60
    assert (giving.has(), street.pool()) == ((0, 0), (140, 0))
    assert street.act(SYSTEM, closing.closed_funds) == []
    assert giving.breaches() == []


def _told(street: Street, member: UUID) -> list[str]:
    query = (
        sa.select(OutboxMessage.sentence)
        .where(OutboxMessage.member_id == member)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    )
    return street.look(lambda session: list(session.scalars(query)))


FORM = {"book": LONGWAN, "kind": "group", "name": "样例", "name_en": "Sample", "age_from": 80}
BODY = {**FORM, "kind": "body", "registration": "53330300MJ0000000X"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "shop"}, say.FundKindUnknown),
        ({"age_from": None}, say.CriteriaMissing),
        ({"grade_from": 5}, say.CriteriaWrong),
        ({"age_from": 0}, say.CriteriaWrong),
        ({"name": " "}, say.FundNameMissing),
        ({"name_en": "x" * 61}, say.FundNameMissing),
        ({"name": "八十岁以上老人"}, say.FundNameTaken),
        ({**BODY, "registration": ""}, say.RegistrationMissing),
        ({**BODY, "branches": ()}, say.BranchesMissing),
        ({**BODY, "branches": (UUID(int=5),)}, say.BranchesMissing),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_a_fund_may_not_be(
    giving: Giving, changes: dict[str, object], refusal: type[DomainError]
) -> None:
    form = FundForm(**{**FORM, **changes})
    with pytest.raises(refusal):
        giving.street.act(giving.street.admins[0], lambda ctx: open_fund(ctx, form))


def test_a_body_helps_the_elders_of_its_branches(giving: Giving) -> None:
    street = giving.street
    body = giving.opens(
        kind="body",
        name="样例公益社",
        name_en="Sample Society",
        age_from=None,
        registration="53330300MJ0000000X",
        branches=(street.branch,),
    )
    giving.gives(60, to=str(body))
    street.open_request()
    assert street.balance(fund_account(LONGWAN, body)) == (60, 60)
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: closing.close_fund(ctx, LONGWAN, body))
    with pytest.raises(say.FundUnknown):
        street.act(street.admins[0], lambda ctx: closing.close_fund(ctx, LONGWAN, UUID(int=1)))


def test_a_minute_that_nobody_gave_is_found(giving: Giving) -> None:
    """Somebody takes a donation's row away, or moves a fund's coins elsewhere."""
    street = giving.street
    giving.gives(60)
    fund, pool = fund_account(LONGWAN, giving.fund), pool_of(LONGWAN)
    moved = Draft(LONGWAN, "service", "test:in", (Leg(pool, -5), Leg(fund, 5)), NOW)
    taken = Draft(LONGWAN, "closed_door", "test:out", (Leg(fund, -9), Leg(pool, 9)), NOW)
    street.issue(100)
    street.uow.run(lambda session: post(session, [moved, taken], Stamp(NOW, SYSTEM.id)))
    false = {
        "book": LONGWAN,
        "id": UUID(int=9),
        "reference": "D0000-0000",
        "donor_id": giving.donor,
        "fund_id": None,
        "criteria": {},
        "amount_minutes": 600,
        "how": "own",
        "at": NOW,
        "transfer_id": street.look(lambda s: s.scalar(sa.select(Entry.transfer_id).limit(1))),
    }
    street.uow.run(lambda session: session.add(Donation(**false)))
    # A second certificate for the first one's coins, and coins that bear nobody's name.
    [first] = [row for row in giving.donations() if row.id != UUID(int=9)]
    second = {"id": UUID(int=8), "reference": "D0000-0001", "transfer_id": first.transfer_id}
    of_first = {"fund_id": giving.fund, "amount_minutes": 60}
    street.uow.run(lambda session: session.add(Donation(**{**false, **of_first, **second})))
    earned = account_id(LONGWAN, AccountKind.EARNED, giving.donor)
    nameless = Draft(LONGWAN, "donation", "test:pool", (Leg(earned, -7), Leg(pool, 7)), NOW)
    street.uow.run(lambda session: post(session, [nameless], Stamp(NOW, SYSTEM.id)))
    codes = sorted(each.split()[0] for each in giving.breaches())
    assert codes == [
        "donation_not_booked",
        "donation_not_booked",
        "fund_drawn_without_service",
        "fund_without_donation",
        "transfer_without_donation",
    ]
