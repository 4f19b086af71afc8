"""Wire formats of flags."""

from __future__ import annotations

from marshmallow import fields

from models.flags import FlagState
from models.sheets import SheetKind
from services.rules.checked import Choice, Document
from services.rules.flags import RULES
from timebank.api.schemas.base import At, ListOut, Out, PageQuery, Prose, Said, name_out


class FlagQuery(PageQuery):
    """Which flags of the programs' books: by state and code, a page at a time."""

    state = Choice("all", *(each.value for each in FlagState), load_default="open")
    code = Choice("all", *RULES, load_default="all")


class FlagDecisionIn(Document):
    """What came of it, and why."""

    state = Choice(FlagState.CLEARED.value, FlagState.UPHELD.value)
    reason = Prose()


class FlagSheetIn(Document):
    """Which kind of work sheet."""

    kind = Choice(SheetKind.WARNING.value, SheetKind.SUPERVISION.value)


class FlagSheetMadeOut(Out):
    """The new sheet's id."""

    sheet_id = fields.UUID(required=True)


class FlagLineOut(Out):
    """A flag in a list; whom it is about by number, where it is one member."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    subject_kind = fields.String(required=True)
    number = fields.String(attribute="subject.number", allow_none=True)
    branch = name_out(allow_none=True)
    visits = fields.Integer(required=True)
    happened_at = At()
    found_at = At()
    state = Said()
    sheet_id = fields.UUID(allow_none=True)
    table_version = fields.String(required=True)


class FlagListOut(ListOut):
    """Some flags, the newest first."""

    items = fields.List(fields.Nested(FlagLineOut), required=True)


class FlaggedVisitOut(Out):
    """A visit that a flag is about."""

    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    came_at = At(allow_none=True)
    left_at = At(allow_none=True)
    transfer_id = fields.UUID(allow_none=True)
    is_reversed = fields.Boolean(required=True)


class FlagOneOut(Out):
    """One flag with the figures, the thresholds they were held to, and its visits."""

    flag = fields.Nested(FlagLineOut, attribute="line", required=True)
    figures = fields.Dict(required=True)
    held_to = fields.Dict(required=True)
    visits = fields.List(fields.Nested(FlaggedVisitOut), required=True)
    elsewhere = fields.Integer(required=True)
    decided_at = At(allow_none=True)
    reason = fields.String(allow_none=True)
