"""Registering who is to inherit, and taking it back.

The newest holds; a new one takes the place of the one before, and nothing revives by itself.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.estates import Designation, DesignationLine
from models.people import Member, MemberStatus
from services import outbox, policy, rates
from services.acts import once
from services.clock import age_on, local_date
from services.context import Context
from services.designations import sentences as say
from services.designations.reading import NAME, REFERENCE, Named, at_arms_length
from services.errors import DomainError
from services.notices.ways import SMS
from services.papers.issuing import PaperKind, issue, withdraw
from services.people import texts
from services.people.errors import NotActive, UnknownRelation
from services.people.forms import DOCUMENT, OWN, SIGNATURE
from services.people.guardians import require_no_ward
from services.people.guessing import holder_named
from services.people.kin import INVERSE
from services.people.reading import kin_relation, member_row, subject_of
from services.people.trail import note
from services.visits.days import lock_members

DESIGNATION, WILL = "designation", "will"
#: How each kind comes about; a designation by the own login is ``OWN``.
HOWS = {DESIGNATION: (OWN, SIGNATURE), WILL: (DOCUMENT,)}
#: What a beneficiary may be to the member: any relative, or somebody else.
RELATIONS = (*INVERSE, "friend", "other")
MOST_LINES, MOST_PARTS = 12, 100


def make(
    ctx: Context,
    member_id: UUID,
    named: tuple[Named, ...],
    *,
    kind: str = DESIGNATION,
    how: str = OWN,
    reference: str | None = None,
) -> UUID:
    """Register who is to inherit; what was registered before holds no more. Returns its id.

    By the own login, or at the counter: a designation with a signature, a will by the paper,
    with where it is kept (``reference``). Nobody takes down what favours himself or his kin.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "designation.make", subject_of(member))
    own = ctx.actor.id == member_id
    if how not in HOWS.get(kind, ()) or (how == OWN) != own:
        raise say.DesignationHow(field="how")
    kept_at = texts.needed(reference, "reference") if kind == WILL else None
    lines = _read(ctx, member, named)
    if not own:
        at_arms_length(ctx, member, lines)

    def do() -> dict[str, str]:
        lock_members(
            ctx.session, {member_id} | {x.beneficiary_id for x in lines if x.beneficiary_id}
        )
        _check_member(ctx, member)
        _check_living(ctx, lines)
        _end_earlier(ctx, member)
        made = _store(ctx, member, lines, kind, how, kept_at)
        after = {"kind": kind, "how": how, "lines": len(lines)}
        note(ctx, "designation.make", member, after=after)
        outbox.tell(ctx, member.home_book, member.id, say.MADE, channel=SMS)
        return {"designation_id": str(made.id)}

    content = {
        "member_id": member_id,
        "kind": kind,
        "how": how,
        "reference": ctx.vault.blind("act", kept_at or ""),
        "lines": ctx.vault.blind("act", repr(lines)),
    }
    return UUID(once(ctx, member.home_book, "designation.make", content, do)["designation_id"])


def check(ctx: Context, member_id: UUID, named: tuple[Named, ...]) -> tuple[Named, ...]:
    """What :func:`make` would write, for the page on which it is read once more."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "designation.make", subject_of(member))
    _check_member(ctx, member)
    lines = _read(ctx, member, named)
    _check_living(ctx, lines)
    return lines


def member_named(ctx: Context, number: str, name: str) -> UUID:
    """Whose number and name these are, for a member who names somebody by the own login.

    Call it in a unit of work: the look is recorded. Raises NameNotOfNumber, or TooManyWrong.
    """
    member = member_row(ctx.session, ctx.actor.id)
    policy.require(ctx.actor, "designation.make", subject_of(member))
    try:
        near = ctx.actor.relatives
        found = holder_named(ctx, member, "designation.find", number, name, near)
    except DomainError as error:
        error.field = "number"
        raise
    if found is None:
        raise say.NameNotOfNumber(field="name")
    return found.id


def barrier(ctx: Context, member_id: UUID) -> DomainError | None:
    """What keeps a member from naming anybody, as a sentence; None where nothing does."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "designation.read", subject_of(member))
    try:
        _check_member(ctx, member)
    except DomainError as error:
        return error
    return None


