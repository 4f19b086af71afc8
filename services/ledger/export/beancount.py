"""The ledger for beancount, whose names are stricter: see :func:`name`.

The date is the day of posting in China; the effective moment stands in the metadata. A balance
directive for every account, as it is kept beside the entries, stands on the day after the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from models.ledger import AccountKind
from services.ledger.export.names import COMMODITY, Advance, code, day, stamp, tags
from services.ledger.export.rows import AccountName, Source, TransferLine

HEAD = f"""\
;; Timebank export 1, beancount. Amounts are whole standard minutes.
;; Accounts: Root:Book:Kind:ACCOUNT. Dates: day of posting in China.
option "title" "Timebank"
option "operating_currency" "{COMMODITY}"
"""
#: Every kind of account and where it stands: what people and pools hold is Assets, where coins
#: come from and where they leave the book is Equity.
ROOTS: Mapping[AccountKind, str] = {
    AccountKind.EARNED: "Assets",
    AccountKind.RECEIVED: "Assets",
    AccountKind.GRANTED: "Assets",
    AccountKind.POOL: "Assets",
    AccountKind.ESTATE: "Assets",
    AccountKind.DISPUTE: "Assets",
    AccountKind.ISSUE: "Equity",
    AccountKind.CLEARING: "Equity",
    AccountKind.OUTSIDE: "Equity",
}
#: Accounts are declared from here on; when they were opened stands in the metadata.
FIRST_DAY = date(1970, 1, 1)


def lines(sources: Iterable[Source], advance: Advance) -> Iterator[str]:
    """The file, piece by piece; ``advance`` hears of every transfer."""
    yield HEAD
    for source in sources:
        yield f"\n;; book {source.book}\n"
        for account in source.accounts():
            yield (
                f"{FIRST_DAY} open {name(account.name)} {COMMODITY}\n"
                f'  opened: "{stamp(account.opened_at)}"\n'
            )
        yield from _opening(source)
        for transfer in source.transfers():
            yield _transaction(transfer)
            advance(1)
        yield from _closing(source)


def name(account: AccountName) -> str:
    """Root, book, kind and id, each as beancount wants it: a capital or a digit first."""
    kind = account.kind.value.capitalize()
    return f"{ROOTS[account.kind]}:{account.book}:{kind}:{str(account.id).upper()}"


def _opening(source: Source) -> Iterator[str]:
    head = f'\n{source.period.first} * "opening balances"\n  book: "{source.book}"\n'
    for line in source.opening():
        yield f"{head}  {name(line.name)}  {line.minutes} {COMMODITY}\n"
        head = ""


def _transaction(transfer: TransferLine) -> str:
    told = {"transfer": str(transfer.id), **tags(transfer)}
    head = f'\n{day(transfer.posted_at)} * "{code(transfer.kind)}"\n'
    said = "".join(f'  {key}: "{value}"\n' for key, value in told.items())
    legs = "".join(f"  {name(leg.name)}  {leg.minutes} {COMMODITY}\n" for leg in transfer.legs)
    return head + said + legs


def _closing(source: Source) -> Iterator[str]:
    last = source.last_day()
    if last is None:
        return
    yield "\n"
    for line in source.closing():
        # A balance directive holds for the beginning of its day.
        after = last + timedelta(days=1)
        yield f"{after} balance {name(line.name)}  {line.minutes} {COMMODITY}\n"
