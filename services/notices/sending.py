"""From the outbox to the carriers: claimed in chunks, attempted outside, settled one by one.

A claim moves a message out of the queue for a while, so that of two senders one has it. What
the carrier said is written after each single message. If the process dies between the two, the
message comes back when its claim runs out and is sent a second time, under the same id; it is
never lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from models.notices import ContactPreference, Delivery
from models.oversight import OutboxMessage
from models.people import Member
from services import policy
from services.context import Context
from services.notices.ways import (
    EMAIL,
    EMAIL_PURPOSE,
    PHONE,
    SMS,
    is_mobile,
    not_before,
    reach_of,
)
from services.outbox import SECRET, params_of
from services.rules.notices import retry_after

#: Messages to a chunk, and how long a chunk may take before somebody else tries again.
CHUNK, CLAIM_MINUTES = 20, 15
#: Added to a postponed message, which was not even tried.
POSTPONED_MINUTES = 1

Kind = Literal["sent", "failed", "refused", "late", "postponed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a carrier says of one message.

    ``failed`` may succeed later, ``refused`` never will, ``postponed`` was not tried. The reason
    is a code of ours with the carrier's figures, never its words: they may name a person.
    """

    kind: Kind
    reason: str = ""


SENT = Outcome("sent")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a carrier gets it: to whom, in which language, and what."""

    book: str
    id: UUID
    channel: str
    attempt: int
    #: A telephone number or a mail address; None when there is none of the kind.
    to: str | None
    #: The reader's national number: what an enterprise chat knows people by.
    number: str
    language: str
    sentence: str
    params: dict[str, Any]
    #: code, service or account: what the subject says it is about.
    topic: str
    created_at: datetime


def waiting(ctx: Context, channel: str) -> bool:
    """Whether anything is due for a channel."""
    found = sa.select(OutboxMessage.id).where(*_due(ctx, channel)).limit(1)
    return ctx.session.scalar(found.execution_options(cross_book=True)) is not None


def _due(ctx: Context, channel: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OutboxMessage.channel == channel,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
        OutboxMessage.send_after <= ctx.now,
    )


def claim(ctx: Context, channel: str, limit: int = CHUNK) -> tuple[Outgoing, ...]:
    """Take due messages out of the queue, the urgent and the oldest first.

    Those that must wait for the morning are put off, those that help nobody any more and those
    without an address are given up. Messages that a rival is taking are passed over.
    """
    policy.require(ctx.actor, "jobs.run")
    found = ctx.session.execute(
        sa.select(OutboxMessage.book, OutboxMessage.id)
        .where(*_due(ctx, channel))
        .order_by(OutboxMessage.urgent.desc(), OutboxMessage.send_after, OutboxMessage.id)
        .limit(limit)
        .execution_options(cross_book=True)
    ).all()
    places = {key: place for place, (_book, key) in enumerate(found)}
    claimed = []
    for book in sorted({book for book, _key in found}):
        keys = [key for home, key in found if home == book]
        for row in _locked(ctx, channel, book, keys):
            message, preference, phone_sealed, number = row
            going = _prepared(ctx, message, preference, phone_sealed, number)
            if going is not None:
                claimed.append(going)
    ctx.session.flush()
    return tuple(sorted(claimed, key=lambda going: places[going.id]))


def _locked(
    ctx: Context, channel: str, book: str, keys: list[UUID]
) -> Sequence[sa.Row[OutboxMessage, ContactPreference | None, str | None, str]]:
    """Those of a book's messages that are still due and nobody else's, with their readers."""
    return ctx.session.execute(
        sa.select(OutboxMessage, ContactPreference, Member.phone_sealed, Member.number)
        .join(Member, Member.id == OutboxMessage.member_id)
        .join(
            ContactPreference,
            ContactPreference.member_id == OutboxMessage.member_id,
            isouter=True,
        )
        .where(OutboxMessage.book == book, OutboxMessage.id.in_(keys), *_due(ctx, channel))
        .order_by(OutboxMessage.id)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    ).all()


def _prepared(
    ctx: Context,
    message: OutboxMessage,
    preference: ContactPreference | None,
    phone_sealed: str | None,
    number: str,
) -> Outgoing | None:
    """The claimed message, or None when it is not for now."""
    reach = reach_of(preference)
    morning = not_before(ctx.now, reach, urgent=message.urgent)
    if message.send_before is not None and message.send_before <= max(morning, ctx.now):
        message.attempts += 1
        _give_up(ctx, message, Outcome("late"))
        return None
    if morning > ctx.now:
        message.send_after = morning
        return None
    message.attempts += 1
    to = _address(ctx, message, preference, phone_sealed)
    if to is None:
        _give_up(ctx, message, Outcome("refused", "no_address"))
        return None
    message.send_after = ctx.now + timedelta(minutes=CLAIM_MINUTES)
    params = params_of(message, ctx.vault)
    is_service = message.request_id is not None or message.visit_id is not None
    return Outgoing(
        book=message.book,
        id=message.id,
        channel=message.channel,
        attempt=message.attempts,
        to=to,
        number=number,
        language=reach.language,
        sentence=message.sentence,
        params=params,
        topic="code" if SECRET in params else "service" if is_service else "account",
        created_at=message.created_at,
    )


def _address(
    ctx: Context,
    message: OutboxMessage,
    preference: ContactPreference | None,
    phone_sealed: str | None,
) -> str | None:
    """Where the message goes. A code to prove a mail address goes to the one to be proved."""
    if message.channel == EMAIL:
        if preference is None:
            return None
        sealed = preference.pending_email_sealed if _is_code(ctx, message) else None
        return ctx.vault.open_or_none(EMAIL_PURPOSE, sealed or preference.email_sealed)
    phone = ctx.vault.open_or_none(PHONE, phone_sealed)
    return None if message.channel == SMS and not is_mobile(phone) else phone


def _is_code(ctx: Context, message: OutboxMessage) -> bool:
    return "address_to_prove" in params_of(message, ctx.vault)


def settle(ctx: Context, going: Outgoing, outcome: Outcome) -> None:
    """Write what came of one attempt, and when the next one is due."""
    policy.require(ctx.actor, "jobs.run")
    message = ctx.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.book == going.book, OutboxMessage.id == going.id)
        .with_for_update()
    ).one()
    if outcome.kind == "postponed":
        if message.attempts == going.attempt and message.sent_at is None:
            message.attempts -= 1
            message.send_after = ctx.now + timedelta(minutes=POSTPONED_MINUTES)
        return
    _record(ctx, message, going.attempt, outcome)
    if outcome.kind == "sent":
        message.sent_at = message.sent_at or ctx.now
        message.given_up_at = None
    elif message.sent_at is None and message.attempts == going.attempt:
        _again_or_never(ctx, message, outcome)


def _again_or_never(ctx: Context, message: OutboxMessage, outcome: Outcome) -> None:
    wait = retry_after(message.attempts, message.id.int) if outcome.kind == "failed" else None
    if wait is None:
        message.given_up_at = ctx.now
        return
    preference = ctx.session.get(ContactPreference, message.member_id)
    again = not_before(ctx.now + wait, reach_of(preference), urgent=message.urgent)
    if message.send_before is not None and again >= message.send_before:
        message.given_up_at = ctx.now
        return
    message.send_after = again


def _give_up(ctx: Context, message: OutboxMessage, outcome: Outcome) -> None:
    _record(ctx, message, message.attempts, outcome)
    message.given_up_at = ctx.now


def _record(ctx: Context, message: OutboxMessage, attempt: int, outcome: Outcome) -> None:
    ctx.session.add(
        Delivery(
            book=message.book,
            message_id=message.id,
            attempt=attempt,
            at=ctx.now,
            channel=message.channel,
            outcome=outcome.kind,
            reason=outcome.reason or None,
        )
    )
