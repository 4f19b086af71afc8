"""Service days, group sessions and welfare visits on the wire."""

from __future__ import annotations

from datetime import time
from typing import Any

from marshmallow import fields

from models.schedule import HolidayPolicy
from services.rules.checked import (
    Choice,
    Code,
    Day,
    Document,
    Flag,
    Listed,
    Whole,
    Words,
    wrong,
)
from services.rules.rounds import LONGEST_MINUTES, MOST_PLACES, MOST_TEAM, SHORTEST_MINUTES
from services.rules.wire import Moment
from timebank.api.lists import WholeList
from timebank.api.schemas.base import (
    A_DAY_MINUTES,
    At,
    Id,
    Out,
    Prose,
    Said,
    SentenceOut,
    name_out,
)

NOT_CLOCK = "应是几点几分，例如 09:00。"


class Clock(Words):
    """A time of day in China, as hours and minutes."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return time.fromisoformat(value if len(value) == 5 else "")
        except (TypeError, ValueError):
            raise wrong(NOT_CLOCK) from None


class ServiceDayIn(Document):
    """When it comes round (RFC 5545), how long it takes, what it does on days off."""

    name = Words()
    rrule = Words()
    starts = Clock()
    minutes = Whole(SHORTEST_MINUTES, LONGEST_MINUTES)
    holiday_policy = Choice(*(each.value for each in HolidayPolicy), load_default="keep")


class CareReasonIn(Document):
    """Why: those concerned read it."""

    reason = Prose()


class RoundInviteIn(Document):
    """Whom to invite."""

    members = Listed(Id(), least=1, most=MOST_TEAM)


class RoundAnswerIn(Document):
    """Whether one comes."""

    comes = Flag()


class RoundStopIn(Document):
    """An elder's visit within a service day."""

    elder_id = Id()
    service_code = Code()
    starts_at = Moment()
    booked_minutes = Whole(1, A_DAY_MINUTES)
    consent = Choice("voice", "signature")
    note = Prose(load_default=None)


class ServiceDayOut(Out):
    """A service day and its next date."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    rule = name_out()
    minutes = fields.Integer()
    holiday_policy = fields.String()
    ended_at = At(allow_none=True)
    next_at = At(allow_none=True)
    next_day = fields.Date(allow_none=True)


class ServiceDayList(WholeList):
    """A branch's service days."""

    items = fields.List(fields.Nested(ServiceDayOut), required=True)


