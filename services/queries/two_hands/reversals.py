"""Reversals that wait for names, and those that have ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.entries import Reversal, ReversalState
from services import audit, policy
from services.context import Context
from services.errors import Forbidden, NotFound
from services.policy import NATION, NO_RIGHT, Decision, Subject
from services.queries.admin.transfers import LegLine, preview_legs
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.two_hands.scope import books_for
from services.reversing.proposing import NOTE, OPEN
from services.reversing.sentences import KinHasSigned, ReversalUnknown, SignedBefore
from services.reversing.touching import touched_by


@dataclass(frozen=True, slots=True)
class ReversalFilter:
    """Which reversals: those that wait, by state, of one book, from day to day."""

    state: str = ""
    book: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ReversalLine:
    """A reversal in a list, with everybody who had a hand in it."""

    book: str
    id: UUID
    reference: str
    transfer_id: UUID
    reason: str
    state: ReversalState
    proposed_by: Person | None
    proposed_at: datetime
    first_signed_by: Person | None
    first_signed_at: datetime | None
    second_signed_by: Person | None
    second_signed_at: datetime | None
    ended_by: Person | None
    ended_at: datetime | None
    end_reason: str | None
    reversing_id: UUID | None

    @property
    def is_open(self) -> bool:
        """Whether a name is still lacking."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class ReversalView:
    """One reversal with what it would do to each account, and what the reader may do."""

    line: ReversalLine
    note: str | None
    flag_id: UUID | None
    sheet_id: UUID | None
    complaint_id: UUID | None
    legs: tuple[LegLine, ...]
    may_sign: Decision
    may_refuse: Decision
    may_withdraw: bool

    @property
    def lacking_minutes(self) -> int:
        """What holders have spent of what would go back."""
        return sum(leg.lacking_minutes for leg in self.legs)


@dataclass(frozen=True, slots=True)
class ReversalPreview:
    """A posting before somebody asks that it be taken back."""

    book: str
    transfer_id: UUID
    legs: tuple[LegLine, ...]
    may_propose: Decision
    #: Other books in which it has a half.
    elsewhere: tuple[str, ...]

    @property
    def lacking_minutes(self) -> int:
        """What holders have spent of what would go back."""
        return sum(leg.lacking_minutes for leg in self.legs)


def reversals(ctx: Context, wanted: ReversalFilter, want: Want) -> Page[ReversalLine]:
    """Reversals of the actor's books, those that wait longest first unless told otherwise."""
    books = books_for(ctx, "reversal.read")
    if not books:
        raise Forbidden(NO_RIGHT)
    table = Reversal
    statement = sa.select(table).where(
        table.book.in_(books),
        *([table.book == wanted.book] if wanted.book else []),
        *_in_state(wanted.state),
        *from_day(table.proposed_at, wanted.first),
        *to_day(table.proposed_at, wanted.last),
    )
    columns = {"proposed": table.proposed_at, "state": table.state, "reference": table.reference}
    default = "proposed" if wanted.state in ("", "open") else "-proposed"
    statement = ordered(statement, want, columns, default, table.id)
    rows, page, total, sums = cut(ctx, statement, want, {})
    found = [row.Reversal for row in rows]
    known = people(ctx, _hands(found))
    return Page(tuple(_line(each, known) for each in found), page, want.size, total, sums)


def export_reversals(ctx: Context, wanted: ReversalFilter, form: str) -> Page[ReversalLine]:
    """Every row that fits, for a file; who took it is on record. Call it in a unit of work."""
    if not books_for(ctx, "reversal.export"):
        raise Forbidden(NO_RIGHT)
    found = reversals(ctx, wanted, Want(whole=True))
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    book = wanted.book or NATION
    audit.record(ctx, "reversal.export", "export", ctx.new_id(), book=book, after=after)
    ctx.session.flush()
    return found


def _in_state(state: str) -> list[sa.ColumnElement[bool]]:
    if state == "all":
        return []
    if state in {each.value for each in ReversalState}:
        return [Reversal.state == ReversalState(state)]
    return [Reversal.state.in_(OPEN)]


