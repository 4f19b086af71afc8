"""What everybody may read: rules, calendars, regions, branches and the calculator's answer."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Code, Document
from timebank.api.lists import WholeList
from timebank.api.schemas.base import BothNames, Out, Said, name_out


class RulesOut(Out):
    """A published rule set. The hash is SHA-256 over the content's canonical JSON."""

    version = fields.String(required=True)
    content_hash = fields.String(required=True)
    effective_from = fields.Date(required=True)
    title = name_out()
    content = fields.Dict(required=True)


class YearOut(Out):
    """A year's calendar as it was published."""

    year = fields.Integer(required=True)
    version = fields.String(required=True)
    content_hash = fields.String(required=True)
    content = fields.Dict(required=True)


class CalendarOut(Out):
    """All years that are in force, under the version that an acceptance pins."""

    version = fields.String(required=True)
    years = fields.List(fields.Nested(YearOut), required=True)


class ValuationOut(Out):
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

    parent = Code(required=False)


class RegionOut(Out):
    """A region as it stands today."""

    code = fields.String(required=True)
    name = BothNames(required=True)
    tier = Said(required=True)
    parent_code = fields.String(allow_none=True)


class RegionList(WholeList):
    """Regions, by code."""

    items = fields.List(fields.Nested(RegionOut), required=True)


class BranchQuery(Document):
    """The branches of which region and of all below it."""

    region = Code()


class BranchOut(Out):
    """A branch that is open."""

    id = fields.UUID(required=True)
    book = fields.String(required=True)
    region_code = fields.String(required=True)
    name = BothNames(required=True)
    operator_name = fields.String()
    address = fields.String()
    phone = fields.String()
    latitude_e6 = fields.Integer(allow_none=True)
    longitude_e6 = fields.Integer(allow_none=True)


class BranchList(WholeList):
    """Branches, by region and name."""

    items = fields.List(fields.Nested(BranchOut), required=True)
