"""What stands behind a statement's lines that are no visit: whose gift, which fund, whose estate.

Elder, volunteer and counter read the same facts. Who gave to whom, and who pays for whom, is for
the member and for staff: a relative who sees the statement sees the amounts alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateMove
from models.giving import BenefitFund, Donation, Gift
from models.ledger import Transfer
from models.moving import Move
from models.people import Member
from models.requests import Request
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.finding import region_words
from services.ledger.linked import other_halves
from services.ledger.statement import PendingHold, StatementLine
from services.people.books import books_of
from services.people.reading import subject_of
from services.places.regions import full_name
from services.queries.linked import visits_behind
from services.queries.two_hands.marks import by_hand
from services.rules.names import Name

GIFT, GIFT_HOLD, MOVE = "gift", "gift", "move"


@dataclass(frozen=True, slots=True)
class Behind:
    """What a transfer was about. ``kind`` is that of the transfer that a reversal takes back."""

    kind: str
    #: Giver or receiver, the dead, or the elder who was paid for; None where there is none, or
    #: where the reader may not know.
    other: str | None = None
    fund: Name | None = None
    #: The service that the member has paid for somebody else.
    paid_for: Name | None = None
    #: Of a move: the region that the member came from.
    moved_from: Name | None = None
    #: The region of the other side, where that is another one.
    elsewhere: Name | None = None
    #: It pays a service that two people entered by hand.
    by_hand: bool = False


NOTHING = Behind("")
#: Where a donation goes that names no fund.
POOL = Name("公益池", "the public-welfare pool")


@dataclass(frozen=True, slots=True)
class HeldFor:
    """What minutes are set aside for, when it is no request of the member's own."""

    purpose: str
    other: str | None = None
    service: Name | None = None


def behind(ctx: Context, member: Member, lines: Iterable[StatementLine]) -> dict[UUID, Behind]:
    """By transfer, for every line of a member's statement."""
    found = list(lines)
    taken = {line.transfer_id: line.reverses_id or line.transfer_id for line in found}
    kinds = _kinds(ctx, member, set(taken.values()))
    about: dict[UUID, Behind] = {key: Behind(kind) for key, kind in kinds.items()}
    about |= _gifts(ctx, member, kinds)
    about |= _donations(ctx, member, kinds)
    about |= _estates(ctx, member, kinds)
    about |= _payments(ctx, member, kinds)
    about |= _moves(ctx, member, kinds)
    marked = by_hand(ctx, found)
    return {
        key: replace(about.get(original, NOTHING), by_hand=key in marked)
        for key, original in taken.items()
    }


def held_for(ctx: Context, member: Member, holds: Iterable[PendingHold]) -> dict[UUID, HeldFor]:
    """By hold, for gifts on their way and for what is set aside for somebody else's service."""
    found = list(holds)
    subjects = {each.subject_id for each in found}
    gifts = {
        row.id: row
        for row in ctx.session.scalars(
            sa.select(Gift).where(Gift.book.in_(books_of(member)), Gift.id.in_(subjects))
        )
    }
    paid = {
        row.id: row
        for row in ctx.session.scalars(
            sa.select(Request).where(
                Request.book.in_(books_of(member)),
                Request.id.in_(subjects),
                Request.payer_id == member.id,
            )
        )
    }
    people = [each.receiver_id for each in gifts.values()] if _may(ctx, member, "gift.read") else []
    if _may(ctx, member, "payment.read"):
        people += [each.elder_id for each in paid.values()]
    names = _names(ctx, people)
    about = {}
    for each in found:
        if each.subject_id in gifts:
            other = names.get(gifts[each.subject_id].receiver_id)
            about[each.hold_id] = HeldFor(GIFT_HOLD, other)
        elif each.subject_id in paid:
            row = paid[each.subject_id]
            about[each.hold_id] = HeldFor("payment", names.get(row.elder_id), _service(ctx, row))
    return about


def _kinds(ctx: Context, member: Member, keys: set[UUID]) -> dict[UUID, str]:
    rows = ctx.session.execute(
        sa.select(Transfer.id, Transfer.kind).where(
            Transfer.book.in_(books_of(member)), Transfer.id.in_(keys)
        )
    )
    return {row.id: row.kind for row in rows}


