"""Words that every plain-text format shares: days, moments, codes and the commodity."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.clock import local
from services.ledger.export.rows import TransferLine

#: Amounts are whole standard minutes.
COMMODITY = "MIN"
#: Told how many transfers have been written.
Advance = Callable[[int], None]

_OTHER = re.compile(r"[^A-Za-z0-9_.:/+-]")


def day(moment: datetime) -> str:
    """The day in China."""
    return f"{local(moment):%Y-%m-%d}"


def stamp(moment: datetime) -> str:
    """The moment in China, to the microsecond, with its offset."""
    return local(moment).isoformat(timespec="microseconds")


def code(text: str) -> str:
    """A code that cannot end a line, a quotation or a comment, whatever was kept in its place."""
    return _OTHER.sub("_", text)


def ids(**found: UUID | None) -> dict[str, str]:
    """The ids that are there, by name."""
    return {name: str(value) for name, value in found.items() if value is not None}


def tags(transfer: TransferLine) -> dict[str, str]:
    """What a transfer says of itself beside its day and its legs, by name."""
    return {
        "posted": stamp(transfer.posted_at),
        "effective": stamp(transfer.effective_at),
        **({"reason": code(transfer.reason)} if transfer.reason else {}),
        **ids(
            reverses=transfer.reverses_id,
            link=transfer.link_id,
            valuation=transfer.valuation_id,
        ),
    }
