"""A county takes over from one that ends: the book goes on, and no entry is rewritten.

From a day on the new county keeps the old one's book. The register ends the old code and says who
took over; the townships below it go on under their codes, in the new county. Where a county is
split, the townships that go elsewhere get codes there, and their members move home one by one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.moving import Succession
from models.places import Book, Region, Tier
from services import audit, outbox, policy
from services.acts import once
from services.clock import at_local, local_date
from services.context import Context
from services.corridors.warning import administrators_of
from services.errors import Conflict, Invalid
from services.ids import derived
from services.jobs import due
from services.places.errors import CountyNameDiffers, NameMissing, NotACounty
from services.places.keeping import keepers
from services.places.regions import RegionView, region_on, region_row
from services.policy import NATION
from services.rules.region_code import parse_region_code

ACT = "place.succeed"
#: A due task of a book: members of the parts that went elsewhere are looked for.
SPLIT = "move.split"
KEEPS_BOOK = "{day}起由{to}接管{from}的账本，往来照旧，人员权限随新的地区。"


class NothingToSucceed(Conflict):
    """这个地区没有账本可以接管，或者已经由别的地区接管。"""

    code = "nothing_to_succeed"


class DayPassed(Invalid):
    """生效的日子不能早于今天。"""

    code = "day_passed"


class SameRegion(Invalid):
    """接管的地区要和原来的地区不一样。"""

    code = "same_region"


class PaperNumberNeeded(Invalid):
    """请写明批准文件的文号。"""

    code = "paper_number_needed"


class NotBelow(Invalid):
    """{township}不是原地区下面的乡镇街道，不能划出去。"""

    code = "not_below"


class CodeTaken(Conflict):
    """代码{township}已经有地区在用。"""

    code = "code_taken"


@dataclass(frozen=True, slots=True)
class Part:
    """A township that goes to another county than the one that keeps the book.

    ``name`` and ``name_en`` of the county are needed where the register does not know it yet.
    """

    township: str
    new_code: str
    county: str
    name: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class SuccessionForm:
    """Who takes over from whom, from which day, by which paper.

    ``name`` and ``name_en`` are needed where the register does not know the new code yet.
    ``old_name`` is the ending county's Chinese name, written out against a mistyped code; a
    program that has looked the code up may leave it out.
    """

    old_code: str
    new_code: str
    from_day: date
    document: str
    old_name: str = ""
    name: str = ""
    name_en: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class SuccessionView:
    """A succession as it was decided."""

    id: UUID
    book: str
    old_code: str
    new_code: str
    from_day: date
    document: str


def succeed(ctx: Context, form: SuccessionForm) -> tuple[str, ...]:
    """Let a county keep the book of another one from a day on; returns the books.

    Raises SameRegion, DayPassed, PaperNumberNeeded, NotARegion, NotACounty, CountyNameDiffers,
    NameMissing, NothingToSucceed, NotBelow or CodeTaken.
    """
    policy.require(ctx.actor, ACT)
    old_code, new_code = parse_region_code(form.old_code), parse_region_code(form.new_code)
    if old_code == new_code:
        raise SameRegion(field="new_code")
    if form.from_day < local_date(ctx.now):
        raise DayPassed(field="from_day")
    if not form.document.strip():
        raise PaperNumberNeeded(field="document")

    def do() -> dict[str, list[str]]:
        return {"books": _succeed(ctx, form, old_code, new_code)}

    return tuple(once(ctx, NATION, ACT, asdict(form), do)["books"])


def successions(session: Session) -> tuple[SuccessionView, ...]:
    """Every succession, the newest first."""
    rows = session.scalars(
        sa.select(Succession).order_by(Succession.from_day.desc(), Succession.book)
    )
    return tuple(
        SuccessionView(row.id, row.book, row.old_code, row.new_code, row.from_day, row.document)
        for row in rows
    )


def _succeed(ctx: Context, form: SuccessionForm, old_code: str, new_code: str) -> list[str]:
    session, day = ctx.session, form.from_day
    # Two decisions about the same county are taken one after the other.
    session.scalars(
        sa.select(Region)
        .where(Region.code == old_code)
        .order_by(Region.valid_from)
        .with_for_update()
    ).all()
    old = region_on(session, old_code, day)
    _require_county(old, form.old_name)
    books = _books_of(session, old_code)
    if not books:
        raise NothingToSucceed(field="old_code")
    _county(ctx, new_code, day, form.name, form.name_en, old.parent_code)
    gone = {part.township for part in form.parts}
    for part in form.parts:
        _part(ctx, part, old_code, day, old.parent_code)
    for row in _below(session, old_code, day):
        if row.code not in gone:
            _go_on(ctx, row, new_code, day)
    ending = region_row(session, old_code, day)
    assert ending is not None
    ending.valid_to, ending.successor_code = day, new_code
    for book in books:
        session.add(
            Succession(
                id=ctx.new_id(),
                book=book,
                old_code=old_code,
                new_code=new_code,
                from_day=day,
                document=form.document.strip(),
                decided_by_id=ctx.actor.id,
                decided_at=ctx.now,
            )
        )
        _record(ctx, form, book, old_code, new_code)
    session.flush()
    _tell(ctx, form, books, (old.name, old.name_en), region_on(session, new_code, day))
    if form.parts:
        # On that day its members begin to move home, one by one.
        for book in books:
            due.plan(ctx, SPLIT, book, derived("split", book, day), at_local(day, time()))
    session.flush()
    return books


def _require_county(old: RegionView, name: str) -> None:
    """Raise NotACounty, or CountyNameDiffers where a name is given that is not its own."""
    if old.tier is not Tier.COUNTY:
        raise NotACounty(field="old_code")
    if name and name.strip() != old.name:
        raise CountyNameDiffers(
            field="old_name", code=old.code, region_zh=old.name, region_en=old.name_en
        )


def _books_of(session: Session, code: str) -> list[str]:
    """The county's own book, and those that it has taken over itself."""
    own = session.scalars(sa.select(Book.book).where(Book.region_code == code)).all()
    kept = keepers(session)
    found = {book for book in own if book not in kept}
    return sorted(found | {book for book, keeper in kept.items() if keeper == code})


