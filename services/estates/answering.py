"""An heir accepts or disclaims: by the own login, or at the counter with a signature.

Until the division the answer may be changed; silence accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from models.estates import Estate, EstateHeir, EstateState
from models.people import Member
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import age_on, local_date
from services.context import Context
from services.estates import heir_sentences as say
from services.estates.finding import estate_row, locked_estate, subject_of
from services.estates.heirs import ACCEPTED, DISCLAIMED
from services.estates.parties import heir_name, require_apart
from services.people.errors import ConsentHow
from services.people.forms import OWN, SIGNATURE
from services.people.guardians import is_ward
from services.people.reading import member_row
from services.visits.days import lock_members

ANSWERS = (ACCEPTED, DISCLAIMED)
#: While an answer may be given and changed.
ANSWERABLE = (EstateState.FROZEN, EstateState.NOTICE)


def answer(
    ctx: Context, book: str, estate_id: UUID, heir_id: UUID, given: str, how: str = OWN
) -> None:
    """Accept or disclaim what one line of the list gives; the newest answer counts.

    Of a minor or a ward nobody disclaims. Raises AnswersClosed once it has been divided.
    """
    listed = heir_of(ctx, book, estate_id, heir_id)
    estate = estate_row(ctx.session, book, estate_id)
    _require(ctx, estate, listed, how)
    if given not in ANSWERS:
        raise say.AnswerUnknown(field="answer")

    def do() -> dict[str, str]:
        people = {estate.member_id, listed.member_id} - {None}
        lock_members(ctx.session, {each for each in people if each is not None})
        row = locked_estate(ctx, book, estate_id)
        if row.state not in ANSWERABLE:
            raise say.AnswersClosed
        heir = heir_of(ctx, book, estate_id, heir_id)
        member = member_row(ctx.session, heir.member_id) if heir.member_id else None
        _check_person(ctx, heir, member, given)
        before = {"answer": heir.answer}
        heir.answer, heir.answered_at = given, ctx.now
        heir.answered_how, heir.answered_by_id = how, ctx.actor.id
        _record(ctx, row, heir, before)
        if member is not None:
            said = say.DISCLAIMED if given == DISCLAIMED else say.ACCEPTED
            dead = member_row(ctx.session, row.member_id)
            words: dict[str, Any] = {"name": dead.name, "reference": row.reference}
            outbox.tell(ctx, member.home_book, member.id, said, **words)
        ctx.session.flush()
        return {}

    content = {"estate_id": estate_id, "heir_id": heir_id, "answer": given, "how": how}
    once(ctx, book, "estate.answer", content, do)


def heir_of(ctx: Context, book: str, estate_id: UUID, heir_id: UUID) -> EstateHeir:
    """One line of an estate's list as it is now; raises HeirUnknown. Services only."""
    row = ctx.session.get(EstateHeir, (book, heir_id), populate_existing=True)
    if row is None or row.estate_id != estate_id:
        raise say.HeirUnknown
    return row


def _require(ctx: Context, estate: Estate, heir: EstateHeir, how: str) -> None:
    """The heir alone by the own login; at the counter staff who have nothing to gain."""
    subject = replace(subject_of(ctx, estate), member_id=heir.member_id)
    policy.require(ctx.actor, "estate.answer", subject)
    own = heir.member_id == ctx.actor.id
    if not own:
        require_apart(ctx, "estate.heirs", estate)
    if how != (OWN if own else SIGNATURE):
        raise ConsentHow(field="how")


def _check_person(ctx: Context, heir: EstateHeir, member: Member | None, given: str) -> None:
    if heir.died_before or (member is not None and member.died_at is not None):
        raise say.DeadDoNotAnswer(name=heir_name(ctx.vault, heir))
    if given == DISCLAIMED and member is not None and not may_disclaim(ctx, member):
        raise say.MayNotDisclaim(field="answer")


def may_disclaim(ctx: Context, member: Member) -> bool:
    """Whether somebody may give up what is his: of age, and without a guardian."""
    today = local_date(ctx.now)
    adult_age = rates.rule_set_on(ctx.session, today).earning.adult_age
    return age_on(member.born_on, today) >= adult_age and not is_ward(ctx.session, member.id)


def _record(ctx: Context, estate: Estate, heir: EstateHeir, before: dict[str, Any]) -> None:
    audit.record(
        ctx,
        "estate.answer",
        "estate",
        estate.id,
        book=estate.book,
        before=before,
        after={"heir": str(heir.id), "answer": heir.answer, "how": heir.answered_how},
        acting_for_id=None if heir.member_id == ctx.actor.id else heir.member_id,
    )
