"""The list of heirs as staff work on it, and what an heir sees of it: the own share and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

import sqlalchemy as sa

from models.estates import OPEN_ESTATES, Estate, EstateHeir, EstateState, HeirBasis
from models.people import Member, MemberStatus
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.estates import dividing
from services.estates.answering import ANSWERABLE, heir_of, may_disclaim
from services.estates.finding import estate_row, subject_of
from services.estates.heir_sentences import HeirUnknown
from services.estates.heirs import PHONE, died_first, rule_heirs, rules_of
from services.estates.listing import LINKABLE, may_be_represented
from services.estates.parties import heir_name, heirs_of, members_by_id
from services.people.reading import member_row
from services.policy import Decision
from services.rules.estates import portions


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the whole, as a fraction in its lowest terms."""

    of: int
    out_of: int


@dataclass(frozen=True, slots=True)
class HeirLine:
    """One line of the list. ``part`` and ``share_minutes`` are None where nothing is inherited."""

    id: UUID
    name: str
    relation: str
    basis: HeirBasis
    parts: int | None
    #: How many generations below a relative who died before.
    depth: int
    represents_name: str | None
    member_id: UUID | None
    #: Volunteer number of the account.
    number: str | None
    #: Only for those who work on the list.
    phone: str | None
    evidence: str
    died_before: bool
    #: The register of members says otherwise by now.
    differs: bool
    may_be_represented: bool
    answer: str | None
    answered_how: str | None
    answered_at: datetime | None
    part: Part | None
    share_minutes: int | None
    paid_at: datetime | None
    lapsed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeirsPage:
    """The list, and what the shares are or would be: shares and remainder are the estate."""

    book: str
    estate_id: UUID
    reference: str
    state: EstateState
    dead_id: UUID
    dead_name: str
    died_on: date
    lines: tuple[HeirLine, ...]
    order: int | None
    estate_minutes: int
    remainder_minutes: int
    #: Whether the figures are what a division today would give.
    is_preview: bool
    may_change: bool
    may_answer: bool
    may_link: bool
    may: Mapping[str, Decision]

    def line(self, heir_id: UUID) -> HeirLine:
        """One line; raises HeirUnknown."""
        found = next((line for line in self.lines if line.id == heir_id), None)
        if found is None:
            raise HeirUnknown
        return found


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What one line of a list gives its heir, and nothing about the others."""

    book: str
    estate_id: UUID
    heir_id: UUID
    reference: str
    state: EstateState
    dead_name: str
    died_on: date
    basis: HeirBasis
    relation: str
    represents_name: str | None
    answer: str | None
    answered_how: str | None
    answered_at: datetime | None
    may_answer: bool
    may_disclaim: bool
    #: None where others inherit before this one.
    part: Part | None
    share_minutes: int | None
    estate_minutes: int | None
    is_preview: bool
    paid_at: datetime | None
    lapsed_at: datetime | None
    claim_until: date | None


def heirs_page(ctx: Context, book: str, estate_id: UUID) -> HeirsPage:
    """The whole list; the look is recorded: call it in a unit of work.

    After a mistaken death it is empty: it says what a designation says, and its maker lives.
    """
    estate = estate_row(ctx.session, book, estate_id)
    subject = subject_of(ctx, estate)
    policy.require(ctx.actor, "estate.read", subject)
    audit.record(ctx, "estate.heirs_read", "estate", estate.id, book=book)
    may = {
        name: policy.can(ctx.actor, act, subject)
        for name, act in (("change", "estate.heirs"), ("answer", "estate.answer"))
    }
    may_change = may["change"].allowed
    rows = heirs_of(ctx, book, estate_id) if estate.state in OPEN_ESTATES else ()
    figures = _figures(ctx, estate, rows)
    members = members_by_id(ctx, [row.member_id for row in rows])
    dead = member_row(ctx.session, estate.member_id)
    lines = [
        _line(ctx, estate, row, rows, members, figures, with_phone=may_change)
        for row in _in_order(ctx, estate, rows)
    ]
    return HeirsPage(
        book=book,
        estate_id=estate_id,
        reference=estate.reference,
        state=estate.state,
        dead_id=dead.id,
        dead_name=dead.name,
        died_on=local_date(estate.died_at),
        lines=tuple(lines),
        order=figures.order,
        estate_minutes=figures.estate_minutes,
        remainder_minutes=figures.remainder_minutes,
        is_preview=figures.is_preview,
        may_change=may_change and estate.state is EstateState.FROZEN,
        may_answer=may_change and estate.state in ANSWERABLE,
        may_link=may_change and estate.state in LINKABLE,
        may=may,
    )


def my_inheritances(ctx: Context) -> tuple[Inheritance, ...]:
    """Every line in which the actor stands as an heir, newest first, in whatever book."""
    policy.require(ctx.actor, "account.use")
    query = (
        sa.select(EstateHeir, Estate)
        .join(Estate, sa.and_(Estate.book == EstateHeir.book, Estate.id == EstateHeir.estate_id))
        .where(
            EstateHeir.member_id == ctx.actor.id,
            EstateHeir.died_before.is_(False),
            Estate.state.in_(OPEN_ESTATES),
        )
        .order_by(Estate.reported_at.desc(), EstateHeir.basis, EstateHeir.id)
        .execution_options(cross_book=True)
    )
    return tuple(_inheritance(ctx, estate, heir) for heir, estate in ctx.session.execute(query))


def my_inheritance(ctx: Context, book: str, estate_id: UUID, heir_id: UUID) -> Inheritance:
    """One of them; what is somebody else's is not there."""
    policy.require(ctx.actor, "account.use")
    heir = heir_of(ctx, book, estate_id, heir_id)
    estate = estate_row(ctx.session, book, estate_id)
    if heir.member_id != ctx.actor.id or estate.state not in OPEN_ESTATES:
        raise HeirUnknown
    return _inheritance(ctx, estate, heir)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What is divided, and each line's part and minutes."""

    parts: Mapping[UUID, Fraction]
    shares: Mapping[UUID, int]
    order: int | None
    estate_minutes: int
    remainder_minutes: int
    is_preview: bool


