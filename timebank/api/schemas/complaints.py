"""Wire formats of work sheets, of complaints and of appeals."""

from __future__ import annotations

from marshmallow import fields

from models.sheets import SheetKind
from services.complaints.deciding import DECISIONS
from services.complaints.reading import STATES as COMPLAINT_STATES
from services.complaints.terms import kinds
from services.rules.checked import Choice, Document, Words
from services.sheets.closing import OUTCOMES
from services.sheets.reading import STATES as SHEET_STATES
from services.sheets.reading import WHOSE
from timebank.api.lists import WholeList
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

KINDS = [each.value for each in SheetKind]
SIDES = ["complainant", "other"]


class SheetQuery(PageQuery):
    """Which sheets, a page at a time."""

    whose = Choice(*WHOSE, load_default=None)
    state = Choice(*SHEET_STATES, load_default="open")
    kind = Choice(*KINDS, load_default=None)


class SheetLineOut(Out):
    """A sheet in the inbox."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    kind = Said(required=True)
    about = fields.String(required=True)
    subject_kind = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    branch = name_out(allow_none=True)
    opened_at = At()
    due_on = fields.Date(required=True)
    is_overdue = fields.Boolean(required=True)
    level = fields.Integer(required=True)
    state = Said(required=True)
    outcome = fields.String(allow_none=True)
    owner = fields.String(attribute="owner.number", allow_none=True)


class SheetListOut(ListOut):
    """A page of sheets and how many there are in all."""

    items = fields.List(fields.Nested(SheetLineOut), required=True)


class SheetStepOut(Out):
    """What somebody did with a sheet."""

    at = At()
    by = fields.String(attribute="by.number", allow_none=True)
    what = fields.String(required=True)
    text = fields.String(allow_none=True)


class SheetOut(Out):
    """One sheet with its steps, and what the reader may do with it."""

    sheet = fields.Nested(SheetLineOut, attribute="line", required=True)
    reason = fields.String(allow_none=True)
    steps = fields.List(fields.Nested(SheetStepOut), required=True)
    parent_id = fields.UUID(allow_none=True)
    may = fields.List(fields.String(), required=True)


class SheetOpenIn(Document):
    """A sheet about anything."""

    kind = Choice(*KINDS)
    text = Prose()
    subject_kind = Words()
    subject_id = Id()
    branch_id = Id(load_default=None)


class SheetOpenedOut(Out):
    """The sheet that came of it."""

    sheet_id = fields.UUID(required=True)


class SheetHandIn(Document):
    """To whom a sheet goes."""

    to_id = Id()
    text = Prose(load_default="")


class SheetTextIn(Document):
    """What was done, or why."""

    text = Prose()


class SheetCloseIn(Document):
    """How it ended."""

    outcome = Choice(*OUTCOMES)
    reason = Prose()


class AppealDecisionIn(Document):
    """Whether an appeal is right."""

    upheld = fields.Boolean(required=True)
    reason = Prose()


class ComplaintQuery(PageQuery):
    """Which complaints, a page at a time."""

    state = Choice(*COMPLAINT_STATES, load_default="open")
    kind = Choice(*kinds(), load_default=None)


class ComplaintLineOut(Out):
    """A complaint in a list."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    kind = fields.String(required=True)
    state = Said(required=True)
    opened_at = At()
    due_on = fields.Date(required=True)
    is_overdue = fields.Boolean(required=True)
    outcome = fields.String(allow_none=True)
    branch = name_out()
    held_minutes = fields.Integer(required=True)
    by = fields.String(attribute="by.number", allow_none=True)
    against = fields.String(attribute="against.number", allow_none=True)


class ComplaintListOut(ListOut):
    """A page of complaints and how many there are in all."""

    items = fields.List(fields.Nested(ComplaintLineOut), required=True)


class OwnComplaintsOut(WholeList):
    """What one has said, and what others say of one."""

    items = fields.List(fields.Nested(ComplaintLineOut), required=True)


class ComplaintWordOut(Out):
    """What one side said."""

    side = fields.String(required=True)
    text = fields.String(required=True)
    at = At()


class ComplaintOut(Out):
    """One complaint with both sides' words, the decision, and what the reader may do."""

    complaint = fields.Nested(ComplaintLineOut, attribute="line", required=True)
    side = fields.String(allow_none=True)
    words = fields.List(fields.Nested(ComplaintWordOut), required=True)
    answer_until = fields.Date(required=True)
    reason = fields.String(allow_none=True)
    appeal_until = fields.Date(allow_none=True)
    appeal_reason = fields.String(allow_none=True)
    may = fields.List(fields.String(), required=True)


class ComplaintIn(Document):
    """What is said; ``by`` names whom one acts for, ``how`` phone or counter that it is taken."""

    kind = Choice(*kinds())
    text = Prose()
    visit_id = Id(load_default=None)
    against_id = Id(load_default=None)
    branch_id = Id(load_default=None)
    by = Id(load_default=None)
    how = Choice("self", "family", "phone", "counter", load_default="self")
    contact = Words(load_default=None)


class ComplaintMadeOut(Out):
    """The complaint that came of it."""

    complaint_id = fields.UUID(required=True)


class ComplaintWordsIn(Document):
    """Words of a side; a member speaks on the own side, whatever is named."""

    text = Prose()
    side = Choice(*SIDES, load_default=None)


class ComplaintDecisionIn(Document):
    """The decision and the reason that both sides read."""

    decision = Choice(*DECISIONS)
    reason = Prose()


class DisputeAppealIn(Document):
    """Why a dispute's decision was wrong."""

    text = Prose()
