"""Welfare visits, and a region's month, on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Choice, Day, Document
from services.rules.welfare import FINDINGS, ORDER, WAYS
from services.rules.wire import Moment
from timebank.api.schemas.base import At, ListOut, Out, PageQuery, Prose, name_out


class WelfareQuery(PageQuery):
    """A day of the month that is wanted, whether the seen are left out, and the page."""

    day = Day(required=False)
    shown = Choice("unseen", "all", load_default="unseen")


class WelfareLineOut(Out):
    """Somebody on the list: the tier, why, and when last seen."""

    elder_id = fields.UUID(required=True)
    name = fields.String()
    tier = fields.String(required=True)
    facts = fields.List(fields.String())
    is_raised = fields.Boolean()
    planned = fields.Integer()
    times = fields.Integer()
    last_at = At(allow_none=True)
    tried_at = At(allow_none=True)
    could_go = fields.List(fields.String())


class WelfareTierOut(Out):
    """A tier's progress."""

    tier = fields.String()
    total = fields.Integer()
    seen = fields.Integer()
    planned = fields.Integer()
    made = fields.Integer()


class WelfareMonthOut(ListOut):
    """A branch's month: progress by tier, and a page of the list, most at risk first."""

    month = fields.Function(lambda it: f"{it.month.first:%Y-%m}", metadata={"type": "string"})
    left_days = fields.Function(lambda it: it.month.left_days, metadata={"type": "integer"})
    total = fields.Integer()
    seen = fields.Integer()
    tiers = fields.List(fields.Nested(WelfareTierOut))
    items = fields.List(fields.Nested(WelfareLineOut), attribute="lines")
    found = fields.Integer()


class BranchFigureOut(Out):
    """One branch's month."""

    branch_id = fields.UUID()
    name = name_out()
    total = fields.Integer()
    seen = fields.Integer()
    planned = fields.Integer()
    made = fields.Integer()


class BranchDaysOut(Out):
    """One branch's service days of a month."""

    branch_id = fields.UUID()
    name = name_out()
    held = fields.Integer()
    person_times = fields.Integer()
    minutes = fields.Integer()


class CareFiguresOut(Out):
    """A region's month: welfare visits and service days by branch."""

    welfare = fields.List(fields.Nested(BranchFigureOut))
    service_days = fields.List(fields.Nested(BranchDaysOut))


class CareMonthQuery(Document):
    """A day of the month that is wanted."""

    day = Day(required=False)


class LookInIn(Document):
    """When somebody looked in or called, how, and what was found."""

    at = Moment()
    how = Choice(*WAYS)
    finding = Choice(*FINDINGS)
    note = Prose(load_default="")


class LookInOut(Out):
    """The look-in, and the safety sheet that it opened, if any."""

    id = fields.UUID(required=True)
    sheet_id = fields.UUID(allow_none=True)


class WelfareRaiseIn(Document):
    """A higher tier, and why."""

    tier = Choice(*ORDER)
    reason = Prose()
