"""What the seals show: a transfer's own seal, the daily lists, the keys, and files for a checker.

The lists, the keys and the proofs between blocks are for everybody; a transfer's receipt is for
whoever may read that transfer on some page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, Entry, Transfer
from models.people import Member
from models.places import Book
from models.requests import Request, Visit
from models.seals import NO_NOTE, Block, BlockLeaf, HeadList, HeadSignature
from services import policy
from services.context import Context
from services.ledger.seals import heads, proofs
from services.ledger.seals.daylist import WITNESSES, read_list
from services.ledger.seals.headers import OUTSIDER
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.keys import key_ring
from services.people.reading import subject_of as subject_of_member
from services.policy import Subject
from services.visits.locating import subject_of

PAGE_SIZE = 20
#: Lists that are looked through for the first that has a block: a block that is signed before
#: a list and committed after it is in the next one.
LOOKED_THROUGH = 3
#: A head's first field after its book in a list's text; nothing else in it is called so, and a
#: quotation mark within a text would be escaped.
_A_HEAD = '"height":'
#: A transfer with everybody who took part in a group session.
SESSION = "session"


@dataclass(frozen=True, slots=True)
class SealLine:
    """Where a transfer is sealed; without ``height`` it still waits for the sealer.

    ``day`` is that of the first daily list that covers it, ``signed`` how many of the
    ``wanted`` witnesses have signed that list.
    """

    book: str
    transfer_id: UUID
    height: int | None = None
    sealed_at: datetime | None = None
    day: date | None = None
    signed: int = 0
    wanted: int = WITNESSES


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness that has signed a list: the key and who holds it."""

    key_id: str
    holder: str


@dataclass(frozen=True, slots=True)
class ListLine:
    """A published list: its day, how many books it has, and who has countersigned it."""

    day: date
    at: datetime
    content_hash: str
    key_id: str
    books: int
    witnesses: tuple[Witness, ...]

    @property
    def missing(self) -> int:
        """Signatures that the list still lacks."""
        return max(0, WITNESSES - len(self.witnesses))


@dataclass(frozen=True, slots=True)
class ListPage:
    """Published lists, the newest first."""

    lines: tuple[ListLine, ...]
    page: int
    pages: int
    total: int


def seal_line(ctx: Context, book: str, transfer_id: UUID) -> SealLine:
    """Where a transfer is sealed; NoSuchTransfer for whoever may not see it."""
    require_seen(ctx, book, transfer_id)
    place = ctx.session.execute(
        sa.select(BlockLeaf.position, Block.height, Block.sealed_at)
        .join(Block, sa.and_(Block.book == BlockLeaf.book, Block.height == BlockLeaf.height))
        .where(
            BlockLeaf.book == book,
            BlockLeaf.transfer_id == transfer_id,
            BlockLeaf.note_id == NO_NOTE,
        )
    ).one_or_none()
    if place is None:
        return SealLine(book, transfer_id)
    day = _first_list(ctx, book, place.position, place.sealed_at)
    signed = len(_signatures(ctx, [day]).get(day, ())) if day else 0
    return SealLine(book, transfer_id, place.height, place.sealed_at, day, signed)


def receipt_file(ctx: Context, book: str, transfer_id: UUID) -> dict[str, Any]:
    """A transfer's receipt; NoSuchTransfer, NotSealedYet, SealBroken."""
    require_seen(ctx, book, transfer_id)
    return proofs.receipt(ctx.session, book, transfer_id)


def require_seen(ctx: Context, book: str, transfer_id: UUID) -> None:
    """NoSuchTransfer unless some page shows the transfer to the actor.

    That is its book's, its visit's, or the statement of a member whose coins it moved.
    """
    transfer = ctx.session.get(Transfer, (book, transfer_id))
    if transfer is None or not any(
        policy.can(ctx.actor, act, subject).allowed for act, subject in _shown(ctx, transfer)
    ):
        raise proofs.NoSuchTransfer


