"""Notes on a transfer with who wrote them, for pages and programs of staff."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services import policy
from services.context import Context
from services.notes import Note, note_of, notes_of
from services.policy import Subject
from services.queries.audit.listing import Person, people


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note and its author; ``may_erase`` for whoever looks, while there are words."""

    note: Note
    actor: Person | None
    may_erase: bool


def note_lines(ctx: Context, book: str, transfer_id: UUID) -> tuple[NoteLine, ...]:
    """A transfer's notes, the oldest first; raises NotedUnknown."""
    return _lines(ctx, book, notes_of(ctx, book, transfer_id))


def note_line(ctx: Context, book: str, note_id: UUID) -> NoteLine:
    """One note; raises NoteUnknown."""
    return _lines(ctx, book, (note_of(ctx, book, note_id),))[0]


def _lines(ctx: Context, book: str, notes: tuple[Note, ...]) -> tuple[NoteLine, ...]:
    # Who wrote as an official is named in full, to officials.
    known = people(ctx, (note.actor_id for note in notes), whole=True) if notes else {}
    may = policy.can(ctx.actor, "note.erase", Subject(book=book, region_code=book)).allowed
    return tuple(
        NoteLine(note, known.get(note.actor_id), may and not note.is_erased) for note in notes
    )
