"""A list of members with balances, read strictly: what the rows say, and what is wrong with them.

A row that is no row (cells missing, a formula, no key) makes the file bad as a whole. What a row
says wrongly of its person (a number, a day, an amount) is the row's own fate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.people import Sex
from services.errors import DomainError
from services.imports import errors
from services.imports.amounts import minutes_in
from services.imports.files import headings_of, rows_below
from services.imports.layouts import MEMBERS, Field, fields_of
from services.imports.mapping import Columns
from services.imports.workbook import FORMULA
from services.people import texts
from services.people.identity import checked_id_number
from services.rules.identity_number import parse_identity_number
from services.rules.member_number import parse_number

#: Bad rows that are told apart; a file with more is wrong as a whole.
MOST_BAD = 10_000
#: Begins a row of explanation, as the template has one.
REMARK = "#"
#: In front of what a spreadsheet would run, see ``timebank.web.exports.harmless``.
_QUOTED = ("'=", "'+", "'-", "'@")
_EXCEL_EPOCH = date(1899, 12, 30)
PURPOSE = "import.row"


@dataclass(frozen=True, slots=True)
class OldPerson:
    """One person of the older system, as the file has it."""

    line: int
    key: str
    name: str
    id_number: str = ""
    number: str = ""
    sex: Sex | None = None
    born_on: date | None = None
    phone: str | None = None
    address: str | None = None
    serves: bool = False
    receives: bool = False
    earned_minutes: int = 0
    received_minutes: int = 0
    actual_minutes: int = 0
    stood_on: date | None = None
    status: str = "active"
    witnesses: tuple[str, ...] = ()
    #: What is wrong with what the row says of the person.
    wrong: DomainError | None = field(default=None, compare=False)

    @property
    def claimed_minutes(self) -> int:
        """The whole balance there."""
        return self.earned_minutes + self.received_minutes

    def packed(self) -> str:
        """What has to be kept of the person until the posting, to be sealed."""
        return json.dumps(
            [
                self.name,
                self.id_number,
                self.number,
                self.sex.value if self.sex else "",
                self.born_on.isoformat() if self.born_on else "",
                self.phone or "",
                self.address or "",
                self.serves,
                self.receives,
                self.earned_minutes,
                self.received_minutes,
                self.stood_on.isoformat() if self.stood_on else "",
                self.status,
                list(self.witnesses),
            ],
            ensure_ascii=False,
        )


def unpacked(line: int, key: str, actual_minutes: int, text: str) -> OldPerson:
    """The person again."""
    kept: list[Any] = json.loads(text)
    name, id_number, number, sex, born_on, phone, address = kept[:7]
    return OldPerson(
        line=line,
        key=key,
        name=name,
        id_number=id_number,
        number=number,
        sex=Sex(sex) if sex else None,
        born_on=date.fromisoformat(born_on) if born_on else None,
        phone=phone or None,
        address=address or None,
        serves=kept[7],
        receives=kept[8],
        earned_minutes=kept[9],
        received_minutes=kept[10],
        actual_minutes=actual_minutes,
        stood_on=date.fromisoformat(kept[11]) if kept[11] else None,
        status=kept[12],
        witnesses=tuple(kept[13]),
    )


def people_in(content: bytes, columns: Columns, today: date) -> Iterator[OldPerson]:
    """Every person of the list, in order. Raises RowsBad with every bad row at its end, or at
    once what is wrong with the file as a whole.
    """
    heads = headings_of(content)
    reader = RowReader(columns, heads, today, is_csv=content[:2] != b"PK")
    bad: list[tuple[int, DomainError]] = []
    some = False
    for line, cells in rows_below(content):
        if cells[0].startswith(REMARK):
            continue
        some = True
        try:
            person = reader.person(line, cells)
        except DomainError as error:
            bad.append((line, error))
            if len(bad) >= MOST_BAD:
                break
            continue
        if not bad:
            yield person
    if bad:
        raise errors.RowsBad(bad)
    if not some:
        raise errors.FileEmpty(field="members")


def cells_of(
    cells: list[str], wanted: dict[str, int], known: dict[str, Field], width: int, *, is_csv: bool
) -> dict[str, str]:
    """The cells of a row by field; raises RowShape, FormulaRefused or CellTooLong."""
    if len(cells) != width:
        if any(cells[width:]) or (is_csv and len(cells) < width):
            raise errors.RowShape(columns=width)
        cells = [*cells, *[""] * (width - len(cells))]
    if FORMULA in cells:
        raise errors.FormulaRefused
    found = {}
    for code, place in wanted.items():
        text = cells[place].strip()
        if text.startswith(_QUOTED):
            text = text[1:]
        if text[:1] == "=":
            raise errors.FormulaRefused
        if len(text) > known[code].most:
            raise errors.CellTooLong(most=known[code].most, **known[code].name.params("heading"))
        found[code] = text
    return found


class RowReader:
    """Reads rows by a mapping; it remembers the keys that it has seen."""

    def __init__(
        self, columns: Columns, headings: Sequence[str], today: date, *, is_csv: bool
    ) -> None:
        self._columns, self._today, self._is_csv = columns, today, is_csv
        self._places, self._width = columns.places(headings), len(headings)
        self._fields = dict(fields_of(MEMBERS))
        self._seen: dict[str, int] = {}

    def person(self, line: int, cells: list[str]) -> OldPerson:
        """A row's person; raises what makes the row no row at all."""
        said = cells_of(cells, self._places, self._fields, self._width, is_csv=self._is_csv)
        key = said["old_key"]
        if not key or not key.isprintable():
            raise errors.KeyNeeded
        if self._is_id_number(key):
            raise errors.KeyIsIdNumber
        first = self._seen.setdefault(key, line)
        if first != line:
            raise errors.KeyTwice(first=first)
        found: dict[str, Any] = {"name": said["name"][:60]}
        wrong = None
        for read in (self._identity, self._contact, self._balance, self._wishes):
            try:
                found.update(read(said))
            except DomainError as error:
                wrong = wrong or error
        return OldPerson(line=line, key=key, wrong=wrong, **found)

    def _is_id_number(self, key: str) -> bool:
        """Keys stand open in rows, reports and comparisons; ID numbers are kept sealed."""
        try:
            parse_identity_number(key, self._today)
        except DomainError:
            return False
        return True

    def _identity(self, said: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {"name": texts.name(said["name"])}
        sex = self._word(said, "sex")
        born_on = self._day(said.get("born_on", ""))
        if number := said.get("number", ""):
            found["number"] = parse_number(number)
        if text := said.get("id_number", ""):
            known = parse_identity_number(text, self._today)
            sex, born_on = sex or known.sex, born_on or known.born_on
            number = checked_id_number(text, Sex(sex), born_on, self._today)
            found |= {"id_number": number, "sex": Sex(sex), "born_on": born_on}
        return found

    def _contact(self, said: dict[str, str]) -> dict[str, Any]:
        witnesses = (said.get("witness_1", ""), said.get("witness_2", ""))
        return {
            "phone": texts.phone(said.get("phone")),
            "address": texts.short(said.get("address"), "address"),
            "witnesses": tuple(texts.plain(each) for each in witnesses if each),
        }

    def _balance(self, said: dict[str, str]) -> dict[str, Any]:
        return {
            "earned_minutes": self._amount(said, "earned"),
            "received_minutes": self._amount(said, "received"),
            "actual_minutes": max(0, self._amount(said, "actual")),
            "stood_on": self._day(said.get("stood_on", "")),
        }

    def _wishes(self, said: dict[str, str]) -> dict[str, Any]:
        return {
            "serves": self._word(said, "serves") == "yes",
            "receives": self._word(said, "receives") == "yes",
            "status": self._word(said, "status") or "active",
        }

    def _amount(self, said: dict[str, str], code: str) -> int:
        found = minutes_in(said.get(code, ""), self._columns.unit)
        if found is None:
            raise errors.AmountUnreadable(**self._fields[code].name.params("heading"))
        return found

    def _word(self, said: dict[str, str], code: str) -> str | None:
        text = said.get(code, "")
        if not text:
            return None
        meant = self._columns.meaning(code, text)
        if meant is None:
            raise errors.WordUnknown(word=text, **self._fields[code].name.params("heading"))
        return meant

    def _day(self, text: str) -> date | None:
        if not text:
            return None
        try:
            if not self._is_csv and text.isdigit() and len(text) == 5:
                day = _EXCEL_EPOCH + timedelta(days=int(text))
            else:
                year, month, rest = text[:10].replace("/", "-").replace(".", "-").split("-")
                day = date(int(year), int(month), int(rest))
        except ValueError:
            raise errors.DayUnreadable from None
        if day.year < 1880 or day > self._today:
            raise errors.DayUnreadable
        return day