def _gifts(ctx: Context, member: Member, kinds: dict[UUID, str]) -> dict[UUID, Behind]:
    wanted = [key for key, kind in kinds.items() if kind == GIFT]
    if not wanted or not _may(ctx, member, "gift.read"):
        return {}
    own = _from_afar(ctx, member, wanted)
    rows = list(
        ctx.session.scalars(
            sa.select(Gift).where(
                Gift.book.in_(books_of(member)), Gift.transfer_id.in_([*wanted, *own])
            )
        )
    )
    names = _names(ctx, {each for row in rows for each in (row.giver_id, row.receiver_id)})
    found: dict[UUID, Behind] = {}
    for row in rows:
        assert row.transfer_id is not None
        gave = row.giver_id == member.id
        other, there = row.giver_id, row.book
        if gave:
            other, there = row.receiver_id, row.receiver_book or row.book
        region = _region(ctx, there) if row.receiver_book else None
        key = row.transfer_id if gave else own.get(row.transfer_id, row.transfer_id)
        found[key] = Behind(GIFT, names.get(other), elsewhere=region)
    return found


def _from_afar(ctx: Context, member: Member, keys: list[UUID]) -> dict[UUID, UUID]:
    """Halves in other books of what came to a member, with the transfer in the member's own."""
    return {
        half.transfer_id: own
        for book in books_of(member)
        for own, half in other_halves(ctx.session, book, keys).items()
    }


def _region(ctx: Context, book: str) -> Name:
    return Name(*region_words(ctx, book))


def _donations(ctx: Context, member: Member, kinds: dict[UUID, str]) -> dict[UUID, Behind]:
    wanted = [key for key, kind in kinds.items() if kind == "donation"]
    if not wanted or not _may(ctx, member, "donation.read"):
        return {}
    rows = ctx.session.scalars(
        sa.select(Donation).where(
            Donation.book.in_(books_of(member)), Donation.transfer_id.in_(wanted)
        )
    )
    found = {}
    for row in rows:
        fund = None
        if row.fund_id is not None:
            fund = ctx.session.get(BenefitFund, (row.to_book or row.book, row.fund_id))
        found[row.transfer_id] = Behind(
            "donation",
            fund=Name(fund.name, fund.name_en) if fund else POOL,
            elsewhere=_region(ctx, row.to_book) if row.to_book else None,
        )
    return found


def _estates(ctx: Context, member: Member, kinds: dict[UUID, str]) -> dict[UUID, Behind]:
    wanted = [key for key, kind in kinds.items() if kind == "inheritance"]
    if not wanted or not _may(ctx, member, "gift.read"):
        return {}
    own = _from_afar(ctx, member, wanted)
    rows = ctx.session.execute(
        sa.select(EstateMove.book, EstateMove.transfer_id, Member.name)
        .join(Estate, sa.and_(Estate.book == EstateMove.book, Estate.id == EstateMove.estate_id))
        .join(Member, Member.id == Estate.member_id)
        .where(EstateMove.book.in_(books_of(member)), EstateMove.transfer_id.in_([*wanted, *own]))
    )
    return {
        own.get(row.transfer_id, row.transfer_id): Behind(
            "inheritance",
            row.name,
            elsewhere=_region(ctx, row.book) if row.transfer_id in own else None,
        )
        for row in rows
    }


def _payments(ctx: Context, member: Member, kinds: dict[UUID, str]) -> dict[UUID, Behind]:
    """Services of somebody else that the member has paid, in whichever book."""
    wanted = [key for key, kind in kinds.items() if kind == "service"]
    paid = {
        key: request
        for key, (request, _) in visits_behind(ctx, member, wanted).items()
        if request.payer_id == member.id
    }
    known = _may(ctx, member, "payment.read")
    names = _names(ctx, (each.elder_id for each in paid.values())) if known else {}
    return {
        key: Behind(
            "service",
            names.get(each.elder_id),
            paid_for=_service(ctx, each),
            elsewhere=_region(ctx, each.book) if each.payer_book else None,
        )
        for key, each in paid.items()
    }


def _moves(ctx: Context, member: Member, kinds: dict[UUID, str]) -> dict[UUID, Behind]:
    """Where the member came from, by either half of a move."""
    wanted = [key for key, kind in kinds.items() if kind == MOVE]
    if not wanted:
        return {}
    books = books_of(member)
    rows = ctx.session.execute(
        sa.select(Transfer.id, Move.from_region_code, Move.moved_at)
        .join(Move, Move.link_id == Transfer.link_id)
        .where(Transfer.book.in_(books), Move.book.in_(books))
        .where(Transfer.id.in_(wanted), Move.member_id == member.id)
    )
    return {
        row.id: Behind(
            MOVE,
            moved_from=Name(
                *full_name(ctx.session, row.from_region_code, local_date(row.moved_at))
            ),
        )
        for row in rows
    }


def _may(ctx: Context, member: Member, act: str) -> bool:
    return policy.can(ctx.actor, act, subject_of(member)).allowed


def _service(ctx: Context, request: Request) -> Name:
    return rates.rule_set(ctx.session, request.rule_set_version).service(request.service_code).name


def _names(ctx: Context, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(ids)
    if not wanted:
        return {}
    rows = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(wanted)))
    return {row.id: row.name for row in rows}
