"""Somebody of another region at this counter: found by number or card, and never browsed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.people import Member
from services import audit, policy, rates
from services.clock import age_on, local_date
from services.context import Context
from services.corridors.finding import require_open
from services.errors import DomainError
from services.people import handles
from services.people.cards import CARD, holder_of
from services.people.errors import NotAMember
from services.people.reading import member_row
from services.people.texts import masked_name, plain
from services.policy import Subject
from services.queries.branch.desks import Desk, desk, home_name
from services.requests import sentences as say
from services.rules.member_number import parse_number
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Guest:
    """No more of somebody than asking for a service needs."""

    member_id: UUID
    book: str
    #: Masked: enough to see that it is whoever stands at the counter.
    name: str
    age_years: int
    home: Name
    #: Why nothing can be asked for here; None where it can.
    barrier: DomainError | None
    services: tuple[tuple[str, Name], ...]


def find_guest(ctx: Context, branch_id: UUID, text: str) -> UUID | None:
    """Whose volunteer number or card this is, of another region; None for nobody.

    The look is recorded, in the region that the member is at home in too: call it in a unit of
    work. Raises a sentence for somebody of this region, whom the ordinary search finds.
    """
    here = _counter(ctx, branch_id)
    # A hand scanner types the whole address that is on a card.
    asked = plain(text).rstrip("/").rsplit("/", 1)[-1]
    by, found = _holder(ctx, asked)
    member = member_row(ctx.session, found) if found else None
    if member is not None and member.home_book == here.book:
        raise say.NotAway(field="text")
    audit.record(
        ctx,
        "member.find",
        "member" if member else "search",
        member.id if member else ctx.actor.id,
        book=member.home_book if member else here.book,
        after={"by": by, "branch": str(here.id), "found": int(member is not None)},
        acting_for_id=member.id if member else None,
    )
    ctx.session.flush()
    return found


def guest(ctx: Context, branch_id: UUID, member_id: UUID) -> Guest:
    """Somebody of another region, as far as this counter needs to know.

    The look is recorded at home: call it in a unit of work.
    """
    here = _counter(ctx, branch_id)
    member = member_row(ctx.session, member_id)
    if member.home_book == here.book:
        raise NotAMember
    audit.record(
        ctx,
        "member.read",
        "member",
        member.id,
        book=member.home_book,
        after={"branch": str(here.id)},
        acting_for_id=member.id,
    )
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return Guest(
        member_id=member.id,
        book=member.home_book,
        name=masked_name(member.name),
        age_years=age_on(member.born_on, local_date(ctx.now)),
        home=home_name(ctx, member.home_book),
        barrier=_barrier(ctx, member, here),
        services=tuple((code, line.name) for code, line in rules.services.items()),
    )


def _counter(ctx: Context, branch_id: UUID) -> Desk:
    here = desk(ctx, branch_id)
    subject = Subject(book=here.book, region_code=here.region_code, branch_id=here.id)
    policy.require(ctx.actor, "member.find", subject)
    return here


def _holder(ctx: Context, asked: str) -> tuple[str, UUID | None]:
    try:
        number = parse_number(asked)
    except DomainError:
        return "card", holder_of(ctx, CARD, asked)
    return "number", handles.holder(ctx.session, "number", number)


def _barrier(ctx: Context, member: Member, here: Desk) -> DomainError | None:
    if not member.is_recipient:
        return say.NotARecipient()
    try:
        require_open(ctx, member.home_book, here.book)
    except DomainError as refusal:
        return refusal
    return None
