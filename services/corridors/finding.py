"""Which agreement governs a pair of books on a day, and whether minutes may go that way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Corridor, CorridorMode, Phase
from models.moving import Succession
from models.reserve import FundRecord
from services.clock import local_date
from services.context import Context
from services.corridors import sentences as say
from services.places.regions import full_name, within
from services.policy import covers


@dataclass(frozen=True, slots=True)
class CorridorView:
    """The agreement that governs a pair of books, as the pair sees it.

    ``one_pays`` says that the first book may be debited for what the second is credited with: its
    elders draw there, its members' gifts arrive there.
    """

    id: UUID | None
    one_book: str
    other_book: str
    phase: Phase | None
    one_pays: bool
    other_pays: bool
    pair_cap_minutes: int | None
    valid_from: date | None

    @property
    def is_kept_together(self) -> bool:
        """Whether one region keeps both books: no agreement and no cap stands between them."""
        return self.one_pays and self.id is None

    def pays(self, payer_book: str) -> bool:
        """Whether the book may be debited for the other."""
        return self.one_pays if payer_book == self.one_book else self.other_pays


def holding(day: date) -> sa.ColumnElement[bool]:
    """The condition that an agreement is signed and holds on a day."""
    return sa.and_(
        Corridor.signed_at.is_not(None),
        Corridor.withdrawn_at.is_(None),
        Corridor.valid_from <= day,
        sa.or_(Corridor.valid_to.is_(None), Corridor.valid_to > day),
    )


def agreements_on(session: Session, day: date) -> list[Corridor]:
    """Every signed agreement that holds on a day."""
    return list(session.scalars(sa.select(Corridor).where(holding(day))))


def agreements_between(
    session: Session, one_book: str, other_book: str, keepers: Mapping[str, str], day: date
) -> list[Corridor]:
    """Every signed agreement that may govern a pair of books on a day, of whatever tier."""
    codes = scopes_of(one_book, other_book, keepers[one_book], keepers[other_book])
    either = sa.and_(Corridor.one_code.in_(codes), Corridor.other_code.in_(codes))
    return list(session.scalars(sa.select(Corridor).where(holding(day), either)))


def scope_of(book: str, digits: int) -> str:
    """The code of the region above a book that its first digits name: 4 of them its city."""
    return book[:digits].ljust(len(book), "0")


def scopes_of(*codes: str) -> set[str]:
    """The codes of these counties and of every region above them, up to the nation."""
    return {scope_of(code, digits) for code in codes for digits in (0, 2, 4, 6)}


def governing(
    agreements: Iterable[Corridor], one_book: str, other_book: str, keepers: Mapping[str, str]
) -> tuple[Corridor, bool] | None:
    """The agreement of several that governs a pair, and whether its first side is ``one_book``.

    The one between the smallest regions; of two alike the later one. Whoever keeps a book now
    (``keepers``) agrees for it as well: the code of a county that has ended signs nothing more.
    """

    def holds(code: str, book: str) -> bool:
        return covers(code, book) or covers(code, keepers[book])

    found: list[tuple[tuple[int, date, object], Corridor, bool]] = []
    for each in agreements:
        forth = holds(each.one_code, one_book) and holds(each.other_code, other_book)
        back = holds(each.one_code, other_book) and holds(each.other_code, one_book)
        if forth or back:
            closeness = len(within(each.one_code)) + len(within(each.other_code))
            found.append(((closeness, each.valid_from, each.signed_at), each, forth))
    if not found:
        return None
    _, corridor, forth = max(found, key=lambda each: each[0])
    return corridor, forth


def corridor_between(session: Session, one_book: str, other_book: str, day: date) -> CorridorView:
    """What holds between two books on a day; books of one region are always open to each other."""
    keepers = keepers_of(session, (one_book, other_book), day)
    if keepers[one_book] == keepers[other_book]:
        return CorridorView(None, one_book, other_book, None, True, True, None, None)
    agreements = agreements_between(session, one_book, other_book, keepers, day)
    return seen_by(governing(agreements, one_book, other_book, keepers), one_book, other_book)


def seen_by(found: tuple[Corridor, bool] | None, one_book: str, other_book: str) -> CorridorView:
    """An agreement (or none) from the side of the pair's first book."""
    if found is None:
        return CorridorView(None, one_book, other_book, None, False, False, None, None)
    corridor, is_first = found
    both = corridor.mode is CorridorMode.BOTH
    # "Store" lets the first side's members serve at the other, whose elders then pay.
    first_pays = both or corridor.mode is CorridorMode.DRAW
    second_pays = both or corridor.mode is CorridorMode.STORE
    return CorridorView(
        id=corridor.id,
        one_book=one_book,
        other_book=other_book,
        phase=corridor.phase,
        one_pays=first_pays if is_first else second_pays,
        other_pays=second_pays if is_first else first_pays,
        pair_cap_minutes=corridor.pair_cap_minutes,
        valid_from=corridor.valid_from,
    )


def keeper_of(session: Session, book: str, day: date) -> str:
    """The county that keeps a book on a day: its own region, or the one that took over."""
    return keepers_of(session, [book], day)[book]


def keepers_of(session: Session, books: Iterable[str], day: date) -> dict[str, str]:
    """The county that keeps each of the books on a day."""
    keepers = {book: book for book in books}
    rows = session.execute(
        sa.select(Succession.book, Succession.new_code)
        .where(Succession.book.in_(sorted(keepers)), Succession.from_day <= day)
        .order_by(Succession.from_day)
    )
    keepers.update((row.book, row.new_code) for row in rows)
    return keepers


def joined(session: Session, books: Iterable[str]) -> frozenset[str]:
    """Those of the books whose region has joined: it has a signed record of its fund."""
    wanted = sorted(set(books))
    rows = session.scalars(
        sa.select(FundRecord.book)
        .where(FundRecord.book.in_(wanted), FundRecord.signed_at.is_not(None))
        .distinct()
    )
    return frozenset(rows)


def require_open(ctx: Context, payer_book: str, payee_book: str) -> CorridorView:
    """The corridor by which minutes go from one book to another today.

    Raises NotJoined or CorridorShut.
    """
    view = corridor_between(ctx.session, payer_book, payee_book, local_date(ctx.now))
    if view.is_kept_together:
        return view
    _require_joined(ctx, (payer_book, payee_book))
    if not view.pays(payer_book):
        from_zh, from_en = region_words(ctx, payer_book)
        to_zh, to_en = region_words(ctx, payee_book)
        raise say.CorridorShut(from_zh=from_zh, from_en=from_en, to_zh=to_zh, to_en=to_en)
    return view


def is_open(ctx: Context, payer_book: str, payee_book: str) -> bool:
    """Whether minutes may go from one book to another today; the caps are another matter."""
    if len(joined(ctx.session, (payer_book, payee_book))) < 2:
        return False
    return corridor_between(ctx.session, payer_book, payee_book, local_date(ctx.now)).pays(
        payer_book
    )


def _require_joined(ctx: Context, books: Sequence[str]) -> None:
    there = joined(ctx.session, books)
    for book in books:
        if book not in there:
            zh, en = region_words(ctx, book)
            raise say.NotJoined(region_zh=zh, region_en=en)


def region_words(ctx: Context, book: str) -> tuple[str, str]:
    """How a book's region is called in full, in Chinese and in English."""
    return full_name(
        ctx.session, keeper_of(ctx.session, book, local_date(ctx.now)), local_date(ctx.now)
    )
