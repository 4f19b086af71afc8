"""How a sheet ends: closed with a reason, made into the next kind, or appealed once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from models.sheets import SheetKind, SheetState, WorkSheet
from services import outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.people.texts import needed
from services.rules.tables import table
from services.sheets import sentences as say
from services.sheets.acting import require_open, step
from services.sheets.finding import (
    LONGEST_TEXT,
    day_after,
    days,
    is_above,
    is_administrator,
    locked_sheet,
    require_apart,
    subject_of,
    told_at,
)
from services.sheets.opening import open_sheet

REASON = "sheet.reason"
DONE, FOUNDED, UNFOUNDED = "done", "founded", "unfounded"
#: What may be said at the end; ``founded`` goes against the branch, which may then appeal.
OUTCOMES = (DONE, FOUNDED, UNFOUNDED)
PASSED_ON, UPHELD, DISMISSED = "passed_on", "appeal_upheld", "appeal_dismissed"


def kind_terms(kind: SheetKind) -> dict[str, object]:
    """What the published terms say of a kind."""
    found: dict[str, object] = next(
        each for each in table("sheets").content["kinds"] if each["code"] == kind.value
    )
    return found


def close(ctx: Context, book: str, sheet_id: UUID, outcome: str, reason: str) -> None:
    """End a sheet with its outcome and a reason.

    Never whoever it is about, nor kin; a supervision sheet only whoever administers the region.
    Raises SheetSubjectCloses, SheetOutcomeUnknown, SheetStateChanged or MissingText.
    """
    sheet = locked_sheet(ctx, book, sheet_id)
    require_apart(ctx, sheet, "sheet.close")
    by_branch = not is_administrator(ctx.actor, sheet)
    if by_branch and (outcome == FOUNDED or not kind_terms(sheet.kind)["branch_closes"]):
        raise say.SheetSubjectCloses

    def do() -> dict[str, str]:
        if outcome not in OUTCOMES:
            raise say.SheetOutcomeUnknown(field="outcome")
        words = needed(reason, "reason", LONGEST_TEXT)
        require_open(sheet)
        _close(ctx, sheet, outcome, words)
        return {}

    content = {"sheet": sheet_id, "outcome": outcome, "reason": ctx.vault.blind("act", reason)}
    once(ctx, book, "sheet.close", content, do)


def _close(ctx: Context, sheet: WorkSheet, outcome: str, words: str) -> None:
    sheet.state, sheet.outcome = SheetState.CLOSED, outcome
    sheet.close_reason_sealed = ctx.vault.seal(REASON, words)
    sheet.closed_at, sheet.closed_by_id = ctx.now, ctx.actor.id
    step(ctx, sheet, "closed", "sheet.close", words, {"outcome": outcome})
    if sheet.owner_id is not None and sheet.owner_id != ctx.actor.id:
        outbox.tell(ctx, sheet.book, sheet.owner_id, say.CLOSED_YOURS, reference=sheet.reference)


def turn(ctx: Context, book: str, sheet_id: UUID, text: str) -> UUID:
    """Make a supervision sheet of a warning, or a progress sheet of a supervision sheet.

    The old one ends as passed on; returns the new one's id. Raises SheetLast.
    """
    sheet = locked_sheet(ctx, book, sheet_id)
    require_apart(ctx, sheet, "sheet.decide")

    def do() -> dict[str, str]:
        require_open(sheet)
        wanted = kind_terms(sheet.kind)["becomes"]
        if wanted is None:
            raise say.SheetLast
        words = needed(text, "text", LONGEST_TEXT)
        _close(ctx, sheet, PASSED_ON, words)
        made = open_sheet(
            ctx,
            book=book,
            kind=SheetKind(str(wanted)),
            about=sheet.about,
            subject_kind=sheet.subject_kind,
            subject_id=sheet.subject_id,
            region_code=sheet.region_code,
            branch_id=sheet.branch_id,
            facts=sheet.facts,
            parent_id=sheet.id,
        )
        return {"sheet_id": str(made)}

    content = {"sheet": sheet_id, "text": ctx.vault.blind("act", text)}
    return UUID(once(ctx, book, "sheet.turn", content, do)["sheet_id"])


def appeal(ctx: Context, book: str, sheet_id: UUID, text: str) -> None:
    """The branch against which a sheet was closed asks the level above, once.

    Raises SheetNotAppealable, SheetAppealedAlready or SheetAppealTooLate.
    """
    sheet = locked_sheet(ctx, book, sheet_id)
    policy.require(ctx.actor, "sheet.appeal", subject_of(sheet))

    def do() -> dict[str, str]:
        if sheet.appealed_at is not None:
            raise say.SheetAppealedAlready
        if sheet.state is not SheetState.CLOSED or sheet.outcome != FOUNDED:
            raise say.SheetNotAppealable
        until = appeal_until(ctx, sheet)
        if until is None or local_date(ctx.now) > until:
            raise say.SheetAppealTooLate(until=until)
        words = needed(text, "text", LONGEST_TEXT)
        sheet.state = SheetState.APPEALED
        sheet.appealed_at, sheet.appealed_by_id = ctx.now, ctx.actor.id
        step(ctx, sheet, "appealed", "sheet.appeal", words)
        for above in told_at(ctx, book, 2):
            outbox.tell(ctx, book, above, say.APPEAL_CAME, reference=sheet.reference)
        return {}

    content = {"sheet": sheet_id, "text": ctx.vault.blind("act", text)}
    once(ctx, book, "sheet.appeal", content, do)


def appeal_until(ctx: Context, sheet: WorkSheet) -> date | None:
    """The last day on which the branch may appeal; None while the sheet is open."""
    if sheet.closed_at is None:
        return None
    return day_after(ctx, days("appeal_working_days"), local_date(sheet.closed_at))


def decide(ctx: Context, book: str, sheet_id: UUID, *, upheld: bool, reason: str) -> None:
    """Decide on an appeal, above the one who closed the sheet. Raises SheetNotAbove."""
    sheet = locked_sheet(ctx, book, sheet_id)
    require_apart(ctx, sheet, "sheet.decide")
    closer = {sheet.closed_by_id} & {ctx.actor.id, *ctx.actor.relatives}
    if closer or not is_above(ctx.actor, book):
        raise say.SheetNotAbove

    def do() -> dict[str, str]:
        words = needed(reason, "reason", LONGEST_TEXT)
        if sheet.state is not SheetState.APPEALED:
            raise say.SheetStateChanged
        sheet.state = SheetState.CLOSED
        sheet.outcome = UPHELD if upheld else DISMISSED
        sheet.appeal_decided_at = ctx.now
        facts: dict[str, object] = {"outcome": sheet.outcome}
        step(ctx, sheet, "appeal_decided", "sheet.decide", words, facts)
        told = {sheet.appealed_by_id, sheet.closed_by_id} - {None, ctx.actor.id}
        for reader in sorted(each for each in told if each):
            outbox.tell(ctx, book, reader, say.APPEAL_DECIDED, reference=sheet.reference)
        return {}

    content = {"sheet": sheet_id, "upheld": upheld, "reason": ctx.vault.blind("act", reason)}
    once(ctx, book, "sheet.decide", content, do)
