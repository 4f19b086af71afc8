"""Notices to people. Written with the act, sent by the job process after the commit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.oversight import OutboxMessage
from services.context import Context
from services.vault import Vault

PURPOSE = "outbox.params"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as its reader sees it: a Chinese sentence with params for the edge to fill."""

    id: UUID
    book: str
    member_id: UUID
    channel: str
    sentence: str
    params: dict[str, Any]
    created_at: datetime
    sent_at: datetime | None


def tell(
    ctx: Context,
    book: str,
    member_id: UUID,
    sentence: str,
    *,
    channel: str = "inbox",
    urgent: bool = False,
    request_id: UUID | None = None,
    visit_id: UUID | None = None,
    **params: Any,
) -> None:
    """Queue a notice. Params are numbers, texts or moments (kept as ISO text).

    An ``urgent`` one does not wait for the morning. What it is about decides what a member
    without a mobile phone is called for.
    """
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in params.items()}
    ctx.session.add(
        OutboxMessage(
            book=book,
            id=ctx.new_id(),
            member_id=member_id,
            channel=channel,
            sentence=sentence,
            params_sealed=ctx.vault.seal(PURPOSE, json.dumps(plain, ensure_ascii=False)),
            created_at=ctx.now,
            send_after=ctx.now,
            urgent=urgent,
            request_id=request_id,
            visit_id=visit_id,
        )
    )


def opened(message: OutboxMessage, vault: Vault) -> Notice:
    """The notice of a stored message, its params readable."""
    params = json.loads(vault.open(PURPOSE, message.params_sealed))
    return Notice(
        id=message.id,
        book=message.book,
        member_id=message.member_id,
        channel=message.channel,
        sentence=message.sentence,
        params={k: _moment(k, v) for k, v in params.items()},
        created_at=message.created_at,
        sent_at=message.sent_at,
    )


def _moment(name: str, value: Any) -> Any:
    """Params whose name ends in ``_at`` are moments again."""
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def due(ctx: Context, limit: int) -> list[Notice]:
    """Unsent notices whose time has come, oldest first."""
    rows = ctx.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.send_after <= ctx.now)
        .order_by(OutboxMessage.created_at)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [opened(row, ctx.vault) for row in rows]


def send_due(ctx: Context, deliver: Callable[[Notice], None], limit: int = 200) -> int:
    """Deliver due notices and mark them sent; returns how many went out.

    A notice is marked in the same unit of work in which it is delivered: a crash between the
    two sends it again, which a reader can bear; it never loses one.
    """
    notices = due(ctx, limit)
    for notice in notices:
        deliver(notice)
        ctx.session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.book == notice.book, OutboxMessage.id == notice.id)
            .values(sent_at=ctx.now, attempts=OutboxMessage.attempts + 1)
        )
    return len(notices)


def notices_of(ctx: Context, member_id: UUID, limit: int = 50) -> list[Notice]:
    """A member's newest notices, newest first (one-time codes are left out)."""
    rows = ctx.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.member_id == member_id, OutboxMessage.channel == "inbox")
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [opened(row, ctx.vault) for row in rows]
