"""An account that is carried along: stated, closed for one installation, and taken in once."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.imports import Import, ImportState
from models.ledger import Account, AccountKind, Entry
from models.people import Member, MemberStatus
from models.portable import AccountStatement, Installation, TakenStatement
from services.errors import Forbidden
from services.imports.publishing import withdraw
from services.ledger.accounts import account_id
from services.ledger.check.command import main
from services.ledger.seals.account_file import read_account, write_account
from services.ledger.seals.signing import SigningKey
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.portable import sentences as say
from services.portable.closing import CloseForm, close, send_code
from services.portable.leaving import in_the_way
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.portable.conftest import HERE, LATER, THERE, House
from tests.services.visits.conftest import START

Houses = tuple[House, House]


def one_who_leaves(here: House, minutes: int = 90) -> UUID:
    """A member with coins that are sealed, and nothing else."""
    branch = here.street.branch
    member = here.street.act(
        SYSTEM, lambda ctx: factories.create_member(ctx.session, branch_id=branch)
    )
    here.street.give_coins(member, minutes)
    here.seal()
    return member


def id_number_of(house: House, member: UUID) -> str:
    """The number on the member's card."""
    sealed = house.street.look(lambda session: session.get_one(Member, member).id_number_sealed)
    return factories.VAULT.open("member.id_number", sealed)


def arrives(there: House, id_number: str) -> UUID:
    """The same person joins the other installation, with a checked identity."""
    return there.street.act(
        SYSTEM,
        lambda ctx: factories.create_member(
            ctx.session,
            id_number=id_number,
            born_on=born_on(id_number),
            branch_id=there.street.branch,
        ),
    )


