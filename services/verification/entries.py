"""What two people sign: entries by hand with their papers, and postings that were taken back.

Before there were two names under a reversal, one administrator made it. Those are left alone, up
to the first proposal or entry that any book has; behind it no reversal of a person's act stands
without its names. What batches, estates, gifts and moves take back has keys of another kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.entries import EntryState, ManualEntry, Reversal, ReversalState
from models.evidence import EvidenceContent, EvidenceFile
from models.ledger import Transfer
from models.oversight import AuditRecord
from models.requests import Visit
from services.context import Context
from services.entries.proposing import EVIDENCE
from services.evidence import opened
from services.ledger.breaches import Breach, Tally
from services.ledger.streams import rows_of
from services.privacy.data_map import is_evidence_over as is_over
from services.vault import Unreadable

#: How the key of a reversal begins that people have asked for.
BY_PEOPLE = "reversal:"
#: The other half of what was asked for may stand in another book.
EVERY = {"cross_book": True}


def check_entries(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Two different names and unchanged papers under each entry; a mark on each of their visits."""
    statement = (
        sa.select(ManualEntry, Visit.manual_entry_id, Visit.transfer_id)
        .outerjoin(Visit, sa.and_(Visit.book == ManualEntry.book, Visit.id == ManualEntry.visit_id))
        .where(ManualEntry.book == book, ManualEntry.state == EntryState.SIGNED)
        .order_by(ManualEntry.id)
    )
    for row in rows_of(ctx.session, statement):
        tally.add("entries by hand")
        entry, place = row.ManualEntry, f"manual entry {row.ManualEntry.id}"
        if entry.decided_by_id in (None, entry.proposed_by_id):
            yield Breach("entry_one_hand", book, place)
        if row.manual_entry_id != entry.id or row.transfer_id != entry.transfer_id:
            yield Breach("entry_without_visit", book, place)
        yield from _check_papers(ctx, entry, place)
        ctx.session.expunge(entry)
    signed = sa.exists().where(
        ManualEntry.book == Visit.book,
        ManualEntry.id == Visit.manual_entry_id,
        ManualEntry.visit_id == Visit.id,
        ManualEntry.state == EntryState.SIGNED,
    )
    alone = sa.select(Visit.id).where(
        Visit.book == book, Visit.manual_entry_id.is_not(None), ~signed
    )
    for row in rows_of(ctx.session, alone.order_by(Visit.id)):
        yield Breach("visit_without_entry", book, f"visit {row.id}")


def _check_papers(ctx: Context, entry: ManualEntry, place: str) -> Iterator[Breach]:
    """The bytes, their row, and the audit record of their arrival have the same digest."""
    files = ctx.session.execute(
        sa.select(
            EvidenceFile.id,
            EvidenceFile.content_hash,
            EvidenceFile.added_at,
            EvidenceContent.content_sealed,
        )
        .outerjoin(
            EvidenceContent,
            sa.and_(
                EvidenceContent.book == EvidenceFile.book, EvidenceContent.id == EvidenceFile.id
            ),
        )
        .where(EvidenceFile.book == entry.book, EvidenceFile.subject_id == entry.id)
        .where(EvidenceFile.subject_kind == EVIDENCE)
    ).all()
    recorded = {
        each.get("file"): each.get("sha256")
        for each in ctx.session.scalars(
            sa.select(AuditRecord.after).where(
                AuditRecord.book == entry.book,
                AuditRecord.subject_id == entry.id,
                AuditRecord.act == "evidence.add",
            )
        )
    }
    if not files or {str(each.id) for each in files} != set(recorded):
        yield Breach("entry_without_papers", entry.book, place)
    for each in files:
        if each.content_sealed == b"" and is_over(each.added_at, ctx.now):
            continue
        digest = _digest(ctx, each)
        if not digest == each.content_hash == recorded.get(str(each.id), digest):
            yield Breach("paper_of_entry_changed", entry.book, f"evidence {each.id}")


def _digest(ctx: Context, file: Any) -> str:
    if file.content_sealed is None:
        return ""
    try:
        return hashlib.sha256(opened(ctx.vault, file.id, file.content_sealed)).hexdigest()
    except Unreadable:
        return ""


