"""Standing visits and other times on the wire."""

from __future__ import annotations

from marshmallow import fields

from models.people import Sex
from models.schedule import HolidayPolicy
from services.rules.checked import Choice, Code, Day, Document, Flag, Listed, Whole, Words
from services.rules.wire import Moment
from services.schedule.regulars import PLACES
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


class SeriesChangeIn(Document):
    """What a standing visit asks for: an RRULE over Chinese wall time, from a moment on."""

    service_code = Code()
    rrule = Words()
    starts_at = Moment()
    booked_minutes = Whole(1, A_DAY_MINUTES)
    holiday_policy = Choice(*(each.value for each in HolidayPolicy), load_default="skip")
    remote = Flag(load_default=False)
    address = Words(load_default=None)
    note = Prose(load_default=None)
    risk_note = Prose(load_default=None)
    wished_sex = Choice(*(each.value for each in Sex), load_default=None)


class SeriesIn(SeriesChangeIn):
    """The same, and for whom: without ``elder_id`` for whoever asks."""

    elder_id = Id(load_default=None)
    consent = Choice("own", "family", "voice", "signature", load_default="own")


class SeriesQuery(Document):
    """Whose standing visits: one's own, or an elder's (``for``)."""

    elder_id = Id(required=False, data_key="for")


class PersonIn(Document):
    """Whom to ask to come as a rule; null takes the question back."""

    provider_id = Id(allow_none=True)
    place = Choice(*PLACES)


class DaysIn(Document):
    """The dates that one says yes to, each by the day that the rule named."""

    rule_days = Listed(Day(), least=1, most=40)


class TimeIn(Document):
    """Another time."""

    to_at = Moment()


class AnswerIn(Document):
    """Yes or no."""

    agrees = Flag()


class DateOut(Out):
    """One date: ``state`` is the date's own, or its request's once it has been asked for."""

    rule_day = fields.Date(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    state = Said(attribute="code", required=True)
    holiday = name_out(allow_none=True)
    calendar_is_published = fields.Boolean()
    is_moved = fields.Boolean()
    request_id = fields.UUID(allow_none=True)
    refusal = fields.Nested(SentenceOut, allow_none=True)


class SeriesLineOut(Out):
    """A standing visit in a list."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    elder_id = fields.UUID()
    elder_name = fields.String()
    service_code = fields.String()
    service = name_out()
    rule = name_out()
    booked_minutes = fields.Integer()
    state = Said(required=True)
    holiday_policy = fields.String()
    regular_id = fields.UUID(allow_none=True)
    regular_agreed = fields.Boolean()
    substitute_id = fields.UUID(allow_none=True)
    substitute_agreed = fields.Boolean()
    is_reviewed = fields.Boolean()
    next_at = At(allow_none=True)


class SeriesOut(Out):
    """A standing visit with its dates to come."""

    series = fields.Nested(SeriesLineOut, required=True)
    dates = fields.List(fields.Nested(DateOut), required=True)


class SeriesList(WholeList):
    """Some standing visits."""

    items = fields.List(fields.Nested(SeriesLineOut), attribute="rows", required=True)


class MySeriesOut(SeriesOut):
    """A standing visit that one was asked to come to as a rule."""

    place = fields.String(required=True)
    has_agreed = fields.Boolean(required=True)
    open_days = fields.List(fields.Date(), required=True)


class MySeriesList(WholeList):
    """All of them."""

    items = fields.List(fields.Nested(MySeriesOut), required=True)


class AnsweredOut(Out):
    """What came of a yes to one date."""

    rule_day = fields.Date(required=True)
    visit_id = fields.UUID(allow_none=True)
    refusal = fields.Nested(SentenceOut, allow_none=True)


class AnsweredList(WholeList):
    """What came of each yes."""

    items = fields.List(fields.Nested(AnsweredOut), required=True)


class ProposalOut(Out):
    """Another time that waits for an answer."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    request_id = fields.UUID(required=True)
    from_at = At(required=True)
    to_at = At(required=True)
    lapses_at = At(required=True)
    proposed_by = fields.String()
    share_minutes = fields.Integer()
    share_then_minutes = fields.Integer()
    waits_for = fields.Integer()
    may_answer = fields.Boolean(required=True)
    may_take_back = fields.Boolean(required=True)


class TimesOut(Out):
    """How a request stands with other times: when it is, and what waits for an answer."""

    request_id = fields.UUID(required=True)
    starts_at = At(required=True)
    may_propose = fields.Boolean(required=True)
    proposal = fields.Nested(ProposalOut, allow_none=True)
