"""What an estate has moved is undone with the estate, and by nobody transfer by transfer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import Transfer
from services.errors import DomainError
from services.reversing.proposing import propose_reversal
from services.reversing.sentences import OfEstate, OwnerDivided
from tests.factories import LONGWAN
from tests.services.estates.conftest import House
from tests.services.estates.test_undoing import DIVIDED, Divided, divided

__all__ = ["divided"]


def reversal(house: House, kind: str) -> type[DomainError]:
    """What an administrator reads who reverses the first transfer of a kind."""
    first = sa.select(Transfer.id).where(Transfer.book == LONGWAN, Transfer.kind == kind)

    def act(transfer: UUID) -> None:
        house.street.act(
            house.street.admins[0],
            lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "wrong_person"),
            DIVIDED + timedelta(days=1),
        )

    with pytest.raises(DomainError) as refused:
        act(house.street.look(lambda s: s.scalars(first.order_by(Transfer.id)).first()))
    return refused.type


def test_shares_are_not_reversed_one_by_one(divided: Divided) -> None:
    """Nor does anything come back to somebody whose heirs have been paid: it would be lost."""
    house = divided.house
    assert {reversal(house, kind) for kind in ("estate", "inheritance")} == {OfEstate}
    assert reversal(house, "issue") is OwnerDivided
    assert house.breaches() == []
