"""Training: courses, sessions, places, presence and results."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.queries.training import branch as counter
from services.queries.training.opening import openings
from services.queries.training.sessions import record_of, upcoming
from services.training import assessing, attending, booking, courses
from timebank.api.area import Area, writing
from timebank.api.schemas import training as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import current_actor, declare, perform, reading

area = Area("training", "培训")

SESSION = "/course-sessions/<book:book>/<uuid:session_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.get("/course-sessions", says="可以报名的培训")
@declare("training.browse")
@area.response(200, wire.CourseSessionList)
def list_course_sessions() -> dict[str, Any]:
    """Sessions of the own region that have not ended, with one's own place."""
    with reading() as ctx:
        return {"items": upcoming(ctx)}


@area.get("/members/<uuid:member_id>/training", says="一位成员的培训记录")
@declare("training.read")
@area.response(200, wire.TrainingRecordList)
def read_training(member_id: UUID) -> dict[str, Any]:
    """Name, contents, length, organiser and date of each, and how it ended."""
    with reading() as ctx:
        return {"items": record_of(ctx, member_id)}


@area.get("/branches/<uuid:branch_id>/training", says="网点的课程、各期和快到期的证书")
@declare("course.read")
@area.response(200, wire.TrainingOut)
def read_branch_training(branch_id: UUID) -> dict[str, Any]:
    """Courses, sessions, certificates that end soon, and which course would open what."""
    with reading() as ctx:
        found = counter.training(ctx, branch_id)
        return {
            "courses": found.courses,
            "sessions": found.sessions,
            "ending": found.ending,
            "openings": openings(ctx, branch_id),
        }


@area.post("/branches/<uuid:branch_id>/courses", says="开一门课")
@declare("course.make")
@area.arguments(wire.CourseIn)
@area.response(201, MadeOut)
def make_course(said: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Offer a course in the branch's region."""
    form = courses.CourseForm(**said)
    return {"id": writing(lambda ctx: courses.make_course(ctx, branch_id, form))}


@area.post("/branches/<uuid:branch_id>/courses/<uuid:course_id>/end", says="停办一门课")
@declare("course.make")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_course(_said: dict[str, Any], branch_id: UUID, course_id: UUID) -> Response:
    """Offer a course no more."""
    writing(lambda ctx: courses.end_course(ctx, branch_id, course_id))
    return _done()


@area.post("/branches/<uuid:branch_id>/course-sessions", says="安排一期培训")
@declare("course.make")
@area.arguments(wire.CourseSessionIn)
@area.response(201, MadeOut)
def make_course_session(said: dict[str, Any], branch_id: UUID) -> dict[str, Any]:
    """Put a session on."""
    form = courses.SessionForm(**said)
    return {"id": writing(lambda ctx: courses.make_session(ctx, branch_id, form))}


@area.get(SESSION, says="一期培训和它的名单")
@declare("course.read")
@area.response(200, wire.CourseSessionFileOut)
def read_course_session(book: str, session_id: UUID) -> counter.SessionFile:
    """The list with everybody's state; the look is recorded."""
    return perform(lambda ctx: counter.session_file(ctx, book, session_id))


@area.post(f"{SESSION}/cancel", says="取消一期培训")
@declare("course.make")
@area.arguments(wire.CourseCancelIn)
@area.response(204)
def cancel_course_session(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Call a session off and tell everybody on its list."""
    writing(lambda ctx: courses.cancel_session(ctx, book, session_id, said["reason"]))
    return _done()


@area.post(f"{SESSION}/places", says="报名：自己，或由网点代为")
@declare("training.book")
@area.arguments(wire.CoursePlaceIn, required=False)
@area.response(201, wire.CoursePlaceOut)
def book_course_place(said: dict[str, Any], book: str, session_id: UUID) -> dict[str, Any]:
    """Book a place, or one in the waiting list."""
    member = said.get("member_id") or current_actor().id
    return {"state": writing(lambda ctx: booking.book_place(ctx, book, session_id, member))}


@area.post(f"{SESSION}/give-back", says="取消报名")
@declare("training.book")
@area.arguments(wire.CoursePlaceIn, required=False)
@area.response(204)
def give_course_place_back(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Give a place back before the session begins."""
    member = said.get("member_id") or current_actor().id
    writing(lambda ctx: booking.give_back(ctx, book, session_id, member))
    return _done()


@area.post(f"{SESSION}/sign-in", says="用签到码签到")
@declare("training.attend")
@area.arguments(wire.CourseSignInIn)
@area.response(204)
def sign_in_to_session(said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Sign oneself in with the code from the room."""
    writing(lambda ctx: attending.sign_in(ctx, book, session_id, said["code"]))
    return _done()


@area.post(f"{SESSION}/present/<uuid:member_id>", says="培训老师代为签到")
@declare("training.assess")
@area.arguments(Nothing, required=False)
@area.response(204)
def mark_present_in_session(
    _said: dict[str, Any], book: str, session_id: UUID, member_id: UUID
) -> Response:
    """The trainer has seen somebody in the room."""
    writing(lambda ctx: attending.mark_present(ctx, book, session_id, member_id))
    return _done()


@area.post(f"{SESSION}/results/<uuid:member_id>", says="记下一个人的结果")
@declare("training.assess")
@area.arguments(wire.CourseResultIn)
@area.response(201, wire.CourseResultOut)
def record_result(
    said: dict[str, Any], book: str, session_id: UUID, member_id: UUID
) -> dict[str, Any]:
    """A pass sets or renews the certificate."""
    made = writing(lambda ctx: assessing.assess(ctx, book, session_id, member_id, **said))
    return {"certificate_id": made}


@area.post(f"{SESSION}/close", says="结束签到，其余的人没有来")
@declare("training.assess")
@area.arguments(Nothing, required=False)
@area.response(204)
def close_course_session(_said: dict[str, Any], book: str, session_id: UUID) -> Response:
    """Whoever has not signed in was absent."""
    writing(lambda ctx: assessing.close_session(ctx, book, session_id))
    return _done()
