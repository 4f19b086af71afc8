"""Working a signed import off: a thousand rows a unit of work, all of them or none.

A row is marked in the transaction that posts it, so whoever is killed and starts again, or works
at the same time, finds every row either waiting or through. The keys of the transfers follow from
the import and the row, as a second net.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState, RowState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.people import Member
from services import audit, policy
from services.batches.people import kin_of
from services.clock import at_local
from services.context import Context
from services.errors import DomainError
from services.imports import errors
from services.imports.evidence import is_full
from services.imports.fates import KNOWN, NEW, Judge, Measure, RowFate, plain_params
from services.imports.finding import BOUND_ROW, give_statement_back
from services.imports.known import Known, gather
from services.imports.members import make_members
from services.imports.proposing import CHUNK_ROWS, branch_of, measure_of
from services.imports.reading import PURPOSE as SEALED
from services.imports.reading import OldPerson, unpacked
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Posted, Stamp
from services.ledger.post import post_each
from services.ledger.rows import insert_rows
from services.matching.marks import mark
from services.outbox import PURPOSE
from services.visits.days import lock_members

BROUGHT = "您在{source}的{amount_minutes}已经转入这里，请核对；有疑问请找网点。"
WELCOME = (
    "您在{source}的资料已经转到这里，志愿者编号是 {number}。请带身份证到网点核验身份、"
    "阅读服务协议；核验以前，时间一直给您存着。"
)
REASON = "opening_balance"
KIND = "import"
_MARK = BOUND_ROW.values(
    state=sa.bindparam("new_state"),
    code=sa.bindparam("new_code"),
    params=sa.bindparam("new_params", type_=sa.JSON()),
    credited_minutes=sa.bindparam("new_credited"),
    member_id=sa.bindparam("new_member", type_=sa.Uuid()),
    transfer_id=sa.bindparam("new_transfer", type_=sa.Uuid()),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come."""

    rows: int
    posted: int
    refused: int
    undone: int
    state: ImportState


@dataclass(slots=True)
class Outcome:
    """What became of a row."""

    person: OldPerson
    fate: RowFate
    transfer_id: UUID | None = None
    refusal: DomainError | None = None
    number: str = ""
    #: The person has joined in this very moment: the next chunk knows the member.
    is_left: bool = False

    @property
    def member_id(self) -> UUID | None:
        """Whose row it is."""
        return self.fate.member_id


@dataclass(frozen=True, slots=True)
class _Chunk:
    row: Import
    measure: Measure
    known: Known
    outcomes: list[Outcome] = field(default_factory=list)


def waiting_imports(ctx: Context) -> list[tuple[str, UUID, ImportState]]:
    """Every import that waits to be worked off or undone, the oldest first."""
    policy.require(ctx.actor, "jobs.run")
    rows = ctx.session.execute(
        sa.select(Import.book, Import.id, Import.state)
        .where(Import.state.in_((ImportState.SIGNED, ImportState.UNDOING)))
        .order_by(Import.signed_at, Import.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id, row.state) for row in rows]


def work_chunk(ctx: Context, book: str, import_id: UUID) -> Progress:
    """Post the next rows of a signed import and mark them; one in another state is left."""
    policy.require(ctx.actor, "jobs.run")
    row = claimed(ctx, book, import_id)
    if row.state is ImportState.SIGNED:
        rows = _waiting(ctx, row)
        left = _work(ctx, row, rows) if rows else 0
        if len(rows) < CHUNK_ROWS and not left:
            row.state, row.ended_at = ImportState.DONE, ctx.now
            if not row.posted:
                give_statement_back(ctx, row)
            after = {"rows": row.rows, "posted": row.posted, "refused": row.refused}
            audit.record(ctx, "import.end", "import", row.id, book=book, after=after)
    ctx.session.flush()
    return progress_of(row)


def progress_of(row: Import) -> Progress:
    """The counts as they stand."""
    return Progress(row.rows, row.posted, row.refused, row.undone, row.state)


