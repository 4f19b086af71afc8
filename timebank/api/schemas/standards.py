"""Service standards, an elder's shopping money and ratings on the wire. Money is in fen."""

from __future__ import annotations

import base64
from typing import Any

from marshmallow import fields, post_load

from services.errands.agreeing import Seen
from services.evidence import Upload
from services.ratings.giving import Opinion
from services.rules.checked import (
    Choice,
    Document,
    Flag,
    RequiredField,
    Whole,
    Words,
    wrong,
)
from services.rules.errands import terms
from services.rules.ratings import SCORES
from services.visits.voice import REACHED
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out, Prose, name_out

NOT_BASE64 = "应是文件内容的 Base64 编码。"
#: More than anybody carries to a shop; the published limit is far below.
MOST_FEN = 100_000_000


class StandardPointOut(Out):
    """A point of a checklist; its code stays, its words may change."""

    code = fields.String(required=True)
    name = name_out(required=True)


class StandardOut(Out):
    """How one service is done."""

    service_code = fields.String(required=True)
    version = fields.String(required=True)
    steps = fields.List(name_out(), required=True)
    dos = fields.List(name_out(), required=True)
    donts = fields.List(name_out(), required=True)
    common_dos = fields.List(name_out(), required=True)
    common_donts = fields.List(name_out(), required=True)
    checklist = fields.List(fields.Nested(StandardPointOut), required=True)


class StandardList(WholeList):
    """The standard of every service."""

    items = fields.List(fields.Nested(StandardOut), required=True)


class HandedIn(Document):
    """What the elder handed over, in fen."""

    handed_fen = Whole(1, MOST_FEN)


class ReceiptContent(RequiredField):
    """A file's bytes in Base64."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bytes:
        try:
            return base64.b64decode(value, validate=True) if isinstance(value, str) else _no_file()
        except ValueError:  # binascii.Error is one, and so is a letter that is not ASCII
            return _no_file()


def _no_file() -> bytes:
    raise wrong(NOT_BASE64)


class ReceiptFileIn(Document):
    """A photograph (JPEG, PNG) or a PDF of a receipt."""

    name = Words()
    content_base64 = ReceiptContent()

    @post_load
    def build(self, data: Any, **_: Any) -> Upload:
        return Upload(data["name"], data["content_base64"])


class ReturnedIn(Document):
    """What was spent, in fen, with the receipts or why there is none."""

    spent_fen = Whole(0, MOST_FEN)
    receipts = fields.List(fields.Nested(ReceiptFileIn), load_default=())
    no_receipt_why = Choice(*terms().no_receipt, load_default=None)


class SeenIn(Document):
    """The figures that an answer holds for; ``spent_fen`` null while nothing came back."""

    handed_fen = Whole(1, MOST_FEN)
    spent_fen = Whole(0, MOST_FEN, load_default=None, allow_none=True)

    @post_load
    def build(self, data: Any, **_: Any) -> dict[str, Any]:
        seen = Seen(data.pop("handed_fen"), data.pop("spent_fen"))
        return {"seen": seen, **data}


class DisagreedIn(SeenIn):
    """The figures, and what is not right about them."""

    text = Prose()


class MoneyVoiceIn(SeenIn):
    """What staff heard on the telephone: yes, or no with the elder's words."""

    reached = Choice(*REACHED)
    agreed = Flag()
    text = Prose(load_default=None)


class ReceiptLineOut(Out):
    """A receipt that was kept."""

    id = fields.UUID(required=True)
    media_type = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    content_hash = fields.String(required=True)


class SumOut(Out):
    """One sum: out, spent, back."""

    id = fields.UUID(required=True)
    handed_fen = fields.Integer(required=True)
    handed_at = At(required=True)
    agreed_at = At(required=True, allow_none=True)
    agreed_how = fields.String(required=True, allow_none=True)
    spent_fen = fields.Integer(required=True, allow_none=True)
    change_fen = fields.Integer(required=True, allow_none=True)
    no_receipt = name_out(required=True, allow_none=True)
    receipts = fields.List(fields.Nested(ReceiptLineOut), required=True)
    closed_at = At(required=True, allow_none=True)
    closed_how = fields.String(required=True, allow_none=True)
    disputed_at = At(required=True, allow_none=True)
    complaint_id = fields.UUID(required=True, allow_none=True)


class MoneyOut(Out):
    """The shopping money of a visit. It is no payment: what is left comes back."""

    takes_money = fields.Boolean(required=True)
    limit_fen = fields.Integer(required=True)
    left_fen = fields.Integer(required=True)
    sums = fields.List(fields.Nested(SumOut), required=True)


class OpinionIn(Document):
    """3 good, 2 fair, 1 not good; of the last ``quiet`` says that the branch need not look."""

    score = Whole(min(SCORES), max(SCORES))
    words = Prose(load_default=None)
    quiet = Flag(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> dict[str, Any]:
        opinion = Opinion(data.pop("score"), data.pop("words"), data.pop("quiet"))
        return {"opinion": opinion, **data}


class OpinionVoiceIn(OpinionIn):
    """The same as staff heard it."""

    reached = Choice(*REACHED)


class RatingOut(Out):
    """What was thought of a visit; the words only for the elder's side."""

    score = fields.Integer(required=True, allow_none=True)
    name = name_out(required=True, allow_none=True)
    rated_at = At(required=True, allow_none=True)
    how = fields.String(required=True, allow_none=True)
    has_words = fields.Boolean(required=True)
    words = fields.String(required=True, allow_none=True)
    may_give = fields.Boolean(required=True)


class RatingFiguresOut(Out):
    """How often each mark was given."""

    good = fields.Integer(required=True)
    fair = fields.Integer(required=True)
    poor = fields.Integer(required=True)


class RatingMeanOut(Out):
    """A mean in thousandths in which few ratings count little."""

    rated = fields.Integer(required=True)
    liked_permille = fields.Integer(required=True)


class OwnWordsOut(Out):
    """What an elder wrote, and in which month; nobody is told who."""

    month = fields.Date(required=True)
    text = fields.String(required=True)


class OwnRatingsOut(Out):
    """How one's own visits are rated; figures are there from some ratings on."""

    rated = fields.Integer(required=True)
    shown_from = fields.Integer(required=True)
    figures = fields.Nested(RatingFiguresOut, required=True, allow_none=True)
    mean = fields.Nested(RatingMeanOut, required=True, allow_none=True)
    words = fields.List(fields.Nested(OwnWordsOut), required=True)
