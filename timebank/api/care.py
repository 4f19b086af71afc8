"""Service days with their teams, group sessions, and welfare visits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.groups import attending, booking, leading, making
from services.groups import reading as groups
from services.requests.asking import AskForm
from services.service_days import figures as day_figures
from services.service_days import making as days
from services.service_days import reading as day_reading
from services.service_days import sheets, stops, team
from services.welfare import figures as welfare_figures
from services.welfare import listing, recording
from services.welfare import reading as welfare
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas import care as wire
from timebank.api.schemas import welfare as seen_wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.dates import day_in
from timebank.edge import current_actor, declare, reading

area = Area("care", "服务日、集体活动和探访关爱")

DAY = "/service-days/<book:book>/<uuid:day_id>"
ROUND = f"{DAY}/rounds/<rule_day>"
SESSION = "/group-sessions/<book:book>/<uuid:session_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/branches/<uuid:branch_id>/service-days", says="网点的服务日")
@declare("branch.work")
@area.response(200, wire.ServiceDayList)
def list_service_days(branch_id: UUID) -> dict[str, Any]:
    """A branch's service days and their next dates."""
    with reading() as ctx:
        return {"items": day_reading.days_of(ctx, branch_id)[1]}


@area.post("/branches/<uuid:branch_id>/service-days", says="建一个服务日")
@declare("service_day.make")
@area.arguments(wire.ServiceDayIn)
@area.response(201, MadeOut)
def make_service_day(said: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Make a service day and its dates of the next twelve weeks."""
    form = days.DayForm(branch_id=branch_id, **said)
    return {"id": writing(lambda ctx: days.make(ctx, form))}


@area.get(DAY, says="一个服务日和它的日子")
@declare("service_day.read")
@area.response(200, wire.ServiceDayFileOut)
def read_service_day(book: str, day_id: UUID) -> day_reading.DayFile:
    """One service day with its dates."""
    with reading() as ctx:
        return day_reading.day_file(ctx, book, day_id)


@area.post(f"{DAY}/end", says="停办一个服务日")
@declare("service_day.make")
@area.arguments(wire.CareReasonIn)
@area.response(204)
def end_service_day(said: dict[str, Any], book: str, day_id: UUID) -> Response:
    """A service day comes round no more."""
    writing(lambda ctx: days.end(ctx, book, day_id, said["reason"]))
    return _done()


@area.get(ROUND, says="服务日的一天：团队、老人和人次")
@declare("service_day.read")
@area.response(200, wire.RoundOut)
def read_round(book: str, day_id: UUID, rule_day: str) -> day_reading.RoundFile:
    """One date with its team, its stops, and what came of it."""
    with reading() as ctx:
        return day_reading.round_file(ctx, book, day_id, day_in(rule_day))


@area.post(f"{ROUND}/cancel", says="取消服务日的一天")
@declare("service_day.make")
@area.arguments(wire.CareReasonIn)
@area.response(204)
def cancel_round(said: dict[str, Any], book: str, day_id: UUID, rule_day: str) -> Response:
    """Call one date off."""
    day = day_in(rule_day)
    writing(lambda ctx: days.cancel_round(ctx, book, day_id, day, said["reason"]))
    return _done()


@area.post(f"{ROUND}/invite", says="邀请志愿者参加服务日的一天")
@declare("round.invite")
@area.arguments(wire.RoundInviteIn)
@area.response(204)
def invite_to_round(said: dict[str, Any], book: str, day_id: UUID, rule_day: str) -> Response:
    """Invite volunteers; each answers for himself."""
    day = day_in(rule_day)
    writing(lambda ctx: team.invite(ctx, book, day_id, day, said["members"]))
    return _done()


@area.post(f"{ROUND}/answer", says="回答去不去")
@declare("round.answer")
@area.arguments(wire.RoundAnswerIn)
@area.response(204)
def answer_round(said: dict[str, Any], book: str, day_id: UUID, rule_day: str) -> Response:
    """Yes or no to a date; a yes claims nothing by itself."""
    day = day_in(rule_day)
    writing(lambda ctx: team.answer(ctx, book, day_id, day, comes=said["comes"]))
    return _done()


@area.post(f"{ROUND}/stops", says="在服务日安排一位老人")
@declare("round.stop")
@area.arguments(wire.RoundStopIn)
@area.response(201, MadeOut)
def add_stop(said: dict[str, Any], book: str, day_id: UUID, rule_day: str) -> dict[str, Any]:
    """Ask for a visit on the date with the elder's consent; the id is the request's."""
    form, day = AskForm(**said), day_in(rule_day)
    return {"id": writing(lambda ctx: stops.add_stop(ctx, book, day_id, day, form))}


@area.post(f"{ROUND}/stops/<uuid:request_id>/drop", says="把一位老人从服务日移出")
@declare("round.stop")
@area.arguments(Nothing, required=False)
@area.response(204)
def drop_stop(
    _said: dict[str, Any], book: str, day_id: UUID, rule_day: str, request_id: UUID
) -> Response:
    """Take an elder off the team's way; the request goes on by itself."""
    day = day_in(rule_day)
    writing(lambda ctx: stops.drop_stop(ctx, book, day_id, day, request_id))
    return _done()


@area.get("/me/service-days", says="我收到的服务日邀请")
@declare("round.browse")
@area.response(200, wire.InvitationList)
def list_invitations() -> dict[str, Any]:
    """The dates ahead to which one is invited."""
    with reading() as ctx:
        return {"items": sheets.invitations(ctx)}


@area.get("/branches/<uuid:branch_id>/group-sessions", says="网点的集体活动")
@declare("branch.work")
@area.response(200, wire.GroupSessionList)
def list_group_sessions(branch_id: UUID) -> dict[str, Any]:
    """A branch's sessions, those to come first."""
    with reading() as ctx:
        return {"items": groups.of_branch(ctx, branch_id)[1]}


@area.post("/branches/<uuid:branch_id>/group-sessions", says="办一场集体活动")
@declare("group.make")
@area.arguments(wire.GroupSessionIn)
@area.response(201, MadeOut)
def make_group_session(said: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Offer a session."""
    form = making.SessionForm(branch_id=branch_id, **said)
    return {"id": writing(lambda ctx: making.make(ctx, form))}


@area.get(SESSION, says="一场集体活动和名单")
@declare("group.read")
@area.response(200, wire.GroupFileOut)
def read_group_session(book: str, session_id: UUID) -> groups.SessionFile:
    """One session with its list, for the branch."""
    with reading() as ctx:
        return groups.session_file(ctx, book, session_id)


@area.post(f"{SESSION}/cancel", says="取消一场集体活动")
@declare("group.make")
@area.arguments(wire.CareReasonIn)
@area.response(204)
def cancel_group_session(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Call a session off; everything held goes back."""
    writing(lambda ctx: making.cancel(ctx, book, session_id, said["reason"]))
    return _done()


@area.post(f"{SESSION}/attendance", says="登记集体活动的到场")
@declare("group.attend")
@area.arguments(wire.GroupAttendanceIn)
@area.response(200, wire.GroupAttendedOut)
def attend_group_session(said: dict[str, Any], book: str, session_id: UUID) -> dict[str, Any]:
    """Write down who came; the list then waits for its second signature."""
    seen = attending.Attendance(**said)
    return {"batch_id": writing(lambda ctx: attending.attend(ctx, book, session_id, seen))}


@area.post(f"{SESSION}/lead", says="答应带领一场集体活动")
@declare("group.lead")
@area.arguments(Nothing, required=False)
@area.response(204)
def lead_group_session(_said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Say that one will lead it."""
    writing(lambda ctx: leading.lead(ctx, book, session_id))
    return _done()


@area.post(f"{SESSION}/step-back", says="不能带领了")
@declare("group.step_back")
@area.arguments(wire.CareReasonIn)
@area.response(204)
def step_back_from_session(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Whoever leads it cannot come."""
    writing(lambda ctx: leading.step_back(ctx, book, session_id, said["reason"]))
    return _done()


@area.get("/me/group-sessions", says="我带领的和还缺人带领的集体活动")
@declare("group.browse")
@area.response(200, wire.LeadList)
def list_sessions_to_lead() -> dict[str, Any]:
    """Sessions that one leads, and those that nobody leads yet."""
    with reading() as ctx:
        return {"items": groups.for_volunteer(ctx)}


@area.get("/members/<uuid:member_id>/group-sessions", says="一位老人可以报名的集体活动")
@declare("group.places")
@area.response(200, wire.ElderSessionList)
def list_elder_sessions(member_id: UUID) -> groups.ElderSessions:
    """What an elder has booked, and what could be booked."""
    with reading() as ctx:
        return groups.for_elder(ctx, member_id)


@area.post(f"{SESSION}/places", says="报名参加集体活动")
@declare("group.book")
@area.arguments(wire.GroupPlaceIn)
@area.response(204)
def book_group_place(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Take a place for oneself or for an elder."""
    elder = said["elder_id"] or current_actor().id
    writing(lambda ctx: booking.book_place(ctx, book, session_id, elder, said["consent"]))
    return _done()


@area.post(f"{SESSION}/places/<uuid:elder_id>/cancel", says="取消集体活动的位子")
@declare("group.book")
@area.arguments(Nothing, required=False)
@area.response(204)
def cancel_group_place(
    _said: dict[str, Any], book: str, session_id: UUID, elder_id: UUID
) -> Response:
    """Give a place back."""
    writing(lambda ctx: booking.cancel_place(ctx, book, session_id, elder_id))
    return _done()


@area.get("/branches/<uuid:branch_id>/welfare", says="本月探访关爱的进度和名单")
@declare("welfare.read")
@area.arguments(seen_wire.WelfareQuery, location="query")
@area.response(200, seen_wire.WelfareMonthOut)
def read_welfare(asked: dict[str, Any], branch_id: UUID) -> SimpleNamespace:
    """A branch's month, whoever nobody has seen first."""
    offset = cursors.offset_of(asked.get("cursor"))
    with reading() as ctx:
        found = welfare.welfare_month(
            ctx,
            branch_id,
            day=asked.get("day"),
            unseen=asked["shown"] == "unseen",
            number=offset // asked["limit"] + 1,
            size=asked["limit"],
        )
    end = offset + len(found.lines)
    return SimpleNamespace(
        month=found.month,
        total=found.total,
        seen=found.seen,
        tiers=found.tiers,
        lines=found.lines,
        found=found.found,
        next_cursor=cursors.of_offset(end, more=end < found.found),
    )


@area.get("/books/<book:book>/care", says="各网点的探访关爱和服务日")
@declare("welfare.read")
@area.arguments(seen_wire.CareMonthQuery, location="query")
@area.response(200, seen_wire.CareFiguresOut)
def read_care_figures(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """A region's month by branch."""
    with reading() as ctx:
        _month, found = welfare_figures.figures(ctx, book, asked.get("day"))
        return {
            "welfare": found,
            "service_days": day_figures.figures(ctx, book, asked.get("day")),
        }


@area.post("/members/<uuid:member_id>/look-ins", says="记一次探访")
@declare("welfare.record")
@area.arguments(seen_wire.LookInIn)
@area.response(201, seen_wire.LookInOut)
def record_look_in(said: dict[str, Any], member_id: UUID) -> recording.Recorded:
    """Write down that somebody looked in or called, and what was found."""
    seen = recording.LookIn(elder_id=member_id, **said)
    return writing(lambda ctx: recording.record(ctx, seen))


@area.post("/members/<uuid:member_id>/welfare-tier", says="调高关爱等级")
@declare("welfare.raise")
@area.arguments(seen_wire.WelfareRaiseIn)
@area.response(204)
def raise_welfare_tier(said: dict[str, Any], member_id: UUID) -> Response:
    """Look in on somebody oftener than the facts ask."""
    writing(lambda ctx: listing.raise_tier(ctx, member_id, said["tier"], said["reason"]))
    return _done()
