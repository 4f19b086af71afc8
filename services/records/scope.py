"""Which counties and branches somebody may look at for an act, for choosing one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.honours import Perk
from models.places import Book, Branch
from services import policy
from services.clock import local_date
from services.context import Context
from services.places.branches import branches_in
from services.places.regions import full_name
from services.policy import STAFF, Subject
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen. ``book`` is the one chosen now, empty where there is none."""

    books: tuple[tuple[str, Name], ...]
    book: str
    branches: tuple[tuple[UUID, Name], ...]
    #: Whoever works at a branch reads that one alone.
    branch_id: UUID | None


def choices(ctx: Context, act: str, book: str = "", branch_id: UUID | None = None) -> Choices:
    """Books in which the actor may do the act, and the branches of the chosen one.

    What the address names and the actor may not see is as if it were not named.
    """
    whole = list(_whole_books(ctx, act))
    own = list(_own_branches(ctx, act))
    books = list(dict.fromkeys([*whole, *(row.book for row in own)]))
    chosen = book if book in books else next(iter(books), "")
    branches = _branches(ctx, chosen, own, whole=chosen in whole)
    ids = [each for each, _ in branches]
    picked = branch_id if branch_id in ids else None
    if picked is None and chosen not in whole:
        picked = next(iter(ids), None)
    today = local_date(ctx.now)
    named = tuple((each, Name(*full_name(ctx.session, each, today))) for each in books)
    return Choices(named, chosen, branches, picked)


def _whole_books(ctx: Context, act: str) -> Iterator[str]:
    for row in ctx.session.execute(sa.select(Book.book, Book.region_code).order_by(Book.book)):
        subject = Subject(book=row.book, region_code=row.region_code)
        if policy.can(ctx.actor, act, subject).allowed:
            yield row.book


def _own_branches(ctx: Context, act: str) -> Iterator[Branch]:
    for role in ctx.actor.roles:
        if role.name == STAFF and role.scope_kind == "branch":
            row = ctx.session.get(Branch, UUID(role.scope))
            if (
                row is not None
                and policy.can(ctx.actor, act, Subject(book=row.book, branch_id=row.id)).allowed
            ):
                yield row


def _branches(
    ctx: Context, book: str, own: list[Branch], *, whole: bool
) -> tuple[tuple[UUID, Name], ...]:
    if not whole:
        return tuple((row.id, Name(row.name, row.name_en)) for row in own if row.book == book)
    return tuple(
        (each.id, Name(each.name, each.name_en)) for each in branches_in(ctx.session, book)
    )


def perk_books(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """Counties that give volunteers something now, for everybody to choose from."""
    policy.require(ctx.actor, "perk.read")
    today = local_date(ctx.now)
    rows = ctx.session.scalars(
        sa.select(Perk.book)
        .where(sa.or_(Perk.ends_on.is_(None), Perk.ends_on >= today))
        .distinct()
        .order_by(Perk.book)
        .execution_options(cross_book=True)
    )
    return tuple((book, Name(*full_name(ctx.session, book, today))) for book in rows)
