"""Standing visits: made, changed, reviewed, come to; and another time for what was promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import abort

from services.clock import local
from services.context import Context
from services.queries.elder.near import note_look
from services.queries.programs.seen import home_book
from services.queries.schedule.elder import SeriesList as Listed
from services.queries.schedule.elder import SeriesPage, form_of, series_list, series_page
from services.queries.schedule.proposals import Times, times_of
from services.queries.schedule.volunteer import MySeries, my_series, one_of_mine
from services.schedule import exceptions, regulars, series
from services.schedule.locating import SeriesForm, locked_series
from services.schedule.rescheduling import answer, propose, take_back
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.requests import PerhapsReasonIn
from timebank.api.schemas.schedule import (
    AnsweredList,
    AnswerIn,
    DaysIn,
    MySeriesList,
    MySeriesOut,
    PersonIn,
    SeriesChangeIn,
    SeriesIn,
    SeriesList,
    SeriesOut,
    SeriesQuery,
    TimeIn,
    TimesOut,
)
from timebank.edge import declare, perform, reading

area = Area("schedule", "固定服务和改时间")

ONE = "/series/<book:book>/<uuid:series_id>"
DATE = f"{ONE}/dates/<day>"
REQUEST = "/requests/<book:book>/<uuid:request_id>/time"
PROPOSAL = f"{REQUEST}/<uuid:proposal_id>"


@area.post("/series", says="约一项固定服务")
@declare("series.make")
@area.arguments(SeriesIn)
@area.response(201, SeriesOut)
def make_series(asked: dict[str, Any]) -> SeriesPage:
    """Set up a standing visit, for oneself or for an elder."""

    def work(ctx: Context) -> SeriesPage:
        elder_id = asked.pop("elder_id") or ctx.actor.id
        starts_local = local(asked.pop("starts_at")).replace(tzinfo=None)
        form = SeriesForm(elder_id=elder_id, starts_local=starts_local, **asked)
        made = series.make(ctx, form)
        return series_page(ctx, home_book(ctx, elder_id), made)

    return writing(work)


@area.get("/series", says="我的或一位老人的固定服务")
@declare("series.read")
@area.arguments(SeriesQuery, location="query")
@area.response(200, SeriesList)
def list_series(asked: dict[str, Any]) -> Listed:
    """Standing visits, one's own or an elder's."""
    with reading() as ctx:
        return series_list(ctx, asked.get("elder_id") or ctx.actor.id)


@area.get("/series/mine", says="请我固定去的服务")
@declare("series.agree")
@area.response(200, MySeriesList)
def list_my_series() -> dict[str, Any]:
    """Standing visits that one was asked to come to as a rule."""
    with reading() as ctx:
        return {"items": my_series(ctx)}


@area.get(ONE, says="一项固定服务和接下来的日子")
@declare("series.read")
@area.response(200, SeriesOut)
def read_series(book: str, series_id: UUID) -> SeriesPage:
    """A standing visit as the elder's side or the counter reads it."""

    def work(ctx: Context) -> SeriesPage:
        found = series_page(ctx, book, series_id)
        note_look(ctx, found.elder.id, "series.read", series_id)
        return found

    return perform(work)


