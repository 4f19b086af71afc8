"""Refusals on record: as JSON they outlive their moment, and are given again word for word.

Flat figures and texts stay readable to whoever looks at the row; what JSON does not know is
wrapped in an object with one name (``uuid``, ``moment``, ``day``, ``clock``, ``reason``, ``map``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from services.errors import Conflict, DomainError
from services.rules.refusals import Refusal as Reason

#: Beside the params: what only this one refusal said, and the field that it is about.
SENTENCE, FIELD = "_sentence", "_field"


def packed(error: DomainError) -> dict[str, Any]:
    """Everything but the code that :func:`again` needs, as JSON."""
    found = {name: _packed(value) for name, value in error.params.items()}
    if error.sentence != (type(error).__doc__ or "").strip():
        found[SENTENCE] = error.sentence
    if error.field is not None:
        found[FIELD] = error.field
    return found


def again(code: str, params: Mapping[str, Any]) -> DomainError:
    """The refusal as it was first given; a class that is gone leaves its code and params."""
    own = {name: _unpacked(each) for name, each in params.items() if name not in (SENTENCE, FIELD)}
    kind = next((each for each in _conflicts(DomainError) if each.code == code), Conflict)
    error = kind(params.get(SENTENCE), field=params.get(FIELD), **own)
    error.code = code
    # It stands already: to say it again writes nothing.
    error.commits = False
    return error


def _conflicts(above: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in above.__subclasses__():
        if each.kind == "conflict":
            yield each
        yield from _conflicts(each)


def _packed(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_packed(each) for each in value]
    for kind, (of, write, _read) in _KINDS.items():
        if isinstance(value, of):
            return {kind: write(value)}
    # Sentences are filled with the text of whatever else there is.
    return str(value)


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(each) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    return _KINDS[kind][2](body)


def _isoformat(value: date | time) -> str:
    return value.isoformat()


def _packed_map(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _packed(each) for name, each in value.items()}


def _unpacked_map(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _unpacked(each) for name, each in body.items()}


def _packed_reason(reason: Reason) -> list[Any]:
    return [reason.code, reason.sentence, _packed_map(reason.params)]


def _unpacked_reason(body: list[Any]) -> Reason:
    return Reason(body[0], body[1], _unpacked_map(body[2]))


#: Name -> the type, how it is written and how it is read. A moment is also a day: it goes first.
_KINDS: Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "uuid": (UUID, str, UUID),
    "moment": (datetime, _isoformat, datetime.fromisoformat),
    "day": (date, _isoformat, date.fromisoformat),
    "clock": (time, _isoformat, time.fromisoformat),
    "reason": (Reason, _packed_reason, _unpacked_reason),
    "map": (Mapping, _packed_map, _unpacked_map),
}
