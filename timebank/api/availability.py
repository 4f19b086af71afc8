"""When people can come, what elders wish, who must not meet whom, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.availability import IncidentKind
from services.availability import stating
from services.availability.avoiding import avoid, avoided_by, stop_avoiding
from services.availability.exceptions import add_exception, end_exception, pause, resume
from services.availability.incidents import (
    IncidentView,
    decide,
    incident_view,
    open_incidents,
    report,
)
from services.availability.safeguarding import (
    CheckForm,
    Safety,
    companions_of,
    drop_companion,
    end_check,
    name_companion,
    record_check,
    safety_of,
)
from services.availability.wishes import WishForm, set_wishes, wishes_of
from services.context import Context
from services.queries.volunteer.availability import AvailabilityPage, availability_page
from services.rules.availability import DayException, Window
from services.rules.languages import LANGUAGES
from timebank.api.area import Area, writing
from timebank.api.schemas import availability as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform, reading

area = Area("availability", "时间、希望和安全")

MEMBER = "/members/<uuid:member_id>"
STATED = f"{MEMBER}/availability"
VISIT = "/visits/<book:book>/<uuid:visit_id>"
REQUEST = "/requests/<book:book>/<uuid:request_id>"
INCIDENT = "/incidents/<book:book>/<uuid:incident_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


def _shape(page: AvailabilityPage) -> dict[str, Any]:
    stated = page.stated
    return {
        "member_id": page.member_id,
        "windows": stated.windows,
        "exceptions": [
            {**asdict(each), "id": key}
            for key, each in zip(stated.exception_ids, stated.exceptions, strict=True)
        ],
        "places": stated.places,
        "paused_until": page.pause and page.pause.last_day,
        "travel_mode": stated.travel_mode,
        "radius_m": stated.radius_m,
        "languages": sorted(stated.languages),
        "declined_codes": sorted(stated.declined_codes),
        "may_be_asked": stated.may_be_asked,
        "asks_per_day": stated.asks_per_day,
        "weekly_minutes": stated.weekly_minutes,
        "fitting": page.fitting,
    }


def _stated_after(act: Callable[[Context], object], member_id: UUID) -> dict[str, Any]:
    """Change what is stated and give it as it stands then, in one unit of work."""

    def work(ctx: Context) -> dict[str, Any]:
        act(ctx)
        return _shape(availability_page(ctx, member_id))

    return writing(work)


@area.get("/languages", says="语言和方言")
@declare("public.read")
@area.response(200, wire.LanguageList)
def list_languages() -> dict[str, Any]:
    """Every language and dialect that can be stated or wished for."""
    return {"items": [{"code": code, "name": name} for code, name in LANGUAGES.items()]}


@area.get(STATED, says="一位志愿者说过的时间和方式")
@declare("availability.read")
@area.response(200, wire.AvailabilityOut)
def read_availability(member_id: UUID) -> dict[str, Any]:
    """What a volunteer has stated, and how many open requests fit it."""
    with reading() as ctx:
        return _shape(availability_page(ctx, member_id))


@area.post(f"{STATED}/week", says="说清楚每周的时间")
@declare("availability.update")
@area.arguments(wire.WeekIn)
@area.response(200, wire.AvailabilityOut)
def state_week(said: dict[str, Sequence[Window]], member_id: UUID) -> dict[str, Any]:
    """Set the hours of each week."""
    return _stated_after(lambda ctx: stating.set_week(ctx, member_id, said["windows"]), member_id)


@area.post(f"{STATED}/exceptions", says="加上例外的日子")
@declare("availability.update")
@area.arguments(wire.AbsenceIn)
@area.response(201, MadeOut)
def state_exception(said: DayException, member_id: UUID) -> dict[str, Any]:
    """Away on some days, or there in addition."""
    return {"id": writing(lambda ctx: add_exception(ctx, member_id, said))}


@area.post(f"{STATED}/exceptions/<uuid:exception_id>/end", says="去掉例外的日子")
@declare("availability.update")
@area.arguments(Nothing, required=False)
@area.response(204)
def take_exception_back(_said: Any, member_id: UUID, exception_id: UUID) -> Response:
    """The week holds again."""
    writing(lambda ctx: end_exception(ctx, member_id, exception_id))
    return _done()


@area.post(f"{STATED}/pause", says="暂停一阵子")
@declare("availability.update")
@area.arguments(wire.PauseIn)
@area.response(200, wire.AvailabilityOut)
def state_pause(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Not to be asked until a day."""
    return _stated_after(lambda ctx: pause(ctx, member_id, said["last_day"]), member_id)


