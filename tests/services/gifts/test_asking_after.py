"""Who looks for a friend, at a gift, and at what was told of it: traces, masks and limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Member
from services.context import Context
from services.designations import sentences as designations
from services.designations.making import make, member_named
from services.designations.reading import Named
from services.gifts import sentences as gifts
from services.notices.inbox import inbox
from services.people.guessing import TooManyWrong
from services.people.kin import DELEGATION_SPENDS, grant_delegation
from services.policy import SYSTEM
from services.queries.gifts import NobodyByThat, friend_of, gift_of, looked_at
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.gifts.conftest import Family


def looks(family: Family, act: str) -> int:
    wanted = sa.select(sa.func.count()).where(AuditRecord.act == act)
    return family.street.look(lambda s: s.scalar(wanted) or 0)


def test_guessing_a_friends_name_leaves_a_trace_and_ends(family: Family) -> None:
    street, friend = family.street, family.joins()
    known = street.look(lambda s: s.get_one(Member, friend))

    def find(name: str, hours: int = 0) -> None:
        moment = NOW + timedelta(hours=hours)
        street.act(
            family.giver, lambda ctx: friend_of(ctx, family.giver, known.number, name), moment
        )

    for _ in range(10):
        with pytest.raises(NobodyByThat):
            find("钱伯")
    assert looks(family, "gift.find") == 10
    # The right name is not told from a wrong one any more, until the next day.
    with pytest.raises(TooManyWrong):
        find(known.name)
    find(known.name, hours=25)
    assert looks(family, "gift.find") == 11

    def named(name: str) -> UUID:
        return street.act(family.giver, lambda ctx: member_named(ctx, known.number, name))

    # Just so where one is named who is to inherit.
    assert named(known.name) == friend
    for _ in range(10):
        with pytest.raises(designations.NameNotOfNumber):
            named("钱伯")
    with pytest.raises(TooManyWrong):
        named(known.name)
    assert looks(family, "designation.find") == 11


def test_a_look_at_somebody_elses_gift_is_recorded_and_masked(family: Family) -> None:
    street, gift = family.street, family.held()
    auditor = street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session))
    sides = (family.giver, family.mother)
    names = [street.look(lambda s, m=m: s.get_one(Member, m).name) for m in sides]
    readers = {family.giver: True, family.mother: True, street.staff: True}
    for reader, whole in (readers | {street.admins[0]: False, auditor: False}).items():
        line = street.act(reader, lambda ctx: gift_of(ctx, LONGWAN, gift))
        assert ([line.giver_name, line.receiver_name] == names) is whole
    assert looks(family, "gift.read") == 3
    found = street.act(auditor, lambda ctx: looked_at(ctx, family.giver))
    assert found.name != names[0]
    assert found.given[0].receiver_name != names[1]


def test_a_relative_who_sees_along_reads_nothing_of_what_is_given_or_left(family: Family) -> None:
    street = family.street
    family.held()
    named = (Named(None, "王小明", "other"),)
    street.act(family.mother, lambda ctx: make(ctx, family.mother, named))
    daughter, clerk = family.joins(), street.act(SYSTEM, hires(family))
    for relative in (daughter, clerk):
        family.relate(family.mother, relative, "child")
    until = NOW.date() + timedelta(days=90)
    scope = frozenset({"see", "ask", "confirm"})
    street.act(
        family.mother,
        lambda ctx: grant_delegation(ctx, family.mother, daughter, scope, "own", until, 0),
    )

    def read(who: UUID) -> tuple[set[str], int]:
        found = street.act(who, lambda ctx: inbox(ctx, family.mother, limit=100))
        return {each.sentence for each in found.notices}, found.unread

    own = {gifts.COMING_TO_YOU, designations.MADE}
    for who in (family.mother, street.staff):
        assert own <= read(who)[0]
    # Neither the daughter with every leave, nor a clerk who is a child of hers.
    for who in (daughter, clerk):
        shown, unread = read(who)
        assert DELEGATION_SPENDS in shown
        assert not shown & own
        assert unread == read(family.mother)[1] - 2


def hires(family: Family) -> Callable[[Context], UUID]:
    return lambda ctx: factories.create_staff(ctx.session, family.street.branch)
