"""How people are matched, on the wire. Terms are thousandths of a minute; the sum decides."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from models.people import Sex
from services.requests.loosening import LANGUAGE, SEX
from services.rules.checked import Choice, Code, Day, Document, Words
from timebank.api.schemas.base import (
    TEXT,
    At,
    Figures,
    Id,
    ListOut,
    Out,
    PageQuery,
    Said,
    SentenceOut,
    name_out,
)
from timebank.explaining import refusal
from timebank.i18n import say


class PlaceQuery(PageQuery):
    """Which page of a list."""


class RefusalCountOut(Out):
    """How many people a refusal turned away; one person may have several."""

    code = fields.Function(lambda each: each[0], required=True, metadata=TEXT)
    message = fields.Function(lambda each: refusal(each[0]), required=True, metadata=TEXT)
    people = fields.Function(lambda each: each[1], required=True, metadata={"type": "integer"})


class RelaxationOut(Out):
    """Something that could be otherwise, and how many people would fit then."""

    code = fields.String(required=True)
    message = fields.Function(
        lambda each: say(each.sentence, each.params), required=True, metadata=TEXT
    )
    people = fields.Integer(required=True)


class SearchStateOut(Out):
    """How asking stands."""

    asked = fields.Integer(required=True)
    declined = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    state = Said(required=True, allow_none=True)
    next_at = At(required=True, allow_none=True)


class UnfilledOut(Out):
    """A request that still looks for somebody, and why nobody has come yet."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    elder_name = fields.String(required=True)
    since = At(required=True)
    missing = fields.Integer(required=True)
    search = fields.Nested(SearchStateOut, required=True)
    eligible = fields.Integer(required=True)
    refused = fields.List(fields.Nested(RefusalCountOut), required=True)
    relaxation = fields.Nested(RelaxationOut, required=True, allow_none=True)


class UnfilledList(ListOut):
    """A page of them, the earliest start first."""

    items = fields.List(fields.Nested(UnfilledOut), required=True)
    total = fields.Integer(required=True)


class CandidateOut(Out):
    """Somebody who fits, and why so well."""

    place = fields.Integer(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    travel_minutes = fields.Integer(required=True)
    reasons = fields.List(fields.Nested(SentenceOut), required=True)
    terms = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    cost_milliminutes = fields.Integer(required=True)
    asked = Said(required=True, allow_none=True)


class PeopleOut(Out):
    """Who would fit a request, best first, and why the others do not."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    service = name_out(required=True)
    starts_at = At(required=True)
    booked_minutes = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    search = fields.Nested(SearchStateOut, required=True)
    eligible = fields.Integer(required=True)
    people = fields.List(fields.Nested(CandidateOut), required=True)
    refused = fields.List(fields.Nested(RefusalCountOut), required=True)
    relaxations = fields.List(fields.Nested(RelaxationOut), required=True)


class OfferMade(Out):
    """The offer; a yes is still the person's own."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class LoosenIn(Document):
    """What had to be and is only welcome from now on."""

    what = Choice(LANGUAGE, SEX, required=True)


class SearchChangeOut(Out):
    """Something that the elder could say otherwise."""

    what = fields.String(required=True)
    to_at = At(required=True, allow_none=True)
    people = fields.Integer(required=True)


class SearchingOut(Out):
    """How the search goes, as it is said to the elder: no names."""

    book = fields.String(required=True)
    request_id = fields.UUID(required=True)
    people = fields.Integer(required=True, allow_none=True)
    are_many = fields.Boolean(required=True)
    is_hopeful = fields.Boolean(required=True)
    is_exhausted = fields.Boolean(required=True)
    why = fields.String(required=True)
    changes = fields.List(fields.Nested(SearchChangeOut), required=True)


class FairnessQuery(Document):
    """Which requests, by the day for which help is asked, and by whom they are for."""

    first = Day(required=False)
    last = Day(required=False)
    book = Code(required=False)
    branch = Id(required=False)
    service_code = Code(required=False)
    sex = Choice(*(each.value for each in Sex), required=False)
    language = Code(required=False)
    grade = Figures(0, 4, required=False)


class FairnessGroupOut(Out):
    """Requests that have something in common. Rates are thousandths, times are minutes."""

    dimension = fields.String(required=True)
    key = fields.String(required=True)
    name = name_out(required=True, allow_none=True)
    asked = fields.Integer(required=True)
    met = fields.Integer(required=True)
    unmet = fields.Integer(required=True)
    looking = fields.Integer(required=True)
    called_off = fields.Integer(required=True)
    met_permille = fields.Integer(required=True, allow_none=True)
    wait_median_minutes = fields.Integer(required=True, allow_none=True)
    wait_high_minutes = fields.Integer(required=True, allow_none=True)
    is_behind = fields.Boolean(required=True)


class FairnessOut(Out):
    """All requests together, and the same by what might make a difference."""

    first = fields.Date(required=True)
    last = fields.Date(required=True, allow_none=True)
    total = fields.Nested(FairnessGroupOut, required=True)
    groups = fields.Function(
        lambda each: [
            FairnessGroupOut().dump(group) for those in each.groups.values() for group in those
        ],
        required=True,
        metadata={"type": "array", "items": {"type": "object"}},
    )


class ShownQuery(PageQuery):
    """Which looks, by request, by whoever looked, and by day."""

    reference = Words(required=False)
    number = Words(required=False)
    first = Day(required=False)
    last = Day(required=False)


class ShownWhoOut(Out):
    """A member; the name is masked in lists."""

    number = fields.String(required=True)
    name = fields.String(required=True)


class ShownLineOut(Out):
    """One look at a ranking."""

    id = fields.UUID(required=True)
    at = At(required=True)
    viewer = fields.Nested(ShownWhoOut, required=True, allow_none=True)
    request_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    service = name_out(required=True)
    shown = fields.Integer(required=True)


class ShownList(ListOut):
    """Looks, the latest first."""

    items = fields.List(fields.Nested(ShownLineOut), required=True)


class ShownPersonOut(Out):
    """Somebody who was on the ranking."""

    place = fields.Integer(required=True)
    person = fields.Nested(ShownWhoOut, required=True, allow_none=True)
    cost_milliminutes = fields.Integer(required=True)
    terms = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    asked_as = Said(required=True, allow_none=True)
    asked_at = At(required=True, allow_none=True)
    answer = Said(required=True, allow_none=True)


class ShownOut(Out):
    """One look, with everybody who was on the ranking."""

    line = fields.Nested(ShownLineOut, required=True)
    people = fields.List(fields.Nested(ShownPersonOut), required=True)
    refused = fields.List(fields.Nested(RefusalCountOut), required=True)


def filters_of(asked: dict[str, Any], *names: str) -> dict[str, Any]:
    """Those of the filters that were given."""
    return {name: asked[name] for name in names if asked.get(name) is not None}
