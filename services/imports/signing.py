"""The second signature under an import: after the notice, and with no objection left open."""

from __future__ import annotations

from uuid import UUID

from models.imports import ImportState
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.countersigning import require_second
from services.imports import errors
from services.imports.finding import REASON, fingerprint, locked_import, require_state
from services.imports.publishing import needed_reason, open_objections
from services.policy import Subject


def sign(ctx: Context, book: str, import_id: UUID, seen: str) -> None:
    """Another administrator signs what he has seen; the job then works it off.

    Raises ImportNoticeRuns, ImportObjectionsOpen, SecondSignature or KinSigns (whoever
    proposed it, or is kin, may not sign), ImportChanged or NothingToBring.
    """
    policy.require(ctx.actor, "import.sign", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        require_state(row, ImportState.PUBLISHED)
        require_second(ctx, row.proposed_by_id)
        ends_on = row.notice_ends_on
        if ends_on is None or local_date(ctx.now) <= ends_on:
            raise errors.ImportNoticeRuns(ends_on=ends_on)
        if count := open_objections(ctx, row):
            raise errors.ImportObjectionsOpen(count=count)
        if seen != fingerprint(row):
            raise errors.ImportChanged
        if row.rows == row.refused:
            raise errors.NothingToBring
        row.state = ImportState.SIGNED
        row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
        after = {"rows": row.rows, "refused": row.refused, "minutes": row.minutes, "seen": seen}
        audit.record(ctx, "import.sign", "import", row.id, book=book, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "import.sign", {"import_id": import_id, "seen": seen}, do)


def ask_undo(ctx: Context, book: str, import_id: UUID, reason: str) -> None:
    """An administrator asks for a posted import to be undone, and says why."""
    policy.require(ctx.actor, "import.undo", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        require_state(row, ImportState.DONE)
        row.reason_sealed = ctx.vault.seal(REASON, needed_reason(reason))
        row.undo_asked_by_id, row.undo_asked_at = ctx.actor.id, ctx.now
        audit.record(ctx, "import.undo_ask", "import", row.id, book=book)
        ctx.session.flush()
        return {}

    asked = {"import_id": import_id, "reason": ctx.vault.blind(REASON, reason)}
    once(ctx, book, "import.undo_ask", asked, do)


def sign_undo(ctx: Context, book: str, import_id: UUID) -> None:
    """Another administrator signs the undoing; the job reverses row by row.

    Raises UndoNotAsked, or SecondSignature or KinSigns for whoever asked and for kin.
    """
    policy.require(ctx.actor, "import.undo", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        require_state(row, ImportState.DONE)
        if row.undo_asked_by_id is None:
            raise errors.UndoNotAsked
        require_second(ctx, row.undo_asked_by_id)
        row.state, row.both_run = ImportState.UNDOING, False
        row.undone_by_id, row.undone_at = ctx.actor.id, ctx.now
        audit.record(ctx, "import.undo", "import", row.id, book=book)
        ctx.session.flush()
        return {}

    once(ctx, book, "import.undo", {"import_id": import_id}, do)


def set_both_run(ctx: Context, book: str, import_id: UUID, *, both_run: bool) -> None:
    """Say whether the older system still runs beside this one; while it does, the daily
    comparison is asked for.
    """
    policy.require(ctx.actor, "import.compare", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        before, row.both_run = row.both_run, both_run
        audit.record(
            ctx,
            "import.both_run",
            "import",
            row.id,
            book=book,
            before={"both_run": before},
            after={"both_run": both_run},
        )
        ctx.session.flush()
        return {}

    once(ctx, book, "import.both_run", {"import_id": import_id, "both_run": both_run}, do)
