"""Calendars: the secret feed link, a volunteer's week, a branch's day, who comes when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for

from services.calendars.links import FeedLink, end_link, link_of, make_link
from services.context import Context
from services.queries.branch.day import day_board
from services.queries.elder.coming import Coming, NameCard, coming_of, name_card
from services.queries.elder.near import note_look
from services.queries.volunteer.week import Week, week
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.calendars import (
    BoardDayOut,
    ComingDaysOut,
    DayQuery,
    FeedLinkOut,
    ForQuery,
    NameCardOut,
    WeekOut,
    WeekQuery,
)
from timebank.edge import declare, perform, reading

area = Area("calendars", "日历和日程")


@area.get("/me/calendar", says="我的日历链接")
@declare("feed.manage")
@area.response(200, FeedLinkOut)
def read_link() -> dict[str, Any]:
    """The own secret feed link, where there is one."""
    with reading() as ctx:
        return _link(link_of(ctx))


@area.post("/me/calendar", says="做一个日历链接，旧的马上停用")
@declare("feed.manage")
@area.arguments(Nothing, required=False)
@area.response(201, FeedLinkOut)
def make_calendar_link(_said: dict[str, Any]) -> dict[str, Any]:
    """Make a link, or another one in place of the old one."""

    def work(ctx: Context) -> dict[str, Any]:
        make_link(ctx)
        return _link(link_of(ctx))

    return writing(work)


@area.post("/me/calendar/end", says="停用我的日历链接")
@declare("feed.manage")
@area.arguments(Nothing, required=False)
@area.response(200, FeedLinkOut)
def end_calendar_link(_said: dict[str, Any]) -> dict[str, Any]:
    """End the link at once."""
    writing(end_link)
    return _link(None)


def _link(found: FeedLink | None) -> dict[str, Any]:
    if found is None:
        return {"url": None, "made_at": None}
    address = url_for("public.feed", token=found.token, _external=True)
    return {"url": address, "made_at": found.made_at}


@area.get("/me/week", says="我的一周：约好的、有空的时间、等我回答的、服务日")
@declare("request.browse")
@area.arguments(WeekQuery, location="query")
@area.response(200, WeekOut)
def read_week(asked: dict[str, Any]) -> Week:
    """Seven days of a volunteer."""
    with reading() as ctx:
        return week(ctx, asked.get("first"))


@area.get("/branches/<uuid:branch_id>/day", says="一个网点的一天")
@declare("branch.work")
@area.arguments(DayQuery, location="query")
@area.response(200, BoardDayOut)
def read_day(asked: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Everything that takes place for a branch's elders on a day."""
    with reading() as ctx:
        found = day_board(ctx, branch_id, asked.get("day"))
    lines = [line for hour in found.hours for line in hour.lines]
    return {"day": found.day, "items": lines, "is_cut": found.is_cut}


@area.get("/coming", says="谁什么时候来")
@declare("visit.read")
@area.arguments(ForQuery, location="query")
@area.response(200, ComingDaysOut)
def read_coming(asked: dict[str, Any]) -> Coming:
    """Who comes to oneself, or to an elder whom one helps."""
    with reading() as ctx:
        return coming_of(ctx, asked.get("elder_id") or ctx.actor.id)


@area.get("/visits/<book:book>/<uuid:visit_id>/name-card", says="来的人的名片")
@declare("visit.read")
@area.response(200, NameCardOut)
def read_name_card(book: str, visit_id: UUID) -> NameCard:
    """The name card of whoever comes; a helper's look is recorded."""

    def work(ctx: Context) -> NameCard:
        found = name_card(ctx, book, visit_id)
        note_look(ctx, found.elder.id, "visit.read", found.id)
        return found

    return perform(work)
