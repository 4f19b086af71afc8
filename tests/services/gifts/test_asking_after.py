"""Who may look for a friend, and who looks at a gift: every look leaves a trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Member
from services.policy import SYSTEM
from services.queries.gifts import NobodyByThat, TooManyWrong, friend_of, gift_of, looked_at
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