@area.post(f"{STATED}/resume", says="结束暂停")
@declare("availability.update")
@area.arguments(Nothing, required=False)
@area.response(200, wire.AvailabilityOut)
def end_pause(_said: Any, member_id: UUID) -> dict[str, Any]:
    """End the pause that holds today."""
    return _stated_after(lambda ctx: resume(ctx, member_id), member_id)


@area.post(f"{STATED}/travel", says="怎么去，去多远")
@declare("availability.update")
@area.arguments(wire.TravelIn)
@area.response(200, wire.AvailabilityOut)
def state_travel(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Set how and how far."""
    return _stated_after(lambda ctx: stating.set_travel(ctx, member_id, **said), member_id)


@area.post(f"{STATED}/languages", says="会说的语言和方言")
@declare("availability.update")
@area.arguments(wire.LanguagesIn)
@area.response(200, wire.AvailabilityOut)
def state_languages(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Set what is spoken."""
    return _stated_after(lambda ctx: stating.set_languages(ctx, member_id, **said), member_id)


@area.post(f"{STATED}/declined-services", says="不想做的服务")
@declare("availability.update")
@area.arguments(wire.DeclinedIn)
@area.response(200, wire.AvailabilityOut)
def state_declined(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Set what not to be asked for."""
    return _stated_after(lambda ctx: stating.set_declined(ctx, member_id, **said), member_id)


@area.post(f"{STATED}/asking", says="可不可以问，一天几次，一周多久")
@declare("availability.update")
@area.arguments(wire.AskingIn)
@area.response(200, wire.AvailabilityOut)
def state_asking(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Set whether and how often to be asked."""
    return _stated_after(lambda ctx: stating.set_asking(ctx, member_id, **said), member_id)


@area.post(f"{STATED}/places", says="加一个出发的地方")
@declare("availability.update")
@area.arguments(wire.PlaceIn)
@area.response(201, MadeOut)
def state_place(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Add a place to set out from."""
    return {"id": writing(lambda ctx: stating.add_place(ctx, member_id, **said))}


@area.post(f"{STATED}/places/<uuid:place_id>/end", says="去掉一个出发的地方")
@declare("availability.update")
@area.arguments(Nothing, required=False)
@area.response(204)
def take_place_back(_said: Any, member_id: UUID, place_id: UUID) -> Response:
    """No longer from there."""
    writing(lambda ctx: stating.remove_place(ctx, member_id, place_id))
    return _done()


@area.get(f"{MEMBER}/wishes", says="一位老人平时的希望")
@declare("wish.read")
@area.response(200, wire.WishesOut)
def read_wishes(member_id: UUID) -> WishForm:
    """What an elder wishes as a rule."""
    with reading() as ctx:
        return wishes_of(ctx, member_id)


@area.post(f"{MEMBER}/wishes", says="改一位老人平时的希望")
@declare("wish.update")
@area.arguments(wire.WishesIn)
@area.response(200, wire.WishesOut)
def state_wishes(said: WishForm, member_id: UUID) -> WishForm:
    """Set what an elder wishes as a rule."""

    def work(ctx: Context) -> WishForm:
        set_wishes(ctx, member_id, said)
        return wishes_of(ctx, member_id)

    return writing(work)


@area.get(f"{MEMBER}/avoidances", says="自己不想再遇到的人")
@declare("avoidance.read")
@area.response(200, wire.AvoidedList)
def list_avoidances(member_id: UUID) -> dict[str, Any]:
    """One's own list; nobody else reads it."""
    with reading() as ctx:
        return {"items": avoided_by(ctx, member_id)}


@area.post(f"{VISIT}/avoid", says="不想再和这次服务的对方见面")
@declare("avoidance.update")
@area.arguments(Nothing, required=False)
@area.response(204)
def avoid_other_side(_said: Any, book: str, visit_id: UUID) -> Response:
    """Never again with the other side of a visit; nobody else is told."""
    writing(lambda ctx: avoid(ctx, book, visit_id))
    return _done()


@area.post(f"{MEMBER}/avoidances/<uuid:other_id>/end", says="以后还可以见面")
@declare("avoidance.update")
@area.arguments(Nothing, required=False)
@area.response(204)
def stop_avoiding_other(_said: Any, member_id: UUID, other_id: UUID) -> Response:
    """The two may meet again."""
    writing(lambda ctx: stop_avoiding(ctx, member_id, other_id))
    return _done()


@area.get(f"{MEMBER}/safeguarding", says="安全审核的记录")
@declare("safeguarding.read")
@area.response(200, wire.SafetyOut)
def read_safeguarding(member_id: UUID) -> Safety:
    """Whether somebody may go to a home alone."""
    with reading() as ctx:
        return safety_of(ctx, member_id)


@area.post(f"{MEMBER}/safeguarding", says="登记安全审核")
@declare("safeguarding.record")
@area.arguments(wire.SafeguardingIn)
@area.response(201, MadeOut)
def record_safeguarding(said: CheckForm, member_id: UUID) -> dict[str, Any]:
    """Record a screening, or the first home visit in company."""
    return {"id": writing(lambda ctx: record_check(ctx, member_id, said))}


@area.post(f"{MEMBER}/safeguarding/<uuid:check_id>/end", says="提前结束一条安全记录")
@declare("safeguarding.record")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_safeguarding(_said: Any, member_id: UUID, check_id: UUID) -> Response:
    """A record no longer counts from today on."""
    writing(lambda ctx: end_check(ctx, member_id, check_id))
    return _done()


@area.get(f"{REQUEST}/companions", says="谁陪新志愿者")
@declare("accompaniment.record")
@area.response(200, wire.CompanionList)
def list_companions(book: str, request_id: UUID) -> dict[str, Any]:
    """Whom the branch has named for a request."""
    with reading() as ctx:
        return {"items": companions_of(ctx, book, request_id)}


@area.post(f"{REQUEST}/companions", says="安排人陪新志愿者")
@declare("accompaniment.record")
@area.arguments(wire.CompanionIn)
@area.response(204)
def add_companion(said: dict[str, Any], book: str, request_id: UUID) -> Response:
    """Name who goes along with a newcomer."""
    writing(lambda ctx: name_companion(ctx, book, request_id, **said))
    return _done()


@area.post(f"{REQUEST}/companions/<uuid:provider_id>/end", says="取消陪同")
@declare("accompaniment.record")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_companion(_said: Any, book: str, request_id: UUID, provider_id: UUID) -> Response:
    """Nobody goes along after all."""
    writing(lambda ctx: drop_companion(ctx, book, request_id, provider_id))
    return _done()


@area.post(f"{VISIT}/incidents", says="报告一件不该发生的事")
@declare("incident.report")
@area.arguments(wire.IncidentIn)
@area.response(201, wire.IncidentMade)
def report_incident(said: dict[str, Any], book: str, visit_id: UUID) -> dict[str, Any]:
    """Report what happened: from then on the two are kept apart."""
    kind = IncidentKind(said["kind"])
    made = writing(lambda ctx: report(ctx, book, visit_id, kind, said["text"]))
    return {"book": book, "id": made}


@area.get("/books/<book:book>/incidents", says="等待核实的报告")
@declare("incident.read")
@area.response(200, wire.IncidentList)
def list_incidents(book: str) -> dict[str, Any]:
    """Reports that wait for a decision, without their words."""
    with reading() as ctx:
        return {"items": open_incidents(ctx, book)}


@area.get(INCIDENT, says="一份报告")
@declare("incident.read")
@area.response(200, wire.IncidentOut)
def read_incident(book: str, incident_id: UUID) -> IncidentView:
    """One report; the look is recorded."""
    return perform(lambda ctx: incident_view(ctx, book, incident_id))


@area.post(f"{INCIDENT}/decision", says="处理一份报告")
@declare("incident.decide")
@area.arguments(wire.IncidentDecisionIn)
@area.response(200, wire.IncidentOut)
def decide_incident(said: dict[str, Any], book: str, incident_id: UUID) -> IncidentView:
    """Let the two meet again, or keep them apart for good."""

    def work(ctx: Context) -> IncidentView:
        decide(ctx, book, incident_id, **said)
        return incident_view(ctx, book, incident_id)

    return writing(work)