def claimed(ctx: Context, book: str, import_id: UUID) -> Import:
    """The import, while no other import of its book is worked on: they may meet one person."""
    busy = Import.state.in_((ImportState.SIGNED, ImportState.UNDOING))
    rows = ctx.session.scalars(
        sa.select(Import)
        .where(Import.book == book, sa.or_(busy, Import.id == import_id))
        .order_by(Import.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if import_id not in found:
        raise errors.ImportUnknown
    return found[import_id]


def _waiting(ctx: Context, row: Import) -> Sequence[Any]:
    return ctx.session.execute(
        sa.select(
            ImportRow.line, ImportRow.old_key, ImportRow.data_sealed, ImportRow.actual_minutes
        )
        .where(
            ImportRow.book == row.book,
            ImportRow.import_id == row.id,
            ImportRow.state == RowState.WAITING,
        )
        .order_by(ImportRow.line)
        .limit(CHUNK_ROWS)
    ).all()


def _work(ctx: Context, row: Import, rows: Sequence[Any]) -> int:
    """Work some rows off; returns how many are left for the next chunk."""
    people = [
        unpacked(line, key, actual, ctx.vault.open(SEALED, sealed))
        for line, key, sealed, actual in rows
    ]
    own = kin_of(ctx.session, [row.proposed_by_id, row.signed_by_id])
    measure = measure_of(ctx, row, own)
    chunk = _judged(ctx, row, measure, people)
    _join(ctx, chunk)
    _post(ctx, chunk)
    _serve(ctx, chunk)
    done = [each for each in chunk.outcomes if not each.is_left]
    _mark(ctx, row, done)
    _tell(ctx, row, done)
    refused = sum(1 for each in done if each.refusal is not None)
    row.posted += len(done) - refused
    row.refused += refused
    after = {
        "from_line": people[0].line,
        "to_line": people[-1].line,
        "posted": len(done) - refused,
        "refused": refused,
    }
    audit.record(ctx, "import.work", "import", row.id, book=row.book, after=after)
    return len(people) - len(done)


def _judged(ctx: Context, row: Import, measure: Measure, people: Sequence[OldPerson]) -> _Chunk:
    """What becomes of the rows on what is known now, the known members locked."""
    known = gather(ctx, row, people)
    ids = {one.id for one in (*known.by_digest.values(), *known.by_number.values())}
    if ids:
        lock_members(ctx.session, ids)
        known = gather(ctx, row, people, lock=True)
    judge = Judge(measure)
    fates = [judge.fate(person, known) for person in people]
    outcomes = [
        Outcome(person, fate, refusal=fate.refusal)
        for person, fate in zip(people, fates, strict=True)
    ]
    return _Chunk(row, measure, known, outcomes)


def _join(ctx: Context, chunk: _Chunk) -> None:
    """Make members of those who are none; whoever was faster is left for the next chunk."""
    new = [each for each in chunk.outcomes if each.fate.code == NEW and each.refusal is None]
    if not new:
        return
    made = make_members(
        ctx,
        chunk.row,
        branch_of(ctx, chunk.row),
        chunk.measure.storage_minutes,
        [each.person for each in new],
        chunk.known.digests,
    )
    numbers = ctx.session.execute(
        sa.select(Member.id, Member.number).where(Member.id.in_(list(made.values())))
    )
    named = {each.id: each.number for each in numbers}
    for each in new:
        if each.person.line in made:
            key = made[each.person.line]
            each.fate, each.number = replace(each.fate, member_id=key), named[key]
        else:
            each.is_left = True


def _post(ctx: Context, chunk: _Chunk) -> None:
    row, by_key = chunk.row, {row_key(chunk.row.id, o.person.line): o for o in chunk.outcomes}
    drafts = [
        draft
        for each in chunk.outcomes
        if each.refusal is None and (draft := _draft(ctx, row, each)) is not None
    ]
    stamp = Stamp(ctx.now, row.signed_by_id or ctx.actor.id)
    for draft, result in zip(drafts, post_each(ctx.session, drafts, stamp), strict=True):
        if isinstance(result, Posted):
            by_key[draft.key].transfer_id = result.transfer_id
        else:
            by_key[draft.key].refusal = result


def row_key(import_id: UUID, line: int) -> str:
    """The key of the transfer that a row of an import posts."""
    return f"import:{import_id}:{line}"


def _draft(ctx: Context, row: Import, each: Outcome) -> Draft | None:
    fate, book = each.fate, row.book
    if not fate.credited_minutes or fate.member_id is None:
        return None
    legs = [Leg(account_id(book, AccountKind.ISSUE), -fate.credited_minutes)]
    for kind, minutes in (
        (AccountKind.RECEIVED, fate.received_minutes),
        (AccountKind.EARNED, fate.earned_minutes),
    ):
        if minutes:
            legs.append(Leg(account_id(book, kind, fate.member_id), minutes))
    return Draft(
        book=book,
        kind=KIND,
        key=row_key(row.id, each.person.line),
        legs=tuple(legs),
        effective_at=_effective(ctx, each.person),
        reason=REASON,
    )


def _effective(ctx: Context, person: OldPerson) -> datetime:
    """Since the day of the balance there; since now when nobody said."""
    day = person.stood_on
    return ctx.now if day is None else min(ctx.now, at_local(day, time(0, 0)))


def _serve(ctx: Context, chunk: _Chunk) -> None:
    """Hours served there count for levels and stars, on full evidence only."""
    if not is_full(chunk.measure.evidence_class):
        return
    served = {
        each.member_id: each.person.actual_minutes
        for each in chunk.outcomes
        if each.refusal is None and each.member_id and each.person.actual_minutes
    }
    add_served(ctx, served)


def add_served(ctx: Context, served: Mapping[UUID, int]) -> None:
    """Add to (or take from) the minutes that members have served in all."""
    if not served:
        return
    table: Any = Member.__table__
    statement = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("of_member", type_=sa.Uuid()))
        .values(served_minutes=table.c.served_minutes + sa.bindparam("more"))
    )
    rows = [{"of_member": key, "more": served[key]} for key in sorted(served)]
    ctx.session.connection().execute(statement, rows)
    mark(ctx.session, served, ctx.now)


