"""What a mistaken death has moved goes back, the newest transfer first, in every book.

What an heir has used by then is made up from the pool of the dead member's region, or nothing
goes back and the figures are said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove, EstateState
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member
from services.context import Context
from services.corridors.crossing import Halves
from services.corridors.reversing import reverse_all
from services.estates import sentences as say
from services.estates.finding import move, open_estate_of
from services.estates.shares import linked, post_halves
from services.ledger.accounts import account_id, estate_account, pool_of, standing
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg, NotEnough, Posted, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.reverse import halves_of

DIVIDED = (EstateState.DIVIDED, EstateState.SETTLED)
#: The reason code of what comes back.
UNDONE = "death_undone"
#: What went to heirs.
SHARES = ("share", "claim")


@dataclass
class Back:
    """What came back from whom, in standard minutes."""

    from_owners: dict[UUID, int] = field(default_factory=dict)
    from_pool_minutes: int = 0

    def add(self, owner: UUID | None, minutes: int) -> None:
        """Note what came back from one account."""
        if owner is not None:
            self.from_owners[owner] = self.from_owners.get(owner, 0) + minutes


@dataclass(frozen=True, slots=True)
class Got:
    """Minutes that a transfer has put on an account, in whichever book."""

    book: str
    account_id: UUID
    owner_id: UUID | None
    minutes: int
    #: The heir has moved home since, and the account of then is closed.
    is_moved: bool = False


def move_back(ctx: Context, estate: Estate) -> Back:
    """Reverse every move. A share that is partly used comes back in two parts, and one whose heir
    has moved home from there.
    """
    back = Back()
    for transfer_id, what, heir_id in _moves(ctx, estate):
        got = _got(ctx, estate.book, transfer_id)
        short = _short(ctx, estate, got)
        if short or any(each.is_moved for each in got):
            _return_in_parts(ctx, estate, transfer_id, got, short, back, heir_id)
            continue
        posted = _reversed(ctx, estate, transfer_id)
        move(ctx, estate, posted, "undo", heir_id)
        if what in SHARES:
            for each in got:
                back.add(each.owner_id, each.minutes)
    return back


def share_accounts(ctx: Context, estate: Estate) -> dict[str, set[UUID]]:
    """The accounts to which its shares went, by book."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for transfer_id, what, _ in _moves(ctx, estate):
        if what in SHARES:
            for each in _got(ctx, estate.book, transfer_id):
                found[each.book].add(each.account_id)
    return dict(sorted(found.items()))


def _moves(ctx: Context, estate: Estate) -> list[tuple[UUID, str, UUID | None]]:
    """What the estate has moved, the newest transfer first."""
    rows = ctx.session.execute(
        sa.select(EstateMove.transfer_id, EstateMove.what, EstateMove.heir_id)
        .join(
            Transfer,
            sa.and_(Transfer.book == EstateMove.book, Transfer.id == EstateMove.transfer_id),
        )
        .where(EstateMove.book == estate.book, EstateMove.estate_id == estate.id)
        .order_by(Transfer.posted_at.desc(), Transfer.id)
    ).all()
    # What went in is taken out last, however close the clock has brought them together.
    late = [(r.transfer_id, r.what, r.heir_id) for r in rows if r.what not in ("freeze", "sweep")]
    early = [(r.transfer_id, r.what, r.heir_id) for r in rows if r.what in ("freeze", "sweep")]
    return late + early


def _got(ctx: Context, book: str, transfer_id: UUID) -> list[Got]:
    """Who has been credited, through the clearing accounts if need be."""
    found: list[Got] = []
    for half in halves_of(ctx.session, book, transfer_id):
        rows = ctx.session.execute(
            sa.select(Account.id, Account.period, Account.owner_id, Entry.amount_minutes)
            .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
            .where(Entry.book == half.book, Entry.transfer_id == half.transfer_id)
            .where(Entry.amount_minutes > 0, Account.kind != AccountKind.CLEARING)
            .order_by(Entry.leg)
        )
        found += [_followed(ctx, half.book, *row) for row in rows]
    return found


