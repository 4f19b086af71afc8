"""Notices: the inbox, how somebody is reached, the call sheet, and what relatives hear."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.notices.calls import note_answer, settle_call
from services.notices.inbox import inbox, mark_read
from services.notices.letters import handle, undelivered
from services.notices.preferences import (
    ReachForm,
    ReachView,
    ask_email,
    drop_email,
    prove_email,
    reach_view,
    set_reach,
)
from services.notices.subscriptions import subscribe, subscription_of
from services.people.reading import member_row, subject_of
from services.policy import require
from services.queries.branch.calls import CallSheet, Open, call_line, call_sheet
from timebank.api.area import Area, writing
from timebank.api.cursors import mark_of, of_mark, of_offset, offset_of
from timebank.api.schemas.base import Nothing, PageQuery
from timebank.api.schemas.notices import (
    AnswerOut,
    CallAnswerIn,
    CallOut,
    CallSheetOut,
    EmailCodeIn,
    EmailIn,
    HandledIn,
    NoticeList,
    NoticeQuery,
    ReachIn,
    ReachOut,
    ReadIn,
    ReadOut,
    SubscriptionIn,
    SubscriptionOut,
    UndeliveredList,
)
from timebank.edge import current_actor, declare, perform, reading

area = Area("notices", "通知")


def _inbox(member_id: UUID, asked: dict[str, Any]) -> dict[str, Any]:
    after = mark_of(asked.get("cursor"))
    with reading() as ctx:
        found = inbox(ctx, member_id, after=after, limit=asked["limit"])
    return {"items": found.notices, "unread": found.unread, "next_cursor": of_mark(found.next)}


@area.get("/me/notices", says="给我的通知")
@declare("account.use")
@area.arguments(NoticeQuery, location="query")
@area.response(200, NoticeList)
def my_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """A page of the notices to whoever asks, filled in."""
    return _inbox(current_actor().id, asked)


@area.get("/members/<uuid:member_id>/notices", says="给一位成员的通知")
@declare("notice.read")
@area.arguments(NoticeQuery, location="query")
@area.response(200, NoticeList)
def member_notices(asked: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """The same for a relative with leave to see, and for the member's branch."""
    return _inbox(member_id, asked)


@area.post("/me/notices/read", says="标为已读")
@declare("notice.mark")
@area.arguments(ReadIn)
@area.response(200, ReadOut)
def read_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """Everything up to a moment has been read."""
    return {"read": writing(lambda ctx: mark_read(ctx, ctx.actor.id, asked["until"]))}


@area.get("/members/<uuid:member_id>/reach", says="怎样通知一位成员")
@declare("contact.update")
@area.response(200, ReachOut)
def member_reach(member_id: UUID) -> ReachView:
    """The ways, the language and the quiet hours."""
    return _reach(member_id)


@area.post("/members/<uuid:member_id>/reach", says="改通知方式")
@declare("contact.update")
@area.arguments(ReachIn)
@area.response(200, ReachOut)
def change_reach(form: ReachForm, member_id: UUID) -> ReachView:
    """Set them."""
    writing(lambda ctx: set_reach(ctx, member_id, form))
    return _reach(member_id)


@area.post("/members/<uuid:member_id>/email", says="登记邮箱，发验证码")
@declare("contact.update")
@area.arguments(EmailIn)
@area.response(200, ReachOut)
def give_email(asked: dict[str, Any], member_id: UUID) -> ReachView:
    """Take down a mail address and send a code to it."""
    writing(lambda ctx: ask_email(ctx, member_id, asked["email"]))
    return _reach(member_id)


@area.post("/members/<uuid:member_id>/email/confirm", says="用验证码确认邮箱")
@declare("contact.update")
@area.arguments(EmailCodeIn)
@area.response(200, ReachOut)
def confirm_email(asked: dict[str, Any], member_id: UUID) -> ReachView:
    """The code that arrived."""
    writing(lambda ctx: prove_email(ctx, member_id, asked["code"]))
    return _reach(member_id)


