"""Fields for published documents: strict types, and complaints that are sentences.

marshmallow gathers the complaints by place; ``load`` turns them into ``Problem``s that name the
place as an editor of the file would look for it (``services[A03].minutes``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from services.errors import Invalid
from services.rules.names import Name

#: A published document has a few hundred entries; more is a mistake or an attack.
MAX_ITEMS = 500
MAX_CHARACTERS = 200
#: How many complaints are worth reading at once.
MAX_PROBLEMS = 20

#: The place of a complaint about all of it.
WHOLE = "内容"
MISSING = "缺少这一项。"
EMPTY = "不能为空。"
UNKNOWN = "没有这样的一项，请检查名称。"
NOT_WHOLE = "应是整数。"
OUT_OF_RANGE = "应在 {least} 到 {most} 之间。"
NOT_TEXT = "应是一段文字。"
BAD_TEXT = "最多 {most} 个字，不能有换行或无法显示的字符。"
NOT_FLAG = "应是 true 或 false。"
NOT_LIST = "应是一个列表。"
NOT_OBJECT = "应是一组有名称的项。"
NOT_DATE = "应是像 2026-01-31 这样的日期。"
NOT_CLOCK = "应是像 06:00 这样的时刻。"
NOT_CHOICE = "应是以下之一：{choices}。"
BAD_CODE = "只能用字母、数字、点和连字符，最多 32 个字符。"
BAD_LENGTH = "应有 {least} 到 {most} 项。"
TWICE = "{value} 出现了两次。"

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
#: Beyond these years clocks and months cannot be reckoned.
FIRST_YEAR, LAST_YEAR = 1900, 2200
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: where, and a Chinese sentence with ``{params}``."""

    place: str
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The place and the sentence, filled in plainly."""
        return f"{self.place}：{self.sentence.format(**self.params)}"


class BadDocument(Invalid):
    """文件有 {count} 处需要改正。{details}"""

    code = "bad_document"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = " ".join(problem.message for problem in self.problems[:MAX_PROBLEMS])
        super().__init__(count=len(self.problems), details=shown)


def wrong(sentence: str, at: str | None = None, **params: Any) -> ValidationError:
    """A complaint for a validator to raise, at a field of the object or at the whole of it."""
    complaint = [(sentence, params)]
    return ValidationError({at: complaint} if at else complaint)


class RequiredField(fields.Field[Any]):
    """A required field that takes no null, unless it is told otherwise."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", "load_default" not in options)
        options.setdefault("error_messages", {"required": MISSING, "null": EMPTY})
        super().__init__(**options)


class Whole(RequiredField):
    """An integer within bounds; ``true`` and 1.0 are none."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong(NOT_WHOLE)
        if not self.least <= value <= self.most:
            raise wrong(OUT_OF_RANGE, least=self.least, most=self.most)
        return value


class Words(RequiredField):
    """A text that is not blank and not a book."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise wrong(NOT_TEXT)
        if not value.strip():
            raise wrong(EMPTY)
        if len(value) > MAX_CHARACTERS or not value.isprintable():
            raise wrong(BAD_TEXT, most=MAX_CHARACTERS)
        return value


class Code(RequiredField):
    """A short code that may stand in a URL, a file name and a column of 32 characters."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            raise wrong(BAD_CODE)
        return value


class Flag(RequiredField):
    """True or false, nothing that looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise wrong(NOT_FLAG)
        return value


class Choice(RequiredField):
    """One of a few words."""

    def __init__(self, *choices: str, **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise wrong(NOT_CHOICE, choices=self.choices)
        return value


class Day(RequiredField):
    """A date, written with hyphens."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise wrong(NOT_DATE)
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise wrong(NOT_DATE) from None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise wrong(NOT_DATE)
        return found


class Clock(RequiredField):
    """A time of day in whole minutes, as a minute of the day."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise wrong(NOT_CLOCK)
        return int(found[1]) * 60 + int(found[2])


class Listed(RequiredField):
    """A list of values of one kind, as a tuple; each only once unless ``repeats``."""

    def __init__(
        self,
        item: RequiredField,
        *,
        least: int = 0,
        most: int = MAX_ITEMS,
        repeats: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.item, self.least, self.most, self.repeats = item, least, most, repeats

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong(NOT_LIST)
        if not self.least <= len(value) <= self.most:
            raise wrong(BAD_LENGTH, least=self.least, most=self.most)
        loaded, complaints = [], {}
        for index, each in enumerate(value):
            try:
                loaded.append(self.item.deserialize(each))
            except ValidationError as error:
                complaints[_place_of(each, index)] = error.messages
        if complaints:
            raise ValidationError(complaints)
        for index, each in enumerate(loaded):
            if not self.repeats and each in loaded[:index]:
                raise wrong(TWICE, value=value[index])
        return tuple(loaded)


class Part(RequiredField):
    """An object with its own schema."""

    def __init__(self, schema: type[Document], **options: Any) -> None:
        super().__init__(**options)
        self.schema_class = schema

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.schema_class().load(value)


class Document(Schema):
    """A schema that knows no unknown names; its complaints are sentences."""

    error_messages = {"unknown": UNKNOWN, "type": NOT_OBJECT}  # noqa: RUF012 - as marshmallow asks

    class Meta:
        """Unknown names are refused, not skipped."""

        unknown = RAISE


def section(
    make: Callable[..., Any],
    keywords: Mapping[str, RequiredField] | None = None,
    *,
    named: bool = False,
    **parts: RequiredField,
) -> type[Document]:
    """The schema of a dataclass; ``named`` ones carry ``zh`` and ``en`` and get a ``name``.

    ``keywords`` are further fields whose names Python keeps for itself, such as ``from``.
    """

    def build(_self: Document, data: Any, **_: Any) -> Any:
        if named:
            data["name"] = Name(data.pop("zh"), data.pop("en"))
        return make(**data)

    names: dict[str, Any] = {"zh": Words(), "en": Words()} if named else {}
    members: dict[str, Any] = {**parts, **(keywords or {}), **names, "build": post_load(build)}
    return type("SectionSchema", (Document,), members)


def load(schema: type[Document], content: Any, refuse: type[BadDocument] = BadDocument) -> Any:
    """The loaded document, or :class:`BadDocument` with every complaint and its place."""
    try:
        return schema().load(content)
    except ValidationError as error:
        problems = sorted(_problems(error.messages, ""), key=lambda each: each.place)
        raise refuse(problems) from None


def _place_of(item: Any, index: int) -> str:
    """How an editor finds the item: by its code, else by its number counted from one."""
    if isinstance(item, dict):
        for key in ("code", "field", "en"):
            if isinstance(item.get(key), str):
                return f"[{item[key][:40]}]"
    return f"[{index + 1}]"


def _problems(messages: Any, place: str) -> Iterator[Problem]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if key == "_schema":
                yield from _problems(inner, place)
            else:
                joint = "" if not place or str(key).startswith("[") else "."
                yield from _problems(inner, f"{place}{joint}{key}")
        return
    for each in messages:
        if isinstance(each, tuple):
            yield Problem(place or WHOLE, each[0], each[1])
        else:
            yield Problem(place or WHOLE, str(each))