@area.post(f"{ONE}/change", says="改一项固定服务")
@declare("series.change")
@area.arguments(SeriesChangeIn)
@area.response(200, SeriesOut)
def change_series(asked: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Ask for something else from now on."""

    def work(ctx: Context) -> None:
        known = form_of(ctx, locked_series(ctx, book, series_id))
        starts_local = local(asked.pop("starts_at")).replace(tzinfo=None)
        form = SeriesForm(
            elder_id=known.elder_id, consent=known.consent, starts_local=starts_local, **asked
        )
        series.change(ctx, book, series_id, form)

    return _after(book, series_id, work)


@area.post(f"{ONE}/pause", says="先停一停")
@declare("series.change")
@area.arguments(PerhapsReasonIn, required=False)
@area.response(200, SeriesOut)
def pause_series(said: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Ask for no further dates for now."""
    return _after(book, series_id, lambda ctx: series.pause(ctx, book, series_id, said["reason"]))


@area.post(f"{ONE}/resume", says="接着来")
@declare("series.change")
@area.arguments(Nothing, required=False)
@area.response(200, SeriesOut)
def resume_series(_said: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Go on with a standing visit that was paused."""
    return _after(book, series_id, lambda ctx: series.resume(ctx, book, series_id))


@area.post(f"{ONE}/end", says="停止一项固定服务")
@declare("series.end")
@area.arguments(PerhapsReasonIn, required=False)
@area.response(200, SeriesOut)
def end_series(said: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Stop for good; what somebody has promised takes place."""
    return _after(book, series_id, lambda ctx: series.end(ctx, book, series_id, said["reason"]))


@area.post(f"{ONE}/review", says="让一项固定服务以后每次都通过审核")
@declare("series.review")
@area.arguments(Nothing, required=False)
@area.response(200, SeriesOut)
def review_series(_said: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Let this and all further dates through."""
    return _after(book, series_id, lambda ctx: series.review(ctx, book, series_id))


@area.post(f"{ONE}/person", says="请一位志愿者固定来或者做替补")
@declare("series.change")
@area.arguments(PersonIn)
@area.response(200, SeriesOut)
def name_person(said: dict[str, Any], book: str, series_id: UUID) -> SeriesPage:
    """Ask somebody to come as a rule; nothing is promised by it."""
    return _after(
        book,
        series_id,
        lambda ctx: regulars.name_person(ctx, book, series_id, said["provider_id"], said["place"]),
    )


@area.post(f"{ONE}/agree", says="我愿意固定去")
@declare("series.agree")
@area.arguments(Nothing, required=False)
@area.response(200, MySeriesOut)
def agree_to_series(_said: dict[str, Any], book: str, series_id: UUID) -> MySeries:
    """Say that one is willing; every date is still its own yes."""

    def work(ctx: Context) -> MySeries:
        regulars.agree(ctx, book, series_id)
        return one_of_mine(ctx, series_id)

    return writing(work)


@area.post(f"{ONE}/stop", says="以后不固定去了")
@declare("series.agree")
@area.arguments(Nothing, required=False)
@area.response(204)
def stop_series(_said: dict[str, Any], book: str, series_id: UUID) -> None:
    """Come no longer as a rule; single promises stand."""
    writing(lambda ctx: regulars.stop(ctx, book, series_id))


@area.post(f"{ONE}/accept", says="这几次都可以去")
@declare("series.agree")
@area.arguments(DaysIn)
@area.response(200, AnsweredList)
def accept_dates(said: dict[str, Any], book: str, series_id: UUID) -> dict[str, Any]:
    """Say yes to each of these dates; one that cannot be harms no other."""
    days = list(said["rule_days"])
    return {
        "items": writing(lambda ctx: regulars.accept_dates(ctx, book, series_id, days)),
    }


@area.post(f"{DATE}/cancel", says="这一次不来")
@declare("series.change")
@area.arguments(PerhapsReasonIn, required=False)
@area.response(200, SeriesOut)
def cancel_date(said: dict[str, Any], book: str, series_id: UUID, day: str) -> SeriesPage:
    """Leave one date out."""
    rule_day, reason = _day(day), said["reason"]
    return _after(
        book,
        series_id,
        lambda ctx: exceptions.cancel_date(ctx, book, series_id, rule_day, reason),
    )


@area.post(f"{DATE}/move", says="这一次换个时间")
@declare("series.change")
@area.arguments(TimeIn)
@area.response(200, SeriesOut)
def move_date(said: dict[str, Any], book: str, series_id: UUID, day: str) -> SeriesPage:
    """Have one date at another time; where somebody has promised, it is a proposal."""
    rule_day, to_at = _day(day), said["to_at"]
    return _after(
        book,
        series_id,
        lambda ctx: exceptions.move_date(ctx, book, series_id, rule_day, to_at),
    )


@area.post(f"{DATE}/again", says="没有约成的一天再试一次")
@declare("series.change")
@area.arguments(Nothing, required=False)
@area.response(200, SeriesOut)
def ask_date_again(_said: dict[str, Any], book: str, series_id: UUID, day: str) -> SeriesPage:
    """Ask once more for a date whose request could not be made."""
    rule_day = _day(day)
    return _after(book, series_id, lambda ctx: exceptions.ask_again(ctx, book, series_id, rule_day))


@area.get(REQUEST, says="一项申请的时间，和在等答复的新时间")
@declare("request.read")
@area.response(200, TimesOut)
def read_times(book: str, request_id: UUID) -> Times:
    """When it is, and another time that waits for an answer."""
    with reading() as ctx:
        return times_of(ctx, book, request_id)


@area.post(REQUEST, says="换个时间，或者提出换个时间")
@declare("visit.move")
@area.arguments(TimeIn)
@area.response(200, TimesOut)
def propose_time(said: dict[str, Any], book: str, request_id: UUID) -> Times:
    """Before a promise it moves at once; after one the other side has to agree."""
    return _times_after(book, request_id, lambda ctx: propose(ctx, book, request_id, said["to_at"]))


@area.post(f"{PROPOSAL}/answer", says="回答新时间行不行")
@declare("visit.move")
@area.arguments(AnswerIn)
@area.response(200, TimesOut)
def answer_time(said: dict[str, Any], book: str, request_id: UUID, proposal_id: UUID) -> Times:
    """Yes or no; it holds once everybody concerned has said yes."""
    return _times_after(
        book, request_id, lambda ctx: answer(ctx, book, proposal_id, agrees=said["agrees"])
    )


@area.post(f"{PROPOSAL}/take-back", says="不提新时间了")
@declare("visit.move")
@area.arguments(Nothing, required=False)
@area.response(200, TimesOut)
def take_time_back(_said: dict[str, Any], book: str, request_id: UUID, proposal_id: UUID) -> Times:
    """Let the own proposal be."""
    return _times_after(book, request_id, lambda ctx: take_back(ctx, book, proposal_id))


def _after(book: str, series_id: UUID, act: Callable[[Context], object]) -> SeriesPage:
    """Do something with a standing visit and give it as it stands then."""

    def work(ctx: Context) -> SeriesPage:
        act(ctx)
        return series_page(ctx, book, series_id)

    return writing(work)


def _times_after(book: str, request_id: UUID, act: Callable[[Context], object]) -> Times:
    def work(ctx: Context) -> Times:
        act(ctx)
        return times_of(ctx, book, request_id)

    return writing(work)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
