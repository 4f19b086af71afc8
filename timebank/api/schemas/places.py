"""Wire formats of opening and closing: books, bodies that run branches, branches."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.places import OperatorKind, SuccessorRule
from services.places.branches import BranchForm
from services.rules.checked import Choice, Code, Document, Whole, Words
from timebank.api.schemas.base import Id, Out
from timebank.api.schemas.membership import LATITUDE_E6, LONGITUDE_E6


class BookIn(Document):
    """The county whose book opens."""

    region_code = Code()


class BookOpenedOut(Out):
    """The book's name."""

    book = fields.String(required=True)


class OperatorIn(Document):
    """A body that may run branches."""

    name = Words()
    name_en = Words()
    kind = Choice(*(each.value for each in OperatorKind))


class BranchIn(Document):
    """A branch to be opened; places are millionths of a degree."""

    region_code = Code()
    operator_id = Id()
    name = Words()
    name_en = Words()
    address = Words()
    phone = Words()
    latitude_e6 = Whole(-LATITUDE_E6, LATITUDE_E6, load_default=None)
    longitude_e6 = Whole(-LONGITUDE_E6, LONGITUDE_E6, load_default=None)
    successor_rule = Choice(
        *(each.value for each in SuccessorRule), load_default=SuccessorRule.REGION.value
    )
    successor_branch_id = Id(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> BranchForm:
        return BranchForm(**{**data, "successor_rule": SuccessorRule(data["successor_rule"])})


class BranchCloseIn(Document):
    """Who takes over, where its rule leaves a choice."""

    successor_id = Id(load_default=None)


class BranchClosedOut(Out):
    """Who took over, and how many members and open requests went with it."""

    successor_id = fields.UUID(required=True)
    members = fields.Integer(required=True)
    requests = fields.Integer(required=True)
