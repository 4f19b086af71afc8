"""Working on a sheet: take it, hand it on, write down what was done, with evidence."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from models.places import Branch
from models.sheets import SheetKind, SheetState, WorkSheet
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import NotFound
from services.evidence import FileView, Upload, attach, digests, open_file
from services.people.actors import actor_for
from services.people.texts import needed
from services.policy import Subject
from services.sheets import sentences as say
from services.sheets.finding import (
    LONGEST_TEXT,
    branch_of,
    is_administrator,
    locked_sheet,
    subject_of,
)
from services.sheets.opening import add_event, open_sheet

KIND = "sheet"


def open_by_hand(
    ctx: Context,
    *,
    book: str,
    kind: str,
    text: str,
    subject_kind: str,
    subject_id: UUID,
    branch_id: UUID | None = None,
) -> UUID:
    """An auditor or administrator opens a sheet about anything; returns its id.

    ``text`` says what is to be done. Without a branch it goes to the one whose affair the thing
    is, where there is one. Raises SheetKindUnknown, MissingText or NotFound.
    """
    branch_id = branch_id or branch_of(ctx, book, subject_kind, subject_id)
    branch = ctx.session.get(Branch, branch_id) if branch_id is not None else None
    if branch_id is not None and (branch is None or branch.book != book):
        raise NotFound
    region_code = branch.region_code if branch is not None else book
    policy.require(ctx.actor, "sheet.open", Subject(book=book, region_code=region_code))

    def do() -> dict[str, str]:
        if kind not in list(SheetKind):
            raise say.SheetKindUnknown(field="kind")
        words = needed(text, "text", LONGEST_TEXT)
        sheet_id = open_sheet(
            ctx,
            book=book,
            kind=SheetKind(kind),
            about="by_hand",
            subject_kind=subject_kind,
            subject_id=subject_id,
            region_code=region_code,
            branch_id=branch_id,
        )
        add_event(ctx, locked_sheet(ctx, book, sheet_id), "note", words)
        ctx.session.flush()
        return {"sheet_id": str(sheet_id)}

    content = {
        "kind": kind,
        "text": ctx.vault.blind("act", text),
        "subject": [subject_kind, subject_id],
        "branch": branch_id,
    }
    return UUID(once(ctx, book, "sheet.open", content, do)["sheet_id"])


def take(ctx: Context, book: str, sheet_id: UUID) -> None:
    """Become the owner of a sheet that nobody has. Raises SheetTaken, SheetStateChanged."""
    sheet = locked_sheet(ctx, book, sheet_id)
    policy.require(ctx.actor, "sheet.work", subject_of(sheet))

    def do() -> dict[str, str]:
        require_open(sheet)
        if sheet.owner_id not in (None, ctx.actor.id):
            raise say.SheetTaken
        sheet.owner_id = ctx.actor.id
        step(ctx, sheet, "taken", "sheet.take")
        return {}

    once(ctx, book, "sheet.take", {"sheet": sheet_id}, do)


def hand_on(ctx: Context, book: str, sheet_id: UUID, to_id: UUID, text: str = "") -> None:
    """Give a sheet to somebody who may work on it, and tell that person.

    Raises SheetOutOfReach, and SheetTaken where another owner has it and the actor administers
    nothing.
    """
    sheet = locked_sheet(ctx, book, sheet_id)
    policy.require(ctx.actor, "sheet.work", subject_of(sheet))

    def do() -> dict[str, str]:
        require_open(sheet)
        is_owner = sheet.owner_id in (None, ctx.actor.id)
        if not is_owner and not is_administrator(ctx.actor, sheet):
            raise say.SheetTaken
        receiver = actor_for(ctx.session, to_id, ctx.now)
        if not policy.can(receiver, "sheet.work", subject_of(sheet)).allowed:
            raise say.SheetOutOfReach(field="to_id")
        sheet.owner_id = to_id
        step(ctx, sheet, "handed_on", "sheet.hand_on", text or None, {"to": str(to_id)})
        if to_id != ctx.actor.id:
            outbox.tell(
                ctx,
                book,
                to_id,
                say.HANDED_TO_YOU,
                reference=sheet.reference,
                due_on=sheet.due_on.isoformat(),
            )
        return {}

    content = {"sheet": sheet_id, "to": to_id, "text": ctx.vault.blind("act", text)}
    once(ctx, book, "sheet.hand_on", content, do)


def note(ctx: Context, book: str, sheet_id: UUID, text: str, files: Sequence[Upload] = ()) -> None:
    """Write down what was done, with evidence. Raises SheetStateChanged, NotEvidence and others."""
    sheet = locked_sheet(ctx, book, sheet_id)
    policy.require(ctx.actor, "sheet.work", subject_of(sheet))

    def do() -> dict[str, str]:
        require_open(sheet)
        words = needed(text, "text", LONGEST_TEXT)
        kept = attach(ctx, book, KIND, sheet_id, files)
        step(ctx, sheet, "note", "sheet.note", words, {"files": [str(each) for each in kept]})
        return {}

    content = {"sheet": sheet_id, "text": ctx.vault.blind("act", text), "files": digests(files)}
    once(ctx, book, "sheet.note", content, do)


def evidence_of(ctx: Context, book: str, sheet_id: UUID, file_id: UUID) -> FileView:
    """A file of a sheet; the look is recorded: call it in a unit of work."""
    sheet = ctx.session.get(WorkSheet, (book, sheet_id))
    if sheet is None:
        raise say.SheetUnknown
    policy.require(ctx.actor, "sheet.read", subject_of(sheet))
    return open_file(ctx, book, KIND, sheet_id, file_id)


def require_open(sheet: WorkSheet) -> None:
    """Raise SheetStateChanged unless something may still be done about it."""
    if sheet.state is not SheetState.OPEN:
        raise say.SheetStateChanged


def step(
    ctx: Context,
    sheet: WorkSheet,
    what: str,
    act: str,
    text: str | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    """One step of a sheet with its record; services only."""
    add_event(ctx, sheet, what, text, facts)
    after = {"sheet_state": sheet.state.value, **(facts or {})}
    audit.record(ctx, act, KIND, sheet.id, book=sheet.book, after=after)
    ctx.session.flush()
