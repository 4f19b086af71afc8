"""Call-backs for programs: the callers' list, what was said, draws and results for everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.callbacks import calling, listing
from services.callbacks.results import (
    draw_file,
    published_draws,
    published_results,
    published_suspensions,
)
from services.callbacks.script import Script, open_script
from services.callbacks.suspending import end_suspension
from services.queries.audit.listing import SIZES, Want
from services.queries.published import Figures, county, published_figures
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas import callbacks as wire
from timebank.edge import declare, perform, reading

#: Rows that the service gives at a time.
SIZE = SIZES[0]

area = Area("callbacks", "回访和公开的事")

ONE = "/callbacks/<book:book>/<uuid:callback_id>"


@area.get("/callbacks", says="要回访和回访过的服务")
@declare("callback.read")
@area.arguments(wire.CallbackQuery, location="query")
@area.response(200, wire.CallbackListOut)
def list_callbacks(said: dict[str, Any]) -> dict[str, Any]:
    """Those due first, of every book in the reader's scope; names are masked."""
    wanted = listing.CallbackFilter(
        state=said["state"], why="" if said["why"] == "all" else said["why"]
    )
    with reading() as ctx:
        return walked(said, SIZE, lambda n: listing.callbacks(ctx, wanted, Want(n, SIZE)).rows)


@area.get(ONE, says="一次回访的电话和问题")
@declare("callback.make")
@area.response(200, wire.CallbackScriptOut)
def read_callback(book: str, callback_id: UUID) -> Script:
    """With the elder's telephone; the look is recorded."""
    return perform(lambda ctx: open_script(ctx, book, callback_id))


@area.post(f"{ONE}/answers", says="记下回访的回答")
@declare("callback.make")
@area.arguments(wire.CallbackSaidIn)
@area.response(200, wire.CallbackResultOut)
def answer_callback(said: dict[str, Any], book: str, callback_id: UUID) -> dict[str, Any]:
    """The result follows from the answers by the published table. Files are sent on the page."""
    words = calling.Said(said["answers"], said["speaker"], said["how"], said["note"] or None)
    return {"result": writing(lambda ctx: calling.answer(ctx, book, callback_id, words))}


@area.post(f"{ONE}/tries", says="记下一次没有问到的电话")
@declare("callback.make")
@area.arguments(wire.CallbackTryIn)
@area.response(200, wire.CallbackResultOut)
def try_callback(said: dict[str, Any], book: str, callback_id: UUID) -> dict[str, Any]:
    """After the last try nobody has been reached; somebody goes to the door."""
    return {
        "result": writing(
            lambda ctx: calling.note_try(ctx, book, callback_id, said["heard"], said["how"])
        )
    }


@area.post("/suspensions/<book:book>/<uuid:suspension_id>/end", says="恢复网点的补录")
@declare("suspension.end")
@area.arguments(wire.SuspensionEndIn)
@area.response(204)
def end_branch_suspension(said: dict[str, Any], book: str, suspension_id: UUID) -> Response:
    """With a reason that stays on record."""
    writing(lambda ctx: end_suspension(ctx, book, suspension_id, said["reason"]))
    return current_app.response_class(status=204)


@area.get("/published/<book:book>", says="一个区县公布的数字")
@declare("public.read")
@area.response(200, wire.PublishedOut)
def read_published_figures(book: str) -> Figures:
    """Without a figure: so few that somebody could be recognised."""
    with reading() as ctx:
        county(ctx, book)
        return published_figures(ctx, book)


@area.get("/published/<book:book>/callbacks", says="一个区县回访的结果和暂停补录的网点")
@declare("public.read")
@area.response(200, wire.PublishedResultsOut)
def list_published_results(book: str) -> dict[str, Any]:
    """By branch and month."""
    with reading() as ctx:
        county(ctx, book)
        return {
            "results": published_results(ctx.session, book, ctx.now),
            "suspensions": published_suspensions(ctx.session, [book]),
        }


@area.get("/published/<book:book>/draws", says="一个区县每周的抽签")
@declare("public.read")
@area.response(200, wire.DrawListOut)
def list_draws(book: str) -> dict[str, Any]:
    """The newest first; what a waiting one waits for."""
    with reading() as ctx:
        county(ctx, book)
        return {"items": published_draws(ctx, book)}


@area.get("/published/<book:book>/draws/<period>", says="一次抽签，可以照样再抽")
@declare("public.read")
@area.response(200, wire.DrawFileOut)
def read_draw(book: str, period: str) -> dict[str, Any]:
    """What ``python -m services.callbacks.repeat`` reads; no ids of visits in it."""
    with reading() as ctx:
        return draw_file(ctx, book, period)
