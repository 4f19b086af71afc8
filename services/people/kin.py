"""Relatives, recorded in both directions, and the delegations that let them act."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Delegation, Kinship, Member, MemberStatus
from services import outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.matching.marks import mark
from services.notices.subscriptions import end_subscription
from services.people import texts
from services.people.errors import (
    ConsentHow,
    DelegateIsClerk,
    EndsInPast,
    KinAlready,
    NotActive,
    NotADelegation,
    NotKin,
    OwnDelegate,
    OwnKin,
    UnknownRelation,
    UnknownScope,
)
from services.people.family_errors import NoGuardian, SpendOutOfRange, WardByPaper
from services.people.forms import DOCUMENT, OWN, SCOPES, WITNESSED
from services.people.guardians import guardianship_of, is_ward, require_no_ward
from services.people.reading import kin_relation, member_row, subject_of
from services.people.trail import note
from services.policy import OWN_AFFAIR
from services.rules.booking import SPEND_MOST_MINUTES

#: What the member is to the other, by what the other is to the member.
INVERSE = {
    "spouse": "spouse",
    "parent": "child",
    "child": "parent",
    "grandparent": "grandchild",
    "grandchild": "grandparent",
    "parent_in_law": "child_in_law",
    "child_in_law": "parent_in_law",
    "sibling": "sibling",
}
DELEGATION_GRANTED = "{delegate}从现在起可以为您代办，到{ends_on}为止。"
DELEGATION_SPENDS = (
    "{delegate}从现在起可以为您代办，每月最多用您{spend_minutes}，到{ends_on}为止。"
    "您可以随时停止或修改。"
)
DELEGATION_GIVEN_YOU = "您从现在起可以为{elder}代办，到{ends_on}为止。"
DELEGATION_ENDED = "{delegate}从现在起不再为您代办。"


def record_kinship(
    ctx: Context, member_id: UUID, other_id: UUID, relation: str, evidence: str
) -> None:
    """Record that ``other`` is the member's ``relation``, and the inverse for the other.

    Staff of the member's branch record it, never for themselves or their own kin.
    """
    member, other = member_row(ctx.session, member_id), member_row(ctx.session, other_id)
    policy.require(ctx.actor, "kinship.record", subject_of(member))
    if other_id in {ctx.actor.id} | ctx.actor.relatives:
        raise Forbidden(OWN_AFFAIR)
    if member_id == other_id:
        raise OwnKin(field="other_id")
    if relation not in INVERSE:
        raise UnknownRelation(field="relation")
    seen = texts.needed(evidence, "evidence")

    def do() -> dict[str, str]:
        add_kinship(ctx, member, other, relation, seen)
        return {}

    content = {"member_id": member_id, "other_id": other_id, "relation": relation}
    once(ctx, member.home_book, "kinship.record", content, do)


def add_kinship(ctx: Context, member: Member, other: Member, relation: str, evidence: str) -> None:
    """Both rows of a kinship, for acts that bring one along; the same again changes nothing."""
    known = kin_relation(ctx.session, member.id, other.id)
    if known == relation:
        return
    if known is not None:
        raise KinAlready
    for one, two, what in ((member, other, relation), (other, member, INVERSE[relation])):
        ctx.session.add(
            Kinship(
                member_id=one.id,
                other_id=two.id,
                relation=what,
                evidence=evidence,
                recorded_by_id=ctx.actor.id,
                recorded_at=ctx.now,
            )
        )
    after = {"other": str(other.id), "relation": relation}
    note(ctx, "kinship.record", member, after=after)
    mark(ctx.session, [other.id], ctx.now)
    ctx.session.flush()


def end_kinship(ctx: Context, member_id: UUID, other_id: UUID, reason: str) -> None:
    """Take a kinship out of the register (a divorce, a mistake); the audit record keeps it."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "kinship.record", subject_of(member))
    if other_id in {ctx.actor.id} | ctx.actor.relatives:
        raise Forbidden(OWN_AFFAIR)
    texts.needed(reason, "reason")

    def do() -> dict[str, str]:
        relation = kin_relation(ctx.session, member_id, other_id)
        if relation is None:
            raise NotKin
        for one, two in ((member_id, other_id), (other_id, member_id)):
            ctx.session.execute(
                sa.delete(Kinship).where(Kinship.member_id == one, Kinship.other_id == two)
            )
        before = {"other": str(other_id), "relation": relation}
        note(ctx, "kinship.end", member, before=before)
        mark(ctx.session, [other_id], ctx.now)
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "kinship.end", {"member_id": member_id, "other": other_id}, do)


