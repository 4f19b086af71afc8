"""The ID number against what else was said of the person."""

from __future__ import annotations

from datetime import date

from models.people import Sex
from services.people.errors import BirthMismatch, SexMismatch
from services.rules.identity_number import parse_identity_number


def checked_id_number(text: str, sex: Sex, born_on: date, today: date) -> str:
    """The number in its one spelling, if it can be one and fits sex and birth date."""
    known = parse_identity_number(text, today)
    if known.born_on != born_on:
        raise BirthMismatch(field="born_on")
    if known.sex != sex.value:
        raise SexMismatch(field="sex")
    return known.number
