"""Reading papers: everybody's check of a code, and the whole paper for whoever may see it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import OPEN_ESTATES, Estate, EstateHeir
from models.giving import Gift
from models.papers import Paper
from models.places import Book
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden, NotFound
from services.papers.issuing import (
    ALPHABET,
    CODE_LENGTH,
    PaperKind,
    check_of,
    content_of,
)
from services.papers.sentences import PaperCodeWrong, PaperUnknown
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.people.texts import masked_name
from services.places.regions import region_on
from services.policy import NO_RIGHT, Subject
from services.rules.names import Name
from services.rules.rule_set import canonical_json

#: What the parts of a paper call a person's name, and lists of lines that hold further ones.
PERSONS = ("giver", "receiver", "donor", "member", "dead", "mover", "volunteer")
LINES = ("lines", "heirs")
#: Papers that several people have a part in.
SHARED = (PaperKind.GIFT_DEED, PaperKind.ESTATE_NOTICE, PaperKind.DIVISION_PROTOCOL)
#: What everybody who has the code reads of a paper beside names, by kind.
OPEN_FACTS = {PaperKind.SERVICE_PROOF: ("reference", "from", "until", "minutes")}
#: Relations to a paper that show its names in full; everybody else reads them masked.
NAMES_FOR = frozenset({"self", "staff"})


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper in a list; ``withdrawn_reason`` is a code, ``replaced`` where a newer one holds."""

    code: str
    kind: PaperKind
    issued_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None

    @property
    def holds(self) -> bool:
        """Whether it still holds."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper word by word. ``masked``: the reader sees family names alone."""

    line: PaperLine
    book: str
    region: Name
    member_id: UUID
    content: Mapping[str, Any]
    #: SHA-256 over the content's canonical JSON, in hexadecimal digits.
    digest: str
    masked: bool


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """What anybody learns who has the code. ``persons``: what each is on the paper, masked name."""

    line: PaperLine
    region: Name
    digest: str
    persons: tuple[tuple[str, str], ...]
    #: What a certificate of service says to everybody: number, first and last day, minutes.
    facts: Mapping[str, Any]


def read_code(typed: str) -> str:
    """A code as it is kept, from any spelling: small letters, spaces, hyphens, full width.

    Raises PaperCodeWrong where the check character does not fit: a slip of the pen.
    """
    narrow = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(char for char in narrow if char.isalnum())
    known = len(code) == CODE_LENGTH and all(char in ALPHABET for char in code)
    if not known or check_of(code[:-1]) != code[-1]:
        raise PaperCodeWrong(field="code")
    return code


def checked(ctx: Context, typed: str) -> CheckedPaper:
    """What a code stands for, for everybody. Raises PaperCodeWrong or PaperUnknown."""
    policy.require(ctx.actor, "paper.check")
    row = _row(ctx, typed)
    content = content_of(ctx, row)
    shown = masked(content)
    return CheckedPaper(
        line=_line(row),
        region=_region(ctx, row),
        digest=row.content_hash,
        persons=tuple((part, shown[part]) for part in PERSONS if part in shown),
        facts={key: content[key] for key in OPEN_FACTS.get(PaperKind(row.kind), ())},
    )


def paper(ctx: Context, typed: str) -> PaperView:
    """The whole paper; somebody else's look is recorded: run it in a unit of work.

    Region administrators and auditors read names masked. Raises PaperCodeWrong, PaperUnknown or
    a refusal.
    """
    row = _row(ctx, typed)
    subject = _subject(ctx, row)
    policy.require(ctx.actor, "paper.read", subject)
    if not _is_open(ctx, row.kind, subject):
        raise Forbidden(NO_RIGHT)
    if row.member_id != ctx.actor.id:
        audit.record(
            ctx,
            "paper.read",
            "paper",
            row.subject_id,
            book=row.book,
            after={"kind": row.kind},
            acting_for_id=row.member_id,
        )
    hide = not policy.relations(ctx.actor, subject) & NAMES_FOR
    content = content_of(ctx, row)
    return PaperView(
        line=_line(row),
        book=row.book,
        region=_region(ctx, row),
        member_id=row.member_id,
        content=masked(content) if hide else content,
        digest=row.content_hash,
        masked=hide,
    )


