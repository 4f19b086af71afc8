"""Operators and their branches (网点)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Branch, Operator, OperatorKind, SuccessorRule
from services import audit, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.places.books import book_of
from services.places.errors import (
    BranchClosed,
    NameMissing,
    NotABranch,
    NotAnOperator,
    SuccessorNeeded,
)
from services.places.keeping import lies_in
from services.places.regions import region_on
from services.policy import NATION, Subject


@dataclass(frozen=True, slots=True)
class OperatorView:
    """A body that runs branches."""

    id: UUID
    name: str
    name_en: str
    kind: OperatorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchForm:
    """What is needed to open a branch. Places on the map are millionths of a degree."""

    region_code: str
    operator_id: UUID
    name: str
    name_en: str
    address: str
    phone: str
    latitude_e6: int | None = None
    longitude_e6: int | None = None
    successor_rule: SuccessorRule = SuccessorRule.REGION
    successor_branch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BranchView:
    """A branch as people see it."""

    id: UUID
    book: str
    region_code: str
    operator_id: UUID
    operator_name: str
    name: str
    name_en: str
    address: str
    phone: str
    latitude_e6: int | None
    longitude_e6: int | None
    successor_rule: SuccessorRule
    successor_branch_id: UUID | None
    opened_on: date
    closed_on: date | None
    person_in_charge: str | None


def open_operator(ctx: Context, name: str, name_en: str, kind: OperatorKind) -> UUID:
    """Enter a body that may run branches, in any region; returns its id."""
    policy.require(ctx.actor, "place.manage")
    _names(name, name_en)

    def do() -> dict[str, str]:
        operator = Operator(id=ctx.new_id(), name=name.strip(), name_en=name_en.strip(), kind=kind)
        ctx.session.add(operator)
        audit.record(
            ctx,
            "operator.open",
            "operator",
            operator.id,
            book=NATION,
            after={"kind": kind.value},
        )
        ctx.session.flush()
        return {"operator_id": str(operator.id)}

    content = {"name": name, "name_en": name_en, "kind": kind}
    return UUID(once(ctx, NATION, "operator.open", content, do)["operator_id"])


def _names(name: str, name_en: str) -> None:
    if not name.strip() or not name_en.strip():
        raise NameMissing(field="name")


def operators(session: Session) -> tuple[OperatorView, ...]:
    """All operators, by name."""
    rows = session.scalars(sa.select(Operator).order_by(Operator.name, Operator.id))
    return tuple(OperatorView(row.id, row.name, row.name_en, row.kind) for row in rows)


def open_branch(ctx: Context, form: BranchForm) -> UUID:
    """Open a branch in a region whose county keeps a book; returns its id.

    A branch that names who takes over must name an open branch of the same book.
    """
    policy.require(ctx.actor, "place.manage", Subject(region_code=form.region_code))
    _names(form.name, form.name_en)
    today = local_date(ctx.now)
    region_on(ctx.session, form.region_code, today)
    book = book_of(ctx.session, form.region_code, today)
    if ctx.session.get(Operator, form.operator_id) is None:
        raise NotAnOperator(field="operator_id")
    _check_named_successor(ctx, form, book)

    def do() -> dict[str, str]:
        made = Branch(id=ctx.new_id(), book=book, opened_on=today, closed_on=None, **asdict(form))
        ctx.session.add(made)
        audit.record(
            ctx,
            "branch.open",
            "branch",
            made.id,
            book=book,
            after={"region": form.region_code, "rule": form.successor_rule.value},
        )
        ctx.session.flush()
        return {"branch_id": str(made.id)}

    return UUID(once(ctx, book, "branch.open", asdict(form), do)["branch_id"])


def _check_named_successor(ctx: Context, form: BranchForm, book: str) -> None:
    named = form.successor_branch_id
    if form.successor_rule is not SuccessorRule.NAMED_BRANCH:
        if named is not None:
            raise SuccessorNeeded(field="successor_rule")
        return
    if named is None:
        raise SuccessorNeeded(field="successor_branch_id")
    heir = open_row(ctx.session, named)
    if heir.book != book:
        raise NotABranch(field="successor_branch_id")


def branch_row(session: Session, branch_id: UUID) -> Branch:
    """The stored branch, open or closed; services only."""
    row = session.get(Branch, branch_id)
    if row is None:
        raise NotABranch(field="branch_id")
    return row


def open_row(session: Session, branch_id: UUID) -> Branch:
    """The stored branch if it is open, else :class:`BranchClosed`; services only."""
    row = branch_row(session, branch_id)
    if row.closed_on is not None:
        raise BranchClosed(field="branch_id")
    return row


def branch(session: Session, branch_id: UUID) -> BranchView:
    """One branch, open or closed."""
    row = branch_row(session, branch_id)
    return _view(row, session.get_one(Operator, row.operator_id).name)


def branches_in(
    session: Session, region_code: str, *, closed_too: bool = False
) -> tuple[BranchView, ...]:
    """The branches of a region and of all below it, by region and name."""
    wanted = (
        sa.select(Branch, Operator.name)
        .join(Operator, Operator.id == Branch.operator_id)
        .where(lies_in(session, Branch.region_code, region_code))
        .order_by(Branch.region_code, Branch.name, Branch.id)
    )
    if not closed_too:
        wanted = wanted.where(Branch.closed_on.is_(None))
    return tuple(_view(row, operator) for row, operator in session.execute(wanted))


def _view(row: Branch, operator_name: str) -> BranchView:
    return BranchView(
        id=row.id,
        book=row.book,
        region_code=row.region_code,
        operator_id=row.operator_id,
        operator_name=operator_name,
        name=row.name,
        name_en=row.name_en,
        address=row.address,
        phone=row.phone,
        latitude_e6=row.latitude_e6,
        longitude_e6=row.longitude_e6,
        successor_rule=row.successor_rule,
        successor_branch_id=row.successor_branch_id,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        person_in_charge=row.person_in_charge,
    )