def check_reversals(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Two names under each reversal that people asked for; a visit is marked with its reversal."""
    yield from _check_done(ctx, book)
    yield from _check_marked(ctx, book)
    since = _began(ctx)
    if since is None:
        return
    yield from _check_unmarked(ctx, book, since)
    statement = (
        sa.select(Transfer.id, Transfer.idem_key)
        .where(Transfer.book == book, Transfer.reverses_id.is_not(None))
        .where(Transfer.idem_key.startswith(BY_PEOPLE), Transfer.posted_at >= since)
        .order_by(Transfer.id)
    )
    for row in rows_of(ctx.session, statement):
        tally.add("reversals by people")
        if not _has_names(ctx, UUID(row.idem_key.split(":")[1])):
            yield Breach("reversal_one_hand", book, f"transfer {row.id}")


def _began(ctx: Context) -> datetime | None:
    """When the first proposal or entry was made, in whichever book."""
    found = [
        ctx.session.scalar(sa.select(column).order_by(column).limit(1).execution_options(**EVERY))
        for column in (Reversal.proposed_at, ManualEntry.proposed_at)
    ]
    return min((each for each in found if each is not None), default=None)


def _has_names(ctx: Context, asked_id: UUID) -> bool:
    """Whether two people took this posting back, by a reversal or by a correction.

    The key names the half that they asked for; it may stand in another book.
    """
    done = sa.select(Reversal.id).where(
        Reversal.transfer_id == asked_id,
        Reversal.state == ReversalState.DONE,
        Reversal.first_signed_by_id != Reversal.second_signed_by_id,
    )
    corrected = (
        sa.select(ManualEntry.id)
        .join(
            Visit,
            sa.and_(Visit.book == ManualEntry.book, Visit.id == ManualEntry.corrects_visit_id),
        )
        .where(Visit.transfer_id == asked_id, ManualEntry.state == EntryState.SIGNED)
        .where(ManualEntry.proposed_by_id != ManualEntry.decided_by_id)
    )
    return any(
        ctx.session.scalar(each.limit(1).execution_options(**EVERY)) is not None
        for each in (done, corrected)
    )


def _check_done(ctx: Context, book: str) -> Iterator[Breach]:
    """A reversal that is done names the posting that took the other back."""
    posted = sa.exists().where(
        Transfer.book == Reversal.book,
        Transfer.id == Reversal.reversing_id,
        Transfer.reverses_id == Reversal.transfer_id,
    )
    missing = (
        sa.select(Reversal.id)
        .where(Reversal.book == book, Reversal.state == ReversalState.DONE, ~posted)
        .order_by(Reversal.id)
    )
    for row in rows_of(ctx.session, missing):
        yield Breach("reversal_not_posted", book, f"reversal {row.id}")


def _check_marked(ctx: Context, book: str) -> Iterator[Breach]:
    """A visit that is marked as taken back: its posting was."""
    undone = sa.exists().where(
        Transfer.book == Visit.book, Transfer.reverses_id == Visit.transfer_id
    )
    marked = sa.select(Visit.id).where(Visit.book == book, Visit.reversed_at.is_not(None), ~undone)
    for row in rows_of(ctx.session, marked.order_by(Visit.id)):
        yield Breach("visit_mark_differs", book, f"visit {row.id}")


def _check_unmarked(ctx: Context, book: str, since: datetime) -> Iterator[Breach]:
    """A visit whose posting was taken back by people: it is marked."""
    unmarked = (
        sa.select(Visit.id)
        .join(
            Transfer,
            sa.and_(Transfer.book == Visit.book, Transfer.reverses_id == Visit.transfer_id),
        )
        .where(Visit.book == book, Visit.reversed_at.is_(None))
        .where(Transfer.idem_key.startswith(BY_PEOPLE), Transfer.posted_at >= since)
        .order_by(Visit.id)
    )
    for row in rows_of(ctx.session, unmarked):
        yield Breach("visit_mark_differs", book, f"visit {row.id}")
