"""Whom a posting touches, and whether it can be taken back at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove, EstateState
from models.ledger import Account, AccountKind, Entry, Transfer
from models.requests import Visit
from services import policy
from services.context import Context
from services.ledger.drafts import AlreadyReversed
from services.ledger.reverse import Half, ReversalOfReversal, halves_of
from services.policy import Subject
from services.reversing.sentences import OfEstate, OfMove, OwnerDivided


@dataclass(frozen=True, slots=True)
class Touched:
    """Every half of an act with the members on whose accounts it moved something.

    ``visits`` are the services that were paid by it.
    """

    owners: Mapping[Half, tuple[UUID, ...]]
    visits: tuple[Visit, ...]

    @property
    def members(self) -> frozenset[UUID]:
        """Everybody whose minutes go back."""
        return frozenset(owner for each in self.owners.values() for owner in each)

    @property
    def people(self) -> frozenset[UUID]:
        """The same, and both sides of each service: the pool may have paid for the elder."""
        sides = {side for each in self.visits for side in (each.elder_id, each.provider_id)}
        return self.members | sides


def touched_by(ctx: Context, book: str, transfer_id: UUID) -> Touched:
    """Whom a transfer and its other halves touch; raises NotFound."""
    halves = halves_of(ctx.session, book, transfer_id)
    return Touched(
        {half: owners_of(ctx, half.book, half.transfer_id) for half in halves},
        tuple(visit for half in halves for visit in _paid_by(ctx, half)),
    )


def _paid_by(ctx: Context, half: Half) -> Iterable[Visit]:
    """The visit that a half pays: its id stands in the posting's own key."""
    key = ctx.session.scalar(
        sa.select(Transfer.idem_key).where(
            Transfer.book == half.book, Transfer.id == half.transfer_id
        )
    )
    parts = (key or "").split(":")
    if len(parts) < 3 or parts[0] != "visit":
        return
    visit = ctx.session.get(Visit, (half.book, UUID(parts[1])))
    if visit is not None and visit.transfer_id == half.transfer_id:
        yield visit


def owners_of(ctx: Context, book: str, transfer_id: UUID) -> tuple[UUID, ...]:
    """The members on whose accounts a transfer moved something, by id."""
    rows = ctx.session.scalars(
        sa.select(Account.owner_id)
        .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        # A fund's account belongs to nobody.
        .where(Account.owner_id.is_not(None), Account.kind != AccountKind.POOL)
        .distinct()
    )
    return tuple(sorted(owner for owner in rows if owner is not None))


def require_apart(ctx: Context, act: str, book: str, people: Iterable[UUID]) -> None:
    """Raise Forbidden where the actor, or kin of the actor, is among those whom it touches."""
    for person in sorted(people):
        # In whichever book the person is: what counts is who asks here.
        policy.require(ctx.actor, act, Subject(book=book, region_code=book, member_id=person))
    policy.require(ctx.actor, act, Subject(book=book, region_code=book))


def require_reversible(ctx: Context, touched: Touched) -> None:
    """Raise AlreadyReversed, OfMove or OfEstate; and OwnerDivided where coins would come back to
    somebody whose estate is divided: nobody would inherit them. The members are locked.
    """
    for half, owners in touched.owners.items():
        _check_estates(ctx, half, owners)
        row = ctx.session.execute(
            sa.select(Transfer.kind, Transfer.reverses_id).where(
                Transfer.book == half.book, Transfer.id == half.transfer_id
            )
        ).one()
        if row.reverses_id is not None:
            raise ReversalOfReversal
        if reversed_by(ctx, half) is not None:
            raise AlreadyReversed
        if row.kind in ("move", "follow"):
            raise OfMove


def reversed_by(ctx: Context, half: Half) -> UUID | None:
    """The transfer that took a half back, if one did."""
    return ctx.session.scalar(
        sa.select(Transfer.id).where(
            Transfer.book == half.book, Transfer.reverses_id == half.transfer_id
        )
    )


def _check_estates(ctx: Context, half: Half, owners: Iterable[UUID]) -> None:
    moved = sa.select(EstateMove.estate_id).where(
        EstateMove.book == half.book, EstateMove.transfer_id == half.transfer_id
    )
    if ctx.session.scalar(moved.limit(1)) is not None:
        raise OfEstate
    divided = sa.select(Estate.id).where(
        Estate.book == half.book,
        Estate.member_id.in_(owners),
        Estate.state.in_((EstateState.DIVIDED, EstateState.SETTLED)),
    )
    if ctx.session.scalar(divided.limit(1)) is not None:
        raise OwnerDivided
