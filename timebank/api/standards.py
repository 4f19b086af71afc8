"""Service standards, an elder's shopping money, and what elders think of visits, for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.context import Context
from services.errands.agreeing import agree, agree_by_voice, disagree, disagree_by_voice
from services.errands.handing import give_back, hand
from services.queries.errands import Money, money_of
from services.queries.ratings import OwnRatings, VisitRating, own_ratings, rating_of
from services.ratings.giving import give_by_voice, give_rating
from services.standards.reading import Standard, standard, standards
from timebank.api.area import Area, writing
from timebank.api.schemas import standards as wire
from timebank.edge import declare, reading, takes_files

area = Area("standards", "服务标准、代购的钱和评价")

VISIT = "/visits/<book:book>/<uuid:visit_id>"
MONEY = f"{VISIT}/money"
SUM = f"{MONEY}/<uuid:money_id>"


def _money(act: Callable[[Context], object], book: str, visit_id: UUID) -> Money:
    """Do something with the money and give it as it stands then, in one unit of work."""

    def work(ctx: Context) -> Money:
        act(ctx)
        return money_of(ctx, book, visit_id)

    return writing(work)


def _rating(act: Callable[[Context], object], book: str, visit_id: UUID) -> VisitRating:
    def work(ctx: Context) -> VisitRating:
        act(ctx)
        return rating_of(ctx, book, visit_id)

    return writing(work)


@area.get("/standards", says="各项服务的标准")
@declare("public.read")
@area.response(200, wire.StandardList)
def list_standards() -> dict[str, Any]:
    """The published standard of every service."""
    return {"items": list(standards().values())}


@area.get("/standards/<code>", says="一项服务的标准")
@declare("public.read")
@area.response(200, wire.StandardOut)
def read_standard(code: str) -> Standard:
    """Steps, what to do and what not, and the checklist."""
    return standard(code)


@area.get(MONEY, says="一次服务里经手的钱")
@declare("errand.read")
@area.response(200, wire.MoneyOut)
def read_money(book: str, visit_id: UUID) -> Money:
    """Every sum of a visit."""
    with reading() as ctx:
        return money_of(ctx, book, visit_id)


@area.post(MONEY, says="记下老人给的钱")
@declare("errand.hand")
@area.arguments(wire.HandedIn)
@area.response(200, wire.MoneyOut)
def hand_money(said: dict[str, Any], book: str, visit_id: UUID) -> Money:
    """Write down what was handed over; before the elder agrees the same again puts it right."""
    return _money(lambda ctx: hand(ctx, book, visit_id, said["handed_fen"]), book, visit_id)


@area.post(f"{SUM}/return", says="记下花的钱和找零")
@declare("errand.return")
@takes_files
@area.arguments(wire.ReturnedIn)
@area.response(200, wire.MoneyOut)
def return_money(said: dict[str, Any], book: str, visit_id: UUID, money_id: UUID) -> Money:
    """Write down what was spent, with the receipt or why there is none."""
    spent, why = said["spent_fen"], said["no_receipt_why"]
    receipts = tuple(said["receipts"])
    return _money(
        lambda ctx: give_back(ctx, book, visit_id, money_id, spent, receipts, why), book, visit_id
    )


@area.post(f"{SUM}/agreement", says="老人这边说数目对")
@declare("errand.agree")
@area.arguments(wire.SeenIn)
@area.response(200, wire.MoneyOut)
def agree_money(said: dict[str, Any], book: str, visit_id: UUID, money_id: UUID) -> Money:
    """Yes to these figures; with what was spent it is settled."""
    return _money(lambda ctx: agree(ctx, book, visit_id, money_id, said["seen"]), book, visit_id)


@area.post(f"{SUM}/disagreement", says="老人这边说数目不对")
@declare("errand.agree")
@area.arguments(wire.DisagreedIn)
@area.response(200, wire.MoneyOut)
def disagree_money(said: dict[str, Any], book: str, visit_id: UUID, money_id: UUID) -> Money:
    """No to these figures: a complaint about money begins."""
    seen, text = said["seen"], said["text"]
    return _money(lambda ctx: disagree(ctx, book, visit_id, money_id, seen, text), book, visit_id)


@area.post(f"{SUM}/voice", says="电话里问代购的钱")
@declare("errand.voice")
@area.arguments(wire.MoneyVoiceIn)
@area.response(200, wire.MoneyOut)
def money_by_voice(said: dict[str, Any], book: str, visit_id: UUID, money_id: UUID) -> Money:
    """What staff heard when they read the figures out."""
    seen, reached = said["seen"], said["reached"]

    def heard(ctx: Context) -> None:
        if said["agreed"]:
            agree_by_voice(ctx, book, visit_id, money_id, seen, reached)
        else:
            text = said["text"] or ""
            disagree_by_voice(ctx, book, visit_id, money_id, seen, text, reached)

    return _money(heard, book, visit_id)


@area.get(f"{VISIT}/rating", says="一次服务的评价")
@declare("rating.read")
@area.response(200, wire.RatingOut)
def read_rating(book: str, visit_id: UUID) -> VisitRating:
    """What was thought of a visit."""
    with reading() as ctx:
        return rating_of(ctx, book, visit_id)


@area.post(f"{VISIT}/rating", says="评价一次服务")
@declare("rating.give")
@area.arguments(wire.OpinionIn)
@area.response(200, wire.RatingOut)
def rate_visit(said: dict[str, Any], book: str, visit_id: UUID) -> VisitRating:
    """Rate a confirmed visit, or think again within some days."""
    return _rating(lambda ctx: give_rating(ctx, book, visit_id, said["opinion"]), book, visit_id)


@area.post(f"{VISIT}/rating/voice", says="电话里问评价")
@declare("rating.voice")
@area.arguments(wire.OpinionVoiceIn)
@area.response(200, wire.RatingOut)
def rate_by_voice(said: dict[str, Any], book: str, visit_id: UUID) -> VisitRating:
    """What staff heard on the telephone."""
    opinion, reached = said["opinion"], said["reached"]
    return _rating(lambda ctx: give_by_voice(ctx, book, visit_id, opinion, reached), book, visit_id)


@area.get("/me/ratings", says="老人对我的评价")
@declare("rating.read")
@area.response(200, wire.OwnRatingsOut)
def read_own_ratings() -> OwnRatings:
    """How one's own visits are rated, without anybody's name."""
    with reading() as ctx:
        return own_ratings(ctx)
