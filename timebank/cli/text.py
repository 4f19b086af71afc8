"""Tables for the console, in which Chinese characters take two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence


def width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], right: str = "") -> str:
    """Rows under heads, columns two apart; ``right`` has an ``r`` for each column of figures."""
    cells = [list(heads), *([f"{cell}" for cell in row] for row in rows)]
    wide = [max(width(row[place]) for row in cells) for place in range(len(heads))]
    sides = right.ljust(len(heads))
    lines = []
    for row in cells:
        padded = [
            " " * (wide[place] - width(cell)) + cell
            if sides[place] == "r"
            else cell + " " * (wide[place] - width(cell))
            for place, cell in enumerate(row)
        ]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("-" * each for each in wide))
    return "\n".join(lines)
