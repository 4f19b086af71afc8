"""The other half of an act across two books, found by the key that both halves have."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Transfer
from services.ids import derived
from services.ledger.reverse import Half


def other_halves(session: Session, book: str, transfer_ids: Collection[UUID]) -> dict[UUID, Half]:
    """By transfer of a book, its half in the one other book it stands against.

    What stands within the book alone is left out.
    """
    if not transfer_ids:
        return {}
    rows = session.execute(
        sa.select(Transfer.id, Transfer.idem_key, Account.period)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Transfer.book == book, Transfer.id.in_(transfer_ids))
        .where(Transfer.link_id.is_not(None), Account.kind == AccountKind.CLEARING)
    )
    return {row.id: Half(row.period, derived("transfer", row.period, row.idem_key)) for row in rows}
