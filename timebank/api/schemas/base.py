"""Fields of the wire: strict ones for what comes in, plain ones for what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields

from services.clock import local
from services.rules.checked import (
    BAD_TEXT,
    EMPTY,
    NOT_TEXT,
    OUT_OF_RANGE,
    Document,
    RequiredField,
    Words,
    wrong,
)
from timebank.i18n import say

NOT_ID = "应是一个编号（UUID）。"
NOT_NUMBER = "应是 {least} 到 {most} 之间的整数。"

#: What a computed field is, for the document.
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}

#: A few paragraphs.
LONGEST_PROSE = 1000
#: Longer than any service; the catalogue has its own bounds.
A_DAY_MINUTES = 24 * 60


class Id(RequiredField):
    """An id, as it was given out."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> UUID:
        try:
            return UUID(value) if isinstance(value, str) and len(value) == 36 else _no_id()
        except ValueError:
            return _no_id()


def _no_id() -> UUID:
    raise wrong(NOT_ID)


class Prose(RequiredField):
    """A text of some sentences; line breaks may stand in it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise wrong(NOT_TEXT)
        if not value.strip():
            raise wrong(EMPTY)
        if len(value) > LONGEST_PROSE or not "".join(value.split()).isprintable():
            raise wrong(BAD_TEXT, most=LONGEST_PROSE)
        return value


class Figures(RequiredField):
    """A whole number in a query string."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise wrong(NOT_NUMBER, least=self.least, most=self.most)
        if not self.least <= int(text) <= self.most:
            raise wrong(OUT_OF_RANGE, least=self.least, most=self.most)
        return int(text)


class Nothing(Document):
    """A body without a word in it."""


class At(fields.Field[datetime]):
    """A moment as a clock in China shows it, with its offset."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else local(value).isoformat()


class Said(fields.Field[str]):
    """A code of ours as the word that stands for it (enumerations are texts already)."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)


class First(fields.Field[Any]):
    """The first of several attributes that the object has: two views, one name on the wire."""

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(**options)
        self.names = names

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        for name in self.names:
            if hasattr(obj, name):
                return getattr(obj, name)
        return default


class Out(Schema):
    """What goes out; programs should bear names that they do not know yet."""

    class Meta:
        unknown = EXCLUDE


class NameOut(Out):
    """What something is called, in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


def name_out(**options: Any) -> fields.Nested:
    """A name in both languages."""
    return fields.Nested(NameOut, **options)


class BothNames(fields.Nested):
    """The name of something that keeps ``name`` and ``name_en`` side by side."""

    def __init__(self, **options: Any) -> None:
        super().__init__(NameOut, **options)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:
        return {"zh": obj.name, "en": obj.name_en}


class SentenceOut(Out):
    """A code for machines and a sentence for people, in the reader's language."""

    code = fields.String(required=True)
    message = fields.Function(
        lambda each: say(each.sentence, each.params), required=True, metadata=TEXT
    )


class ListOut(Out):
    """Some of a list, and the cursor of the next call: null at the end."""

    next_cursor = fields.String(required=True, allow_none=True)


class PageQuery(Document):
    """How much of a list to give, and from where on."""

    limit = Figures(1, 100, load_default=20)
    cursor = Words(required=False)
