"""Every transfer of an older system, added up by account: they have to come to the balances."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from services.errors import DomainError
from services.imports import errors
from services.imports.amounts import minutes_in
from services.imports.files import headings_of, rows_below
from services.imports.layouts import TIMEOVERFLOW, TRANSFERS, fields_of
from services.imports.mapping import Columns
from services.imports.reading import MOST_BAD, REMARK, cells_of

#: In TimeOverflow's export: somebody whose account is gone, and the time bank's own account.
_GONE = frozenset({"deleted_user", "inactive_user", "0", ""})
#: In its shorter report a member stands as "Name (12)"; a bare name is the time bank itself.
_NAMED = re.compile(r".*\(([^()]{1,60})\)", re.DOTALL)


def totals(content: bytes, columns: Columns, layout: str) -> Mapping[str, int]:
    """What all transfers come to, by the key of each account of a person.

    A side without a person (the time bank itself, somebody who is gone) is left out. Raises
    RowsBad with every row that cannot be read.
    """
    heads = headings_of(content)
    places, known = columns.places(heads), dict(fields_of(TRANSFERS))
    is_csv = content[:2] != b"PK"
    found: Counter[str] = Counter()
    bad: list[tuple[int, DomainError]] = []
    for line, cells in rows_below(content):
        if cells[0].startswith(REMARK):
            continue
        try:
            said = cells_of(cells, places, known, len(heads), is_csv=is_csv)
            amount = minutes_in(said["amount"], columns.unit)
            if amount is None or amount < 0:
                raise errors.AmountUnreadable(**known["amount"].name.params("heading"))
        except DomainError as error:
            bad.append((line, error))
            if len(bad) >= MOST_BAD:
                break
            continue
        for code, sign in (("from_key", -1), ("to_key", 1)):
            if key := _key(said[code], columns, code, layout):
                found[key] += sign * amount
    if bad:
        raise errors.RowsBad(bad)
    return found


def _key(text: str, columns: Columns, code: str, layout: str) -> str:
    if layout != TIMEOVERFLOW:
        return text
    if text in _GONE:
        return ""
    heading = next(head for head, field in columns.columns.items() if field == code)
    if "ID" in heading:
        return text
    named = _NAMED.fullmatch(text)
    return named[1] if named else ""
