"""Which column of a source is which of our fields: the layout's default, or as somebody said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.imports import errors
from services.imports.layouts import MEMBERS, UNITS, WORDS_OF, Layout, fields_of, meanings, words

#: Words of a source that somebody explains, at most.
MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """How one file is read; kept with the import as :meth:`kept`."""

    what: str
    #: Heading of the source -> field of ours.
    columns: Mapping[str, str]
    unit: str
    #: Words that the source uses beyond those that everybody knows: list -> word -> meaning.
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        said = {kind: dict(those) for kind, those in self.words.items()}
        return {"columns": dict(self.columns), "unit": self.unit, "words": said}

    def places(self, headings: Sequence[str]) -> dict[str, int]:
        """Field -> place of its column; raises ColumnMissing."""
        found = {}
        for heading, code in self.columns.items():
            if heading not in headings:
                raise errors.ColumnMissing(field=self.what, heading=heading)
            found[code] = headings.index(heading)
        return found

    def meaning(self, code: str, word: str) -> str | None:
        """What a word in this field means."""
        kind, small = WORDS_OF[code], word.casefold()
        return self.words.get(kind, {}).get(small) or words()[kind].get(small)


def default_mapping(layout: Layout, what: str, headings: Sequence[str]) -> Columns:
    """What the layout knows of these headings, the first of several for the same field."""
    known = {heading.casefold(): code for heading, code in layout.columns_of(what).items()}
    columns: dict[str, str] = {}
    # The order of the layout decides: "from ID" is better than "From".
    order = list(known)
    for heading in sorted(
        (each for each in headings if each.casefold() in known),
        key=lambda each: order.index(each.casefold()),
    ):
        code = known[heading.casefold()]
        if code not in columns.values():
            columns[heading] = code
    unit = layout.unit_of(what)
    if what != MEMBERS and layout.code == "timeoverflow" and "from ID" not in headings:
        unit = "clock"
    return Columns(what, columns, unit)


def mapping_from(what: str, given: Mapping[str, Any], headings: Sequence[str]) -> Columns:
    """What somebody said on a page, checked; raises MappingWrong or ColumnMissing."""
    columns, unit, said = given.get("columns"), given.get("unit"), given.get("words") or {}
    if not isinstance(columns, Mapping) or unit not in UNITS or not isinstance(said, Mapping):
        raise errors.MappingWrong(field=what)
    codes = list(columns.values())
    if len(set(codes)) != len(codes) or any(code not in fields_of(what) for code in codes):
        raise errors.MappingWrong(field=what)
    found = Columns(what, dict(columns), unit, _words(what, said))
    found.places(headings)
    return found


def _words(what: str, said: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for kind, those in said.items():
        if kind not in set(WORDS_OF.values()) or not isinstance(those, Mapping):
            raise errors.MappingWrong(field=what)
        if len(those) > MOST_WORDS or any(each not in meanings(kind) for each in those.values()):
            raise errors.MappingWrong(field=what)
        found[kind] = {str(word).strip().casefold(): meant for word, meant in those.items()}
    return found


def require_fields(mapping: Columns) -> None:
    """Raise FieldMissing for a field that cannot be done without."""
    for code, one in fields_of(mapping.what).items():
        if one.needed and code not in mapping.columns.values():
            raise errors.FieldMissing(field=mapping.what, **one.name.params("wanted"))
