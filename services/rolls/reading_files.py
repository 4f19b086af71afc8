"""A roll as another office sends it: CSV or XLSX with an ID number, a name, a region."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.errors import DomainError
from services.imports.errors import FileEmpty, FormulaRefused
from services.imports.files import headings_of, rows_below
from services.imports.workbook import FORMULA
from services.people import handles
from services.rolls import sentences as say
from services.rules.identity_number import parse_identity_number
from services.vault import Vault

#: People on one roll: more than any county has in hardship.
MOST_ROWS = 200_000
#: Bad rows that are told apart.
MOST_BAD = 200
LONGEST_NAME, LONGEST_REGION = 60, 200
#: What the columns may be called, by what they hold.
HEADINGS = {
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "id_number"),
    "name": ("姓名", "name"),
    "region": ("地区", "住址", "所在地区", "region"),
}
PURPOSE = "roll.person"


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of the file: the keyed digest of the ID number, and who it is."""

    person: str
    name: str
    region: str


def people_in(content: bytes, vault: Vault, today: date) -> dict[str, Listed]:
    """Everybody in the file by digest; RollRowsBad with every bad row, or what is wrong at once.

    The digest is the one by which members are found, so that whoever joins later is found too.
    """
    places = _places(headings_of(content))
    found: dict[str, Listed] = {}
    lines: dict[str, int] = {}
    bad: list[tuple[int, DomainError]] = []
    for line, cells in rows_below(content):
        if len(found) >= MOST_ROWS:
            raise say.RollTooLong(field="file", most_rows=MOST_ROWS)
        try:
            listed = _person(cells, places, vault, today)
            if listed.person in lines:
                raise say.RollPersonTwice(first=lines[listed.person])
        except DomainError as error:
            bad.append((line, error))
            if len(bad) >= MOST_BAD:
                break
            continue
        found[listed.person] = listed
        lines[listed.person] = line
    if bad:
        raise say.RollRowsBad(bad)
    if not found:
        raise FileEmpty(field="file")
    return found


def _places(headings: Sequence[str]) -> dict[str, int]:
    known = {each.strip().casefold(): place for place, each in enumerate(headings)}
    places = {
        code: known[name]
        for code, names in HEADINGS.items()
        for name in reversed(names)
        if name in known
    }
    if "id_number" not in places or "name" not in places:
        raise say.RollColumnsMissing(field="file")
    return places


def _person(cells: list[str], places: dict[str, int], vault: Vault, today: date) -> Listed:
    if FORMULA in cells:
        raise FormulaRefused
    said = {
        code: cells[place].strip() if place < len(cells) else "" for code, place in places.items()
    }
    if any(text[:1] == "=" for text in said.values()):
        raise FormulaRefused
    number = parse_identity_number(said["id_number"].lstrip("'"), today).number
    if not 0 < len(said["name"]) <= LONGEST_NAME:
        raise say.RollNameNeeded
    region = said.get("region", "")[:LONGEST_REGION]
    return Listed(handles.digest(vault, "id_number", number), said["name"], region)


def sealed(vault: Vault, listed: Listed) -> str:
    """Name and region of a person, to be kept."""
    return vault.seal(PURPOSE, json.dumps([listed.name, listed.region], ensure_ascii=False))


def opened(vault: Vault, person: str, text: str) -> Listed:
    """The person again."""
    name, region = json.loads(vault.open(PURPOSE, text))
    return Listed(person, name, region)


def some_of(items: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """Slices that fit into one statement."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
