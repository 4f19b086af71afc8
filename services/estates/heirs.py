"""The list of heirs: who is proposed at the freeze, and how the list reads to the rule.

First the newest will or designation, then everybody whom the register of kin knows and the law
calls, with the descendants of those who died before. Staff complete it (``listing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.estates import Estate, EstateHeir, HeirBasis
from models.people import Kinship, Member
from services import audit, rates
from services.clock import local_date
from services.context import Context
from services.designations.reading import in_force, lines_of
from services.estates.finding import is_moment
from services.estates.parties import HEIR_NAME, heirs_of
from services.people.reading import member_row
from services.rules.estates import BY_CHILDREN, BY_DESCENDANTS, REPRESENTATIVE, Heir, portions
from services.rules.rule_set import RuleSet

PHONE = "estate.heir.phone"
ACCEPTED, DISCLAIMED = "accepted", "disclaimed"
#: Of two who died together the younger generation is taken to have outlived the other.
YOUNGER = frozenset({"child", "grandchild", "child_in_law"})


def propose(ctx: Context, estate: Estate) -> tuple[UUID, ...]:
    """Write down who inherits as far as is known; returns the members who would take.

    Services only: within the freeze, under the estate's lock.
    """
    _propose_named(ctx, estate)
    _propose_statutory(ctx, estate)
    ctx.session.flush()
    rows = heirs_of(ctx, estate.book, estate.id)
    after = {"named": sum(r.basis is HeirBasis.NAMED for r in rows), "all": len(rows)}
    audit.record(ctx, "estate.propose", "estate", estate.id, book=estate.book, after=after)
    return takers(rows, rules_of(ctx.session, estate))


def rule_heirs(rows: Iterable[EstateHeir]) -> list[Heir]:
    """The list as :func:`services.rules.estates.divide` reads it; keys are the rows' ids."""
    return [
        Heir(
            key=row.id,
            relation=row.relation,
            represents=row.represents_id,
            parts=row.parts,
            died_before=row.died_before,
            disclaimed=row.answer == DISCLAIMED,
        )
        for row in rows
    ]


def takers(rows: Sequence[EstateHeir], rules: RuleSet) -> tuple[UUID, ...]:
    """The members among those who take as the list stands, each once."""
    taking = portions(rule_heirs(rows), rules.inheritance.orders).by_key
    found = (row.member_id for row in rows if row.id in taking and row.member_id is not None)
    return tuple(dict.fromkeys(found))


def rules_of(session: Session, estate: Estate) -> RuleSet:
    """The rule set by which the estate is divided."""
    return rates.rule_set(session, estate.rule_set_version)


def died_first(member: Member | None, died_at: datetime, relation: str) -> bool:
    """Whether the register knows that somebody died before the one who died at ``died_at``."""
    if member is None or member.died_at is None:
        return False
    if _together(member.died_at, died_at):
        return relation not in YOUNGER
    return member.died_at < died_at


def _together(one: datetime, other: datetime) -> bool:
    """Whether nobody can say who of two died first (Civil Code 1121)."""
    unknown = not (is_moment(one) and is_moment(other))
    return one == other or (unknown and local_date(one) == local_date(other))


def _propose_named(ctx: Context, estate: Estate) -> None:
    """Lines of what was in force at the death; what was made after it counts for nothing."""
    made = in_force(ctx.session, estate.member_id, at=estate.died_at)
    if made is None:
        return
    seen: set[UUID] = set()
    for line in lines_of(ctx, made):
        if line.beneficiary_id in seen:
            continue
        member = None
        if line.beneficiary_id is not None:
            seen.add(line.beneficiary_id)
            member = ctx.session.get(Member, line.beneficiary_id)
        write_heir(
            ctx,
            estate,
            HeirBasis.NAMED,
            line.relation,
            member.name if member else line.name,
            evidence=made.kind,
            member_id=line.beneficiary_id,
            parts=line.parts,
            died_before=died_first(member, estate.died_at, line.relation),
        )


def _propose_statutory(ctx: Context, estate: Estate) -> None:
    orders = rules_of(ctx.session, estate).inheritance.orders
    known = {relation for order in orders for relation in order}
    seen = {estate.member_id}
    for kin in _kin_of(ctx.session, estate.member_id):
        if kin.relation in known:
            _propose_line(ctx, estate, kin, seen, None, _depth(kin.relation))


def _propose_line(
    ctx: Context,
    estate: Estate,
    kin: Kinship,
    seen: set[UUID],
    represents_id: UUID | None,
    depth: int | None,
) -> None:
    """One relative, and behind one who died before the descendants, each person once."""
    if kin.other_id in seen:
        return
    seen.add(kin.other_id)
    member = member_row(ctx.session, kin.other_id)
    gone = died_first(member, estate.died_at, kin.relation)
    row = write_heir(
        ctx,
        estate,
        HeirBasis.STATUTORY,
        kin.relation,
        member.name,
        evidence=kin.evidence,
        member_id=member.id,
        represents_id=represents_id,
        died_before=gone,
    )
    if not gone or depth == 0:
        return
    for child in _kin_of(ctx.session, member.id):
        if child.relation == REPRESENTATIVE:
            _propose_line(ctx, estate, child, seen, row.id, None if depth is None else depth - 1)


def _depth(relation: str) -> int | None:
    return {BY_DESCENDANTS: None, BY_CHILDREN: 1}.get(relation, 0)


def _kin_of(session: Session, member_id: UUID) -> Sequence[Kinship]:
    return session.scalars(
        sa.select(Kinship)
        .where(Kinship.member_id == member_id)
        .order_by(Kinship.recorded_at, Kinship.other_id)
    ).all()


def write_heir(
    ctx: Context,
    estate: Estate,
    basis: HeirBasis,
    relation: str,
    name: str,
    *,
    evidence: str,
    member_id: UUID | None = None,
    phone: str | None = None,
    represents_id: UUID | None = None,
    parts: int | None = None,
    died_before: bool = False,
) -> EstateHeir:
    """One line of the list; services only."""
    row = EstateHeir(
        book=estate.book,
        id=ctx.new_id(),
        estate_id=estate.id,
        basis=basis,
        relation=relation,
        represents_id=represents_id,
        parts=parts,
        member_id=member_id,
        name_sealed=ctx.vault.seal(HEIR_NAME, name),
        phone_sealed=ctx.vault.seal(PHONE, phone) if phone else None,
        evidence=evidence,
        died_before=died_before,
        recorded_by_id=ctx.actor.id,
        recorded_at=ctx.now,
    )
    ctx.session.add(row)
    return row
