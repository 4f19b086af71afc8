"""Hours, wishes, safeguarding and reports on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.availability import CheckKind, IncidentKind, TravelMode
from services.availability.safeguarding import CheckForm
from services.availability.wishes import SAME, WishForm
from services.rules.availability import (
    AWAY,
    DAY_MINUTES,
    DAY_PARTS,
    EXTRA,
    MOST_ASKS,
    MOST_WEEK_HOURS,
    MOST_WINDOWS,
    DayException,
    Window,
)
from services.rules.checked import Choice, Code, Day, Document, Flag, Listed, Part, Whole, Words
from services.rules.languages import LANGUAGES
from services.rules.travel import LEAST_RADIUS_M, MOST_RADIUS_M
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, Out, Prose, Said, name_out
from timebank.api.schemas.people import LATITUDE_E6, LONGITUDE_E6

MOST_LANGUAGES = len(LANGUAGES)


class WindowIn(Document):
    """Hours of every week in local minutes; Monday is 0, a night is two windows."""

    weekday = Whole(0, 6)
    from_minute = Whole(0, DAY_MINUTES)
    to_minute = Whole(0, DAY_MINUTES)

    @post_load
    def build(self, data: Any, **_: Any) -> Window:
        return Window(**data)


class WeekIn(Document):
    """The whole week, door to door; an empty list says nothing."""

    windows = Listed(Part(WindowIn), most=MOST_WINDOWS)


class AbsenceIn(Document):
    """Away on some days, or there in addition."""

    kind = Choice(AWAY, EXTRA)
    first_day = Day()
    last_day = Day()
    from_minute = Whole(0, DAY_MINUTES, load_default=0)
    to_minute = Whole(0, DAY_MINUTES, load_default=DAY_MINUTES)

    @post_load
    def build(self, data: Any, **_: Any) -> DayException:
        return DayException(**data)


class PauseIn(Document):
    """Until when nobody asks."""

    last_day = Day()


class TravelIn(Document):
    """How and how far."""

    mode = Choice(*(each.value for each in TravelMode))
    radius_m = Whole(LEAST_RADIUS_M, MOST_RADIUS_M)


class LanguagesIn(Document):
    """Codes of languages and dialects."""

    codes = Listed(Words(), most=MOST_LANGUAGES)


class DeclinedIn(Document):
    """Codes of services."""

    codes = Listed(Code())


class AskingIn(Document):
    """Whether and how often to be asked."""

    may_be_asked = Flag()
    asks_per_day = Whole(1, MOST_ASKS)
    weekly_minutes = Whole(60, MOST_WEEK_HOURS * 60, load_default=None)


class PlaceIn(Document):
    """Somewhere to set out from."""

    label = Words()
    latitude_e6 = Whole(-LATITUDE_E6, LATITUDE_E6)
    longitude_e6 = Whole(-LONGITUDE_E6, LONGITUDE_E6)


class WishesIn(Document):
    """What an elder wishes as a rule."""

    languages = Listed(Words(), most=MOST_LANGUAGES, load_default=())
    language_must = Flag(load_default=False)
    sex = Choice(SAME, load_default=None)
    sex_must = Flag(load_default=False)
    same_person = Flag(load_default=True)
    day_parts = Listed(Choice(*DAY_PARTS), load_default=())

    @post_load
    def build(self, data: Any, **_: Any) -> WishForm:
        return WishForm(**data)


class SafeguardingIn(Document):
    """A screening with its end, or the first home visit in company."""

    kind = Choice(*(each.value for each in CheckKind))
    on_day = Day()
    reference = Words()
    valid_to = Day(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> CheckForm:
        return CheckForm(**{**data, "kind": CheckKind(data["kind"])})


class CompanionIn(Document):
    """Who goes along with whom."""

    provider_id = Id()
    companion = Words()


class IncidentIn(Document):
    """What happened."""

    kind = Choice(*(each.value for each in IncidentKind))
    text = Prose()


class IncidentDecisionIn(Document):
    """Whether the two may meet again, and why."""

    lift = Flag()
    reason = Prose()


class WindowOut(Out):
    """Hours of every week."""

    weekday = fields.Integer(required=True)
    from_minute = fields.Integer(required=True)
    to_minute = fields.Integer(required=True)


class AbsenceOut(Out):
    """Days on which the week does not hold."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    from_minute = fields.Integer(required=True)
    to_minute = fields.Integer(required=True)


