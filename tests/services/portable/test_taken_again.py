"""A closing statement whose import came to nothing has not been used: it may come again."""

from __future__ import annotations

import pytest

from models.imports import ImportState
from models.ledger import AccountKind
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.portable import sentences as say
from tests.factories import LONGWAN, NOW
from tests.services.imports.conftest import Bridge
from tests.services.portable.conftest import LATER
from tests.services.portable.test_portable import Houses, arrives, id_number_of, one_who_leaves


@pytest.mark.parametrize("houses", ["sqlite"], indirect=True)
def test_it_comes_again_after_a_refusal_and_after_an_undoing(houses: Houses) -> None:
    here, there = houses
    member = one_who_leaves(here)
    number = id_number_of(here, member)
    raw = here.text(here.close(member))
    arrived, at = arrives(there, number), Bridge(there.url, there.street, LATER)
    first = there.take(raw, number)
    at.publish(first)
    # Nothing more fits on the account when the row's turn comes.
    there.street.give_coins(arrived, 89_990)
    at.sign(first)
    assert at.work(first) is ImportState.DONE
    assert [state for state, _, _ in at.fates(first)] == ["refused"]
    earned, issue = (
        account_id(LONGWAN, AccountKind.EARNED, arrived),
        account_id(LONGWAN, AccountKind.ISSUE),
    )
    back = Draft(LONGWAN, "test", "back", (Leg(earned, -89_990), Leg(issue, 89_990)), NOW)
    there.street.uow.run(lambda session: post(session, [back], Stamp(LATER, SYSTEM.id)))
    second = there.take(raw, number)
    at.publish(second)
    at.sign(second)
    at.work(second)
    assert there.posted(arrived, AccountKind.EARNED) == 90
    # The first import has nothing to undo, and takes nothing from the second one.
    at.undo(first)
    with pytest.raises(say.TakenAlready):
        there.take(raw, number)
    at.undo(second)
    assert there.posted(arrived, AccountKind.EARNED) == 0
    assert there.take(raw, number) not in (first, second)
    assert there.breaches() == set()
