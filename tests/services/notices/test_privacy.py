"""A volunteer who has not accepted learns nothing of the elder from any message."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import OutboxMessage
from models.requests import Request
from services.asking.beginning import begin
from services.outbox import opened
from services.people.reading import member_row
from services.policy import SYSTEM
from services.requests.ending import cancel
from services.visits.withdrawing import withdraw
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.asking.conftest import Search, search
from tests.services.visits.conftest import Street, street

__all__ = ["search", "street"]

NOTE, RISK, PLACE = "耳朵听不见", "有糖尿病", "样例弄 9 号后门"


def read_by(street: Street, who: UUID) -> list[str]:
    """Everything that a member was ever told, filled in, with its raw params."""

    def look(session: sa.orm.Session) -> list[str]:
        rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.member_id == who))
        found = [opened(row, VAULT) for row in rows]
        return [f"{each.sentence} {each.params}" for each in found]

    return street.look(look)


def secrets_of(street: Street) -> list[str]:
    """What nobody may read before he has accepted."""

    def look(session: sa.orm.Session) -> list[str]:
        elder = member_row(session, street.elder)
        phone = VAULT.open("member.phone", elder.phone_sealed or "")
        address = VAULT.open("member.address", elder.address_sealed or "")
        contact = VAULT.open("member.contact", elder.contact_sealed or "")
        word = str(elder.door_word)
        return [elder.name, elder.number, phone, address, contact, word, NOTE, RISK, PLACE]

    return street.look(look)


@pytest.mark.parametrize("end", ["taken", "cancelled", "given back"])
def test_offers_and_what_comes_after_them(street: Street, search: Search, end: str) -> None:
    people = search.crowd(4)
    request = street.open_request(
        note=NOTE, risk_note=RISK, address=PLACE, starts_at=NOW + timedelta(days=2)
    )
    key = (LONGWAN, request)
    street.act(SYSTEM, lambda ctx: begin(ctx, ctx.session.get_one(Request, key), "branch"))
    asked = search.next(request)
    assert asked
    search.next(request, now=NOW + timedelta(hours=5))
    if end == "cancelled":
        street.act(street.elder, lambda ctx: cancel(ctx, LONGWAN, request, ""))
    else:
        visit = street.accepted(request, by=people[-1])
        if end == "given back":
            street.act(people[-1], lambda ctx: withdraw(ctx, LONGWAN, visit, "临时有事"))
            search.next(request, now=NOW + timedelta(hours=8))
    hidden = secrets_of(street)
    told = {who: read_by(street, who) for who in people if who != people[-1]}
    assert any("在找人" in line for lines in told.values() for line in lines)
    for lines in told.values():
        for line in lines:
            assert not [word for word in hidden if word in line]