class PlaceOut(Out):
    """Somewhere to set out from."""

    id = fields.UUID(required=True)
    label = fields.String(required=True)
    latitude_e6 = fields.Integer(required=True)
    longitude_e6 = fields.Integer(required=True)


class FittingOut(Out):
    """Of the open requests: how many there are, may be taken, and lie within what is stated."""

    open = fields.Integer(required=True)
    eligible = fields.Integer(required=True)
    fits = fields.Integer(required=True)


class AvailabilityOut(Out):
    """Everything that a volunteer has stated."""

    member_id = fields.UUID(required=True)
    windows = fields.List(fields.Nested(WindowOut), required=True)
    exceptions = fields.List(fields.Nested(AbsenceOut), required=True)
    places = fields.List(fields.Nested(PlaceOut), required=True)
    paused_until = fields.Date(required=True, allow_none=True)
    travel_mode = fields.String(required=True)
    radius_m = fields.Integer(required=True)
    languages = fields.List(fields.String(), required=True)
    declined_codes = fields.List(fields.String(), required=True)
    may_be_asked = fields.Boolean(required=True)
    asks_per_day = fields.Integer(required=True)
    weekly_minutes = fields.Integer(required=True, allow_none=True)
    fitting = fields.Nested(FittingOut, required=True)


class WishesOut(Out):
    """What an elder wishes as a rule."""

    languages = fields.List(fields.String(), required=True)
    language_must = fields.Boolean(required=True)
    sex = fields.String(required=True, allow_none=True)
    sex_must = fields.Boolean(required=True)
    same_person = fields.Boolean(required=True)
    day_parts = fields.List(fields.String(), required=True)


class AvoidedOut(Out):
    """Somebody whom a member does not want to meet."""

    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    since = At(required=True)


class AvoidedList(WholeList):
    """One's own list, and nobody else's."""

    items = fields.List(fields.Nested(AvoidedOut), required=True)


class CheckOut(Out):
    """A record of safeguarding."""

    id = fields.UUID(required=True)
    kind = Said(required=True)
    on_day = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    reference = fields.String(required=True)
    valid = fields.Boolean(required=True)


class SafetyOut(Out):
    """Whether somebody may go to a home alone."""

    identity_checked = fields.Boolean(required=True)
    screened = fields.Boolean(required=True)
    been_to_a_home = fields.Boolean(required=True)
    accompanied = fields.Boolean(required=True)
    is_first = fields.Boolean(required=True)
    checks = fields.List(fields.Nested(CheckOut), required=True)


class CompanionOut(Out):
    """Who goes along with whom."""

    provider_id = fields.UUID(required=True)
    provider = fields.String(required=True)
    companion = fields.String(required=True)


class CompanionList(WholeList):
    """Whom the branch has named for a request."""

    items = fields.List(fields.Nested(CompanionOut), required=True)


class IncidentMade(Out):
    """The report that was opened."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class IncidentOut(Out):
    """A report; the words and the reason only for those who look into it."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    branch_id = fields.UUID(required=True)
    visit_id = fields.UUID(required=True)
    kind = Said(required=True)
    state = Said(required=True)
    elder_id = fields.UUID(required=True)
    provider_id = fields.UUID(required=True)
    side = fields.String(required=True)
    reported_at = At(required=True)
    text = fields.String(required=True, allow_none=True)
    decided_at = At(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    may_decide = fields.Boolean(required=True)


class IncidentList(WholeList):
    """Reports that wait for a decision."""

    items = fields.List(fields.Nested(IncidentOut), required=True)


class LanguageOut(Out):
    """A language or dialect."""

    code = fields.String(required=True)
    name = name_out(required=True)


class LanguageList(WholeList):
    """Every language and dialect of the list."""

    items = fields.List(fields.Nested(LanguageOut), required=True)
