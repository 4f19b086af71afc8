"""A member gives coins to everybody's good: final at once, and with a certificate."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from uuid import UUID

from models.ledger import AccountKind
from models.people import Member
from services import policy
from services.acts import once
from services.context import Context
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
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.drafts import spread as slot_of
from services.ledger.expiry import lock_accounts
from services.ledger.holds import spread
from services.ledger.post import post, transfer_id_of
from services.people.reading import member_row, subject_of
from services.requests.funding import fund_waiting, waiting_order
from services.visits.days import lock_members

#: Granted coins are help, not property: they are never given on.
GIVEN = (AccountKind.RECEIVED, AccountKind.EARNED)


@dataclass(frozen=True, slots=True)
class DonationForm:
    """Who gives how many standard minutes, and where to: ``pool``, or the id of a fund."""

    donor_id: UUID
    to: str
    minutes: int


def givable(ctx: Context, donor: Member) -> list[Standing]:
    """The accounts that a donor gives from, in the order of spending."""
    found = standings(ctx.session, donor.home_book, donor.id, now=ctx.now)
    return [each for each in found if each.kind in GIVEN]


def donate(ctx: Context, form: DonationForm) -> UUID:
    """Give coins away for good, by the own login or at the counter; returns the donation's id.

    Raises NothingDonated, NotEnoughToDonate, FundUnknown, FundClosed, DonorNotActive, WardMayNot
    or OwnOrKinDonation. Requests that wait for help go on with it in the same act.
    """
    donor = member_row(ctx.session, form.donor_id)
    policy.require(ctx.actor, "donation.make", subject_of(donor))
    book = donor.home_book
    done = once(ctx, book, "donation.make", asdict(form), lambda: _donate(ctx, form, donor))
    return UUID(done["donation_id"])


def _donate(ctx: Context, form: DonationForm, donor: Member) -> dict[str, str]:
    if form.minutes <= 0:
        raise say.NothingDonated(field="minutes")
    book = donor.home_book
    lock_members(ctx.session, {donor.id})
    require_donor(ctx, donor)
    here = available_minutes(givable(ctx, donor))
    if form.minutes > here:
        raise say.NotEnoughToDonate(available_minutes=here)
    fund = fund_of(ctx.session, book, form.to)
    target = fund_account(book, fund.id) if fund else pool_of(book)
    # The queue is locked before the accounts, as everybody does who cancels or approves.
    waiting_order(ctx, book)
    draft = Draft(book, "donation", f"donation:{ctx.new_id()}", (), ctx.now)
    how = OWN if ctx.actor.id == donor.id else COUNTER
    row = write(ctx, book, donor, fund, form.minutes, how, transfer_id_of(draft))
    _post(ctx, donor, draft, target, form.minutes)
    fund_waiting(ctx, book)
    return {"donation_id": str(row.id)}


def _post(ctx: Context, donor: Member, draft: Draft, target: UUID, minutes: int) -> None:
    """Take the minutes in the order of spending, counted under the locks."""
    stamp = Stamp(ctx.now, ctx.actor.id)
    keys = [each.account_id for each in givable(ctx, donor)]
    lock_accounts(ctx.session, draft.book, [*keys, target], {slot_of(draft.key)}, stamp)
    found = givable(ctx, donor)
    if available_minutes(found) < minutes:
        raise say.NotEnoughToDonate(available_minutes=available_minutes(found))
    taken = tuple(
        replace(leg, amount_minutes=-leg.amount_minutes) for leg in spread(found, minutes)
    )
    acting_for_id = donor.id if ctx.actor.id != donor.id else None
    legs = (*taken, Leg(target, minutes))
    post(ctx.session, [replace(draft, legs=legs, acting_for_id=acting_for_id)], stamp)
