"""Both systems side by side: the older one's list of today against what stands here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportComparison, ImportRow, ImportState, RowState
from models.ledger import Account, AccountKind, Balance
from models.oversight import AuditRecord
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.imports import errors
from services.imports.files import file_hash, headings_of
from services.imports.finding import import_row, locked_import, require_state
from services.imports.layouts import MEMBERS, layout
from services.imports.mapping import default_mapping, mapping_from, require_fields
from services.imports.reading import people_in
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of
from services.policy import Subject

#: Differences that are kept by name; the rest are counted.
MOST_NAMED = 500
HERE, THERE, DIFFERS = "missing_here", "missing_there", "differs"
_OWN = (AccountKind.EARNED, AccountKind.RECEIVED)
REMIND = (
    "旧时间银行“{source}”和这里并行运行，今天还没有比对余额。请上传它今天的名单：导入 {reference}。"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """An account that the two systems do not agree on."""

    old_key: str
    what: str
    theirs_minutes: int | None
    ours_minutes: int | None


@dataclass(slots=True)
class Tally:
    """What a comparison comes to."""

    rows: int = 0
    equal: int = 0
    differing: int = 0
    missing_here: int = 0
    missing_there: int = 0
    named: list[Difference] = field(default_factory=list)

    def count(self, difference: Difference) -> None:
        """One more that is not equal."""
        if difference.what == DIFFERS:
            self.differing += 1
        elif difference.what == HERE:
            self.missing_here += 1
        else:
            self.missing_there += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(difference)


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A day's comparison."""

    id: UUID
    on_day: date
    at: datetime
    content_hash: str
    rows: int
    equal: int
    differing: int
    missing_here: int
    missing_there: int
    differences: tuple[Difference, ...]


def compare(ctx: Context, book: str, import_id: UUID, content: bytes) -> UUID:
    """Compare the older system's list of today with what stands here; one a day is kept.

    It is read by the mapping that is kept with the import. Coins spent or earned here since are
    differences too: that is what is looked for. Raises ComparedToday for a second one.
    """
    policy.require(ctx.actor, "import.compare", Subject(book=book, region_code=book))
    row = locked_import(ctx, book, import_id)
    today, digest = local_date(ctx.now), file_hash(content)

    def do() -> dict[str, str]:
        require_state(row, ImportState.DONE)
        if _compared(ctx, row, today):
            raise errors.ComparedToday
        found = tally_of(ctx, row, _theirs(row, content, today))
        made = ImportComparison(
            book=book,
            import_id=row.id,
            id=ctx.new_id(),
            on_day=today,
            at=ctx.now,
            by_id=ctx.actor.id,
            content_hash=digest,
            rows=found.rows,
            equal=found.equal,
            differing=found.differing,
            missing_here=found.missing_here,
            missing_there=found.missing_there,
            differences=[
                [each.old_key, each.what, each.theirs_minutes, each.ours_minutes]
                for each in found.named
            ],
        )
        ctx.session.add(made)
        after = {"rows": found.rows, "equal": found.equal, "list": digest}
        audit.record(ctx, "import.compare", "import", row.id, book=book, after=after)
        ctx.session.flush()
        return {"comparison_id": str(made.id)}

    asked = {"import_id": import_id, "list": digest}
    return UUID(once(ctx, book, "import.compare", asked, do)["comparison_id"])


def _theirs(row: Import, content: bytes, today: date) -> Iterator[tuple[str, int]]:
    """Key and balance of everybody in their list."""
    heads, kept = headings_of(content), row.mapping.get(MEMBERS)
    if kept is None:
        raise errors.LayoutUnknown(field="layout")
    try:
        columns = mapping_from(MEMBERS, kept, heads)
    except errors.ColumnMissing:
        # The other language, or fewer columns: what the layout knows of it will do.
        columns = default_mapping(layout(row.layout), MEMBERS, heads)
        require_fields(columns)
    for person in people_in(content, columns, today):
        yield person.key, person.claimed_minutes


