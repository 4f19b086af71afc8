"""Notes on transfers: a word can follow, the transfer itself never changes.

The ledger keeps that there is a note, by whom and when, and a salted hash of its words: the
sealer seals the hash, and whoever has the words and the salt can prove them. The words live
apart (``note_texts``) and can be erased without breaking a proof.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import NoteText, Transfer, TransferNote
from models.seals import Unsealed
from services.errors import Conflict, NotFound
from services.ledger.drafts import Stamp

SALT_BYTES = 32


class NotedUnknown(NotFound):
    """没有找到要写备注的往来。"""

    code = "noted_unknown"


class NoteUnknown(NotFound):
    """没有找到这条备注。"""

    code = "note_unknown"


class NoteErased(Conflict):
    """这条备注的文字已经删去了。"""

    code = "note_erased"


def new_salt() -> str:
    """Random hexadecimal digits, so that nobody can try words against the hash."""
    return secrets.token_hex(SALT_BYTES)


def text_hash(salt: str, text: str) -> str:
    """SHA-256 over the salt's and the text's bytes (UTF-8), in hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def add_note(
    session: Session, book: str, transfer_id: UUID, note_id: UUID, commitment: str, stamp: Stamp
) -> None:
    """Write a note's row and queue it for the sealer; raises :class:`NotedUnknown`."""
    if session.get(Transfer, (book, transfer_id)) is None:
        raise NotedUnknown
    session.add(
        TransferNote(
            book=book,
            id=note_id,
            transfer_id=transfer_id,
            text_hash=commitment,
            actor_id=stamp.actor_id,
            at=stamp.now,
        )
    )
    session.add(Unsealed(book=book, transfer_id=transfer_id, note_id=note_id))
    session.flush()


def erase_text(session: Session, book: str, note_id: UUID) -> None:
    """Delete a note's words with their salt; the note and its hash stay. Once: NoteErased."""
    gone = session.execute(
        sa.delete(NoteText)
        .where(NoteText.book == book, NoteText.note_id == note_id)
        .returning(NoteText.note_id)
        .execution_options(synchronize_session="fetch")
    ).all()
    if not gone:
        raise NoteErased