def born_on(id_number: str) -> date:
    """The birth date that an ID number has in it."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def test_a_statement_is_accepted_by_the_checker_and_moves_nothing(
    houses: Houses, tmp_path: Path
) -> None:
    here, _ = houses
    member = one_who_leaves(here)
    path = tmp_path / "account.json"
    path.write_text(here.text(here.state(member)), encoding="utf-8")
    said: list[str] = []
    assert main([str(path), "--key", HERE.public_key], said.append) == 0, said
    given = json.loads(json.loads(path.read_text())["content"])
    assert [(each["origin"], each["posted_minutes"]) for each in given["coins"]] == [("earned", 90)]
    assert id_number_of(here, member) not in path.read_text()
    assert here.posted(member, AccountKind.EARNED) == 90
    assert here.breaches() == set()


def test_what_is_not_sealed_is_not_stated_and_strangers_state_nothing(houses: Houses) -> None:
    here, _ = houses
    member = here.street.volunteer
    here.street.give_coins(member, 30)
    with pytest.raises(say.AccountNotSealed):
        here.state(member)
    here.seal()
    with pytest.raises(Forbidden):
        here.state(member, who=here.street.elder)
    assert here.state(member, key="k") == here.state(member, key="k")


def test_closing_debits_everything_to_the_outside_account(houses: Houses) -> None:
    here, _ = houses
    member = one_who_leaves(here)
    statement = here.close(member, key="k")
    account = read_account(here.text(statement))
    assert (account.kind, account.receiver) == ("closing", THERE.key_id)
    assert account.debited_minutes == account.carried_minutes == 90

    def read(session: Session) -> tuple[object, list[int], list[bool]]:
        of_member = sa.select(Account).where(Account.book == LONGWAN, Account.owner_id == member)
        outside = account_id(LONGWAN, AccountKind.OUTSIDE)
        amounts = sa.select(Entry.amount_minutes).where(
            Entry.book == LONGWAN, Entry.account_id == outside
        )
        row = session.get_one(Member, member)
        closed = [each.closed_at is not None for each in session.scalars(of_member)]
        return row.status, list(session.scalars(amounts)), closed

    status, moved, closed = here.street.look(read)
    assert status is MemberStatus.CLOSED
    assert moved == [90]
    assert all(closed)
    # The same key gives the same file; nobody closes an account twice.
    with pytest.raises(say.AccountNotOpen):
        here.street.act(
            here.street.staff,
            lambda ctx: close(
                ctx, CloseForm(member, THERE.key_id, id_number=id_number_of(here, member)), HERE
            ),
        )
    assert here.breaches() == set()


def test_whoever_is_still_expected_does_not_leave(houses: Houses) -> None:
    here, _ = houses
    here.street.give_coins(here.street.elder, 600)
    here.seal()
    here.street.ask()
    with pytest.raises(say.ClosingHindered) as refused:
        here.street.act(
            here.street.elder, lambda ctx: send_code(ctx, here.street.elder, THERE.key_id)
        )
    codes = [each.code for each in refused.value.params["reasons"]]
    assert codes == ["requests_open", "coins_held"]
    staff = here.street.staff
    with pytest.raises(say.ClosingHindered) as held:
        here.street.act(staff, lambda ctx: send_code(ctx, staff, THERE.key_id))
    assert [each.code for each in held.value.params["reasons"]] == ["office_held"]


def test_what_is_under_way_is_said_of_closing(houses: Houses) -> None:
    here, _ = houses
    street = here.street
    street.issue(1_000)
    street.come(street.accepted(street.open_request()))
    for member in (street.elder, street.volunteer):
        found = street.act(
            member,
            lambda ctx, who=member: in_the_way(ctx, ctx.session.get_one(Member, who)),
            START,
        )
        assert "visit_under_way" in [each.code for each in found]
        assert [each.sentence for each in found if "搬" in each.sentence] == []


def test_a_closing_names_a_known_installation_and_the_right_person(houses: Houses) -> None:
    here, _ = houses
    member = one_who_leaves(here)
    with pytest.raises(say.InstallationUnknown):
        here.street.act(member, lambda ctx: send_code(ctx, member, "ab" * 32))
    wrong = CloseForm(member, THERE.key_id, id_number=id_number_of(here, here.street.elder))
    with pytest.raises(say.NotTheHolder):
        here.street.act(here.street.staff, lambda ctx: close(ctx, wrong, HERE))
    clerk = factories.clerk
    here.street.act(
        here.street.look(lambda session: clerk(session, here.street.branch)),
        lambda ctx: record_kinship(ctx, here.street.staff, member, "sibling", "户口簿"),
    )
    right = CloseForm(member, THERE.key_id, id_number=id_number_of(here, member))
    with pytest.raises(say.OwnOrKinClosing):
        here.street.act(here.street.staff, lambda ctx: close(ctx, right, HERE))
    assert here.posted(member, AccountKind.EARNED) == 90


def test_a_closing_statement_is_taken_in_once_and_a_copy_nowhere(houses: Houses) -> None:
    here, there = houses
    member = one_who_leaves(here)
    number = id_number_of(here, member)
    plain = here.text(here.state(member))
    raw = here.text(here.close(member))
    with pytest.raises(say.NotAMemberHere):
        there.take(raw, number)
    arrives(there, number)
    with pytest.raises(say.OtherPerson):
        there.take(raw, id_number_of(there, there.street.elder))
    with pytest.raises(say.NotAClosing):
        there.take(plain, number)
    with pytest.raises(say.StatementBroken):
        there.take(raw.replace("90", "91", 1), number)
    with pytest.raises(say.NotForUs):
        _taken_where_it_came_from(here, raw, number)
    import_id = there.take(raw, number)
    with pytest.raises(say.TakenAlready):
        there.take(raw, number, who=there.street.admins[1])
    row = there.street.look(lambda session: session.get_one(Import, (LONGWAN, import_id)))
    assert (row.layout, row.evidence_class, row.state) == ("account", "A", ImportState.CHECKED)
    # Withdrawn, it may come again.
    there.street.act(
        there.street.admins[0], lambda ctx: withdraw(ctx, LONGWAN, import_id, "再核对一次")
    )
    assert there.take(raw, number) != import_id


def _taken_where_it_came_from(here: House, raw: str, number: str) -> None:
    """The issuer itself knows its own key, and is not whom the statement names."""
    here.street.uow.run(
        lambda session: session.add(
            Installation(
                fingerprint=HERE.key_id,
                public_key=HERE.public_key,
                name="自己",
                name_en="Itself",
                added_by_id=SYSTEM.id,
                added_at=NOW,
            )
        )
    )
    here.take(raw, number)


def test_nobody_known_has_signed_it(houses: Houses) -> None:
    here, there = houses
    member = one_who_leaves(here)
    raw = here.text(here.close(member))

    def remove(session: Session) -> None:
        session.get_one(Installation, HERE.key_id).removed_at = LATER

    there.street.uow.run(remove)
    with pytest.raises(say.IssuerUnknown):
        there.take(raw, id_number_of(here, member))
    stranger = SigningKey(bytes(31) + b"\7")
    with pytest.raises(say.StatementBroken):
        there.take(write_account(read_account(raw).given, stranger), id_number_of(here, member))
    assert there.street.look(lambda session: session.scalar(sa.select(TakenStatement))) is None
    assert (
        here.street.look(lambda session: len(session.scalars(sa.select(AccountStatement)).all()))
        == 1
    )
