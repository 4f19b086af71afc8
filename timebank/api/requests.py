"""Asking for help, and what a branch decides of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.context import Context
from services.people.errors import NotAMember
from services.queries.branch.requests import RequestFile
from services.queries.branch.stays import Guest, find_guest, guest
from services.queries.elder.near import near
from services.queries.elder.requests import RequestPage
from services.queries.programs.lists import requests as listed
from services.queries.programs.seen import home_book, request_seen
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel
from services.requests.reviewing import approve, refuse
from services.requests.staying import counties_of
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import (
    GuestIn,
    GuestOut,
    PerhapsReasonIn,
    ReasonIn,
    RequestIn,
    RequestList,
    RequestOut,
    RequestQuery,
    StayList,
    StayQuery,
)
from timebank.edge import declare, perform, reading

area = Area("requests", "申请和审核")

Seen = RequestPage | RequestFile


@area.post("/requests", says="为自己或替老人申请服务")
@declare("request.ask")
@area.arguments(RequestIn)
@area.response(201, RequestOut)
def ask_for_help(asked: dict[str, Any]) -> Seen:
    """Ask for a service, for oneself or for an elder."""

    def work(ctx: Context) -> Seen:
        form = AskForm(**{**asked, "elder_id": asked["elder_id"] or ctx.actor.id})
        request_id = ask(ctx, form)
        return request_seen(ctx, home_book(ctx, form.elder_id), request_id)

    return writing(work)


@area.get("/requests", says="我的、一位老人的或一个网点的申请", about="care")
@declare("account.use")
@area.arguments(RequestQuery, location="query")
@area.response(200, RequestList)
def list_requests(asked: dict[str, Any]) -> dict[str, Any]:
    """Requests, newest first: one's own, an elder's, or a branch's."""
    asked["after"] = cursors.mark_of(asked.pop("cursor", None))
    with reading() as ctx:
        found = listed(ctx, **asked)
    return {"items": found.items, "next_cursor": cursors.of_mark(found.mark)}


@area.get("/stays", says="可以在哪些外地申请", about="care")
@declare("account.use")
@area.arguments(StayQuery, location="query")
@area.response(200, StayList)
def list_stays(asked: dict[str, Any]) -> dict[str, Any]:
    """Counties where the elder may ask while staying there."""
    with reading() as ctx:
        member = near(ctx, asked["elder_id"] or ctx.actor.id)
        found = counties_of(ctx, member.home_book)
    return {"items": [{"book": book, "name": name} for book, name in found]}


@area.post("/branches/<uuid:branch_id>/guests", says="按编号或卡找外地来暂住的老人", keyed=False)
@declare("member.find")
@area.arguments(GuestIn)
@area.response(200, GuestOut)
def find_a_guest(said: dict[str, Any], branch_id: UUID) -> Guest:
    """Somebody of another region at the counter; the look is recorded in both regions."""
    found = perform(lambda ctx: find_guest(ctx, branch_id, said["text"]))
    if found is None:
        raise NotAMember(field="text")
    return perform(lambda ctx: guest(ctx, branch_id, found))


@area.get("/requests/<book:book>/<uuid:request_id>", says="一项申请", about="care")
@declare("account.use")
@area.response(200, RequestOut)
def read_request(book: str, request_id: UUID) -> Seen:
    """One request, as the elder's side or the counter reads it."""
    return perform(lambda ctx: request_seen(ctx, book, request_id))


@area.post("/requests/<book:book>/<uuid:request_id>/cancel", says="取消一项申请")
@declare("request.cancel")
@area.arguments(PerhapsReasonIn, required=False)
@area.response(200, RequestOut)
def cancel_request(said: dict[str, Any], book: str, request_id: UUID) -> Seen:
    """Call a request off before anybody has begun."""

    def work(ctx: Context) -> Seen:
        cancel(ctx, book, request_id, said["reason"])
        return request_seen(ctx, book, request_id)

    return writing(work)


@area.post("/requests/<book:book>/<uuid:request_id>/approve", says="让一项申请通过审核")
@declare("request.review")
@area.arguments(Nothing, required=False)
@area.response(200, RequestOut)
def approve_request(_said: dict[str, Any], book: str, request_id: UUID) -> Seen:
    """Let a request go on, to volunteers or into the pool's queue."""

    def work(ctx: Context) -> Seen:
        approve(ctx, book, request_id)
        return request_seen(ctx, book, request_id)

    return writing(work)


@area.post("/requests/<book:book>/<uuid:request_id>/refuse", says="不通过，写明理由")
@declare("request.review")
@area.arguments(ReasonIn)
@area.response(200, RequestOut)
def refuse_request(said: dict[str, Any], book: str, request_id: UUID) -> Seen:
    """Refuse a request with a reason that the asker reads."""

    def work(ctx: Context) -> Seen:
        refuse(ctx, book, request_id, said["reason"])
        return request_seen(ctx, book, request_id)

    return writing(work)
