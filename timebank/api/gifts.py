"""Gifts for programs: make, confirm by the code, take back, refuse; and at the counter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.gifts import confirming, taking_back
from services.gifts.making import GiftForm, make
from services.people.reading import member_row
from services.queries import gifts as queries
from services.queries.gifts import GiftLine, Gifts, Giving
from timebank.api.area import Area, writing
from timebank.api.schemas import gifts as wire
from timebank.api.schemas.base import Nothing
from timebank.edge import current_actor, declare, perform, reading

area = Area("gifts", "赠送")

GIFT = "/gifts/<book:book>/<uuid:gift_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/me/giving", says="我可以送给谁、送多少")
@declare("gift.make")
@area.response(200, wire.GivingOut)
def read_giving() -> Giving:
    """To whom one may give today, and how much."""
    with reading() as ctx:
        return queries.giving(ctx, current_actor().id)


@area.post("/me/giving/friend", says="按编号和姓名找一位朋友", keyed=False)
@declare("gift.make")
@area.arguments(wire.FriendIn)
@area.response(200, wire.GiftRelativeOut)
def find_friend(said: dict[str, Any]) -> queries.Relative:
    """A friend, where the region lets friends be given to; the look is recorded."""
    me = current_actor().id
    return perform(lambda ctx: queries.friend_of(ctx, me, said["number"], said["name"]))


@area.get("/gifts", says="我送出和收到的时间")
@declare("gift.read")
@area.response(200, wire.GiftList)
def list_gifts() -> Gifts:
    """What one gave and received."""
    with reading() as ctx:
        return queries.gifts_of(ctx, current_actor().id)


@area.get("/members/<uuid:member_id>/gifts", says="一位成员送出和收到的时间")
@declare("gift.read")
@area.response(200, wire.GiftList)
def list_gifts_of(member_id: UUID) -> Gifts:
    """The same for a member; the look is recorded."""
    return perform(lambda ctx: queries.looked_at(ctx, member_id))


@area.post("/gifts", says="赠送时间")
@declare("gift.make")
@area.arguments(wire.GiftIn)
@area.response(201, wire.GiftOut)
def make_gift(form: GiftForm) -> GiftLine:
    """By one's own login it waits for the code that is sent; at the counter it is set aside."""
    wanted = form if form.giver_id is not None else replace(form, giver_id=current_actor().id)

    def work(ctx: Context) -> GiftLine:
        gift_id = make(ctx, wanted)
        return queries.gift_of(ctx, member_row(ctx.session, wanted.giver_id).home_book, gift_id)

    return writing(work)


@area.get(GIFT, says="一笔赠送")
@declare("gift.read")
@area.response(200, wire.GiftOut)
def read_gift(book: str, gift_id: UUID) -> GiftLine:
    """One gift, for either side, the counter and those who watch; others' looks are recorded."""
    return perform(lambda ctx: queries.gift_of(ctx, book, gift_id))


@area.post(f"{GIFT}/confirm", says="用验证码确认赠送")
@declare("gift.make")
@area.arguments(wire.GiftCodeIn)
@area.response(204)
def confirm_gift(said: dict[str, Any], book: str, gift_id: UUID) -> Response:
    """The code from the text message; the coins are set aside."""
    writing(lambda ctx: confirming.confirm(ctx, book, gift_id, said["code"]))
    return _done()


@area.post(f"{GIFT}/code", says="重新发送赠送的验证码")
@declare("gift.make")
@area.arguments(Nothing, required=False)
@area.response(204)
def send_gift_code(_said: dict[str, Any], book: str, gift_id: UUID) -> Response:
    """Another code; the one before no longer counts."""
    writing(lambda ctx: confirming.send_again(ctx, book, gift_id))
    return _done()


@area.post(f"{GIFT}/take-back", says="收回赠送")
@declare("gift.take_back")
@area.arguments(Nothing, required=False)
@area.response(204)
def take_back_gift(_said: dict[str, Any], book: str, gift_id: UUID) -> Response:
    """The giver thinks again, within the window."""
    writing(lambda ctx: taking_back.take_back(ctx, book, gift_id))
    return _done()


@area.post(f"{GIFT}/refuse", says="退回赠送")
@declare("gift.refuse")
@area.arguments(Nothing, required=False)
@area.response(204)
def refuse_gift(_said: dict[str, Any], book: str, gift_id: UUID) -> Response:
    """The receiver does not want it, within the window or for some days after it."""
    writing(lambda ctx: taking_back.refuse(ctx, book, gift_id))
    return _done()
