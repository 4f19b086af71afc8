"""Notices to people. Written with the act, sent by the job process after the commit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.oversight import OutboxMessage
from services.context import Context
from services.notices.ways import INBOX, not_before, ways_to
from services.rules.notices import NEVER_SAID
from services.vault import Vault

PURPOSE = "outbox.params"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: A notice with this param is a secret: it is in no inbox and on no call sheet.
SECRET = "code"  # noqa: S105 - the name of a param
#: A param of a notice to somebody for whom a relative has just acted: the relative's name. The
#: edge says it behind the sentence, so that no act can forget who it was.
ACTED_BY = "acted_by"
ACTED_FOR_YOU = "（由{acted_by}替您办理）"


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
    read_at: datetime | None = None
    request_id: UUID | None = None
    visit_id: UUID | None = None


def tell(
    ctx: Context,
    book: str,
    member_id: UUID,
    sentence: str,
    *,
    channel: str = INBOX,
    urgent: bool = False,
    until: datetime | None = None,
    request_id: UUID | None = None,
    visit_id: UUID | None = None,
    **params: Any,
) -> None:
    """Queue a notice. Params are numbers, texts or moments (kept as ISO text).

    ``sms`` means that it is worth a message to the telephone: the reader's preference decides
    whether that is a text message, a mail or a call, and it stands in the inbox as well. An
    ``urgent`` one does not wait for the morning, and after ``until`` none is sent. What it is
    about (a request, a visit) decides what a member without a mobile phone is called for. Somebody
    for whom a relative acts is always told by whom.
    """
    if forbidden := NEVER_SAID & params.keys():
        raise ValueError(f"a notice never holds {', '.join(sorted(forbidden))}")
    if ctx.actor.acts_for(member_id) and ctx.actor.name not in params.values():
        params[ACTED_BY] = ctx.actor.name
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in params.items()}
    words = json.dumps(plain, ensure_ascii=False)
    secret = SECRET in params
    ways, reach = ways_to(ctx.session, ctx.vault, member_id, channel, secret=secret)
    for place, way in enumerate(ways):
        is_inbox = way == INBOX
        ctx.session.add(
            OutboxMessage(
                book=book,
                id=ctx.new_id(),
                member_id=member_id,
                channel=way,
                listed=place == 0 and not secret,
                sentence=sentence,
                params_sealed=ctx.vault.seal(PURPOSE, words),
                created_at=ctx.now,
                send_after=ctx.now if is_inbox else not_before(ctx.now, reach, urgent=urgent),
                send_before=until,
                sent_at=ctx.now if is_inbox else None,
                urgent=urgent,
                request_id=request_id,
                visit_id=visit_id,
            )
        )


def tell_acted(ctx: Context, book: str, member_id: UUID, sentence: str, **params: Any) -> None:
    """A notice that says nothing new to whoever acts alone, only that a relative has done it."""
    if ctx.actor.acts_for(member_id):
        tell(ctx, book, member_id, sentence, **params)


def opened(message: OutboxMessage, vault: Vault) -> Notice:
    """The notice of a stored message, its params readable."""
    return Notice(
        id=message.id,
        book=message.book,
        member_id=message.member_id,
        channel=message.channel,
        sentence=message.sentence,
        params=params_of(message, vault),
        created_at=message.created_at,
        sent_at=message.sent_at,
        read_at=message.read_at,
        request_id=message.request_id,
        visit_id=message.visit_id,
    )


def params_of(message: OutboxMessage, vault: Vault) -> dict[str, Any]:
    """What fills the gaps of a stored message's sentence."""
    params = json.loads(vault.open(PURPOSE, message.params_sealed))
    return {k: _moment(k, v) for k, v in params.items()}


def _moment(name: str, value: Any) -> Any:
    """Params whose name ends in ``_at`` are moments again, and a whole day is a day again."""
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value
