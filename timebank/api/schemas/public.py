"""What everybody may read: rules, calendars, regions, branches and the calculator's answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from services.rules.checked import Code, Document
from timebank.api.schemas.base import Said, name_out


class RulesOut(Schema):
    """A published rule set. The hash is SHA-256 over the content's canonical JSON."""

    version = fields.String(required=True)
    content_hash = fields.String(required=True)
    effective_from = fields.Date(required=True)
    title = name_out()
    content = fields.Dict(required=True)


class YearOut(Schema):
    """A year's calendar as it was published."""

    year = fields.Integer(required=True)
    version = fields.String(required=True)
    content_hash = fields.String(required=True)
    content = fields.Dict(required=True)


class CalendarOut(Schema):
    """All years that are in force, under the version that an acceptance pins."""

    version = fields.String(required=True)
    years = fields.Function(
        lambda each: YearOut(many=True).dump(each.years.values()), required=True
    )


class ValuationOut(Schema):
    """What a visit is worth, and all that made it so; minutes are standard minutes."""

    creditable = fields.Integer(required=True)
    credited = fields.Integer(required=True)
    earn = fields.Integer(required=True)
    elder = fields.Integer(required=True)
    pool = fields.Integer(required=True)
    factors = fields.Dict(required=True)
    bands = fields.List(fields.Dict(), required=True)
    rule_set = fields.String(required=True)
    rule_set_hash = fields.String(required=True)
    calendar = fields.String(required=True)
    calendar_published = fields.Boolean(required=True)


class RegionQuery(Document):
    """Right below which region; provinces without one."""

    parent = Code(load_default=None)


class RegionOut(Schema):
    """A region as it stands today."""

    code = fields.String(required=True)
    name = fields.Function(lambda each: {"zh": each.name, "en": each.name_en}, required=True)
    tier = Said(required=True)
    parent_code = fields.String(allow_none=True)


class RegionList(Schema):
    """Regions, by code."""

    items = fields.List(fields.Nested(RegionOut), required=True)


class BranchQuery(Document):
    """The branches of which region and of all below it."""

    region = Code()


class BranchOut(Schema):
    """A branch that is open."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    region_code = fields.String(required=True)
    name = fields.Function(lambda each: {"zh": each.name, "en": each.name_en}, required=True)
    operator_name = fields.String()
    address = fields.String()
    phone = fields.String()
    latitude_e6 = fields.Integer(allow_none=True)
    longitude_e6 = fields.Integer(allow_none=True)


class BranchList(Schema):
    """Branches, by region and name."""

    items = fields.List(fields.Nested(BranchOut), required=True)
