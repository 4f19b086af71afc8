"""The ledger as CSV, one row a leg, for spreadsheets, DuckDB and the like.

Amounts add up to the balances; rows of kept balances stand apart, with no amount.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from services.ledger.export.names import COMMODITY, Advance, code, stamp
from services.ledger.export.rows import AccountName, Source, TransferLine

COLUMNS = (
    "record",
    "book",
    "day",
    "transfer_id",
    "leg",
    "kind",
    "reason",
    "posted_at",
    "effective_at",
    "reverses_id",
    "link_id",
    "valuation_id",
    "account_kind",
    "account_id",
    "amount_minutes",
    "balance_minutes",
    "commodity",
)


def lines(sources: Iterable[Source], advance: Advance) -> Iterator[str]:
    """The head and the rows; ``advance`` hears of every transfer."""
    yield _text([COLUMNS])
    for source in sources:
        first, last = source.period.first, source.last_day()
        for line in source.opening():
            yield _text([_standing("opening", first, line.name, line.minutes, "")])
        for transfer in source.transfers():
            yield _text(_entries(transfer))
            advance(1)
        for line in source.closing():
            yield _text([_standing("balance", last, line.name, "", line.minutes)])


def _entries(transfer: TransferLine) -> Iterator[tuple[object, ...]]:
    posted, effective = stamp(transfer.posted_at), stamp(transfer.effective_at)
    for leg in transfer.legs:
        yield (
            "entry",
            leg.name.book,
            posted[:10],
            transfer.id,
            leg.leg,
            code(transfer.kind),
            code(transfer.reason),
            posted,
            effective,
            transfer.reverses_id or "",
            transfer.link_id or "",
            transfer.valuation_id or "",
            leg.name.kind.value,
            leg.name.id,
            leg.minutes,
            "",
            COMMODITY,
        )


def _standing(
    record: str, day: object, name: AccountName, amount: object, balance: object
) -> tuple[object, ...]:
    account = (name.kind.value, name.id, amount, balance, COMMODITY)
    return (record, name.book, day or "", *[""] * 9, *account)


def _text(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
