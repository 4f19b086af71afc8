"""Where and when: a region or a street that the actor oversees, and some months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from models.places import Tier
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden, NotFound
from services.ledger.closings import month_after, month_start
from services.places.regions import children, region_known, within
from services.policy import NATION, NO_RIGHT, Subject, can, covers
from services.queries.audit.scope import scopes_of
from services.queries.desk.levels import BranchPlace, branches_of, street_name
from services.queries.desk.reach import books_of_country
from services.rules.names import Name
from services.rules.tables import table
from services.tallies.reading import Months

ACT = "cockpit.read"


@dataclass(frozen=True, slots=True)
class Part:
    """A place within a scope: a region, a street or a branch."""

    kind: str
    key: str
    name: Name
    books: frozenset[str]
    #: Only these branches; None: everything of the books.
    branches: frozenset[UUID] | None = None

    def holds(self, book: str, branch_id: UUID | None) -> bool:
        """Whether what a branch of a book has belongs here."""
        return book in self.books and (self.branches is None or branch_id in self.branches)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the page is about: a place, its books and branches, and some months."""

    code: str
    name: Name | None
    tier: str
    books: tuple[str, ...]
    branches: tuple[BranchPlace, ...]
    parts: tuple[Part, ...]
    months: Months
    #: From its first moment to the first that no longer counts.
    since: datetime
    until: datetime
    #: What lies above, the largest first, within what the actor oversees.
    above: tuple[tuple[str, Name], ...]

    @property
    def key(self) -> str:
        """What totals are marked with."""
        return self.code

    @property
    def whole_books(self) -> bool:
        """Whether it is made of whole books; a street is a part of one."""
        return self.tier != "street"

    def holds(self, book: str, branch_id: UUID | None) -> bool:
        """Whether what a branch of a book has belongs to the whole."""
        if self.whole_books:
            return book in self.books
        return book in self.books and any(each.id == branch_id for each in self.branches)


def scope_at(ctx: Context, code: str = "", months: Months | None = None) -> Scope:
    """The place of a code, or where the actor's oversight begins.

    Raises Forbidden for whoever oversees nothing, NotFound outside of what the actor oversees.
    """
    scopes = scopes_of(ctx, ACT)
    if not scopes:
        raise Forbidden(NO_RIGHT)
    code = code or scopes[0]
    subject = Subject(region_code=code)
    if not any(covers(scope, code) for scope in scopes) or not can(ctx.actor, ACT, subject).allowed:
        raise NotFound
    months, since, until = _period(ctx, months)
    known = {
        region: book
        for region, book in books_of_country(ctx).items()
        if region.startswith(within(code)) or _county(code) == region
    }
    if code == NATION:
        tier, name = "nation", None
        above: tuple[tuple[str, Name], ...] = ()
    else:
        tier, name = _place(ctx, code)
        above = _above(ctx, code, scopes)
    books = tuple(sorted(known.values()))
    if not books:
        raise NotFound
    branches = branches_of(ctx, books)
    if tier == "street":
        branches = tuple(each for each in branches if each.street == code)
        if not branches:
            raise NotFound
    parts = _parts(ctx, code, tier, known, branches)
    return Scope(code, name, tier, books, branches, parts, months, since, until, above)


def _county(code: str) -> str:
    return f"{code[:6]}000000" if code[6:].strip("0") else code


def _period(ctx: Context, wanted: Months | None) -> tuple[Months, datetime, datetime]:
    """The wanted months; the last three, this one included, where none are."""
    today = local_date(ctx.now)
    first = wanted.first if wanted else ""
    last = (wanted.last if wanted else "") or f"{today:%Y-%m}"
    if not first:
        begin = date.fromisoformat(f"{last}-01")
        for _ in range(table("cockpit").content["months"] - 1):
            begin = (begin - timedelta(days=1)).replace(day=1)
        first = f"{begin:%Y-%m}"
    first, last = min(first, last), max(first, last)
    return Months(first, last), month_start(first), month_start(month_after(last))


def _place(ctx: Context, code: str) -> tuple[str, Name]:
    if code[6:].strip("0"):
        return "street", street_name(ctx, code)
    region = region_known(ctx.session, code, local_date(ctx.now))
    tier = {Tier.PROVINCE: "province", Tier.CITY: "city"}.get(region.tier, "county")
    return tier, Name(region.name, region.name_en)


def _above(ctx: Context, code: str, scopes: tuple[str, ...]) -> tuple[tuple[str, Name], ...]:
    chain: list[tuple[str, Name]] = []
    parent = _county(code) if _county(code) != code else _parent(ctx, code)
    while parent and any(covers(scope, parent) for scope in scopes):
        chain.insert(0, (parent, street_name(ctx, parent)))
        parent = _parent(ctx, parent)
    return tuple(chain)


def _parent(ctx: Context, code: str) -> str | None:
    return region_known(ctx.session, code, local_date(ctx.now)).parent_code


def _parts(
    ctx: Context, code: str, tier: str, known: dict[str, str], branches: tuple[BranchPlace, ...]
) -> tuple[Part, ...]:
    books = frozenset(known.values())
    if tier == "street":
        return tuple(
            Part("branch", str(each.id), each.name, books, frozenset({each.id}))
            for each in branches
        )
    if tier == "county":
        streets = sorted({each.street for each in branches})
        return tuple(
            Part(
                "street",
                street,
                street_name(ctx, street),
                books,
                frozenset(each.id for each in branches if each.street == street),
            )
            for street in streets
        )
    below = children(ctx.session, None if code == NATION else code, local_date(ctx.now))
    found = []
    for region in below:
        mine = {book for at, book in known.items() if at.startswith(within(region.code))}
        if mine:
            name = Name(region.name, region.name_en)
            found.append(Part("region", region.code, name, frozenset(mine)))
    return tuple(found)