@area.delete("/members/<uuid:member_id>/email", says="删除邮箱")
@declare("contact.update")
@area.response(200, ReachOut)
def forget_email(member_id: UUID) -> ReachView:
    """No more mail."""
    writing(lambda ctx: drop_email(ctx, member_id))
    return _reach(member_id)


def _reach(member_id: UUID) -> ReachView:
    with reading() as ctx:
        return reach_view(ctx, member_id)


@area.get("/members/<uuid:member_id>/subscription", says="我订了这位老人的哪些消息")
@declare("subscription.update")
@area.response(200, SubscriptionOut)
def my_subscription(member_id: UUID) -> dict[str, Any]:
    """What whoever asks hears of an elder."""
    with reading() as ctx:
        require(ctx.actor, "subscription.update", subject_of(member_row(ctx.session, member_id)))
        return {"events": sorted(subscription_of(ctx, member_id))}


@area.post("/members/<uuid:member_id>/subscription", says="订“有人来了”和“走了”的消息")
@declare("subscription.update")
@area.arguments(SubscriptionIn)
@area.response(200, SubscriptionOut)
def change_subscription(asked: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Hear of arrivals and departures; an empty list ends it."""
    writing(lambda ctx: subscribe(ctx, member_id, frozenset(asked["events"])))
    return {"events": sorted(set(asked["events"]))}


@area.get("/branches/<uuid:branch_id>/calls", says="网点的电话单")
@declare("call.work")
@area.response(200, CallSheetOut)
def read_call_sheet(branch_id: UUID) -> CallSheet:
    """Whom to ring, the most urgent first; the look at the first number is recorded."""
    return perform(lambda ctx: call_sheet(ctx, branch_id))


@area.get("/calls/<book:book>/<uuid:item_id>", says="电话单上的一项")
@declare("call.work")
@area.response(200, CallOut)
def read_call(book: str, item_id: UUID) -> Open:
    """One call with the whole number; the look is recorded."""
    return perform(lambda ctx: call_line(ctx, book, item_id))


@area.post("/calls/<book:book>/<uuid:item_id>/answer", says="记下电话里的回答")
@declare("call.work")
@area.arguments(CallAnswerIn)
@area.response(200, AnswerOut)
def answer_call(asked: dict[str, Any], book: str, item_id: UUID) -> dict[str, Any]:
    """Yes, another day, call back, or nobody there; a voice gateway answers here too."""
    said = writing(lambda ctx: note_answer(ctx, book, item_id, asked["answer"], asked.get("note")))
    return {"answer": said}


@area.post("/calls/<book:book>/<uuid:item_id>/settle", says="电话以后的事办好了")
@declare("call.work")
@area.arguments(Nothing, required=False)
@area.response(204)
def settle(_said: dict[str, Any], book: str, item_id: UUID) -> None:
    """What was left to do is done."""
    writing(lambda ctx: settle_call(ctx, book, item_id))


@area.get("/branches/<uuid:branch_id>/undelivered", says="没有送到的通知")
@declare("notice.handle")
@area.arguments(PageQuery, location="query")
@area.response(200, UndeliveredList)
def list_undelivered(asked: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """What reached no member of the branch, the oldest first."""
    offset = offset_of(asked.get("cursor"))
    with reading() as ctx:
        found = undelivered(ctx, branch_id, limit=asked["limit"], offset=offset)
    beyond = offset + len(found.items)
    return {
        "items": found.items,
        "total": found.total,
        "next_cursor": of_offset(beyond, more=beyond < found.total),
    }


@area.post("/notices/<book:book>/<uuid:message_id>/handled", says="本人知道了")
@declare("notice.handle")
@area.arguments(HandledIn)
@area.response(204)
def handled(asked: dict[str, Any], book: str, message_id: UUID) -> None:
    """The member has it on paper, or was told."""
    writing(lambda ctx: handle(ctx, book, message_id, asked["how"]))
