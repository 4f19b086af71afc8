"""Heirs, their answers, and who is to inherit, on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.designations.making import DESIGNATION, MOST_LINES, MOST_PARTS, RELATIONS, WILL
from services.estates.answering import ANSWERS
from services.estates.listing import REMOVALS
from services.people.forms import DOCUMENT, OWN, SIGNATURE
from services.rules.checked import Choice, Document, Flag, Listed, Part, Whole, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, Out


class BeneficiaryIn(Document):
    """Somebody named; a member with the id, else by the name alone."""

    beneficiary_id = Id(load_default=None, allow_none=True)
    name = Words()
    relation = Choice(*RELATIONS)
    parts = Whole(1, MOST_PARTS, load_default=1)


class DesignationIn(Document):
    """Who is to inherit; a will has where it is kept and under which number."""

    lines = Listed(Part(BeneficiaryIn), least=1, most=MOST_LINES, repeats=True)
    kind = Choice(DESIGNATION, WILL, load_default=DESIGNATION)
    how = Choice(OWN, SIGNATURE, DOCUMENT, load_default=OWN)
    reference = Words(load_default=None, allow_none=True)


class BeneficiaryOut(Out):
    """Somebody named."""

    beneficiary_id = fields.UUID(allow_none=True)
    name = fields.String(required=True)
    relation = fields.String(required=True)
    parts = fields.Integer(required=True)


class DesignationOut(Out):
    """A designation or will, and the check code of its paper while it holds."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    how = fields.String(required=True)
    reference = fields.String(allow_none=True)
    made_at = At(required=True)
    revoked_at = At(allow_none=True)
    lines = fields.List(fields.Nested(BeneficiaryOut), required=True)
    paper_code = fields.String(allow_none=True)


class DesignationList(WholeList):
    """The one in force first."""

    items = fields.List(fields.Nested(DesignationOut), required=True)


class HeirIn(Document):
    """An heir as staff write one down; a representative's relation is ``child``."""

    name = Words()
    relation = Choice(*RELATIONS)
    evidence = Words()
    phone = Words(load_default=None, allow_none=True)
    member_id = Id(load_default=None, allow_none=True)
    represents_id = Id(load_default=None, allow_none=True)
    parts = Whole(1, MOST_PARTS, load_default=None, allow_none=True)
    died_before = Flag(load_default=False)


class HeirChangeIn(Document):
    """Whether an heir died before, and by which paper."""

    died_before = Flag()
    evidence = Words()
    phone = Words(load_default=None, allow_none=True)


class HeirRemovalIn(Document):
    """Why somebody is taken off the list."""

    reason = Choice(*REMOVALS)


class HeirAccountIn(Document):
    """The account of an heir who had none."""

    member_id = Id()
    same_person = Flag(load_default=False)


class HeirAnswerIn(Document):
    """Accepted or disclaimed; ``signature`` at the counter."""

    answer = Choice(*ANSWERS)
    how = Choice(OWN, SIGNATURE, load_default=OWN)


class HeirPartOut(Out):
    """A part of the whole, as a fraction."""

    of = fields.Integer(required=True)
    out_of = fields.Integer(required=True)


class HeirOut(Out):
    """One line of the list; no ``part`` where nothing is inherited."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    relation = fields.String(required=True)
    basis = fields.String(required=True)
    parts = fields.Integer(allow_none=True)
    depth = fields.Integer(required=True)
    represents_name = fields.String(allow_none=True)
    member_id = fields.UUID(allow_none=True)
    number = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    evidence = fields.String(required=True)
    died_before = fields.Boolean(required=True)
    differs = fields.Boolean(required=True)
    may_be_represented = fields.Boolean(required=True)
    answer = fields.String(allow_none=True)
    answered_how = fields.String(allow_none=True)
    answered_at = At(allow_none=True)
    part = fields.Nested(HeirPartOut, allow_none=True)
    share_minutes = fields.Integer(allow_none=True)
    paid_at = At(allow_none=True)
    lapsed_at = At(allow_none=True)


class HeirListOut(Out):
    """The list; shares and remainder are the estate. ``is_preview``: a division today's."""

    estate_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True)
    dead_name = fields.String(required=True)
    died_on = fields.Date(required=True)
    lines = fields.List(fields.Nested(HeirOut), required=True)
    order = fields.Integer(allow_none=True)
    estate_minutes = fields.Integer(required=True)
    remainder_minutes = fields.Integer(required=True)
    is_preview = fields.Boolean(required=True)


class InheritanceOut(Out):
    """What one line gives its heir, and nothing about the others."""

    book = fields.String(required=True)
    estate_id = fields.UUID(required=True)
    heir_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True)
    dead_name = fields.String(required=True)
    died_on = fields.Date(required=True)
    basis = fields.String(required=True)
    relation = fields.String(required=True)
    represents_name = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    answered_how = fields.String(allow_none=True)
    answered_at = At(allow_none=True)
    may_answer = fields.Boolean(required=True)
    may_disclaim = fields.Boolean(required=True)
    part = fields.Nested(HeirPartOut, allow_none=True)
    share_minutes = fields.Integer(allow_none=True)
    estate_minutes = fields.Integer(allow_none=True)
    is_preview = fields.Boolean(required=True)
    paid_at = At(allow_none=True)
    lapsed_at = At(allow_none=True)
    claim_until = fields.Date(allow_none=True)


class InheritanceList(WholeList):
    """Everything in which one stands as an heir."""

    items = fields.List(fields.Nested(InheritanceOut), required=True)
