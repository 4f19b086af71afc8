"""Staff complete the list of heirs: somebody without an account, a line that died before.

The list may change from the freeze until it is published; an account may be linked until the
share has been settled. Nobody works on it who inherits, or whose kin does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateHeir, EstateState, HeirBasis
from models.people import Member
from services import audit, outbox
from services.acts import once
from services.context import Context
from services.designations.making import MOST_PARTS, RELATIONS
from services.estates import heir_sentences as say
from services.estates.answering import ANSWERABLE, may_disclaim
from services.estates.finding import estate_row, locked_estate
from services.estates.heirs import DISCLAIMED, PHONE, died_first, rules_of, write_heir
from services.estates.parties import (
    HEIR_NAME,
    heir_name,
    heirs_of,
    members_by_id,
    require_apart,
)
from services.people import texts
from services.people.errors import UnknownRelation
from services.people.reading import member_row
from services.rules.estates import BY_CHILDREN, BY_DESCENDANTS, REPRESENTATIVE
from services.visits.days import lock_members

#: Why somebody is taken off the list. Forfeited: a court has found it (Civil Code 1125).
REMOVALS = ("mistake", "duplicate", "not_kin", "forfeited", "will_invalid")
#: While a share may still find its account.
LINKABLE = (EstateState.FROZEN, EstateState.NOTICE, EstateState.DIVIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeirForm:
    """An heir as staff write one down.

    ``relation`` to the dead; a representative's is left out. ``parts`` of a will or designation
    make a named heir. ``member_id`` of an account of that name, where there is one; whoever comes
    from a volunteer number gives the name too.
    """

    name: str
    relation: str
    evidence: str
    phone: str | None = None
    member_id: UUID | None = None
    represents_id: UUID | None = None
    parts: int | None = None
    died_before: bool = False


def add_heir(ctx: Context, book: str, estate_id: UUID, form: HeirForm) -> UUID:
    """Put somebody on the list; returns the line's id.

    Raises HeirsFixed, HeirTwice (also of two who write the same at once), and what is wrong.
    """
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.heirs", estate, form.member_id)
    evidence = texts.needed(form.evidence, "evidence")
    phone = texts.phone(form.phone)
    member = member_row(ctx.session, form.member_id) if form.member_id else None
    name = member.name if member and not form.name else texts.name(form.name)
    if member is not None and member.name != name:
        raise _differ("name", name, member)

    def do() -> dict[str, str]:
        row, rows = _open_list(ctx, book, estate_id, form.member_id)
        relation = _check_place(ctx, row, rows, form)
        _check_new(ctx, row, rows, form, name, relation)
        _check_death(row, member, relation, died_before=form.died_before)
        made = write_heir(
            ctx,
            row,
            HeirBasis.STATUTORY if form.parts is None else HeirBasis.NAMED,
            relation,
            name,
            evidence=evidence,
            member_id=form.member_id,
            phone=phone,
            represents_id=form.represents_id,
            parts=form.parts,
            died_before=form.died_before,
        )
        after = {"relation": relation, "basis": made.basis.value, "died_before": form.died_before}
        _record(ctx, row, "estate.heir_add", made.id, after=after)
        ctx.session.flush()
        return {"heir_id": str(made.id)}

    content = {"estate_id": estate_id, **asdict(form)}
    for secret in ("name", "phone"):
        content[secret] = ctx.vault.blind("act", content[secret] or "")
    return UUID(once(ctx, book, "estate.heir_add", content, do)["heir_id"])


def correct_heir(
    ctx: Context,
    book: str,
    estate_id: UUID,
    heir_id: UUID,
    *,
    died_before: bool,
    evidence: str,
    phone: str | None = None,
) -> None:
    """Say anew whether an heir died before, by which paper, and the telephone."""
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.heirs", estate)
    seen, digits = texts.needed(evidence, "evidence"), texts.phone(phone)

    def do() -> dict[str, str]:
        row, rows = _open_list(ctx, book, estate_id)
        heir = _one_of(rows, heir_id)
        member = member_row(ctx.session, heir.member_id) if heir.member_id else None
        _check_death(row, member, heir.relation, died_before=died_before)
        if not died_before:
            _require_no_line(ctx, rows, heir)
        before = {"died_before": heir.died_before}
        heir.died_before, heir.evidence = died_before, seen
        heir.phone_sealed = ctx.vault.seal(PHONE, digits) if digits else None
        after = {"died_before": died_before}
        _record(ctx, row, "estate.heir_correct", heir.id, before=before, after=after)
        ctx.session.flush()
        return {}

    content = {
        "estate_id": estate_id,
        "heir_id": heir_id,
        "died_before": died_before,
        "evidence": seen,
        "phone": ctx.vault.blind("act", digits or ""),
    }
    once(ctx, book, "estate.heir_correct", content, do)


def remove_heir(ctx: Context, book: str, estate_id: UUID, heir_id: UUID, reason: str) -> None:
    """Take somebody off the list for one of REMOVALS; the audit record keeps who it was."""
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.heirs", estate)
    if reason not in REMOVALS:
        raise say.RemovalReason(field="reason")

    def do() -> dict[str, str]:
        row, rows = _open_list(ctx, book, estate_id)
        heir = _one_of(rows, heir_id)
        _require_no_line(ctx, rows, heir)
        before = {
            "member": str(heir.member_id),
            "relation": heir.relation,
            "basis": heir.basis.value,
        }
        _record(ctx, row, "estate.heir_remove", heir.id, before=before, after={"reason": reason})
        ctx.session.execute(
            sa.delete(EstateHeir).where(EstateHeir.book == book, EstateHeir.id == heir_id)
        )
        ctx.session.flush()
        return {}

    content = {"estate_id": estate_id, "heir_id": heir_id, "reason": reason}
    once(ctx, book, "estate.heir_remove", content, do)


def link_heir(
    ctx: Context,
    book: str,
    estate_id: UUID,
    heir_id: UUID,
    member_id: UUID,
    *,
    same_person: bool = False,
) -> None:
    """Say which account belongs to an heir who had none. The account's owner is told.

    ``same_person``: staff have seen by papers that two ways of writing are one name.
    """
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.heirs", estate, member_id)
    member = member_row(ctx.session, member_id)

    def do() -> dict[str, str]:
        lock_members(ctx.session, {estate.member_id, member_id})
        row = locked_estate(ctx, book, estate_id)
        rows = heirs_of(ctx, book, estate_id)
        heir = _one_of(rows, heir_id)
        _check_link(ctx, row, rows, heir, member, same_person=same_person)
        heir.member_id = member_id
        heir.name_sealed = ctx.vault.seal(HEIR_NAME, member.name)
        after = {"member": str(member_id)}
        if _signed_in_vain(ctx, row, heir, member):
            heir.answer = heir.answered_at = heir.answered_how = heir.answered_by_id = None
            after["answer"] = "void"
        _record(ctx, row, "estate.heir_link", heir.id, after=after)
        dead = member_row(ctx.session, row.member_id)
        words: dict[str, Any] = {"name": dead.name, "reference": row.reference}
        outbox.tell(ctx, member.home_book, member_id, say.LINKED, **words)
        ctx.session.flush()
        return {}

    content = {"estate_id": estate_id, "heir_id": heir_id, "member_id": member_id}
    once(ctx, book, "estate.heir_link", {**content, "same_person": same_person}, do)


def _signed_in_vain(ctx: Context, estate: Estate, heir: EstateHeir, member: Member) -> bool:
    """Whether the account shows that a child or a ward has signed a share away."""
    is_open = estate.state in ANSWERABLE and heir.answer == DISCLAIMED
    return is_open and not may_disclaim(ctx, member)


def require_sound(ctx: Context, estate: Estate, rows: Sequence[EstateHeir]) -> None:
    """Raise ListContradicts where the register knows another order of deaths than the list.

    Such a death may have been verified after the list was written.
    """
    members = members_by_id(ctx, [row.member_id for row in rows])
    for row in rows:
        member = members.get(row.member_id) if row.member_id else None
        if member and died_first(member, estate.died_at, row.relation) != row.died_before:
            raise say.ListContradicts(name=heir_name(ctx.vault, row))


def _open_list(
    ctx: Context, book: str, estate_id: UUID, member_id: UUID | None = None
) -> tuple[Estate, Sequence[EstateHeir]]:
    """The estate under its lock with its list, while the list may change."""
    estate = estate_row(ctx.session, book, estate_id)
    lock_members(ctx.session, {estate.member_id} | ({member_id} if member_id else set()))
    row = locked_estate(ctx, book, estate_id)
    if row.state is not EstateState.FROZEN:
        raise say.HeirsFixed
    return row, heirs_of(ctx, book, estate_id)


def _one_of(rows: Sequence[EstateHeir], heir_id: UUID) -> EstateHeir:
    found = next((row for row in rows if row.id == heir_id), None)
    if found is None:
        raise say.HeirUnknown
    return found


def _require_no_line(ctx: Context, rows: Sequence[EstateHeir], heir: EstateHeir) -> None:
    """Nobody stands on the list in the place of somebody who is gone from it, or lives."""
    if any(each.represents_id == heir.id for each in rows):
        raise say.HeirHasLine(name=heir_name(ctx.vault, heir))


def _check_place(ctx: Context, estate: Estate, rows: Sequence[EstateHeir], form: HeirForm) -> str:
    """The relation under which an heir may stand on the list."""
    if form.parts is not None:
        if form.represents_id is not None or not 1 <= form.parts <= MOST_PARTS:
            raise say.HeirPartsWrong(field="parts", most=MOST_PARTS)
        if form.relation not in RELATIONS:
            raise UnknownRelation(field="relation")
        return form.relation
    if form.represents_id is not None:
        _check_represented(rows, form.represents_id)
        return REPRESENTATIVE
    orders = rules_of(ctx.session, estate).inheritance.orders
    if not any(form.relation in order for order in orders):
        raise say.HeirRelationWrong(field="relation")
    return form.relation


def may_be_represented(rows: Sequence[EstateHeir], heir: EstateHeir) -> bool:
    """Whether descendants stand in the place of this one, who died before."""
    if heir.basis is not HeirBasis.STATUTORY or not heir.died_before:
        return False
    top, depth = heir, 0
    by_id = {row.id: row for row in rows}
    while top.represents_id is not None:
        top, depth = by_id[top.represents_id], depth + 1
    return top.relation == BY_DESCENDANTS or (top.relation == BY_CHILDREN and depth == 0)


def _check_represented(rows: Sequence[EstateHeir], represents_id: UUID) -> None:
    if not may_be_represented(rows, _one_of(rows, represents_id)):
        raise say.NotRepresented(field="represents_id")


def _check_new(
    ctx: Context,
    estate: Estate,
    rows: Sequence[EstateHeir],
    form: HeirForm,
    name: str,
    relation: str,
) -> None:
    """Nobody stands twice on the list for the same reason, and never the dead."""
    if form.member_id == estate.member_id:
        raise say.HeirIsTheDead(field="member_id")
    basis = HeirBasis.STATUTORY if form.parts is None else HeirBasis.NAMED
    for row in rows:
        if row.basis is not basis:
            continue
        same_person = form.member_id is not None and row.member_id == form.member_id
        same_line = row.relation == relation and row.represents_id == form.represents_id
        either_unknown = form.member_id is None or row.member_id is None
        if same_person or (same_line and either_unknown and heir_name(ctx.vault, row) == name):
            raise say.HeirTwice(name=name)


def _check_death(
    estate: Estate, member: Member | None, relation: str, *, died_before: bool
) -> None:
    """What staff write must be what the register of members knows."""
    if member is None:
        return
    if died_first(member, estate.died_at, relation) == died_before:
        return
    if died_before:
        raise say.HeirLives(field="died_before", name=member.name)
    raise say.HeirDiedFirst(field="died_before", name=member.name)


def _check_link(
    ctx: Context,
    estate: Estate,
    rows: Sequence[EstateHeir],
    heir: EstateHeir,
    member: Member,
    *,
    same_person: bool,
) -> None:
    if estate.state not in LINKABLE or heir.lapsed_at is not None:
        raise say.LinkTooLate
    listed = heir_name(ctx.vault, heir)
    if heir.member_id is not None:
        raise say.LinkedAlready(name=listed)
    if member.id == estate.member_id:
        raise say.HeirIsTheDead(field="number")
    if any(row.member_id == member.id and row.basis is heir.basis for row in rows):
        raise say.HeirTwice(field="number", name=member.name)
    if listed != member.name and not same_person:
        raise _differ("number", listed, member)
    _check_death(estate, member, heir.relation, died_before=heir.died_before)


def _differ(field: str, listed: str, member: Member) -> say.NamesDiffer:
    """A number alone tells nobody whose it is."""
    return say.NamesDiffer(field=field, listed=listed, registered=texts.masked_name(member.name))


def _record(
    ctx: Context, estate: Estate, act: str, heir_id: UUID, **states: dict[str, Any]
) -> None:
    after = {**states.pop("after", {}), "heir": str(heir_id)}
    audit.record(
        ctx,
        act,
        "estate",
        estate.id,
        book=estate.book,
        acting_for_id=estate.member_id,
        after=after,
        **states,
    )