def _figures(ctx: Context, estate: Estate, rows: Sequence[EstateHeir]) -> _Figures:
    """Those of the division that was made, or of one that were made today."""
    parts = portions(rule_heirs(rows), rules_of(ctx.session, estate).inheritance.orders)
    if estate.estate_minutes is not None:
        shares = {row.id: row.share_minutes for row in rows if row.share_minutes is not None}
        rest = estate.remainder_minutes or 0
        return _Figures(parts.by_key, shares, parts.order, estate.estate_minutes, rest, False)
    planned = dividing.plan(ctx, estate, rows)
    return _Figures(
        parts.by_key,
        planned.division.shares,
        parts.order,
        planned.estate_minutes,
        planned.division.remainder_minutes,
        True,
    )


def _part(figures: _Figures, heir_id: UUID) -> Part | None:
    found = figures.parts.get(heir_id)
    return None if found is None else Part(found.numerator, found.denominator)


def _in_order(ctx: Context, estate: Estate, rows: Sequence[EstateHeir]) -> list[EstateHeir]:
    """Named first, then by the orders of the law, each line followed by its descendants."""
    orders = rules_of(ctx.session, estate).inheritance.orders
    place = {relation: n for n, order in enumerate(orders) for relation in order}

    def rank(row: EstateHeir) -> tuple[HeirBasis, int, str, str]:
        among = place.get(row.relation, len(place))
        return row.basis, among, row.relation, heir_name(ctx.vault, row)

    def below(above: UUID | None) -> list[EstateHeir]:
        found = sorted((row for row in rows if row.represents_id == above), key=rank)
        return [each for row in found for each in (row, *below(row.id))]

    return below(None)


def _line(
    ctx: Context,
    estate: Estate,
    row: EstateHeir,
    rows: Sequence[EstateHeir],
    members: Mapping[UUID, Member],
    figures: _Figures,
    *,
    with_phone: bool,
) -> HeirLine:
    member = members.get(row.member_id) if row.member_id else None
    above = _above(row, rows)
    is_gone = died_first(member, estate.died_at, row.relation)
    return HeirLine(
        id=row.id,
        name=heir_name(ctx.vault, row),
        relation=row.relation,
        basis=row.basis,
        parts=row.parts,
        depth=len(above),
        represents_name=heir_name(ctx.vault, above[0]) if above else None,
        member_id=row.member_id,
        number=member.number if member else None,
        phone=_phone(ctx, row, member) if with_phone else None,
        evidence=row.evidence,
        died_before=row.died_before,
        differs=member is not None and is_gone != row.died_before,
        may_be_represented=may_be_represented(rows, row),
        answer=row.answer,
        answered_how=row.answered_how,
        answered_at=row.answered_at,
        part=_part(figures, row.id),
        share_minutes=figures.shares.get(row.id),
        paid_at=row.paid_at,
        lapsed_at=row.lapsed_at,
    )


def _above(row: EstateHeir, rows: Sequence[EstateHeir]) -> list[EstateHeir]:
    """Those in whose place an heir stands, the nearest first."""
    by_id = {each.id: each for each in rows}
    found: list[EstateHeir] = []
    while row.represents_id is not None:
        row = by_id[row.represents_id]
        found.append(row)
    return found


def _phone(ctx: Context, row: EstateHeir, member: Member | None) -> str | None:
    if member is not None:
        return ctx.vault.open_or_none("member.phone", member.phone_sealed)
    return ctx.vault.open_or_none(PHONE, row.phone_sealed)


def _inheritance(ctx: Context, estate: Estate, heir: EstateHeir) -> Inheritance:
    rows = heirs_of(ctx, estate.book, estate.id)
    figures = _figures(ctx, estate, rows)
    member = member_row(ctx.session, ctx.actor.id)
    dead = member_row(ctx.session, estate.member_id)
    above = _above(heir, rows)
    part = _part(figures, heir.id)
    is_open = estate.state in ANSWERABLE and member.status is MemberStatus.ACTIVE
    return Inheritance(
        book=estate.book,
        estate_id=estate.id,
        heir_id=heir.id,
        reference=estate.reference,
        state=estate.state,
        dead_name=dead.name,
        died_on=local_date(estate.died_at),
        basis=heir.basis,
        relation=heir.relation,
        represents_name=heir_name(ctx.vault, above[0]) if above else None,
        answer=heir.answer,
        answered_how=heir.answered_how,
        answered_at=heir.answered_at,
        may_answer=is_open,
        may_disclaim=is_open and may_disclaim(ctx, member),
        part=part,
        share_minutes=figures.shares.get(heir.id),
        estate_minutes=figures.estate_minutes if part else None,
        is_preview=figures.is_preview,
        paid_at=heir.paid_at,
        lapsed_at=heir.lapsed_at,
        claim_until=estate.claim_until,
    )
