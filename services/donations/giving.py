"""A member gives coins to everybody's good: final at once, and with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from models.giving import Donation
from models.ledger import AccountKind
from models.people import Member
from models.places import Book
from services import policy
from services.acts import key_book, once
from services.context import Context
from services.corridors.claiming import claim
from services.corridors.crossing import post_across
from services.donations import sentences as say
from services.donations.finding import require_donor
from services.donations.funds import fund_of
from services.donations.writing import COUNTER, OWN, write
from services.ledger.accounts import (
    Standing,
    available_minutes,
    fund_account,
    pool_of,
    standings,
)
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg, NotBalanced, NotEnough, Stamp
from services.ledger.drafts import spread as slot_of
from services.ledger.expiry import lock_accounts
from services.ledger.holds import spread
from services.ledger.post import post, transfer_id_of
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.requests.funding import fund_waiting, waiting_order
from services.visits.days import lock_members

#: Granted coins are help, not property: they are never given on.
GIVEN = (AccountKind.RECEIVED, AccountKind.EARNED)


@dataclass(frozen=True, slots=True)
class DonationForm:
    """Who gives how many standard minutes, and where to: ``pool``, or the id of a fund.

    ``to_book`` is the region whose pool or fund it is; None: the donor's own.
    """

    donor_id: UUID
    to: str
    minutes: int
    to_book: str | None = None


def givable(ctx: Context, donor: Member) -> list[Standing]:
    """The accounts that a donor gives from, in the order of spending."""
    found = standings(ctx.session, donor.home_book, donor.id, now=ctx.now)
    return [each for each in found if each.kind in GIVEN]


def donate(ctx: Context, form: DonationForm) -> UUID:
    """Give coins away for good, by the own login or at the counter; returns the donation's id.

    Raises NothingDonated, NotEnoughToDonate, FundUnknown, FundClosed, DonorNotActive, WardMayNot
    or OwnOrKinDonation, and for another region NotJoined, CorridorShut or CapReached. Requests
    that wait for help there go on with it in the same act.
    """
    donor = member_row(ctx.session, form.donor_id)
    policy.require(ctx.actor, "donation.make", subject_of(donor))
    book = key_book(ctx, books_of(donor))
    done = once(ctx, book, "donation.make", asdict(form), lambda: _donate(ctx, form, donor))
    return UUID(done["donation_id"])


def _donate(ctx: Context, form: DonationForm, donor: Member) -> dict[str, str]:
    if form.minutes <= 0:
        raise say.NothingDonated(field="minutes")
    lock_members(ctx.session, {donor.id})
    here, there = donor.home_book, form.to_book or donor.home_book
    require_donor(ctx, donor)
    available = available_minutes(givable(ctx, donor))
    if form.minutes > available:
        raise say.NotEnoughToDonate(available_minutes=available)
    if ctx.session.get(Book, there) is None:
        raise say.FundUnknown(field="to")
    fund = fund_of(ctx.session, there, form.to)
    target = fund_account(there, fund.id) if fund else pool_of(there)
    # The queue is locked before the accounts, as everybody does who cancels or approves.
    waiting_order(ctx, there)
    draft = Draft(here, "donation", f"donation:{ctx.new_id()}", (), ctx.now)
    how = OWN if ctx.actor.id == donor.id else COUNTER
    row = write(ctx, here, donor, fund, form.minutes, how, transfer_id_of(draft), to_book=there)
    if there == here:
        _post(ctx, donor, draft, target, form.minutes)
    else:
        _post_across(ctx, donor, draft, row, Leg(target, form.minutes))
    fund_waiting(ctx, there)
    return {"donation_id": str(row.id)}


def _post(ctx: Context, donor: Member, draft: Draft, target: UUID, minutes: int) -> None:
    """Take the minutes in the order of spending, counted under the locks."""
    stamp = Stamp(ctx.now, ctx.actor.id)
    keys = [each.account_id for each in givable(ctx, donor)]
    lock_accounts(ctx.session, draft.book, [*keys, target], {slot_of(draft.key)}, stamp)
    found = givable(ctx, donor)
    if available_minutes(found) < minutes:
        raise say.NotEnoughToDonate(available_minutes=available_minutes(found))
    legs = (*_taken(found, minutes), Leg(target, minutes))
    post(ctx.session, [replace(draft, legs=legs, acting_for_id=_acting_for(ctx, donor))], stamp)


def _post_across(ctx: Context, donor: Member, draft: Draft, row: Donation, given: Leg) -> None:
    """One half out of the donor's book, one into that of the fund; the caps are held to."""
    here, there, minutes = draft.book, row.to_book, given.amount_minutes
    assert there is not None
    claim(ctx, here, there, minutes, purpose="donation", subject_id=row.id, at_once=True)
    found = givable(ctx, donor)
    whole = replace(draft, acting_for_id=_acting_for(ctx, donor))
    giving = replace(whole, legs=(*_taken(found, minutes), gives(here, there, minutes)))
    taking = replace(whole, book=there, legs=(takes(there, here, minutes), given))
    try:
        post_across(
            ctx,
            [giving, taking],
            [Crossing(here, there, minutes)],
            payer_book=here,
            key=draft.key,
            subjects=[(here, row.id)],
        )
    except (NotEnough, NotBalanced) as lost:
        # Promised elsewhere between the look and the lock.
        raise say.NotEnoughToDonate(available_minutes=available_minutes(found)) from lost


def _taken(found: Sequence[Standing], minutes: int) -> tuple[Leg, ...]:
    """Negative legs in the order of spending."""
    return tuple(replace(leg, amount_minutes=-leg.amount_minutes) for leg in spread(found, minutes))


def _acting_for(ctx: Context, donor: Member) -> UUID | None:
    return donor.id if ctx.actor.id != donor.id else None
