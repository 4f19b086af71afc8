"""At which branches a person works, and what everything read there shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Branch
from models.requests import Request
from services import policy, rates
from services.context import Context
from services.corridors.finding import region_words
from services.errors import Forbidden
from services.places.branches import branch_row
from services.places.regions import within
from services.policy import NO_RIGHT, STAFF, Subject
from services.requests.hosted import books_at
from services.rules.names import Name

#: How much of an address is shown before it is asked for: enough to know the quarter.
ADDRESS_SHOWN = 6


#: Whose home is elsewhere: the region by its book, in words.
Homes = Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Desk:
    """A branch at which the actor works."""

    id: UUID
    book: str
    region_code: str
    name: Name
    address: str
    phone: str


def desk_of(row: Branch) -> Desk:
    """The frozen view of a branch."""
    return Desk(
        row.id, row.book, row.region_code, Name(row.name, row.name_en), row.address, row.phone
    )


def my_desks(ctx: Context) -> tuple[Desk, ...]:
    """The open branches at which the actor works, by name: own roles and those of a region."""
    places = []
    for role in ctx.actor.roles:
        if role.name != STAFF:
            continue
        if role.scope_kind == "branch":
            places.append(Branch.id == UUID(role.scope))
        else:
            prefix = within(role.scope)
            places.append(Branch.region_code.startswith(prefix, autoescape=True))
    if not places:
        return ()
    rows = ctx.session.scalars(
        sa.select(Branch)
        .where(sa.or_(*places), Branch.closed_on.is_(None))
        .order_by(Branch.name, Branch.id)
    )
    return tuple(desk_of(row) for row in rows)


def desk(ctx: Context, branch_id: UUID) -> Desk:
    """One branch, for those who work there; raises Forbidden or NotABranch."""
    row = branch_row(ctx.session, branch_id)
    require_work(ctx, row)
    return desk_of(row)


def require_work(ctx: Context, row: Branch) -> None:
    """Raise Forbidden unless the actor works at this branch."""
    policy.require(
        ctx.actor,
        "branch.work",
        Subject(book=row.book, region_code=row.region_code, branch_id=row.id),
    )


def books_of(ctx: Context, here: Desk, since: datetime | None = None) -> tuple[str, ...]:
    """The books with requests of a branch: its own, and those of elders who stay there."""
    return books_at(ctx.session, here.book, since)


def homes_of(ctx: Context, here: Desk, books: Iterable[str]) -> Homes:
    """By book, where elders are at home whose home is not here."""
    return {book: home_name(ctx, book) for book in sorted(set(books) - {here.book})}


def home_of(ctx: Context, request: Request) -> Name | None:
    """Where the elder of a request is at home; None for one who is at home."""
    return home_name(ctx, request.book) if request.place_book is not None else None


def home_name(ctx: Context, book: str) -> Name:
    """A book's region in words."""
    return Name(*region_words(ctx, book))


def service_name(ctx: Context, version: str, code: str) -> Name:
    """What a service is called in the rule set of its request."""
    return rates.rule_set(ctx.session, version).service(code).name


def require_desk(ctx: Context, subject: Subject) -> None:
    """Raise Forbidden unless the actor is staff of the branch or administers the region.

    An elder may read the own request too, but on the own pages: these are the counter's.
    """
    if not policy.relations(ctx.actor, subject) & {"staff", "region_admin"}:
        raise Forbidden(NO_RIGHT)


def name_of(ctx: Context, member_id: UUID | None) -> str | None:
    """A member's name; None for nobody and for the job process."""
    member = None if member_id is None else ctx.session.get(Member, member_id)
    return member.name if member else None


def masked_address(address: str | None) -> str | None:
    """The beginning of an address and stars."""
    return address and address[:ADDRESS_SHOWN] + "****"