def _mark(ctx: Context, row: Import, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    ctx.session.connection().execute(
        _MARK,
        [
            {
                "in_book": row.book,
                "of_import": row.id,
                "at_line": each.person.line,
                "new_state": RowState.POSTED if each.refusal is None else RowState.REFUSED,
                "new_code": each.fate.code if each.refusal is None else each.refusal.code,
                "new_params": plain_params(each.refusal) if each.refusal else each.fate.params,
                "new_credited": each.fate.credited_minutes if each.refusal is None else 0,
                "new_member": each.member_id,
                "new_transfer": each.transfer_id,
            }
            for each in outcomes
        ],
    )


def _tell(ctx: Context, row: Import, outcomes: Sequence[Outcome]) -> None:
    """Notices to the members of posted rows, one statement for all."""
    rows: list[dict[str, Any]] = []
    for each in outcomes:
        if each.refusal is not None or each.member_id is None:
            continue
        if each.number:
            said = {"source": row.source, "number": each.number}
            rows.append(_notice(ctx, row, each.member_id, WELCOME, said))
        if each.transfer_id is not None:
            told = {"source": row.source, "amount_minutes": each.fate.credited_minutes}
            rows.append(_notice(ctx, row, each.member_id, BROUGHT, told))
    insert_rows(ctx.session, OutboxMessage, rows)


def _notice(
    ctx: Context, row: Import, member_id: UUID, sentence: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "book": row.book,
        "id": ctx.new_id(),
        "member_id": member_id,
        "channel": "inbox",
        "sentence": sentence,
        "params_sealed": ctx.vault.seal(PURPOSE, json.dumps(params, ensure_ascii=False)),
        "created_at": ctx.now,
        "send_after": ctx.now,
        "sent_at": ctx.now,
        "listed": True,
        "attempts": 0,
    }


__all__ = ["KNOWN", "Progress", "add_served", "claimed", "waiting_imports", "work_chunk"]