def revoke(ctx: Context, member_id: UUID, designation_id: UUID) -> None:
    """Take a designation back: by the own login, or by staff before whom the member signed."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "designation.make", subject_of(member))
    if ctx.actor.id != member_id:
        at_arms_length(ctx, member, ())

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member_id})
        _check_member(ctx, member)
        row = ctx.session.get(Designation, (member_id, designation_id), populate_existing=True)
        if row is None:
            raise say.DesignationUnknown
        if row.revoked_at is None:
            _end(ctx, member, row, "revoked")
            note(ctx, "designation.revoke", member, before={"kind": row.kind})
            outbox.tell(ctx, member.home_book, member.id, say.REVOKED, channel=SMS)
            ctx.session.flush()
        return {}

    content = {"member_id": member_id, "designation_id": designation_id}
    once(ctx, member.home_book, "designation.revoke", content, do)


def _read(ctx: Context, member: Member, named: tuple[Named, ...]) -> tuple[Named, ...]:
    """The lines with the register's own names and relations, or the first thing wrong."""
    if not named:
        raise say.NobodyNamed(field="lines")
    if len(named) > MOST_LINES:
        raise say.TooManyNamed(field="lines", most=MOST_LINES)
    lines = tuple(_line(ctx, member, each) for each in named)
    whom = [each.beneficiary_id or (each.name, each.relation) for each in lines]
    if len(set(whom)) < len(whom):
        raise say.NamedTwice(field="lines")
    return lines


def _line(ctx: Context, member: Member, given: Named) -> Named:
    if not 1 <= given.parts <= MOST_PARTS:
        raise say.PartsWrong(field="lines", most=MOST_PARTS)
    if given.relation not in RELATIONS:
        raise UnknownRelation(field="relation")
    if given.beneficiary_id is None:
        return Named(None, texts.name(given.name), given.relation, given.parts)
    if given.beneficiary_id == member.id:
        raise say.NamedOneself(field="lines")
    other = member_row(ctx.session, given.beneficiary_id)
    relation = kin_relation(ctx.session, member.id, other.id)
    if relation is None and texts.plain(given.name) != other.name:
        # A number alone tells nobody whose it is.
        raise say.NameNotOfNumber(field="name")
    return Named(other.id, other.name, relation or given.relation, given.parts)


def _check_member(ctx: Context, member: Member) -> None:
    if member.status is not MemberStatus.ACTIVE:
        raise NotActive
    require_no_ward(ctx.session, member)
    today = local_date(ctx.now)
    adult_age = rates.rule_set_on(ctx.session, today).earning.adult_age
    if age_on(member.born_on, today) < adult_age:
        raise say.TooYoungToName(adult_age=adult_age)


def _check_living(ctx: Context, lines: tuple[Named, ...]) -> None:
    for each in lines:
        if each.beneficiary_id is not None:
            other = member_row(ctx.session, each.beneficiary_id)
            if other.died_at is not None:
                raise say.NamedDead(field="lines", name=other.name)


def _end_earlier(ctx: Context, member: Member) -> None:
    rows = ctx.session.scalars(
        sa.select(Designation)
        .where(Designation.member_id == member.id, Designation.revoked_at.is_(None))
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _end(ctx, member, row, "replaced")


def _end(ctx: Context, member: Member, row: Designation, reason: str) -> None:
    row.revoked_at = ctx.now
    withdraw(ctx, PaperKind.DESIGNATION, member.home_book, row.id, reason)


def _store(
    ctx: Context,
    member: Member,
    lines: tuple[Named, ...],
    kind: str,
    how: str,
    reference: str | None,
) -> Designation:
    made = Designation(
        member_id=member.id,
        id=ctx.new_id(),
        kind=kind,
        how=how,
        reference_sealed=ctx.vault.seal(REFERENCE, reference) if reference else None,
        made_at=ctx.now,
        recorded_by_id=ctx.actor.id,
    )
    ctx.session.add(made)
    ctx.session.flush()
    for place, line in enumerate(lines):
        ctx.session.add(
            DesignationLine(
                member_id=member.id,
                designation_id=made.id,
                place=place,
                beneficiary_id=line.beneficiary_id,
                name_sealed=ctx.vault.seal(NAME, line.name),
                relation=line.relation,
                parts=line.parts,
            )
        )
    ctx.session.flush()
    content = {
        "member": member.name,
        "kind": kind,
        "on": local_date(ctx.now).isoformat(),
        "lines": [{"name": x.name, "relation": x.relation, "parts": x.parts} for x in lines],
        "reference": reference or "",
    }
    issue(ctx, PaperKind.DESIGNATION, member.home_book, made.id, member, content)
    return made