def original(ctx: Context, typed: str) -> tuple[str, bytes]:
    """The paper's code and the bytes that its digest is over; a look like any other.

    Whoever reads names masked is refused: masked bytes have another digest.
    """
    found = paper(ctx, typed)
    if found.masked:
        raise Forbidden(NO_RIGHT)
    return found.line.code, canonical_json(dict(found.content)).encode()


def papers_of(ctx: Context, member_id: UUID) -> tuple[PaperLine, ...]:
    """A member's papers and those that the member is a party to, the newest first.

    Somebody else's look at the list is recorded.
    """
    member = member_row(ctx.session, member_id)
    subject = subject_of(member)
    policy.require(ctx.actor, "paper.read", subject)
    if member_id != ctx.actor.id:
        audit.record(
            ctx, "paper.read", "member", member_id, book=member.home_book, acting_for_id=member_id
        )
    party_to = _party_to(books_of(member), member_id)
    rows = ctx.session.scalars(
        sa.select(Paper)
        .where(
            sa.or_(
                Paper.member_id == member_id,
                sa.and_(Paper.subject_id.in_(party_to), Paper.kind.in_(SHARED)),
            )
        )
        .order_by(Paper.issued_at.desc(), Paper.code)
    )
    return tuple(_line(row) for row in rows if _is_open(ctx, row.kind, subject))


def masked(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same content with the family name alone of every person on it."""
    shown = {
        key: masked_name(value) if key in PERSONS and isinstance(value, str) else value
        for key, value in content.items()
    }
    for key in LINES:
        if key in content:
            shown[key] = [{**line, "name": masked_name(line["name"])} for line in content[key]]
    return shown


def _is_open(ctx: Context, kind: str, subject: Subject) -> bool:
    """Whom somebody names, only he and staff who are no kin read, as in the record itself."""
    if kind != PaperKind.DESIGNATION or subject.member_id == ctx.actor.id:
        return True
    may = policy.can(ctx.actor, "designation.read", subject).allowed
    return may and subject.member_id not in ctx.actor.relatives


def _row(ctx: Context, typed: str) -> Paper:
    row = ctx.session.get(Paper, read_code(typed))
    if row is None:
        raise PaperUnknown(field="code")
    return row


def _line(row: Paper) -> PaperLine:
    return PaperLine(
        row.code, PaperKind(row.kind), row.issued_at, row.withdrawn_at, row.withdrawn_reason
    )


def _party_to(books: Sequence[str], member_id: UUID) -> sa.CompoundSelect[tuple[UUID]]:
    """Gifts of some books that somebody has received, and estates of which somebody is an heir.

    Whose death was a mistake lives, and what that one would leave is nobody else's affair.
    """
    received = sa.select(Gift.id).where(Gift.book.in_(books), Gift.receiver_id == member_id)
    inherited = (
        sa.select(EstateHeir.estate_id)
        .join(Estate, sa.and_(Estate.book == EstateHeir.book, Estate.id == EstateHeir.estate_id))
        .where(
            EstateHeir.book.in_(books),
            EstateHeir.member_id == member_id,
            Estate.state.in_(OPEN_ESTATES),
        )
    )
    return sa.union_all(received, inherited)


def _is_party(ctx: Context, row: Paper) -> bool:
    """Whether a deed or an estate's paper is about what the actor received or inherits."""
    if row.kind not in SHARED:
        return False
    mine = _party_to((row.book,), ctx.actor.id)
    return bool(ctx.session.scalar(sa.select(sa.literal(row.subject_id).in_(mine))))


def _subject(ctx: Context, row: Paper) -> Subject:
    """The owner's own affair; of a deed and of an estate also the receiver's and the heirs'."""
    member = member_row(ctx.session, row.member_id)
    return Subject(
        book=row.book,
        region_code=member.region_code,
        branch_id=row.branch_id,
        member_id=ctx.actor.id if _is_party(ctx, row) else row.member_id,
    )


def _region(ctx: Context, row: Paper) -> Name:
    """The county that keeps the book, by the name that it bore when the paper was issued."""
    code = ctx.session.scalar(sa.select(Book.region_code).where(Book.book == row.book))
    try:
        found = region_on(ctx.session, code or row.book, local_date(row.issued_at))
    except NotFound:
        return Name(row.book, row.book)
    return Name(found.name, found.name_en)
