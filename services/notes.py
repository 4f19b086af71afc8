"""Notes that administrators write beside a transfer: for staff, never on a member's statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.ledger import NoteText, Transfer, TransferNote
from services import audit, policy
from services.acts import once
from services.context import Context
from services.ledger.drafts import Stamp
from services.ledger.notes import (
    NotedUnknown,
    NoteUnknown,
    add_note,
    erase_text,
    new_salt,
    text_hash,
)
from services.people.texts import needed
from services.policy import Subject
from services.reversing.touching import owners_of
from services.vault import Vault

#: A few sentences, in characters.
LONGEST_NOTE = 500
_PURPOSE = "note.text"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as staff read it. ``text`` is None once its words were erased."""

    id: UUID
    transfer_id: UUID
    actor_id: UUID
    at: datetime
    #: What the seal commits to: it stays when the words go.
    text_hash: str
    text: str | None

    @property
    def is_erased(self) -> bool:
        """Whether only the commitment is left."""
        return self.text is None


def write_note(ctx: Context, book: str, transfer_id: UUID, text: str) -> UUID:
    """Add a note to a transfer; returns its id.

    Raises NotedUnknown, and MissingText or TooManyWords (field ``text``). Like a reversal it is
    nobody's to write on the own account or on that of kin.
    """
    for owner in (None, *owners_of(ctx, book, transfer_id)):
        subject = Subject(book=book, region_code=book, member_id=owner)
        policy.require(ctx.actor, "transfer.note", subject)

    def do() -> dict[str, str]:
        words = needed(text, "text", LONGEST_NOTE)
        note_id, salt = ctx.new_id(), new_salt()
        stamp = Stamp(ctx.now, ctx.actor.id)
        add_note(ctx.session, book, transfer_id, note_id, text_hash(salt, words), stamp)
        ctx.session.add(
            NoteText(
                book=book,
                note_id=note_id,
                salt=salt,
                text_sealed=ctx.vault.seal(_purpose(book, note_id), words),
            )
        )
        said = {"note_id": str(note_id)}
        audit.record(ctx, "transfer.note", "transfer", transfer_id, book=book, after=said)
        return said

    # A plain hash of the words would outlive them in the act's key: it is keyed.
    content = {"transfer_id": transfer_id, "text": ctx.vault.blind(_PURPOSE, text)}
    return UUID(once(ctx, book, "transfer.note", content, do)["note_id"])


def erase_note(ctx: Context, book: str, note_id: UUID) -> UUID:
    """Erase a note's words for good; returns its transfer's id.

    Raises NoteUnknown, or NoteErased when they are gone already.
    """
    policy.require(ctx.actor, "note.erase", Subject(book=book, region_code=book))
    row = ctx.session.get(TransferNote, (book, note_id))
    if row is None:
        raise NoteUnknown

    def do() -> dict[str, str]:
        erase_text(ctx.session, book, note_id)
        said = {"note_id": str(note_id)}
        audit.record(ctx, "note.erase", "transfer", row.transfer_id, book=book, before=said)
        return said

    once(ctx, book, "note.erase", {"note_id": note_id}, do)
    return row.transfer_id


def notes_of(ctx: Context, book: str, transfer_id: UUID) -> tuple[Note, ...]:
    """A transfer's notes, the oldest first, for staff of its region; raises NotedUnknown."""
    policy.require(ctx.actor, "ledger.read", Subject(book=book, region_code=book))
    if ctx.session.get(Transfer, (book, transfer_id)) is None:
        raise NotedUnknown
    return _read(ctx, book, TransferNote.transfer_id == transfer_id)


def note_of(ctx: Context, book: str, note_id: UUID) -> Note:
    """One note; raises NoteUnknown."""
    policy.require(ctx.actor, "ledger.read", Subject(book=book, region_code=book))
    found = _read(ctx, book, TransferNote.id == note_id)
    if not found:
        raise NoteUnknown
    return found[0]


def _read(ctx: Context, book: str, wanted: sa.ColumnElement[bool]) -> tuple[Note, ...]:
    text = sa.and_(NoteText.book == TransferNote.book, NoteText.note_id == TransferNote.id)
    rows = ctx.session.execute(
        sa.select(TransferNote, NoteText.text_sealed)
        .join(NoteText, text, isouter=True)
        .where(TransferNote.book == book, wanted)
        .order_by(TransferNote.at, TransferNote.id)
    )
    return tuple(_note(ctx.vault, row, sealed) for row, sealed in rows)


def _note(vault: Vault, row: TransferNote, sealed: str | None) -> Note:
    return Note(
        id=row.id,
        transfer_id=row.transfer_id,
        actor_id=row.actor_id,
        at=row.at,
        text_hash=row.text_hash,
        text=vault.open_or_none(_purpose(row.book, row.id), sealed),
    )


def _purpose(book: str, note_id: UUID) -> str:
    """A sealed text opens in its own note only."""
    return f"{_PURPOSE}:{book}:{note_id}"