def _followed(
    ctx: Context, book: str, key: UUID, period: str, owner_id: UUID | None, minutes: int
) -> Got:
    """Where the minutes are now: whoever has moved home has taken them along."""
    account = ctx.session.get_one(Account, (book, key), populate_existing=True)
    member = ctx.session.get(Member, owner_id) if owner_id is not None else None
    if account.closed_at is None or member is None or member.home_book == book:
        return Got(book, key, owner_id, minutes)
    there = account_id(member.home_book, account.kind, member.id, period)
    if ctx.session.get(Account, (member.home_book, there)) is None:
        return Got(book, key, owner_id, minutes)
    return Got(member.home_book, there, owner_id, minutes, is_moved=True)


def _short(ctx: Context, estate: Estate, got: Sequence[Got]) -> int:
    """How many minutes whoever received them no longer has; under the lock."""
    # What came to this estate is still on its way back; the pool is asked by the posting.
    others = {pool_of(estate.book), estate_account(estate.book, estate.member_id)}
    short = 0
    for each in got:
        if each.account_id not in others:
            lock_accounts(
                ctx.session, each.book, [each.account_id], (), Stamp(ctx.now, ctx.actor.id)
            )
            short += max(0, each.minutes - _left(ctx, each.book, each.account_id))
    return short


def _left(ctx: Context, book: str, account_id: UUID) -> int:
    """What of an account may be taken back: nothing that is divided among others already."""
    account = ctx.session.get_one(Account, (book, account_id))
    if account.kind is AccountKind.ESTATE and account.owner_id is not None:
        own = open_estate_of(ctx.session, book, account.owner_id)
        if own is not None and own.state in DIVIDED:
            return 0
    return standing(ctx.session, book, account_id).available_minutes


def _return_in_parts(
    ctx: Context,
    estate: Estate,
    transfer_id: UUID,
    got: Sequence[Got],
    short: int,
    back: Back,
    heir_id: UUID | None,
) -> None:
    """What the heir has left, and the rest from the pool, if it has it."""
    [whole] = got
    act = _parts(ctx, estate, transfer_id, whole, short)
    try:
        [posted] = post_halves(ctx, [act])
    except NotEnough as error:
        raise _cannot(ctx, estate, back.from_pool_minutes + short) from error
    move(ctx, estate, posted, "undo", heir_id)
    back.from_pool_minutes += short
    back.add(whole.owner_id, whole.minutes - short)


def _parts(ctx: Context, estate: Estate, transfer_id: UUID, whole: Got, short: int) -> Halves:
    """The transfer to the estate's account; an heir of another book pays over the corridor."""
    here, there, left = estate.book, whole.book, whole.minutes - short
    kept = estate_account(here, estate.member_id)
    paid = Leg(whole.account_id, -left)
    draft = Draft(
        book=here,
        kind="inheritance",
        key=f"estate:{estate.id}:undo:{transfer_id}",
        legs=(*((Leg(pool_of(here), -short),) if short else ()), Leg(kept, whole.minutes)),
        effective_at=ctx.now,
        reason=UNDONE,
    )
    if not left:
        return Halves((draft,))
    if there == here:
        return Halves((_with(draft, here, paid, *draft.legs),))
    return linked(
        (
            _with(draft, here, takes(here, there, left), *draft.legs),
            _with(draft, there, paid, gives(there, here, left)),
        ),
        Crossing(there, here, left),
    )


def _with(draft: Draft, book: str, *legs: Leg) -> Draft:
    return replace(draft, book=book, legs=legs)


def _reversed(ctx: Context, estate: Estate, transfer_id: UUID) -> Posted:
    key = f"estate:{estate.id}:undo:{transfer_id}"
    try:
        posted = reverse_all(ctx, estate.book, transfer_id, key=key, reason=UNDONE)
    except NotEnough as error:
        raise _cannot(ctx, estate, error.params["shortfall_minutes"]) from error
    return posted[estate.book][0]


def _cannot(ctx: Context, estate: Estate, short_minutes: int) -> say.PoolCannotReturn:
    pool = standing(ctx.session, estate.book, pool_of(estate.book))
    return say.PoolCannotReturn(short_minutes=short_minutes, pool_minutes=pool.available_minutes)
