"""What people make of a flag: a conclusion with a reason, or a work sheet for those concerned."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.flags import Flag, FlagState
from models.places import Book
from models.sheets import SheetKind
from services import audit, policy
from services.acts import once
from services.context import Context
from services.flags.sentences import (
    FlagAnswerUnknown,
    FlagDecided,
    FlagHasSheet,
    FlagReasonMissing,
    FlagUnknown,
)
from services.policy import Subject
from services.sheets.opening import open_sheet

#: How the vault knows the reason.
PURPOSE = "flag.reason"
#: Flags about people who work there go past their own branch.
ABOUT_STAFF = ("administrator",)


def decide_flag(ctx: Context, book: str, flag_id: UUID, state: FlagState, reason: str) -> None:
    """Say whether a flag was right, with a reason; it moves nothing.

    Nobody decides about himself, his kin, or what he has entered. Raises FlagUnknown,
    FlagDecided, FlagReasonMissing, FlagAnswerUnknown or Forbidden.
    """
    flag = _locked(ctx, book, flag_id)
    require_for_all(ctx, "flag.decide", flag)

    def do() -> dict[str, str]:
        if state not in (FlagState.CLEARED, FlagState.UPHELD):
            raise FlagAnswerUnknown(field="state")
        if not reason.strip():
            raise FlagReasonMissing(field="reason")
        if flag.state is not FlagState.OPEN:
            raise FlagDecided
        audit.record(
            ctx,
            "flag.decide",
            "flag",
            flag.id,
            book=book,
            before={"state": flag.state.value},
            after={"state": state.value, "code": flag.code},
        )
        flag.state, flag.decided_by_id, flag.decided_at = state, ctx.actor.id, ctx.now
        flag.decision_reason_sealed = ctx.vault.seal(PURPOSE, reason.strip())
        ctx.session.flush()
        return {}

    words = ctx.vault.blind("act", reason)
    content = {"flag_id": flag_id, "state": state.value, "reason": words}
    once(ctx, book, "flag.decide", content, do)


def make_sheet(ctx: Context, book: str, flag_id: UUID, kind: SheetKind) -> UUID:
    """Open a work sheet about a flag: for the branch, or for the region where staff is concerned.

    Raises FlagUnknown, FlagHasSheet or Forbidden. Returns the sheet's id.
    """
    flag = _locked(ctx, book, flag_id)
    require_for_all(ctx, "flag.decide", flag)
    policy.require(ctx.actor, "sheet.open", subject_of(ctx, flag))

    def do() -> dict[str, str]:
        if flag.sheet_id is not None:
            raise FlagHasSheet
        flag.sheet_id = open_sheet(
            ctx,
            book=book,
            kind=kind,
            about="flag",
            subject_kind="flag",
            subject_id=flag.id,
            region_code=region_of(ctx, book),
            branch_id=None if flag.subject_kind in ABOUT_STAFF else flag.branch_id,
            facts={"code": flag.code},
        )
        ctx.session.flush()
        return {"sheet_id": str(flag.sheet_id)}

    content = {"flag_id": flag_id, "kind": kind.value}
    return UUID(once(ctx, book, "flag.sheet", content, do)["sheet_id"])


def require_for_all(ctx: Context, act: str, flag: Flag) -> None:
    """The act must be allowed about everybody of whom the flag speaks."""
    whole = subject_of(ctx, flag)
    policy.require(ctx.actor, act, whole)
    for person in flag.facts.get("people", ()):
        each = Subject(
            book=whole.book,
            region_code=whole.region_code,
            branch_id=whole.branch_id,
            member_id=UUID(person),
        )
        policy.require(ctx.actor, act, each)


def subject_of(ctx: Context, flag: Flag) -> Subject:
    """Where a flag belongs."""
    return Subject(book=flag.book, region_code=region_of(ctx, flag.book), branch_id=flag.branch_id)


def region_of(ctx: Context, book: str) -> str:
    """The region that keeps a book."""
    return ctx.session.scalar(sa.select(Book.region_code).where(Book.book == book)) or book


def _locked(ctx: Context, book: str, flag_id: UUID) -> Flag:
    flag = ctx.session.scalar(
        sa.select(Flag).where(Flag.book == book, Flag.id == flag_id).with_for_update()
    )
    if flag is None:
        raise FlagUnknown
    return flag
