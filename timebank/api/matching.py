"""Who would fit and why, why nobody has come yet, what was shown to whom, and fairness."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.asking.asking_people import ask_again, ask_person
from services.context import Context
from services.queries.admin.fairness import Fairness, FairnessFilter, fairness
from services.queries.audit.listing import Want
from services.queries.audit.shown import ShownFilter, ShownPage, shown_page, shown_rankings
from services.queries.branch.matching import PAGE, MatchingFile, matching_file, unfilled
from services.queries.elder.searching import Searching, searching
from services.requests.loosening import loosen
from services.requests.sentences import StateChanged
from services.rules.member_number import parse_number
from timebank import snapshots
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.matching import (
    FairnessOut,
    FairnessQuery,
    LoosenIn,
    OfferMade,
    PeopleOut,
    PlaceQuery,
    SearchingOut,
    ShownList,
    ShownOut,
    ShownQuery,
    UnfilledList,
    filters_of,
)
from timebank.edge import declare, perform, reading, timebank

area = Area("matching", "找人和匹配")

REQUEST = "/requests/<book:book>/<uuid:request_id>"


@area.get("/branches/<uuid:branch_id>/unfilled", says="一个网点还缺人的申请，为什么缺")
@declare("match.read")
@area.arguments(PlaceQuery, location="query")
@area.response(200, UnfilledList)
def list_unfilled(asked: dict[str, Any], branch_id: UUID) -> Any:
    """Open requests of a branch; nobody who would fit is named here."""
    columns = snapshots.columns(timebank())
    with reading() as ctx:
        found = walked(
            asked,
            PAGE,
            lambda n: unfilled(ctx, columns, branch_id, offset=(n - 1) * PAGE).lines,
        )
        total = unfilled(ctx, columns, branch_id, offset=0).total
    return {**found, "total": total}


@area.get(f"{REQUEST}/people", says="谁合适，为什么（看过会留下记录）")
@declare("match.read")
@area.response(200, PeopleOut)
def list_people(book: str, request_id: UUID) -> MatchingFile:
    """Who would fit a request; that it was shown is recorded."""
    columns = snapshots.columns(timebank())
    return perform(lambda ctx: matching_file(ctx, columns, book, request_id))


@area.post(f"{REQUEST}/people/<uuid:provider_id>/ask", says="网点问一个人")
@declare("match.ask")
@area.arguments(Nothing, required=False)
@area.response(201, OfferMade)
def ask_one_person(
    _said: dict[str, Any], book: str, request_id: UUID, provider_id: UUID
) -> dict[str, Any]:
    """Ask one volunteer; a yes is still that person's own."""
    return {
        "book": book,
        "id": writing(lambda ctx: ask_person(ctx, book, request_id, provider_id)),
    }


@area.post(f"{REQUEST}/ask-again", says="重新开始问人")
@declare("match.ask")
@area.arguments(Nothing, required=False)
@area.response(204)
def ask_everybody_again(_said: dict[str, Any], book: str, request_id: UUID) -> Response:
    """Let the search begin anew."""
    writing(lambda ctx: ask_again(ctx, book, request_id))
    return current_app.response_class(status=204)


@area.get(f"{REQUEST}/search", says="找人的情况，像老人看到的那样")
@declare("request.read")
@area.response(200, SearchingOut)
def read_search(book: str, request_id: UUID) -> Searching:
    """How the search goes, without names."""
    columns = snapshots.columns(timebank())
    with reading() as ctx:
        found = searching(ctx, columns, book, request_id)
    if found is None:
        raise StateChanged
    return found


@area.post(f"{REQUEST}/loosen", says="把必须的要求改成希望")
@declare("request.ask")
@area.arguments(LoosenIn)
@area.response(204)
def loosen_request(said: dict[str, Any], book: str, request_id: UUID) -> Response:
    """A language or a sex is welcome from now on instead of required."""
    writing(lambda ctx: loosen(ctx, book, request_id, said["what"]))
    return current_app.response_class(status=204)


@area.get("/matching/fairness", says="满足率和等待，按地区、性别、方言、等级和月份")
@declare("fairness.read")
@area.arguments(FairnessQuery, location="query")
@area.response(200, FairnessOut)
def read_fairness(asked: dict[str, Any]) -> Fairness:
    """How well requests are met, and for whom less well."""
    with reading() as ctx:
        return fairness(ctx, FairnessFilter(**filters_of(asked, *asked)))


@area.get("/books/<book:book>/shown-rankings", says="谁看过哪些名单")
@declare("shown.read")
@area.arguments(ShownQuery, location="query")
@area.response(200, ShownList)
def list_shown(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """Looks at rankings, the latest first."""
    offset, limit = cursors.offset_of(asked.get("cursor")), asked["limit"]
    given = filters_of(asked, "reference", "number", "first", "last")
    if "number" in given:
        given["number"] = parse_number(given["number"])
    with reading() as ctx:
        found = shown_rankings(
            ctx, book, ShownFilter(**given), Want(page=offset // limit + 1, size=limit)
        )
    more = found.page < found.pages
    return {
        "items": found.rows,
        "next_cursor": cursors.of_offset(found.page * limit, more=more),
    }


@area.get("/books/<book:book>/shown-rankings/<uuid:shown_id>", says="一份看过的名单")
@declare("shown.read")
@area.response(200, ShownOut)
def read_shown(book: str, shown_id: UUID) -> ShownPage:
    """Everybody who was on one ranking; the look is recorded."""

    def work(ctx: Context) -> ShownPage:
        return shown_page(ctx, book, shown_id)

    return perform(work)
