"""The public notice: who confirms the sample, when it begins, who objects, and what is decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportObjection, ImportRow, ImportState, RowState
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.imports import errors
from services.imports.evidence import needs_sample
from services.imports.files import file_hash, headings_of, rows_below
from services.imports.finding import (
    DECISION,
    LONGEST_TEXT,
    OBJECTION,
    REASON,
    give_statement_back,
    locked_import,
    require_state,
)
from services.imports.layouts import words
from services.people.reading import member_row
from services.policy import Subject

OBJECTED = "您对旧余额转入公示的异议已经收到，管理员会答复您。"
UPHELD = "您对旧余额转入公示的异议有理：这一行不会转入，请看管理员的说明。"
DISMISSED = "您对旧余额转入公示的异议没有被采纳，请看管理员的说明。"
#: Columns of the list in which the sample's answers come back; written by the report.
LINE, CONFIRMED = "line", "confirmed"


def confirm_sample(ctx: Context, book: str, import_id: UUID, content: bytes) -> int:
    """The members of the sample have answered: a list with their lines and yes or no.

    Every line of the sample has to be in it, and no other. Returns how many said yes; SampleDenied
    when anybody said no.
    """
    policy.require(ctx.actor, "import.propose", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)
    answers = _answers(content)

    def do() -> dict[str, int]:
        require_state(row, ImportState.CHECKED)
        sample = row.evidence.get("sample")
        if not needs_sample(row.evidence) or sample is None:
            raise errors.ImportElsewhere
        wanted = set(sample["lines"])
        strange = sorted(wanted ^ set(answers))
        if strange:
            raise errors.SampleDiffers(line=strange[0])
        denied = sum(1 for said in answers.values() if not said)
        if denied:
            raise errors.SampleDenied(count=denied)
        said = {**sample, "confirmed": len(wanted), "answers": file_hash(content)}
        row.evidence = {**row.evidence, "sample": said}
        after = {"sample": len(wanted), "answers": said["answers"]}
        audit.record(ctx, "import.sample", "import", row.id, book=book, after=after)
        ctx.session.flush()
        return {"confirmed": len(wanted)}

    asked = {"import_id": import_id, "answers": file_hash(content)}
    return int(once(ctx, book, "import.sample", asked, do)["confirmed"])


def _answers(content: bytes) -> Mapping[int, bool]:
    heads = [head.lower() for head in headings_of(content)]
    for wanted in (LINE, CONFIRMED):
        if wanted not in heads:
            raise errors.ColumnMissing(field="sample", heading=wanted)
    places = heads.index(LINE), heads.index(CONFIRMED)
    found = {}
    for count, cells in rows_below(content):
        padded = [*cells, *[""] * len(heads)]
        line, said = padded[places[0]].strip(), padded[places[1]].strip().casefold()
        meant = words()["yes"].get(said)
        if not (line.isascii() and line.isdigit()) or meant is None:
            raise errors.SampleDiffers(line=count)
        found[int(line)] = meant == "yes"
    return found


def publish(ctx: Context, book: str, import_id: UUID) -> None:
    """Begin the notice: today is its first day, and it runs for as long as the rules say."""
    policy.require(ctx.actor, "import.publish", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        require_state(row, ImportState.CHECKED)
        if row.rows == row.refused:
            raise errors.NothingToBring
        if needs_sample(row.evidence):
            sample = row.evidence["sample"]
            size, confirmed = len(sample["lines"]), sample["confirmed"]
            if confirmed < size:
                raise errors.SampleOpen(size=size, left=size - confirmed)
        today = local_date(ctx.now)
        days = rates.rule_set_on(ctx.session, today).old_balance_notice_days
        row.state = ImportState.PUBLISHED
        row.notice_from, row.notice_ends_on = today, today + timedelta(days=days)
        after = {"from": str(row.notice_from), "to": str(row.notice_ends_on)}
        audit.record(ctx, "import.publish", "import", row.id, book=book, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "import.publish", {"import_id": import_id}, do)


def withdraw(ctx: Context, book: str, import_id: UUID, reason: str) -> None:
    """Take an import back before it is signed; what was read of people is erased."""
    policy.require(ctx.actor, "import.withdraw", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        require_state(row, ImportState.CHECKED, ImportState.PUBLISHED)
        row.reason_sealed = ctx.vault.seal(REASON, needed_reason(reason))
        row.state, row.ended_at = ImportState.WITHDRAWN, ctx.now
        erase_rows(ctx, row)
        give_statement_back(ctx, row)
        audit.record(ctx, "import.withdraw", "import", row.id, book=book)
        ctx.session.flush()
        return {}

    asked = {"import_id": import_id, "reason": ctx.vault.blind(REASON, reason)}
    once(ctx, book, "import.withdraw", asked, do)


def erase_rows(ctx: Context, row: Import) -> None:
    """Forget whom the rows were about that will never be posted."""
    ctx.session.execute(
        sa.update(ImportRow)
        .where(
            ImportRow.book == row.book,
            ImportRow.import_id == row.id,
            ImportRow.state.in_((RowState.WAITING, RowState.REFUSED)),
        )
        .values(data_sealed="")
        .execution_options(synchronize_session=False)
    )


def needed_reason(text: str) -> str:
    """A reason in a few words; raises ImportReasonNeeded."""
    words = text.strip()
    if not 1 <= len(words) <= LONGEST_TEXT:
        raise errors.ImportReasonNeeded(field="reason")
    return words


def object_to(ctx: Context, book: str, import_id: UUID, text: str, line: int | None = None) -> UUID:
    """Object to a row, or to the whole; by one's own login, or staff take it down at a counter.

    Raises NoticeNotOpen, RowUnknown, or ObjectedToRow for a second one to the same row.
    """
    policy.require(ctx.actor, "import.object")
    row = locked_import(ctx, book, import_id)

    def do() -> dict[str, str]:
        said = text.strip()
        if not 1 <= len(said) <= LONGEST_TEXT:
            raise errors.ObjectionNeeded(field="text")
        open_to = row.notice_ends_on
        if row.state is not ImportState.PUBLISHED or open_to is None:
            raise errors.NoticeNotOpen
        if local_date(ctx.now) > open_to:
            raise errors.NoticeNotOpen
        _require_line(ctx, row, line)
        made = ImportObjection(
            book=book,
            import_id=row.id,
            id=ctx.new_id(),
            line=line,
            text_sealed=ctx.vault.seal(OBJECTION, said),
            by_id=ctx.actor.id,
            at=ctx.now,
        )
        ctx.session.add(made)
        after = {"objection": str(made.id), "line": line}
        audit.record(ctx, "import.object", "import", row.id, book=book, after=after)
        outbox.tell(ctx, ctx.actor.home_book, ctx.actor.id, OBJECTED)
        ctx.session.flush()
        return {"objection_id": str(made.id)}

    asked = {"import_id": import_id, "line": line, "text": ctx.vault.blind(OBJECTION, text)}
    return UUID(once(ctx, book, "import.object", asked, do)["objection_id"])


def _require_line(ctx: Context, row: Import, line: int | None) -> None:
    if line is not None:
        found = ctx.session.get(ImportRow, (row.book, row.id, line))
        if found is None or found.state is not RowState.WAITING:
            raise errors.RowUnknown
    same = ImportObjection.line.is_(None) if line is None else ImportObjection.line == line
    mine = sa.select(ImportObjection.id).where(
        ImportObjection.book == row.book,
        ImportObjection.import_id == row.id,
        ImportObjection.by_id == ctx.actor.id,
        ImportObjection.decided_at.is_(None),
        same,
    )
    if ctx.session.scalar(mine.limit(1)) is not None:
        raise errors.ObjectedToRow


def decide(
    ctx: Context, book: str, import_id: UUID, objection_id: UUID, *, upheld: bool, reason: str
) -> None:
    """An administrator answers an objection. One that is right takes its row out; whoever finds
    the whole wrong withdraws the import.
    """
    policy.require(ctx.actor, "import.decide", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)
    found = ctx.session.get(
        ImportObjection, (book, import_id, objection_id), populate_existing=True
    )
    if found is None:
        raise errors.ImportUnknown

    def do() -> dict[str, str]:
        if found.decided_at is not None:
            raise errors.RowObjectionDecided
        require_state(row, ImportState.PUBLISHED)
        found.decision_sealed = ctx.vault.seal(DECISION, needed_reason(reason))
        found.upheld, found.decided_by_id, found.decided_at = upheld, ctx.actor.id, ctx.now
        if upheld and found.line is not None:
            _take_out(ctx, row, found.line)
        after = {"objection": str(found.id), "upheld": upheld, "line": found.line}
        audit.record(ctx, "import.decide", "import", row.id, book=book, after=after)
        objector = member_row(ctx.session, found.by_id)
        outbox.tell(ctx, objector.home_book, objector.id, UPHELD if upheld else DISMISSED)
        ctx.session.flush()
        return {}

    asked = {
        "objection_id": objection_id,
        "upheld": upheld,
        "reason": ctx.vault.blind(DECISION, reason),
    }
    once(ctx, book, "import.decide", asked, do)


def _take_out(ctx: Context, row: Import, line: int) -> None:
    one = ctx.session.get_one(ImportRow, (row.book, row.id, line), populate_existing=True)
    if one.state is RowState.WAITING:
        one.state, one.code, one.params = RowState.REFUSED, errors.ObjectionUpheld.code, {}
        row.refused += 1
        row.minutes -= one.credited_minutes
        one.credited_minutes = 0


def open_objections(ctx: Context, row: Import) -> int:
    """How many objections nobody has decided yet."""
    wanted = sa.select(sa.func.count()).where(
        ImportObjection.book == row.book,
        ImportObjection.import_id == row.id,
        ImportObjection.decided_at.is_(None),
    )
    return ctx.session.scalar(wanted) or 0
