"""The data map as the documentation shows it; a test holds docs/privacy.md to it."""

from __future__ import annotations

from collections.abc import Iterator

from services.privacy.data_map import NOT_PERSONAL, DataMap, TableEntry, data_map

_LAST = {"link": 2, "facts": 1}


def document() -> str:
    """Purposes and tables as Markdown."""
    found = data_map()
    return "\n".join([*_purposes(found), "", *_tables(found)]) + "\n"


def _purposes(found: DataMap) -> Iterator[str]:
    yield "| Purpose | What | Legal basis | Kept | Who sees it |"
    yield "|---|---|---|---|---|"
    for each in found.purposes.values():
        cells = (each.title, each.what, each.basis_words, each.kept, each.seen)
        yield f"| {' | '.join(cell.en for cell in cells)} |"


def _tables(found: DataMap) -> Iterator[str]:
    yield "| Table | Purpose | Kept | On erasure | Personal columns |"
    yield "|---|---|---|---|---|"
    for name, entry in sorted(found.tables.items()):
        if entry.is_personal:
            title, kept = found.purposes[entry.purpose].title.en, found.terms[entry.term].words.en
            cells = (f"`{name}`", title, kept, _erased(entry), _columns(entry))
            yield f"| {' | '.join(cells)} |"
    bare = sorted(name for name, entry in found.tables.items() if not entry.is_personal)
    yield ""
    yield f"Nothing personal: {', '.join(f'`{name}`' for name in bare)}."


def _erased(entry: TableEntry) -> str:
    return {"delete": "rows go", "empty": "emptied", "keep": "stays, without a name"}[entry.erase]


def _columns(entry: TableEntry) -> str:
    """By category, sealed ones with a star, what points at people and bare facts last."""
    by_category: dict[str, list[str]] = {}
    for column, category in entry.columns.items():
        if category not in NOT_PERSONAL:
            star = "*" if column in entry.sealed else ""
            by_category.setdefault(category, []).append(f"{column.removesuffix('_sealed')}{star}")
    ordered = sorted(by_category.items(), key=lambda each: (_LAST.get(each[0], 0), each[0]))
    return "; ".join(f"{category}: {', '.join(columns)}" for category, columns in ordered)