def grant_delegation(
    ctx: Context,
    elder_id: UUID,
    delegate_id: UUID,
    scopes: frozenset[str],
    consent: str,
    ends_on: date,
    spend_minutes: int,
) -> UUID:
    """Let somebody act for an elder until a day; returns the delegation's id.

    The elder grants it on the own login (consent ``own``); at the counter staff take down the
    elder's signature, spoken word or document, and never in favour of themselves or their kin.
    For an elder under guardianship only the guardian's document counts, at the counter. Whoever
    may ask or confirm may also see; ``spend_minutes`` is how much of the elder's coins may be
    set aside in a month by what is asked for. A live delegation to the same person is replaced.
    """
    elder, delegate = member_row(ctx.session, elder_id), member_row(ctx.session, delegate_id)
    policy.require(ctx.actor, "delegation.grant", subject_of(elder))
    own = ctx.actor.id == elder_id
    if elder_id == delegate_id:
        raise OwnDelegate(field="delegate_id")
    if not own and delegate_id in {ctx.actor.id} | ctx.actor.relatives:
        raise DelegateIsClerk
    if (consent != OWN) if own else (consent not in WITNESSED):
        raise ConsentHow(field="consent")
    _check_ward(ctx, elder, consent, own=own)
    if any(person.status is not MemberStatus.ACTIVE for person in (elder, delegate)):
        raise NotActive
    if not scopes or not scopes <= set(SCOPES):
        raise UnknownScope(field="scopes")
    if ends_on <= local_date(ctx.now):
        raise EndsInPast(field="ends_on")
    if not 0 <= spend_minutes <= SPEND_MOST_MINUTES:
        raise SpendOutOfRange(field="spend_minutes", most_minutes=SPEND_MOST_MINUTES)

    def do() -> dict[str, str]:
        made = add_delegation(ctx, elder, delegate, scopes, consent, ends_on, spend_minutes)
        return {"delegation_id": str(made.id)}

    content = {
        "elder_id": elder_id,
        "delegate_id": delegate_id,
        "scopes": sorted(scopes),
        "consent": consent,
        "ends_on": ends_on,
        "spend_minutes": spend_minutes,
    }
    return UUID(once(ctx, elder.home_book, "delegation.grant", content, do)["delegation_id"])


def _check_ward(ctx: Context, elder: Member, consent: str, *, own: bool) -> None:
    """Somebody under guardianship grants nothing alone: the guardian does, by a document."""
    if not is_ward(ctx.session, elder.id):
        return
    if own:
        require_no_ward(ctx.session, elder)
    if consent != DOCUMENT:
        raise WardByPaper(field="consent", ward=elder.name)
    guardianship = guardianship_of(ctx.session, elder.id)
    if guardianship is None:
        raise NoGuardian
    if guardianship.guardian_id in {ctx.actor.id} | ctx.actor.relatives:
        raise DelegateIsClerk


def add_delegation(
    ctx: Context,
    elder: Member,
    delegate: Member,
    scopes: frozenset[str],
    consent: str,
    ends_on: date,
    spend_minutes: int,
) -> Delegation:
    """The stored delegation, for acts that bring one along; services only."""
    live = False
    for old in ctx.session.scalars(
        sa.select(Delegation).where(
            Delegation.member_id == elder.id,
            Delegation.delegate_id == delegate.id,
            Delegation.revoked_at.is_(None),
        )
    ):
        old.revoked_at = ctx.now
        live |= old.ends_on >= local_date(ctx.now)
    if not live:
        # What was heard under a leave that has ended is not heard again under a new one.
        end_subscription(ctx, elder.id, delegate.id)
    made = Delegation(
        member_id=elder.id,
        id=ctx.new_id(),
        delegate_id=delegate.id,
        spend_minutes=spend_minutes,
        scope=[scope for scope in SCOPES if scope == "see" or scope in scopes],
        consent=consent,
        granted_at=ctx.now,
        ends_on=ends_on,
    )
    ctx.session.add(made)
    after: dict[str, Any] = {
        "delegate": str(delegate.id),
        "scopes": made.scope,
        "consent": consent,
        "until": str(ends_on),
        "spend_minutes": spend_minutes,
    }
    note(ctx, "delegation.grant", elder, after=after)
    _tell_granted(ctx, made, elder, delegate)
    ctx.session.flush()
    return made


def _tell_granted(ctx: Context, made: Delegation, elder: Member, delegate: Member) -> None:
    words: dict[str, Any] = {"ends_on": made.ends_on.isoformat()}
    to_elder = DELEGATION_GRANTED
    if "ask" in made.scope:
        to_elder, words["spend_minutes"] = DELEGATION_SPENDS, made.spend_minutes
    outbox.tell(ctx, elder.home_book, elder.id, to_elder, delegate=delegate.name, **words)
    outbox.tell(
        ctx, delegate.home_book, delegate.id, DELEGATION_GIVEN_YOU, elder=elder.name, **words
    )


def revoke_delegation(ctx: Context, elder_id: UUID, delegation_id: UUID) -> None:
    """End a delegation at once: by the elder, by staff, or by the delegate. Twice is no harm.

    Somebody under guardianship leaves it to the guardian, at the counter.
    """
    elder = member_row(ctx.session, elder_id)
    row = ctx.session.get(Delegation, (elder_id, delegation_id))
    if row is None:
        raise NotADelegation
    if ctx.actor.id != row.delegate_id:
        policy.require(ctx.actor, "delegation.revoke", subject_of(elder))
    if ctx.actor.id == elder_id:
        require_no_ward(ctx.session, elder)

    def do() -> dict[str, str]:
        if row.revoked_at is None:
            row.revoked_at = ctx.now
            end_subscription(ctx, elder_id, row.delegate_id)
            note(ctx, "delegation.revoke", elder, before={"delegate": str(row.delegate_id)})
            delegate = member_row(ctx.session, row.delegate_id)
            outbox.tell(ctx, elder.home_book, elder.id, DELEGATION_ENDED, delegate=delegate.name)
            ctx.session.flush()
        return {}

    content = {"elder_id": elder_id, "delegation_id": delegation_id}
    once(ctx, elder.home_book, "delegation.revoke", content, do)