def tally_of(ctx: Context, row: Import, theirs: Iterator[tuple[str, int]]) -> Tally:
    """Every account of their list beside ours."""
    ours = dict(_ours(ctx, row))
    found = Tally()
    for key, minutes in theirs:
        found.rows += 1
        here = ours.pop(key, None)
        if here is None:
            found.count(Difference(key, HERE, minutes, None))
        elif here == minutes:
            found.equal += 1
        else:
            found.count(Difference(key, DIFFERS, minutes, here))
    for key, minutes in sorted(ours.items()):
        found.count(Difference(key, THERE, None, minutes))
    return found


def _ours(ctx: Context, row: Import) -> Iterator[tuple[str, int]]:
    """Old key and what stands on the member's own accounts, of every posted row."""
    one = ImportRow
    rows = rows_of(
        ctx.session,
        sa.select(one.old_key, whole_sum(Balance.posted_minutes).label("minutes"))
        .join(Account, sa.and_(Account.book == one.book, Account.owner_id == one.member_id))
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(
            one.book == row.book,
            one.import_id == row.id,
            one.state == RowState.POSTED,
            Account.kind.in_(_OWN),
        )
        .group_by(one.old_key),
    )
    for each in rows:
        yield each.old_key, each.minutes


def _compared(ctx: Context, row: Import, day: date) -> bool:
    found = sa.select(ImportComparison.id).where(
        ImportComparison.book == row.book,
        ImportComparison.import_id == row.id,
        ImportComparison.on_day == day,
    )
    return ctx.session.scalar(found.limit(1)) is not None


def comparisons(ctx: Context, book: str, import_id: UUID) -> tuple[ComparisonView, ...]:
    """Every day's comparison, the newest first."""
    policy.require(ctx.actor, "import.read", Subject(book=book, region_code=book))
    import_row(ctx, book, import_id)
    rows = ctx.session.scalars(
        sa.select(ImportComparison)
        .where(ImportComparison.book == book, ImportComparison.import_id == import_id)
        .order_by(ImportComparison.on_day.desc(), ImportComparison.id.desc())
    )
    return tuple(
        ComparisonView(
            each.id,
            each.on_day,
            each.at,
            each.content_hash,
            each.rows,
            each.equal,
            each.differing,
            each.missing_here,
            each.missing_there,
            tuple(Difference(*said) for said in each.differences),
        )
        for each in rows
    )


def uncompared(ctx: Context) -> list[tuple[str, UUID]]:
    """Imports beside which the older system runs on, and that nobody has compared today."""
    policy.require(ctx.actor, "jobs.run")
    today = local_date(ctx.now)
    same = sa.exists().where(
        ImportComparison.book == Import.book,
        ImportComparison.import_id == Import.id,
        ImportComparison.on_day == today,
    )
    rows = ctx.session.execute(
        sa.select(Import.book, Import.id)
        .where(Import.state == ImportState.DONE, Import.both_run.is_(True), ~same)
        .order_by(Import.book, Import.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def remind(ctx: Context, book: str, import_id: UUID) -> bool:
    """Tell both administrators, once a day, that today's list is missing."""
    policy.require(ctx.actor, "jobs.run")
    row = locked_import(ctx, book, import_id)
    today = str(local_date(ctx.now))
    if row.state is not ImportState.DONE or not row.both_run or _reminded(ctx, row, today):
        return False
    for member_id in {row.proposed_by_id, row.signed_by_id} - {None}:
        assert member_id is not None
        told: Mapping[str, Any] = {"source": row.source, "reference": row.reference}
        outbox.tell(ctx, book, member_id, REMIND, **told)
    audit.record(ctx, "import.remind", "import", row.id, book=book, after={"on": today})
    ctx.session.flush()
    return True


def _reminded(ctx: Context, row: Import, today: str) -> bool:
    """Whether a reminder of today is on record."""
    newest = ctx.session.scalar(
        sa.select(AuditRecord.after)
        .where(
            AuditRecord.book == row.book,
            AuditRecord.subject_kind == "import",
            AuditRecord.subject_id == row.id,
            AuditRecord.act == "import.remind",
        )
        .order_by(AuditRecord.at.desc())
        .limit(1)
    )
    return newest is not None and newest.get("on") == today
