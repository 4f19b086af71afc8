"""Donations for programs: funds for everybody, giving, what became of it, the overflow."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.donations.closing import close_fund
from services.donations.funds import FundForm, open_fund
from services.donations.giving import DonationForm, donate
from services.donations.overflowing import set_overflow
from services.people.reading import member_row
from services.queries import donated
from services.queries import donations as queries
from services.queries.donated import DonationLine
from services.queries.donations import BookFunds
from timebank.api.area import Area, writing
from timebank.api.schemas import donations as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import current_actor, declare, perform, reading

area = Area("donations", "捐赠和公益基金")

FUNDS = "/ledger/<book:book>/funds"
MEMBER = "/members/<uuid:member_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get(FUNDS, says="一个地区的公益基金")
@declare("public.read")
@area.response(200, wire.FundList)
def list_funds(book: str) -> BookFunds:
    """Whom each is for, what was given, and what it has."""
    with reading() as ctx:
        return queries.funds_of(ctx, book)


@area.post(FUNDS, says="设一个公益基金")
@declare("fund.open")
@area.arguments(wire.FundIn)
@area.response(201, MadeOut)
def make_fund(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Open a fund; its criteria never change."""
    return {"id": writing(lambda ctx: open_fund(ctx, FundForm(book=book, **said)))}


@area.post(f"{FUNDS}/<uuid:fund_id>/close", says="结束一个公益基金")
@declare("fund.close")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_fund(_said: dict[str, Any], book: str, fund_id: UUID) -> Response:
    """What is left goes to the pool, and the donors are told."""
    writing(lambda ctx: close_fund(ctx, book, fund_id))
    return _done()


@area.get("/donations", says="我的捐赠，用到了哪里")
@declare("donation.read")
@area.response(200, wire.DonationList)
def list_donations() -> dict[str, Any]:
    """What one gave and what became of it."""
    with reading() as ctx:
        return {"items": donated.donations_of(ctx, current_actor().id)}


@area.get(f"{MEMBER}/donations", says="一位成员的捐赠（看过会留下记录）")
@declare("donation.read")
@area.response(200, wire.DonationList)
def list_donations_of(member_id: UUID) -> dict[str, Any]:
    """The same for a member; the look is recorded."""
    return {"items": perform(lambda ctx: donated.donations_of(ctx, member_id))}


@area.post("/donations", says="捐出时间")
@declare("donation.make")
@area.arguments(wire.DonationIn)
@area.response(201, wire.DonationOut)
def make_donation(said: dict[str, Any]) -> DonationLine:
    """Final at once; a program of the counter names the donor who is there."""
    donor_id = said["donor_id"] or current_actor().id

    def work(ctx: Context) -> DonationLine:
        form = DonationForm(donor_id, said["to"], said["minutes"], said["to_book"])
        made = donate(ctx, form)
        return donated.donation_of(ctx, member_row(ctx.session, donor_id).home_book, made)

    return writing(work)


@area.get("/donations/<book:book>/<uuid:donation_id>", says="一笔捐赠（别人看过会留下记录）")
@declare("donation.read")
@area.response(200, wire.DonationOut)
def read_donation(book: str, donation_id: UUID) -> DonationLine:
    """One donation and its uses by month and service."""
    return perform(lambda ctx: donated.donation_of(ctx, book, donation_id))


@area.post(f"{MEMBER}/overflow", says="存满以后多出来的时间给谁")
@declare("overflow.set")
@area.arguments(wire.OverflowIn)
@area.response(204)
def put_overflow(said: dict[str, Any], member_id: UUID) -> Response:
    """The standing instruction, from now on."""
    writing(lambda ctx: set_overflow(ctx, member_id, said["to"]))
    return _done()