def _shown(ctx: Context, transfer: Transfer) -> Iterator[tuple[str, Subject]]:
    book = transfer.book
    region = ctx.session.scalar(sa.select(Book.region_code).where(Book.book == book))
    yield "ledger.read", Subject(book=book, region_code=region or book)
    if transfer.kind == SESSION:
        return  # it names everybody who took part: staff alone see it whole
    of_visit = transfer.reverses_id or transfer.id
    visits = ctx.session.execute(
        sa.select(Request, Visit)
        .join(Visit, sa.and_(Visit.book == Request.book, Visit.request_id == Request.id))
        .where(Request.book == book, Visit.book == book, Visit.transfer_id == of_visit)
    )
    for row in visits:
        yield "visit.read", subject_of(row.Request, row.Visit)
    owners = ctx.session.scalars(
        sa.select(Member)
        .join(Account, Account.owner_id == Member.id)
        .join(Entry, sa.and_(Entry.book == Account.book, Entry.account_id == Account.id))
        .where(Account.book == book, Entry.book == book, Entry.transfer_id == transfer.id)
    )
    for member in owners:
        yield "statement.read", subject_of_member(member)


def _first_list(ctx: Context, book: str, position: int, sealed_at: datetime) -> date | None:
    rows = ctx.session.scalars(
        sa.select(HeadList)
        .where(HeadList.at >= sealed_at)
        .order_by(HeadList.day)
        .limit(LOOKED_THROUGH)
    )
    for row in rows:
        head = read_list(row.content).heads.get(book)
        if head is not None and head.size > position:
            return row.day
    return None


def lists(ctx: Context, page: int = 1, size: int = PAGE_SIZE) -> ListPage:
    """Published lists, a page at a time; a page that is not there gives the nearest."""
    policy.require(ctx.actor, "public.read")
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(HeadList)) or 0
    pages = max(1, -(-total // size))
    page = max(1, min(page, pages))
    without = sa.func.length(sa.func.replace(HeadList.content, _A_HEAD, ""))
    rows = ctx.session.execute(
        sa.select(
            HeadList.day,
            HeadList.at,
            HeadList.content_hash,
            HeadList.key_id,
            ((sa.func.length(HeadList.content) - without) // len(_A_HEAD)).label("books"),
        )
        .order_by(HeadList.day.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    signed = _signatures(ctx, [row.day for row in rows])
    ring = keys(ctx)
    lines = tuple(
        ListLine(
            row.day,
            row.at,
            row.content_hash,
            row.key_id,
            row.books,
            tuple(Witness(key_id, _holder(ring, key_id)) for key_id in signed.get(row.day, ())),
        )
        for row in rows
    )
    return ListPage(lines, page, pages, total)


def _signatures(ctx: Context, days: list[date]) -> dict[date, list[str]]:
    """Day -> keys of the witnesses; each signature was checked before it was recorded."""
    found: dict[date, list[str]] = {}
    for row in ctx.session.execute(
        sa.select(HeadSignature.day, HeadSignature.key_id)
        .where(HeadSignature.day.in_(days))
        .order_by(HeadSignature.day, HeadSignature.at, HeadSignature.key_id)
    ):
        found.setdefault(row.day, []).append(row.key_id)
    return found


def _holder(ring: KeyRing, key_id: str) -> str:
    held = ring.key(key_id, OUTSIDER)
    return key_id[:16] if held is None else held.holder


def keys(ctx: Context) -> KeyRing:
    """The history of the operator's and the witnesses' keys."""
    policy.require(ctx.actor, "public.read")
    return key_ring(ctx.session)


def list_mark(ctx: Context, day: date, since: date | None = None) -> str:
    """What changes whenever the published file of a day does; NoSuchList."""
    policy.require(ctx.actor, "public.read")
    content_hash = ctx.session.scalar(sa.select(HeadList.content_hash).where(HeadList.day == day))
    if content_hash is None:
        raise heads.NoSuchList
    signed = len(_signatures(ctx, [day]).get(day, ()))
    return f"{content_hash}.{since or ''}.{signed}"


def list_file(ctx: Context, day: date, since: date | None = None) -> dict[str, Any]:
    """The published file of a day; NoSuchList."""
    policy.require(ctx.actor, "public.read")
    return heads.published(ctx.session, day, since)


def growth_file(ctx: Context, book: str, old: int, new: int) -> dict[str, Any]:
    """The proof that a book's block grew from an older one; NoSuchBlock, BlocksReversed."""
    policy.require(ctx.actor, "public.read")
    return proofs.consistency(ctx.session, book, old, new)
