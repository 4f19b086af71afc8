"""Deaths and estates on the wire: reports, officials' checks, and the file of one."""

from __future__ import annotations

from marshmallow import fields

from models.estates import EstateState
from services.estates.reporting import BRANCH, EVIDENCE, FAMILY
from services.rules.checked import Choice, Clock, Day, Document, Words
from timebank.api.schemas.base import (
    At,
    Id,
    ListOut,
    Out,
    PageQuery,
    Prose,
    Said,
    name_out,
)
from timebank.api.schemas.batches import ListText


class EstateQuery(PageQuery):
    """Which estates: of one state, a page at a time."""

    state = Choice(*(state.value for state in EstateState), load_default=None)


class DeathReportIn(Document):
    """Whose death: ``member_id``, or ``person`` (a volunteer number or ID number) for staff.

    ``how``: family, from a recorded relative or delegate; branch, from staff.
    """

    member_id = Id(load_default=None)
    person = Words(load_default=None)
    how = Choice(FAMILY, BRANCH, load_default=FAMILY)
    died_on = Day()
    died_time = Clock(load_default=None)
    evidence = Choice(*EVIDENCE, load_default=None)
    paper_number = Words(load_default=None)


class DeathCheckIn(Document):
    """What an official has read, the original in hand."""

    died_on = Day()
    died_time = Clock(load_default=None)
    evidence = Choice(*EVIDENCE)
    paper_number = Words()


class EstateEndIn(Document):
    """Why a report is dismissed, or a mistake undone."""

    reason = Prose()


class DeathListIn(Document):
    """The registry's list as CSV text: person,died_on,certificate."""

    list = ListText()


class DeathReportOut(Out):
    """The estate to which the report belongs."""

    estate_id = fields.UUID(required=True)


class DeathCheckOut(Out):
    """Whether this was the second official, and the account is frozen now."""

    frozen = fields.Boolean(required=True)


class DeathListOut(Out):
    """What became of the lines of a list."""

    lines = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    added = fields.Integer(required=True)
    nobody = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class EstateLineOut(Out):
    """One estate in a list; so many ``checks`` of two."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    state = Said(required=True)
    died_on = fields.Date(required=True)
    reported_at = At(required=True)
    branch = name_out(required=True)
    checks = fields.Integer(required=True)


class EstateListOut(ListOut):
    """Some estates, and how many there are."""

    items = fields.List(fields.Nested(EstateLineOut), required=True)
    total = fields.Integer(required=True)


class DeathReportLineOut(Out):
    """Who said it, from where, with which paper."""

    how = fields.String(required=True)
    by = fields.String(required=True)
    region = name_out(required=True)
    relation = fields.String(required=True, allow_none=True)
    died_on = fields.Date(required=True)
    evidence = fields.String(required=True, allow_none=True)
    paper_number = fields.String(required=True, allow_none=True)
    at = At(required=True)


class DeathCheckLineOut(Out):
    """Which official read which paper."""

    by = fields.String(required=True)
    died_on = fields.Date(required=True)
    evidence = fields.String(required=True)
    paper_number = fields.String(required=True)
    at = At(required=True)


class EstateMoveOut(Out):
    """One transfer of an estate, in standard minutes."""

    transfer_id = fields.UUID(required=True)
    what = fields.String(required=True)
    minutes = fields.Integer(required=True)
    at = At(required=True)


class EstateOut(Out):
    """One estate with everything that has happened; figures in standard minutes."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = Said(required=True)
    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    branch = name_out(required=True)
    died_at = At(required=True)
    reported_at = At(required=True)
    frozen_at = At(required=True, allow_none=True)
    ended_at = At(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)
    reports = fields.List(fields.Nested(DeathReportLineOut), required=True)
    checks = fields.List(fields.Nested(DeathCheckLineOut), required=True)
    ended = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    moves = fields.List(fields.Nested(EstateMoveOut), required=True)
    kept_minutes = fields.Integer(required=True)
    own_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    granted_minutes = fields.Integer(required=True)
    unfinished_visits = fields.List(fields.UUID(), required=True)
    unfinished_sessions = fields.List(fields.UUID(), required=True)
