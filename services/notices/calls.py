"""The branch's call sheet: who is told by telephone, and what was answered, with one key.

The sheet is the carrier of the way ``call`` unless a voice gateway is: what the gateway takes
over comes to the sheet after a while as well, unless its answer came first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.notices import CallAnswer, CallItem, ContactPreference
from models.oversight import OutboxMessage
from models.requests import Request, Visit
from services import audit, policy
from services.acts import once
from services.claims import claim_row
from services.context import Context
from services.notices.errors import (
    AnswerUnknown,
    CalledAlready,
    NothingToSettle,
    NotOnTheSheet,
)
from services.notices.sending import Outgoing
from services.notices.ways import not_before, reach_of
from services.people import texts
from services.people.reading import member_row, subject_of
from services.policy import Subject
from services.rules.notices import call_again_after
from services.schedule.proposals import open_of
from services.schedule.rescheduling import answer as move_answer
from services.schedule.sentences import PROPOSED
from services.welfare.recording import LookIn
from services.welfare.recording import record as record_look_in

#: A voice gateway has so long for an answer before somebody rings in person.
GATEWAY_MINUTES = 30
LONGEST_NOTE = 200


def put_on_sheet(ctx: Context, going: Outgoing, *, in_minutes: int = 0) -> None:
    """A message of the way ``call`` as a line of the branch's sheet; twice is no harm."""
    policy.require(ctx.actor, "jobs.run")
    message = ctx.session.get_one(OutboxMessage, (going.book, going.id))
    member = member_row(ctx.session, message.member_id)
    visit = ctx.session.get(Visit, (message.book, message.visit_id)) if message.visit_id else None
    claim_row(
        ctx.session,
        CallItem,
        {
            "book": message.book,
            "id": message.id,
            "branch_id": member.branch_id,
            "member_id": member.id,
            "visit_id": message.visit_id,
            "request_id": message.request_id,
            "call_after": ctx.now + timedelta(minutes=in_minutes),
            "call_before": message.send_before or (visit.starts_at if visit else None),
            "urgent": message.urgent,
            "attempts": 0,
        },
    )


def note_answer(
    ctx: Context, book: str, item_id: UUID, answer: str, note: str | None = None
) -> CallAnswer:
    """Write down what was said.

    Yes ends it. Another day, and a call back, stay with the branch until they are seen to.
    Nobody there: it comes again later, three times at most, and then somebody has to look.
    """
    item = _locked(ctx, book, item_id)
    if answer not in set(CallAnswer):
        raise AnswerUnknown(field="answer")
    said = texts.short(note, "note", LONGEST_NOTE)
    chosen = CallAnswer(answer)

    def do() -> dict[str, str]:
        if item.answered_at is not None:
            raise CalledAlready
        item.attempts += 1
        _word_on_another_time(ctx, item, chosen)
        if said:
            item.note_sealed = ctx.vault.seal("call.note", said)
        again = call_again_after(item.attempts) if chosen is CallAnswer.NO_ANSWER else None
        if again is not None:
            _later(ctx, item, ctx.now + again)
        else:
            _answered(ctx, item, chosen)
        after: dict[str, Any] = {"answer": chosen.value, "attempts": item.attempts}
        _record(ctx, item, "call.answer", after)
        return {"answer": chosen.value}

    content = {"item_id": item_id, "answer": answer, "note": note}
    return CallAnswer(once(ctx, book, "call.answer", content, do)["answer"])


def _later(ctx: Context, item: CallItem, at: datetime) -> None:
    reach = reach_of(ctx.session.get(ContactPreference, item.member_id))
    item.call_after = not_before(at, reach, urgent=item.urgent)


def _answered(ctx: Context, item: CallItem, answer: CallAnswer) -> None:
    item.answer, item.answered_at, item.answered_by_id = answer, ctx.now, ctx.actor.id
    if answer is CallAnswer.YES:
        item.settled_at = ctx.now
    if answer is not CallAnswer.NO_ANSWER:
        # It was told, so it has been read.
        message = ctx.session.get_one(OutboxMessage, (item.book, item.id))
        message.read_at = message.read_at or ctx.now
        return
    member = member_row(ctx.session, item.member_id)
    if member.is_recipient:
        # Nobody there three times: it stands among those whom nobody has reached.
        seen = LookIn(member.id, ctx.now, how="phone", finding="not_reached")
        record_look_in(replace(ctx, key=None), seen)


def _word_on_another_time(ctx: Context, item: CallItem, answer: CallAnswer) -> None:
    """A yes, or another day, to a time that somebody proposed is the elder's word on it."""
    agrees = {CallAnswer.YES: True, CallAnswer.ANOTHER_DAY: False}.get(answer)
    message = ctx.session.get_one(OutboxMessage, (item.book, item.id))
    if agrees is None or message.sentence != PROPOSED or item.request_id is None:
        return
    request = ctx.session.get_one(Request, (item.book, item.request_id))
    proposal = open_of(ctx, item.book, item.request_id)
    who = str(item.member_id)
    if request.elder_id != item.member_id or proposal is None:
        return
    if who in proposal.asked and who not in proposal.agreed:
        move_answer(replace(ctx, key=None), item.book, proposal.id, agrees=agrees)


def settle_call(ctx: Context, book: str, item_id: UUID) -> None:
    """What was left to do after a call is done: another day is found, somebody rang back."""
    item = _locked(ctx, book, item_id)

    def do() -> dict[str, str]:
        if item.answered_at is None or item.settled_at is not None:
            raise NothingToSettle
        item.settled_at = ctx.now
        _record(ctx, item, "call.settle", {"answer": str(item.answer)})
        return {}

    once(ctx, book, "call.settle", {"item_id": item_id}, do)


def _locked(ctx: Context, book: str, item_id: UUID) -> CallItem:
    item = ctx.session.scalar(
        sa.select(CallItem).where(CallItem.book == book, CallItem.id == item_id).with_for_update()
    )
    if item is None:
        raise NotOnTheSheet
    policy.require(ctx.actor, "call.work", item_subject(ctx, item))
    return item


def item_subject(ctx: Context, item: CallItem) -> Subject:
    """The policy's view of a line: the member's affair, at the branch on whose sheet it is."""
    member = subject_of(member_row(ctx.session, item.member_id))
    return Subject(
        book=member.book,
        region_code=member.region_code,
        branch_id=item.branch_id,
        member_id=item.member_id,
    )


def _record(ctx: Context, item: CallItem, act: str, after: dict[str, Any]) -> None:
    audit.record(
        ctx,
        act,
        "call",
        item.id,
        book=item.book,
        after=after,
        acting_for_id=item.member_id,
    )