class RoundLineOut(Out):
    """One date of a service day."""

    rule_day = fields.Date(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    state = Said(required=True)
    is_published = fields.Boolean()
    yes = fields.Integer()
    asked = fields.Integer()
    stops = fields.Integer()
    reason = fields.String(allow_none=True)


class ServiceDayFileOut(Out):
    """A service day with its dates."""

    line = fields.Nested(ServiceDayOut)
    rounds = fields.List(fields.Nested(RoundLineOut))


class TeamLineOut(Out):
    """Somebody of a team."""

    member_id = fields.UUID(required=True)
    name = fields.String()
    answer = fields.String(required=True)
    answered_at = At(allow_none=True)


class RoundStopOut(Out):
    """A stop: an elder's own request. The address is masked but for who promised to come."""

    request_id = fields.UUID(required=True)
    reference = fields.String()
    elder = fields.String()
    service = name_out()
    starts_at = At()
    booked_minutes = fields.Integer()
    address = fields.String(allow_none=True)
    state = Said()
    visitors = fields.List(fields.String())
    is_credited = fields.Boolean()


class RoundCountOut(Out):
    """Person-times and actual minutes."""

    person_times = fields.Integer()
    minutes = fields.Integer()


class RoundOut(Out):
    """One date with its team, its stops in the order of the way, and what came of it."""

    day = fields.Nested(ServiceDayOut)
    line = fields.Nested(RoundLineOut)
    team = fields.List(fields.Nested(TeamLineOut))
    stops = fields.List(fields.Nested(RoundStopOut))
    sessions = fields.List(fields.UUID())
    count = fields.Nested(RoundCountOut)


class InvitationOut(Out):
    """A date to which one is invited."""

    book = fields.String(required=True)
    day_id = fields.UUID(required=True)
    rule_day = fields.Date(required=True)
    name = fields.String()
    branch = name_out()
    starts_at = At()
    ends_at = At()
    answer = fields.String(required=True)
    stops = fields.Integer()
    mine = fields.Integer()


class InvitationList(WholeList):
    """The dates ahead to which one is invited."""

    items = fields.List(fields.Nested(InvitationOut), required=True)


class GroupSessionIn(Document):
    """A session: what, when, where and for how many."""

    service_code = Code()
    starts_at = Moment()
    booked_minutes = Whole(1, A_DAY_MINUTES)
    closes_at = Moment()
    places = Whole(1, MOST_PLACES)
    place = Words()
    service_day_id = Id(load_default=None)
    rule_day = Day(load_default=None)


class GroupPlaceIn(Document):
    """Whose place; without it one's own."""

    elder_id = Id(load_default=None)
    consent = Choice("own", "family", "voice", "signature", load_default="own")


class GroupAttendanceIn(Document):
    """When it really began, how long it took, and who came."""

    began_at = Moment()
    minutes = Whole(1, A_DAY_MINUTES)
    present = Listed(Id(), least=0, most=MOST_PLACES)


class GroupSessionOut(Out):
    """A session and how many places are taken."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    branch_id = fields.UUID()
    service_code = fields.String()
    service = name_out()
    starts_at = At(required=True)
    booked_minutes = fields.Integer()
    closes_at = At()
    places = fields.Integer()
    taken = fields.Integer()
    left = fields.Integer()
    place = fields.String()
    state = Said(required=True)
    leader = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class GroupSessionList(WholeList):
    """A branch's sessions."""

    items = fields.List(fields.Nested(GroupSessionOut), required=True)


class GroupLineOut(Out):
    """Somebody on a session's list."""

    elder_id = fields.UUID(required=True)
    number = fields.String()
    name = fields.String()
    consent = fields.String()
    held_minutes = fields.Integer()
    cancelled_at = At(allow_none=True)
    present = fields.Boolean(allow_none=True)


class GroupFileOut(Out):
    """A session with its list, for the branch."""

    view = fields.Nested(GroupSessionOut)
    lines = fields.List(fields.Nested(GroupLineOut))
    booked = fields.Integer(allow_none=True)
    share_minutes = fields.Integer()
    actual_minutes = fields.Integer(allow_none=True)
    batch_id = fields.UUID(allow_none=True)
    settled_at = At(allow_none=True)


class ElderSessionOut(Out):
    """A session for an elder: the most it may cost, and what it costs with so many as now."""

    view = fields.Nested(GroupSessionOut)
    is_booked = fields.Boolean(required=True)
    most_minutes = fields.Integer()
    now_minutes = fields.Integer()
    held_minutes = fields.Integer()
    may_book = fields.Boolean()
    may_cancel = fields.Boolean()


class ElderSessionList(Out):
    """What an elder has booked, and what could be booked."""

    booked = fields.List(fields.Nested(ElderSessionOut))
    others = fields.List(fields.Nested(ElderSessionOut))


class LeadOut(Out):
    """A session to lead, and what stands against it."""

    view = fields.Nested(GroupSessionOut)
    is_mine = fields.Boolean()
    eligible = fields.Boolean()
    reasons = fields.List(fields.Nested(SentenceOut), attribute="refusals")


class LeadList(WholeList):
    """Sessions that one leads, and those that nobody leads yet."""

    items = fields.List(fields.Nested(LeadOut), required=True)


class GroupAttendedOut(Out):
    """The list that waits for its second signature, if there is one."""

    batch_id = fields.UUID(allow_none=True)
