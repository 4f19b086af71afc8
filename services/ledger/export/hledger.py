"""The ledger as a journal for hledger (and ledger): ``book:kind:account`` in MIN.

The primary date is the day of posting in China, the secondary one the effective day. A book ends
with one transaction of zeros that asserts every balance as it is kept beside the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.ledger.export.names import COMMODITY, Advance, code, day, stamp, tags
from services.ledger.export.rows import AccountName, Source, TransferLine

HEAD = f"""\
; Timebank export 1, hledger. Amounts are whole standard minutes. Accounts: book:kind:account.
; Dates: day of posting in China = effective day.
decimal-mark .
commodity 1. {COMMODITY}
"""


def lines(sources: Iterable[Source], advance: Advance) -> Iterator[str]:
    """The journal, piece by piece; ``advance`` hears of every transfer."""
    yield HEAD
    for source in sources:
        yield f"\n; book {source.book}\n"
        for account in source.accounts():
            yield f"account {name(account.name)}  ; opened:{stamp(account.opened_at)}\n"
        yield from _opening(source)
        for transfer in source.transfers():
            yield _transaction(transfer)
            advance(1)
        yield from _closing(source)


def name(account: AccountName) -> str:
    """The name of an account in the journal."""
    return f"{account.book}:{account.kind.value}:{account.id}"


def _opening(source: Source) -> Iterator[str]:
    head = f"\n{source.period.first} * opening balances  ; book:{source.book}\n"
    for line in source.opening():
        yield f"{head}    {name(line.name)}  {line.minutes} {COMMODITY}\n"
        head = ""


def _transaction(transfer: TransferLine) -> str:
    posted, effective = day(transfer.posted_at), day(transfer.effective_at)
    head = f"\n{posted}={effective} * ({transfer.id}) {code(transfer.kind)}\n"
    said = "".join(f"    ; {tag}:{value}\n" for tag, value in tags(transfer).items())
    legs = "".join(f"    {name(leg.name)}  {leg.minutes} {COMMODITY}\n" for leg in transfer.legs)
    return head + said + legs


def _closing(source: Source) -> Iterator[str]:
    last = source.last_day()
    if last is None:
        return
    head = f"\n{last} * closing balances, asserted  ; book:{source.book}\n"
    for line in source.closing():
        yield f"{head}    {name(line.name)}  0 {COMMODITY} = {line.minutes} {COMMODITY}\n"
        head = ""
