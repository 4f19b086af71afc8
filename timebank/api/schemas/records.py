"""Records of service, certificates, stars, honours and perks on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Day, Document, Flag, Whole, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, ListOut, Out, Prose, Said, name_out


class ServiceProofIn(Document):
    """Which days; without a first one from the first service, without a last one until today."""

    first = Day(load_default=None)
    last = Day(load_default=None)


class ServiceProofOut(Out):
    """The check code, which is the certificate's number as well."""

    code = fields.String(required=True)


class PersonRecordOut(Out):
    """Article 5; ID number and telephone are masked."""

    member_id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    sex = fields.String(required=True)
    born_on = fields.Date(required=True)
    id_number = fields.String(required=True)
    region = name_out()
    phone = fields.String(allow_none=True)
    skills = fields.List(fields.String(), required=True)
    services = fields.List(name_out(), required=True)
    joined_on = fields.Date(required=True)


class ActivityRecordOut(Out):
    """Article 7; ``actual_minutes`` are those really given. ``kind`` is visit or group."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    reference = fields.String(required=True)
    service_code = fields.String(required=True)
    activity = name_out()
    content = name_out()
    day = fields.Date(required=True)
    place = name_out()
    remote = fields.Boolean(required=True)
    actual_minutes = fields.Integer(required=True)
    organiser = name_out()
    operator = name_out()
    person_in_charge = fields.String(allow_none=True)
    due_on = fields.Date(required=True)
    recorded_on = fields.Date(required=True)
    is_late = fields.Boolean(required=True)
    by_hand = fields.Boolean(required=True)


class TrainingHeldOut(Out):
    """Article 8."""

    session_id = fields.UUID(required=True)
    name = name_out()
    contents = fields.String(required=True)
    study_minutes = fields.Integer(required=True)
    organiser = fields.String(required=True)
    day = fields.Date(required=True)
    result = fields.String(required=True)


class HonourOut(Out):
    """Article 9."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    given_on = fields.Date(required=True)
    given_by = fields.String(required=True)


class EvaluationOut(Out):
    """Article 10; 3 good, 2 fair, 1 not good."""

    visit_id = fields.UUID(required=True)
    service = name_out()
    score = fields.Integer(required=True)
    day = fields.Date(required=True)


class WholeRecordOut(Out):
    """Everything on record of a volunteer; ``missing`` are codes of what it lacks."""

    person = fields.Nested(PersonRecordOut, required=True)
    activities = fields.List(fields.Nested(ActivityRecordOut), required=True)
    trainings = fields.List(fields.Nested(TrainingHeldOut), required=True)
    honours = fields.List(fields.Nested(HonourOut), required=True)
    evaluations = fields.List(fields.Nested(EvaluationOut), required=True)
    stars = fields.Integer(required=True)
    served_minutes = fields.Integer(required=True)
    listed_minutes = fields.Integer(required=True)
    missing = fields.List(fields.String(), required=True)


class LateRecordOut(Out):
    """An activity on record too late, or not yet; ``days_late`` are working days."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    reference = fields.String(required=True)
    branch_id = fields.UUID(required=True)
    branch = name_out()
    service = name_out()
    provider_number = fields.String(required=True)
    provider = fields.String(required=True)
    ended_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    recorded_on = fields.Date(allow_none=True)
    days_late = fields.Integer(required=True)
    state = fields.String(required=True)


class LateRecordList(WholeList):
    """The longest late first."""

    items = fields.List(fields.Nested(LateRecordOut), required=True)


class ExchangeOut(Out):
    """A month of a region in the fields of the exchange file (see docs/records.md)."""

    head = fields.Dict(required=True)
    lines = fields.Dict(required=True)


class StarNoticeOut(Out):
    """What everybody reads while stars are published; the name is masked."""

    book = fields.String(required=True)
    award_id = fields.UUID(required=True)
    name = fields.String(required=True)
    region = name_out()
    stars = fields.Integer(required=True)
    served_minutes = fields.Integer(required=True)
    granting_tier = fields.String(required=True)
    notice_from = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class StarNoticeList(ListOut):
    """Those that end first before others."""

    items = fields.List(fields.Nested(StarNoticeOut), required=True)


class StarObjectionOut(Out):
    """An objection with its decision."""

    id = fields.UUID(required=True)
    by = fields.String(required=True)
    text = fields.String(required=True)
    at = At(required=True)
    decision = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    decided_at = At(allow_none=True)


class StarAwardOut(Out):
    """An award; ``objections`` only for those who decide or watch."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    region = name_out()
    stars = fields.Integer(required=True)
    served_minutes = fields.Integer(required=True)
    state = Said(required=True)
    granting_tier = fields.String(required=True)
    notice_from = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    decided_at = At(allow_none=True)
    end_reason = fields.String(allow_none=True)
    objections = fields.List(fields.Nested(StarObjectionOut), required=True)
    may_decide = fields.Boolean(required=True)


class StarAwardList(WholeList):
    """Those with open objections first."""

    items = fields.List(fields.Nested(StarAwardOut), required=True)


class MemberStarsOut(Out):
    """Stars that stand, what is being published, and until when a ban runs."""

    stars = fields.Integer(required=True)
    pending = fields.Nested(StarAwardOut, allow_none=True)
    barred_until = fields.Date(allow_none=True)
    awards = fields.List(fields.Nested(StarAwardOut), required=True)


class StarObjectionIn(Document):
    """Why the stars should not be given."""

    text = Prose()


class StarDecisionIn(Document):
    """Whether the objection is right, and why."""

    uphold = Flag()
    reason = Prose()


class StarLiftIn(Document):
    """``appeal`` or ``mistake``."""

    reason = Words()


class HonourIn(Document):
    """Name, day and giver."""

    name = Words()
    given_on = Day()
    given_by = Words()


class PerkIn(Document):
    """What a region gives; in both languages, never money or goods."""

    name = Words()
    name_en = Words()
    terms = Prose()
    terms_en = Prose()
    from_stars = Whole(1, 10)
    begins_on = Day()
    ends_on = Day(load_default=None)


class PerkOut(Out):
    """A perk; ``is_open`` is null where nobody's stars are looked at."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    name = name_out()
    terms = name_out()
    from_stars = fields.Integer(required=True)
    begins_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True)
    is_open = fields.Boolean(allow_none=True)


class PerkList(WholeList):
    """The fewest stars first."""

    items = fields.List(fields.Nested(PerkOut), required=True)


class PersonInChargeIn(Document):
    """A name; without one nobody is named any more."""

    name = Words(load_default="")