def _county(
    ctx: Context, code: str, day: date, name: str, name_en: str, parent_code: str | None
) -> None:
    """The county as it is on the day, entered in the register where it is new."""
    row = region_row(ctx.session, code, day)
    if row is not None:
        if row.tier is not Tier.COUNTY:
            raise NotACounty(field="new_code")
        return
    if not name.strip() or not name_en.strip():
        raise NameMissing(field="name")
    _enter(ctx, code, day, name.strip(), name_en.strip(), Tier.COUNTY, parent_code)


def _part(ctx: Context, part: Part, old_code: str, day: date, parent_code: str | None) -> None:
    """A township leaves: its code ends, and another one stands for it in its new county."""
    township, new_code = parse_region_code(part.township), parse_region_code(part.new_code)
    row = region_row(ctx.session, township, day)
    if row is None or row.parent_code != old_code:
        raise NotBelow(field="parts", township=township)
    county = parse_region_code(part.county)
    _county(ctx, county, day, part.name, part.name_en, parent_code)
    if ctx.session.scalar(sa.select(Region.code).where(Region.code == new_code).limit(1)):
        raise CodeTaken(field="parts", township=new_code)
    _enter(ctx, new_code, day, row.name, row.name_en, row.tier, county)
    row.valid_to, row.successor_code = day, new_code
    ctx.session.flush()


def _below(session: Session, code: str, day: date) -> list[Region]:
    return list(
        session.scalars(
            sa.select(Region)
            .where(
                Region.parent_code == code,
                Region.valid_from <= day,
                sa.or_(Region.valid_to.is_(None), Region.valid_to > day),
            )
            .order_by(Region.code)
        )
    )


def _go_on(ctx: Context, row: Region, new_code: str, day: date) -> None:
    """A township keeps its code and what it has set, in another county."""
    if row.valid_from == day:
        row.parent_code = new_code
        return
    until, row.valid_to = row.valid_to, day
    ctx.session.add(
        Region(
            code=row.code,
            valid_from=day,
            valid_to=until,
            name=row.name,
            name_en=row.name_en,
            tier=row.tier,
            parent_code=new_code,
            successor_code=row.successor_code,
            settings=dict(row.settings),
        )
    )
    row.successor_code = None


def _enter(
    ctx: Context,
    code: str,
    day: date,
    name: str,
    name_en: str,
    tier: Tier,
    parent_code: str | None,
) -> None:
    ctx.session.add(
        Region(
            code=code,
            valid_from=day,
            valid_to=None,
            name=name,
            name_en=name_en,
            tier=tier,
            parent_code=parent_code,
            successor_code=None,
            settings={},
        )
    )
    ctx.session.flush()


def _record(ctx: Context, form: SuccessionForm, book: str, old_code: str, new_code: str) -> None:
    audit.record(
        ctx,
        ACT,
        "book",
        derived("book", book),
        book=book,
        before={"region": old_code},
        after={
            "region": new_code,
            "from_day": form.from_day.isoformat(),
            "document": form.document.strip(),
            "parts": {part.township: part.new_code for part in form.parts},
        },
    )


def _tell(
    ctx: Context,
    form: SuccessionForm,
    books: list[str],
    old: tuple[str, str],
    new: RegionView,
) -> None:
    words: dict[str, Any] = {
        "day": form.from_day.isoformat(),
        "from_zh": old[0],
        "from_en": old[1],
        "to_zh": new.name,
        "to_en": new.name_en,
    }
    for book in books:
        for reader in {*administrators_of(ctx, book), *administrators_of(ctx, new.code)}:
            outbox.tell(ctx, book, reader, KEEPS_BOOK, **words)
