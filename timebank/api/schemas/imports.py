"""Imports on the wire: what comes in and what is told about them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from services.imports.layouts import UNITS, UPLOADED
from services.imports.reports import SHOWN
from services.rules.checked import (
    NOT_TEXT,
    Choice,
    Code,
    Document,
    Flag,
    Part,
    RequiredField,
    Words,
    wrong,
)
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Figures, Id, ListOut, Out, PageQuery, Prose, name_out
from timebank.api.schemas.batches import ListText


class ImportPapersIn(Document):
    """The papers behind the class of evidence."""

    kind = Words(required=False)
    document = Prose(required=False)
    authority = Prose(required=False)


class Pairs(RequiredField):
    """Texts by texts, or with ``deep`` such pairs by their list's name."""

    def __init__(self, *, deep: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self._deep = deep

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        inner = value.values() if self._deep and isinstance(value, dict) else [value]
        if not isinstance(value, dict) or not all(_is_pairs(each) for each in inner):
            raise wrong(NOT_TEXT)
        return value


def _is_pairs(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(key, str) and isinstance(each, str) for key, each in value.items()
    )


class ImportColumnsIn(Document):
    """How a file is read: headings -> fields, the unit, and what words mean."""

    columns = Pairs()
    unit = Choice(*UNITS)
    words = Pairs(deep=True, required=False)


class ImportIn(Document):
    """A list of members as CSV text, with its papers and, where wanted, every transfer."""

    layout = Choice(*UPLOADED)
    source = Prose()
    branch_id = Id()
    evidence_class = Words()
    evidence = Part(ImportPapersIn, required=False)
    members = ListText()
    transfers = ListText(required=False)
    mapping = Part(ImportColumnsIn, required=False)
    transfers_mapping = Part(ImportColumnsIn, required=False)
    both_run = Flag(required=False)


class ImportListIn(Document):
    """A list as CSV text: the sample's answers, or the older system's balances of today."""

    list = ListText()


class ImportSignatureIn(Document):
    """What the signer has seen, by its fingerprint."""

    fingerprint = Words()


class ImportReasonIn(Document):
    """Why."""

    reason = Prose()


class ImportObjectionIn(Document):
    """An objection to a row, or without a line to the whole."""

    line = Figures(1, 1_000_000, required=False)
    text = Prose()


class ImportDecisionIn(Document):
    """The answer to an objection."""

    upheld = Flag()
    reason = Prose()


class ImportBothRunIn(Document):
    """Whether the older system still runs beside this one."""

    both_run = Flag()


class ImportNoticeQuery(PageQuery):
    """Which page of the notices, and of which region."""

    region = Code(load_default=None)


class ImportPublicQuery(Document):
    """Which page of the people, or whoever has exactly this number in the older system."""

    page = Figures(1, 100_000, load_default=1)
    key = Prose(load_default="")


class ImportMadeOut(Out):
    """A new import."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class ImportOut(Out):
    """An import and how far it has come."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    layout = fields.String(required=True)
    source = fields.String(required=True)
    evidence_class = fields.String(required=True)
    state = fields.String(required=True)
    rows = fields.Integer(required=True)
    posted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    undone = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    mapping = fields.Dict(required=True)
    files = fields.Dict(required=True)
    fingerprint = fields.String(required=True)
    notice_from = fields.Date(allow_none=True)
    notice_ends_on = fields.Date(allow_none=True)
    objections = fields.Integer(required=True)
    both_run = fields.Boolean(required=True)
    proposed_at = At(required=True)
    signed_at = At(allow_none=True)
    ended_at = At(allow_none=True)


class ImportListOut(ListOut):
    """Some imports, the newest first, and where to go on."""

    items = fields.List(fields.Nested(ImportOut), required=True)


class ImportRowQuery(PageQuery):
    """Which rows, how many, and after which one."""

    limit = Figures(1, 1000, load_default=100)
    shown = Choice(*SHOWN, required=False)


class ImportRowOut(Out):
    """A row and its fate."""

    line = fields.Integer(required=True)
    old_key = fields.String(required=True)
    name = fields.String(required=True)
    claimed_minutes = fields.Integer(required=True)
    credited_minutes = fields.Integer(required=True)
    state = fields.String(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    transfer_id = fields.UUID(required=True, allow_none=True)


class ImportRowList(ListOut):
    """Some rows by line."""

    items = fields.List(fields.Nested(ImportRowOut), required=True)
    total = fields.Integer(required=True)


class ImportDifferenceOut(Out):
    """An account that the two systems do not agree on."""

    old_key = fields.String(required=True)
    what = fields.String(required=True)
    theirs_minutes = fields.Integer(required=True, allow_none=True)
    ours_minutes = fields.Integer(required=True, allow_none=True)


class ImportComparisonOut(Out):
    """A day's comparison."""

    id = fields.UUID(required=True)
    on_day = fields.Date(required=True)
    rows = fields.Integer(required=True)
    equal = fields.Integer(required=True)
    differing = fields.Integer(required=True)
    missing_here = fields.Integer(required=True)
    missing_there = fields.Integer(required=True)
    differences = fields.List(fields.Nested(ImportDifferenceOut), required=True)


class ImportComparisonList(WholeList):
    """Every day's comparison, the newest first."""

    items = fields.List(fields.Nested(ImportComparisonOut), required=True)


class ImportObjectionOut(Out):
    """An objection to a row (``line`` null: to the whole), and its answer once there is one."""

    id = fields.UUID(required=True)
    line = fields.Integer(required=True, allow_none=True)
    by = fields.String(required=True)
    at = At(required=True)
    text = fields.String(required=True)
    upheld = fields.Boolean(required=True, allow_none=True)
    decided_at = At(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)


class ImportObjectionList(WholeList):
    """The objections, those that wait first."""

    items = fields.List(fields.Nested(ImportObjectionOut), required=True)


class ImportNoticeOut(Out):
    """A notice that runs: whose list it is, how many people, until when one may object."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    source = fields.String(required=True)
    region = name_out()
    branch = name_out()
    evidence_class = fields.String(required=True)
    people = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    notice_from = fields.Date(required=True)
    notice_ends_on = fields.Date(required=True)
    is_open = fields.Boolean(required=True)


class ImportNoticeList(ListOut):
    """Notices that run, those that end first before the others."""

    items = fields.List(fields.Nested(ImportNoticeOut), required=True)


class ImportNoticeRowOut(Out):
    """A person of the notice: the family name alone, and the end of the old number."""

    line = fields.Integer(required=True)
    name = fields.String(required=True)
    old_key = fields.String(required=True)
    minutes = fields.Integer(required=True)


class ImportPublicOut(Out):
    """A notice with a page of its people."""

    notice = fields.Nested(ImportNoticeOut, required=True)
    rows = fields.List(fields.Nested(ImportNoticeRowOut), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
