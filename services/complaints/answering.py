"""Both sides are heard: each says it himself, or staff write it down for him."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from models.complaints import Complaint, ComplaintState
from services import audit, outbox, policy
from services.acts import once
from services.complaints import sentences as say
from services.complaints.finding import (
    COMPLAINANT,
    KIND,
    OTHER,
    add_word,
    locked_complaint,
    speaks_for,
)
from services.complaints.holding import free
from services.complaints.terms import place_of
from services.context import Context
from services.evidence import Upload, attach, digests

Side = Literal["complainant", "other"]
#: While it is open, and again while an appeal is looked at.
SPEAKING = (ComplaintState.OPEN, ComplaintState.APPEALED)


def side_of(
    ctx: Context, complaint: Complaint, act: str, side: Side | None
) -> tuple[str, UUID | None]:
    """On which side somebody speaks, and the member whose words they are; services only.

    A member speaks on the own side, whatever is named. Staff name the side; where nobody is
    known by name on it, their words are the branch's own, or those of whoever has no account.
    """
    member_id = speaks_for(ctx, complaint)
    if member_id is not None:
        policy.require(ctx.actor, act, place_of(complaint, member_id))
        return (COMPLAINANT if member_id == complaint.by_id else OTHER), member_id
    named = side or OTHER
    member_id = complaint.by_id if named == COMPLAINANT else complaint.against_id
    policy.require(ctx.actor, act, place_of(complaint, member_id))
    return named, member_id


def answer(
    ctx: Context,
    book: str,
    complaint_id: UUID,
    text: str,
    side: Side | None = None,
    files: Sequence[Upload] = (),
) -> None:
    """Say something on a complaint, with evidence. Raises ComplaintStateChanged once decided."""
    complaint = locked_complaint(ctx, book, complaint_id)
    spoken, member_id = side_of(ctx, complaint, "complaint.answer", side)

    def do() -> dict[str, str]:
        if complaint.state not in SPEAKING:
            raise say.ComplaintStateChanged
        acting_for_id = member_id if member_id != ctx.actor.id else None
        add_word(ctx, complaint, spoken, text, acting_for_id)
        kept = attach(ctx, book, KIND, complaint.id, files)
        audit.record(
            ctx,
            "complaint.answer",
            "complaint",
            complaint.id,
            book=book,
            after={"side": spoken, "files": [str(each) for each in kept]},
            acting_for_id=acting_for_id,
        )
        if spoken == OTHER and complaint.by_id is not None:
            outbox.tell(ctx, book, complaint.by_id, say.HEARD, reference=complaint.reference)
        if member_id is not None:
            outbox.tell_acted(ctx, book, member_id, say.SAID, reference=complaint.reference)
        ctx.session.flush()
        return {}

    content = {
        "complaint": complaint_id,
        "text": ctx.vault.blind("act", text),
        "side": spoken,
        "files": digests(files),
    }
    once(ctx, book, "complaint.answer", content, do)


def withdraw(ctx: Context, book: str, complaint_id: UUID) -> None:
    """Take an open complaint back: what was set aside is free. A sheet about it goes on."""
    complaint = locked_complaint(ctx, book, complaint_id)
    policy.require(ctx.actor, "complaint.withdraw", place_of(complaint, complaint.by_id))

    def do() -> dict[str, str]:
        if complaint.state is not ComplaintState.OPEN:
            raise say.ComplaintStateChanged
        complaint.state = ComplaintState.WITHDRAWN
        free(ctx, complaint)
        audit.record(
            ctx,
            "complaint.withdraw",
            "complaint",
            complaint.id,
            book=book,
            before={"state": ComplaintState.OPEN.value},
            after={"state": complaint.state.value},
        )
        if complaint.against_id is not None:
            outbox.tell(
                ctx, book, complaint.against_id, say.WITHDRAWN, reference=complaint.reference
            )
        ctx.session.flush()
        return {}

    once(ctx, book, "complaint.withdraw", {"complaint": complaint_id}, do)
