"""What a window and a statement say, as the bytes that their hashes are over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.settlement import NetPayment, WindowPair
from services.acts import content_hash


@dataclass(frozen=True, slots=True)
class Line:
    """A pair as one of its sides sees it. ``owes_minutes`` is negative where it is owed."""

    counter_book: str
    owes_minutes: int
    paid_minutes: int
    received_minutes: int
    own_cut: Mapping[str, int]
    other_cut: Mapping[str, int]


def lines_of(book: str, pairs: Iterable[WindowPair]) -> list[Line]:
    """A book's lines of a window, by the other book."""
    found = []
    for row in pairs:
        if book == row.one_book:
            found.append(
                Line(
                    row.other_book,
                    row.owes_minutes,
                    row.one_paid_minutes,
                    row.other_paid_minutes,
                    row.one_cut,
                    row.other_cut,
                )
            )
        elif book == row.other_book:
            found.append(
                Line(
                    row.one_book,
                    -row.owes_minutes,
                    row.other_paid_minutes,
                    row.one_paid_minutes,
                    row.other_cut,
                    row.one_cut,
                )
            )
    return sorted(found, key=lambda line: line.counter_book)


def statement_hash(book: str, number: int, lines: Sequence[Line]) -> str:
    """SHA-256 over a statement: the book, the window's number, and every line."""
    return content_hash(
        {
            "book": book,
            "window": number,
            "lines": [
                [
                    line.counter_book,
                    line.owes_minutes,
                    line.paid_minutes,
                    line.received_minutes,
                    line.own_cut,
                    line.other_cut,
                ]
                for line in lines
            ],
        }
    )


def window_hash(
    number: int, pairs: Iterable[WindowPair], payments: Iterable[NetPayment], statements: list[str]
) -> str:
    """SHA-256 over a window: its pairs and payments in their order, the statements' hashes."""
    by_pair = sorted(pairs, key=lambda row: (row.one_book, row.other_book))
    by_payment = sorted(payments, key=lambda row: (row.from_book, row.to_book))
    return content_hash(
        {
            "window": number,
            "pairs": [
                [
                    row.one_book,
                    row.other_book,
                    row.owes_minutes,
                    row.one_paid_minutes,
                    row.other_paid_minutes,
                    row.one_cut,
                    row.other_cut,
                ]
                for row in by_pair
            ],
            "payments": [[row.from_book, row.to_book, row.owed_minutes] for row in by_payment],
            "statements": sorted(statements),
        }
    )
