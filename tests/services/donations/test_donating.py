"""Giving for good: from one's own coins, with a certificate, and never more than there is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Transfer
from models.papers import Paper
from models.people import Member, MemberStatus
from services.donations import sentences as say
from services.donations.overflowing import set_overflow
from services.donations.tracing import traced
from services.errors import DomainError, Forbidden
from services.ledger.accounts import account_id, open_account
from services.ledger.drafts import Draft, Leg, NotEnough, Stamp
from services.ledger.post import post
from services.papers.issuing import content_of
from services.people.family_errors import WardMayNot
from services.people.guardians import record_guardian
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.reversing.posting import reverse_posting
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.donations.kit import AFTER, GIVEN_LATER, Giving
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]


@pytest.fixture
def giving(street: Street) -> Giving:
    return Giving(street)


def _gets(street: Street, member: UUID, kind: AccountKind, minutes: int) -> UUID:
    """Coins of another origin, straight through the ledger."""
    period = "2026Q1" if kind is AccountKind.GRANTED else ""

    def work(session: Session) -> UUID:
        key = open_account(session, LONGWAN, kind, now=NOW, owner_id=member, period=period)
        legs = (Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes), Leg(key, minutes))
        draft = Draft(LONGWAN, "grant", f"test:{key}", legs, NOW)
        post(session, [draft], Stamp(NOW, SYSTEM.id))
        return key

    return street.uow.run(work)


def _certificate(street: Street, donation: UUID) -> Paper:
    query = sa.select(Paper).where(Paper.subject_id == donation)
    return street.look(lambda session: session.scalars(query).one())


def test_received_coins_go_first_and_granted_ones_never(giving: Giving) -> None:
    """Somebody of 17 may give, and nothing is kept back but what was granted."""
    street, donor = giving.street, giving.other
    granted = _gets(street, donor, AccountKind.GRANTED, 100)
    received = _gets(street, donor, AccountKind.RECEIVED, 50)
    with pytest.raises(say.NotEnoughToDonate) as refused:
        giving.gives(651, donor)
    assert refused.value.params == {"available_minutes": 650}
    donation = giving.gives(80, donor, to="pool")
    assert street.balance(granted) == (100, 0)
    assert street.balance(received) == (0, 0)
    assert street.earned(donor) == (570, 0)
    assert street.pool() == (80, 0)

    (row,) = giving.donations()
    assert (row.id, row.how, row.fund_id, row.witness_id) == (donation, "own", None, None)
    paper = _certificate(street, donation)
    content = street.act(SYSTEM, lambda ctx: content_of(ctx, paper))
    assert content["to"] == "pool"
    assert (content["minutes"], content["reference"]) == (80, row.reference)
    assert giving.breaches() == []


def test_the_counter_gives_for_strangers_alone(giving: Giving) -> None:
    street = giving.street
    giving.gives(30, by=street.staff)
    (row,) = giving.donations()
    assert (row.how, row.witness_id, row.criteria) == ("counter", street.staff, {"age_from": 80})
    with pytest.raises(Forbidden):
        giving.gives(30, by=giving.other)
    other = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session, street.branch))
    street.act(
        street.staff, lambda ctx: record_kinship(ctx, giving.donor, other, "child", "户口簿")
    )
    with pytest.raises(say.OwnOrKinDonation):
        giving.gives(30, by=other)


@pytest.mark.parametrize(
    ("minutes", "to", "refusal"),
    [
        (0, "pool", say.NothingDonated),
        (-5, "pool", say.NothingDonated),
        (601, "pool", say.NotEnoughToDonate),
        (10**30, "pool", say.NotEnoughToDonate),
        (10, "somewhere", say.FundUnknown),
        (10, str(UUID(int=3)), say.FundUnknown),
    ],
    ids=["nothing", "less", "more", "no-number", "no-id", "no-fund"],
)
def test_what_is_no_donation(
    giving: Giving, minutes: int, to: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        giving.gives(minutes, to=to)
    assert giving.street.earned(giving.donor) == (600, 0)


def test_a_ward_and_whoever_has_left_give_nothing(giving: Giving) -> None:
    street = giving.street
    street.act(
        street.staff,
        lambda ctx: record_guardian(
            ctx, giving.donor, street.admins[0], "court", "(2026)浙0303民特1号", NOW.date()
        ),
    )
    with pytest.raises(WardMayNot):
        giving.gives(10)
    with pytest.raises(WardMayNot):
        giving.gives(10, by=street.staff)
    street.uow.run(
        lambda session: setattr(
            session.get_one(Member, giving.other), "status", MemberStatus.CLOSED
        )
    )
    with pytest.raises(say.DonorNotActive):
        giving.gives(10, giving.other, by=street.staff)


def _nearly_full(giving: Giving, room: int) -> int:
    """The volunteer may store only so much more; returns the storage cap."""
    key = account_id(LONGWAN, AccountKind.EARNED, giving.donor)
    account = giving.street.look(lambda session: session.get_one(Account, (LONGWAN, key)))
    assert account.ceiling_minutes is not None
    giving.street.give_coins(giving.donor, account.ceiling_minutes - 600 - room)
    return account.ceiling_minutes


def test_overflow_goes_where_the_member_says(giving: Giving) -> None:
    """The elder is charged as ever; what does not fit is a donation with its certificate."""
    street = giving.street
    street.give_coins(street.elder, 300)
    street.act(giving.donor, lambda ctx: set_overflow(ctx, giving.donor, str(giving.fund)))
    cap = _nearly_full(giving, 25)
    visit = giving.served(street.open_request())
    assert street.earned(giving.donor) == (cap, 0)
    assert street.earned(street.elder) == (240, 0)
    assert giving.has() == (35, 0)
    (row,) = giving.donations()
    assert (row.how, row.amount_minutes, row.fund_id) == ("overflow", 35, giving.fund)
    assert row.transfer_id == street.visit(visit).transfer_id
    assert giving.breaches() == []

    # The fund is closed since: then to the pool, without another word from the member.
    giving.closes()
    later = START + timedelta(hours=24)
    request = street.open_request(starts_at=later)
    visit = street.accepted(request)
    street.come(visit, later)
    street.go(visit, 60, later)
    done = later + timedelta(hours=2)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), done)
    row = giving.donations()[-1]
    assert (row.how, row.amount_minutes, row.fund_id) == ("overflow", 60, None)
    assert street.pool() == (95, 0)

    # A false record is reversed whole, and its certificate says that it no longer holds.
    street.act(
        street.admins[1],
        lambda ctx: reverse_posting(ctx, LONGWAN, row.transfer_id, "wrong_time"),
        done,
    )
    assert _certificate(street, row.id).withdrawn_reason == "reversed"
    assert giving.breaches() == []


def test_the_instruction_is_the_members_own(giving: Giving) -> None:
    street, donor = giving.street, giving.donor
    for to, refusal in (("x", say.FundUnknown), (str(UUID(int=4)), say.FundUnknown)):
        with pytest.raises(refusal):
            street.act(donor, lambda ctx, to=to: set_overflow(ctx, donor, to))
    with pytest.raises(Forbidden):
        street.act(giving.other, lambda ctx: set_overflow(ctx, donor, "pool"))
    street.act(street.staff, lambda ctx: set_overflow(ctx, donor, str(giving.fund)))
    giving.closes()
    with pytest.raises(say.FundClosed):
        street.act(donor, lambda ctx: set_overflow(ctx, donor, str(giving.fund)))
    street.act(donor, lambda ctx: set_overflow(ctx, donor, "pool"))


def test_a_gift_that_was_used_is_not_taken_back_in_silence(giving: Giving) -> None:
    """A reversal of what elders have used already is refused: no floor is broken."""
    street = giving.street
    street.issue(300)
    donation = giving.gives(60)
    giving.served(street.open_request(), by=None)
    (row,) = giving.donations()
    assert row.id == donation
    with pytest.raises(NotEnough):
        street.act(
            street.admins[0],
            lambda ctx: reverse_posting(ctx, LONGWAN, row.transfer_id, "wrong_person"),
            AFTER,
        )
    again = giving.gives(60, giving.other, now=GIVEN_LATER)
    street.act(
        street.admins[0],
        lambda ctx: reverse_posting(ctx, LONGWAN, row.transfer_id, "wrong_person"),
        AFTER,
    )
    found = street.act(SYSTEM, lambda ctx: traced(ctx, LONGWAN, giving.fund), AFTER)
    assert [(use.donation, use.minutes) for use in found.uses] == [(again, 60)]
    assert giving.breaches() == []


def test_the_last_minutes_are_given_or_held_once(giving: Giving) -> None:
    """Sixty minutes, at once: a donation of all of them, another one, and a request."""
    street = giving.street
    street.give_coins(street.elder, 60)
    form = AskForm(street.elder, "A04", START, 60)

    def give(to: str) -> UUID:
        return giving.gives(60, street.elder, to=to)

    def wish() -> UUID:
        return street.act(street.elder, lambda ctx: ask(ctx, form))

    results = at_once(lambda: give("pool"), lambda: give(str(giving.fund)), wish)
    assert succeeded(results) >= 1
    posted, held = street.earned(street.elder)
    assert (posted, held) in ((0, 0), (60, 60))
    assert street.pool()[0] + giving.has()[0] == 60 - posted
    assert street.count(Transfer, Transfer.kind == "donation") == (60 - posted) // 60


def test_a_fund_is_never_promised_twice_nor_left_behind(giving: Giving) -> None:
    """Two elders, one donation, and the fund is closed: all at once, and every minute is found."""
    street = giving.street
    second = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    giving.gives(60)
    mine, hers = street.ask(), street.ask(elder_id=second)
    at_once(
        lambda: street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, mine)),
        lambda: street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, hers)),
        lambda: giving.gives(60, giving.other, now=NOW),
        lambda: giving.closes(NOW),
    )
    fund, pool = giving.has(), street.pool()
    assert fund[0] == fund[1]
    assert fund[0] + pool[0] in (60, 120)
    assert giving.breaches() == []
