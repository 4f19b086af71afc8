"""Notices on the wire: the inbox, ways of being reached, the call sheet, subscriptions."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.notices import CallAnswer
from services.notices.letters import HOWS
from services.notices.preferences import LANGUAGES, ReachForm
from services.notices.subscriptions import EVENTS
from services.rules.checked import Choice, Document, Flag, Listed, Whole, Words
from services.rules.notices import A_DAY_MINUTES, QUIET_FROM_MINUTE, QUIET_TO_MINUTE
from services.rules.wire import Moment
from timebank.api.schemas.base import TEXT, At, ListOut, Out, PageQuery, name_out
from timebank.i18n import say


class NoticeOut(Out):
    """A notice, filled in and in the reader's language."""

    id = fields.UUID(required=True)
    created_at = At(required=True)
    read_at = At(allow_none=True)
    request_id = fields.UUID(allow_none=True)
    visit_id = fields.UUID(allow_none=True)
    text = fields.Function(
        lambda each: say(each.sentence, each.params), required=True, metadata=TEXT
    )


class NoticeList(ListOut):
    """A page of notices, the newest first."""

    items = fields.List(fields.Nested(NoticeOut), required=True)
    unread = fields.Integer(required=True)


class NoticeQuery(PageQuery):
    """How much of the inbox to give."""


class ReadIn(Document):
    """Everything up to this moment has been read."""

    until = Moment()


class ReadOut(Out):
    """How many were not read before."""

    read = fields.Integer(required=True)


class ReachIn(Document):
    """Which ways, which language, and when not."""

    by_sms = Flag()
    by_email = Flag()
    landline_only = Flag(load_default=False)
    language = Choice(*LANGUAGES, load_default="zh")
    quiet_from_minute = Whole(0, A_DAY_MINUTES - 1, load_default=QUIET_FROM_MINUTE)
    quiet_to_minute = Whole(0, A_DAY_MINUTES - 1, load_default=QUIET_TO_MINUTE)

    @post_load
    def _form(self, data: dict[str, Any], **_: Any) -> ReachForm:
        return ReachForm(**data)


class ReachOut(Out):
    """How somebody is reached now."""

    by_sms = fields.Boolean(attribute="reach.by_sms")
    by_email = fields.Boolean(attribute="reach.by_email")
    landline_only = fields.Boolean(attribute="reach.landline_only")
    language = fields.String(attribute="reach.language")
    quiet_from_minute = fields.Integer(attribute="reach.quiet_from_minute")
    quiet_to_minute = fields.Integer(attribute="reach.quiet_to_minute")
    email = fields.String(allow_none=True)
    pending_email = fields.String(allow_none=True)
    ways = fields.List(fields.String(), required=True)


class EmailIn(Document):
    """A mail address, which gets a code."""

    email = Words()


class EmailCodeIn(Document):
    """The code that came."""

    code = Words()


class SubscriptionIn(Document):
    """What to hear of an elder; nothing ends it."""

    events = Listed(Choice(*EVENTS), least=0, most=len(EVENTS))


class SubscriptionOut(Out):
    """What is heard of an elder."""

    events = fields.List(fields.String(), required=True)


class CallLine(Out):
    """A call that waits, or of which something is left to do."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    phone_masked = fields.String(allow_none=True)
    language = fields.String(required=True)
    urgent = fields.Boolean(required=True)
    attempts = fields.Integer(required=True)
    call_before = At(allow_none=True)
    answer = fields.String(allow_none=True)
    request_id = fields.UUID(allow_none=True)
    visit_id = fields.UUID(allow_none=True)
    text = fields.Function(
        lambda each: say(each.sentence, each.params, each.language), required=True, metadata=TEXT
    )


class ComingOut(Out):
    """Who comes and when."""

    service = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    visitor = fields.String(required=True)


class CallOut(Out):
    """One call with the whole number."""

    line = fields.Nested(CallLine, required=True)
    phone = fields.String(allow_none=True)
    coming = fields.Nested(ComingOut, allow_none=True)


class CallSheetOut(Out):
    """The sheet of a branch, the most urgent first."""

    now = fields.Nested(CallOut, allow_none=True)
    waiting = fields.List(fields.Nested(CallLine), required=True)
    total = fields.Integer(required=True)
    later = fields.Integer(required=True)
    left_to_do = fields.List(fields.Nested(CallLine), required=True)


class CallAnswerIn(Document):
    """What was said on the telephone."""

    answer = Choice(*(answer.value for answer in CallAnswer))
    note = Words(required=False)


class AnswerOut(Out):
    """What was written down."""

    answer = fields.String(required=True)


class UndeliveredOut(Out):
    """A notice that reached nobody."""

    book = fields.String(attribute="notice.book", required=True)
    id = fields.UUID(attribute="notice.id", required=True)
    name = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = fields.Integer(required=True)
    since = At(required=True)
    text = fields.Function(
        lambda each: say(each.notice.sentence, each.notice.params, each.language),
        required=True,
        metadata=TEXT,
    )


class UndeliveredList(ListOut):
    """What a branch has to tell by hand."""

    items = fields.List(fields.Nested(UndeliveredOut), required=True)
    total = fields.Integer(required=True)


class HandledIn(Document):
    """How the member got it."""

    how = Choice(*HOWS)