def reversal(ctx: Context, book: str, reversal_id: UUID) -> ReversalView:
    """One reversal with its preview and its words; raises ReversalUnknown.

    The look is recorded: call it in a unit of work.
    """
    policy.require(ctx.actor, "reversal.read", Subject(book=book, region_code=book))
    row = ctx.session.get(Reversal, (book, reversal_id))
    if row is None:
        raise ReversalUnknown
    audit.record(ctx, "reversal.read", "reversal", row.id, book=book)
    ctx.session.flush()
    touched = touched_by(ctx, book, row.transfer_id).people
    legs, _owners = preview_legs(ctx, book, row.transfer_id)
    is_open = row.state in OPEN
    own = Subject(book=book, region_code=book)
    may_drop = policy.can(ctx.actor, "reversal.withdraw", own).allowed
    return ReversalView(
        line=_line(row, people(ctx, _hands([row]))),
        note=ctx.vault.open_or_none(NOTE, row.note_sealed),
        flag_id=row.flag_id,
        sheet_id=row.sheet_id,
        complaint_id=row.complaint_id,
        legs=legs,
        may_sign=_may_sign(ctx, row, touched),
        may_refuse=_may(ctx, "reversal.refuse", book, touched, is_open),
        may_withdraw=is_open and row.proposed_by_id == ctx.actor.id and may_drop,
    )


def preview(ctx: Context, book: str, transfer_id: UUID) -> ReversalPreview:
    """What taking a posting back would do; raises NotFound."""
    policy.require(ctx.actor, "ledger.read", Subject(book=book, region_code=book))
    touched = touched_by(ctx, book, transfer_id)
    legs, _owners = preview_legs(ctx, book, transfer_id)
    if not legs:
        raise NotFound
    others = {half.book for half in touched.owners} - {book}
    return ReversalPreview(
        book=book,
        transfer_id=transfer_id,
        legs=legs,
        may_propose=_may(ctx, "reversal.propose", book, touched.people, True),
        elsewhere=tuple(sorted(others)),
    )


def _may_sign(ctx: Context, row: Reversal, people_of: Iterable[UUID]) -> Decision:
    """Whether this name is the one that lacks; nothing is said to those who never sign."""
    if not policy.may_ever(ctx.actor, "reversal.sign"):
        return Decision(False)
    decision = _may(ctx, "reversal.sign", row.book, people_of, row.state in OPEN)
    if not decision.allowed:
        return decision
    if row.first_signed_by_id == ctx.actor.id:
        return Decision(False, SignedBefore().sentence)
    if {row.first_signed_by_id, row.proposed_by_id} & ctx.actor.relatives:
        return Decision(False, KinHasSigned().sentence)
    return decision


def _may(ctx: Context, act: str, book: str, people_of: Iterable[UUID], is_open: bool) -> Decision:
    """The policy's answer for everybody whom it touches: the first refusal."""
    if not is_open:
        return Decision(False)
    subjects = [Subject(book=book, region_code=book, member_id=each) for each in people_of]
    decisions = [
        policy.can(ctx.actor, act, each)
        for each in (Subject(book=book, region_code=book), *subjects)
    ]
    return next((each for each in decisions if not each.allowed), decisions[0])


def _hands(rows: Iterable[Reversal]) -> Iterable[UUID | None]:
    for row in rows:
        yield from (
            row.proposed_by_id,
            row.first_signed_by_id,
            row.second_signed_by_id,
            row.ended_by_id,
        )


def _line(row: Reversal, known: dict[UUID, Person]) -> ReversalLine:
    def who(member_id: UUID | None) -> Any:
        return None if member_id is None else known.get(member_id)

    return ReversalLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        transfer_id=row.transfer_id,
        reason=row.reason,
        state=row.state,
        proposed_by=who(row.proposed_by_id),
        proposed_at=row.proposed_at,
        first_signed_by=who(row.first_signed_by_id),
        first_signed_at=row.first_signed_at,
        second_signed_by=who(row.second_signed_by_id),
        second_signed_at=row.second_signed_at,
        ended_by=who(row.ended_by_id),
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        reversing_id=row.reversing_id,
    )
