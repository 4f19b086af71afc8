"""Whose closing statements are taken in, and what the check of the books says of statements."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Entry
from models.portable import AccountStatement, TakenStatement
from services.errors import Forbidden
from services.ledger.accounts import account_id
from services.ledger.breaches import Tally
from services.ledger.seals.signing import SigningKey
from services.policy import NATION, NATIONAL_ADMIN, Actor, Role
from services.portable import installations, taking
from services.portable import sentences as say
from services.verification.statements import check_statements
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.ledger.tampering import Forgery, change, each_alone, together
from tests.services.portable.conftest import HERE, LATER, THERE, House
from tests.services.portable.test_portable import arrives, id_number_of, one_who_leaves

NEW = SigningKey(bytes(31) + b"\5")
CHIEF = Actor(id=UUID(int=77), name="总管", roles=(Role(NATIONAL_ADMIN, "nation", NATION),))
Houses = tuple[House, House]


def test_an_installation_is_known_removed_and_known_again(houses: Houses) -> None:
    here, _ = houses
    act = here.street.act
    added = act(CHIEF, lambda ctx: installations.add(ctx, NEW.public_key.upper(), "新", "New"))
    assert added == NEW.key_id
    with pytest.raises(say.KnownAlready):
        act(CHIEF, lambda ctx: installations.add(ctx, NEW.public_key, "新", "New"))
    act(CHIEF, lambda ctx: installations.remove(ctx, added))
    with pytest.raises(say.InstallationUnknown):
        act(CHIEF, lambda ctx: installations.remove(ctx, added))
    act(CHIEF, lambda ctx: installations.add(ctx, NEW.public_key, "新的", "New one"))
    found = act(CHIEF, installations.known)
    assert {each.name: each.removed_at for each in found} == {"另一个平台": None, "新的": None}


def test_a_key_that_cannot_be_is_refused_and_nobody_else_decides(houses: Houses) -> None:
    here, _ = houses
    act = here.street.act
    for refused, given in (
        (say.PublicKeyWrong, ("12", "新", "New")),
        (say.OwnKey, (HERE.public_key, "新", "New")),
        (say.NameNeeded, (NEW.public_key, " ", "New")),
    ):
        with pytest.raises(refused):
            act(CHIEF, lambda ctx, given=given: installations.add(ctx, *given))
    with pytest.raises(Forbidden):
        act(here.street.admins[0], lambda ctx: installations.remove(ctx, THERE.key_id))


def test_every_statement_that_was_changed_is_named(houses: Houses) -> None:
    here, there = houses
    member = one_who_leaves(here)
    raw, number = here.text(here.close(member)), id_number_of(here, member)
    arrives(there, number)
    there.take(raw, number)
    moved = Entry.account_id == account_id(LONGWAN, AccountKind.OUTSIDE)
    at_home: dict[str, Forgery] = {
        "statement_changed": change(AccountStatement, content_hash="0" * 64),
        "closing_differs_from_ledger": change(Entry, moved, amount_minutes=89),
    }
    arrived: dict[str, Forgery] = {
        "taken_without_import": change(TakenStatement, import_id=uuid4()),
    }

    def check(session: Session) -> set[str]:
        ctx = factories.make_ctx(session, now=LATER)
        return {each.code for each in check_statements(ctx, LONGWAN, Tally())}

    for house, forgeries in ((here, at_home), (there, arrived)):
        found = each_alone(house.street.uow, str(house.url), {"": together(()), **forgeries}, check)
        assert found.pop("") == set()
        assert [code for code in forgeries if code not in found[code]] == []


def test_a_file_too_long_is_no_statement(houses: Houses) -> None:
    here, _ = houses
    with pytest.raises(say.StatementBroken):
        here.street.act(
            here.street.admins[0],
            lambda ctx: taking.take_in(
                ctx, LONGWAN, here.street.branch, b"x" * (taking.LONGEST + 1), "1"
            ),
            NOW,
        )
