"""What a list looks like as a file, and the columns that several lists share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from services.queries.audit.listing import Person
from timebank.web.exports import Column


@dataclass(frozen=True, slots=True)
class Listed:
    """A list to export, with its criteria in words."""

    title: str
    criteria: Sequence[tuple[str, str]]
    columns: tuple[Column, ...]
    rows: Sequence[Any]


def in_minutes(heading: str, value: Callable[[Any], Any]) -> Column:
    """A figure in standard minutes, and the heading says so."""
    return Column(_("%(what)s（标准分钟）", what=heading), value, "number", 18)


def _number(person: Person | None) -> str:
    return "" if person is None else person.number


def _name(person: Person | None) -> str:
    return "" if person is None else person.name


def people_columns(heading: str, of: Callable[[Any], Person | None]) -> tuple[Column, Column]:
    """A person takes two columns: number, and masked name."""
    return (
        Column(_("%(who)s编号", who=heading), lambda row: _number(of(row))),
        Column(heading, lambda row: _name(of(row))),
    )
