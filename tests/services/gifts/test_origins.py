"""Where coins come from: every account by its origin, one total, and what follows from it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import Account, AccountKind, Entry
from models.people import Member
from services.context import Context
from services.donations.giving import DonationForm, donate
from services.errors import Forbidden
from services.ledger.accounts import inherited_period
from services.ledger.statement import statement
from services.origins import OriginKind, Origins, accounts_by_origin, my_origins
from services.papers.reading import paper, papers_of
from services.people.kin import grant_delegation
from services.queries.audit.given import DonationFilter, GiftFilter, donations, gifts
from services.queries.audit.listing import Want
from services.queries.branch.members import statement_file
from services.queries.elder.coins import Coins, coins_of
from tests import factories
from tests.factories import LONGWAN
from tests.services.gifts.conftest import AFTER, Family


def lived(family: Family) -> None:
    """The mother has coins of every origin, and has asked for a visit."""
    family.put(family.mother, AccountKind.GRANTED, "2026Q1", 240)
    family.put(family.mother, AccountKind.RECEIVED, inherited_period(date(2026, 3, 1)), 50)
    family.street.give_coins(family.mother, 300)
    family.final(60)
    family.street.ask("A04", 60)


def origins(family: Family) -> Origins:
    return family.street.act(family.mother, my_origins, AFTER)


def test_every_account_stands_by_its_origin_and_they_make_the_statement(family: Family) -> None:
    lived(family)
    found = origins(family)
    assert [(each.kind, each.posted_minutes) for each in found.accounts] == [
        (OriginKind.GRANTED, 240),
        (OriginKind.GIFT, 60),
        (OriginKind.INHERITED, 50),
        (OriginKind.EARNED, 300),
    ]
    granted, _, inherited, _ = found.accounts
    assert (granted.period, granted.ends_on) == ("2026Q1", date(2026, 6, 30))
    assert inherited.inherited_on == date(2026, 3, 1)
    assert [each.locked_until_age for each in found.accounts] == [None] * 4
    assert found.inheritable_minutes == 410
    assert found.giveable_minutes == 300
    assert granted.held_minutes == found.held_minutes > 0
    assert found.ending == (granted,)
    assert found.total_minutes == sums(family) == 650


def sums(family: Family) -> int:
    """The total as the statement has it; every account is the sum of its entries."""

    def look(ctx: Context) -> int:
        member = ctx.session.get_one(Member, family.mother)
        found = statement(ctx.session, LONGWAN, family.mother, now=AFTER, limit=50)
        for each in accounts_by_origin(ctx, member):
            whole = ctx.session.scalar(
                sa.select(sa.func.sum(Entry.amount_minutes)).where(
                    Entry.book == LONGWAN, Entry.account_id == each.account_id
                )
            )
            kind = ctx.session.get_one(Account, (LONGWAN, each.account_id))
            lines = [
                line.amount_minutes
                for line in found.lines
                if (line.origin, line.period) == (kind.kind, kind.period)
            ]
            assert whole == each.posted_minutes == sum(lines)
        assert found.lines[0].total_after_minutes == found.total_minutes
        return found.total_minutes

    return family.street.act(family.mother, look, AFTER)


def test_what_a_young_receiver_was_given_is_locked(family: Family) -> None:
    young = family.joins(name="王小雨", age=30)
    family.relate(family.giver, young, "child")
    family.final(60, receiver_id=young)
    found = family.street.act(young, my_origins, AFTER)
    assert [each.locked_until_age for each in found.accounts] == [60]
    assert found.locked


def test_a_line_says_by_whom_and_a_relative_reads_no_names(family: Family) -> None:
    lived(family)
    held = family.held(90)
    street = family.street
    mine: Coins = street.act(family.mother, lambda ctx: coins_of(ctx, family.mother), AFTER)
    givers = {line.about.other for line in mine.lines if line.kind == "gift"}
    assert givers == {name_of(family, family.giver)}
    son = family.joins(name="王建国")
    leave = frozenset({"see"})
    street.act(
        family.mother,
        lambda ctx: grant_delegation(ctx, family.mother, son, leave, "own", date(2027, 3, 1), 0),
        AFTER,
    )
    seen: Coins = street.act(son, lambda ctx: coins_of(ctx, family.mother), AFTER)
    assert [line.about for line in seen.lines if line.about.other] == []
    assert [line.kind for line in seen.lines] == [line.kind for line in mine.lines]
    found = street.act(street.staff, lambda ctx: statement_file(ctx, family.giver), AFTER)
    [about] = found.held_for.values()
    assert (about.purpose, about.other) == ("gift", name_of(family, family.mother))
    assert family.row(held).hold_id in found.held_for
    out = [found.about[line.transfer_id] for line in found.statement.lines if line.kind == "gift"]
    assert {each.other for each in out} == {name_of(family, family.mother)}


def test_a_receiver_reads_the_deed_of_the_gift(family: Family) -> None:
    family.final(60)
    [line] = family.street.act(family.mother, lambda ctx: papers_of(ctx, family.mother), AFTER)
    deed = family.street.act(family.mother, lambda ctx: paper(ctx, line.code), AFTER)
    assert (deed.member_id, deed.masked) == (family.giver, False)
    stranger = family.joins(name="赵六")
    assert family.street.act(stranger, lambda ctx: papers_of(ctx, stranger), AFTER) == ()
    with pytest.raises(Forbidden):
        family.street.act(stranger, lambda ctx: paper(ctx, line.code), AFTER)


def name_of(family: Family, member: UUID) -> str:
    return family.street.look(lambda session: session.get_one(Member, member).name)


def test_auditors_list_gifts_and_donations_with_names_masked(family: Family) -> None:
    gift = family.final(60)
    street = family.street
    form = DonationForm(donor_id=family.giver, to="pool", minutes=30)
    street.act(family.giver, lambda ctx: donate(ctx, form), AFTER)
    auditor = street.uow.run(lambda session: factories.create_auditor(session, LONGWAN))
    number = street.look(lambda session: session.get_one(Member, family.mother).number)
    page = street.act(
        auditor, lambda ctx: gifts(ctx, LONGWAN, GiftFilter(number=number), Want()), AFTER
    )
    [line] = page.rows
    assert (line.id, line.given_minutes, page.sums["given_minutes"]) == (gift, 60, 60)
    assert line.receiver is not None
    assert line.receiver.name.endswith("*")
    assert line.paper
    given = street.act(
        auditor, lambda ctx: donations(ctx, LONGWAN, DonationFilter(how="own"), Want()), AFTER
    )
    assert [(each.amount_minutes, each.fund) for each in given.rows] == [(30, None)]
