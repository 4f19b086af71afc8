"""Whoever acts for a side is as near to it as kin; and what was taken back leaves its time free."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.entries import EntryLevel
from services.errors import Forbidden
from services.people.kin import grant_delegation
from services.policy import ACTS_FOR_ONE
from tests.factories import NOW
from tests.services.two_hands.kit import colleague, entered, entry_of, signs
from tests.services.two_hands.test_reversing import auditor, credited, proposed
from tests.services.two_hands.test_reversing import signs as signs_reversal
from tests.services.visits.conftest import Street, street

__all__ = ["street"]

pytestmark = pytest.mark.parametrize("street", ["sqlite"], indirect=True)


def acts_for(street: Street, helper: UUID, member: UUID) -> None:
    until = NOW.date() + timedelta(days=300)
    street.act(
        member,
        lambda ctx: grant_delegation(ctx, member, helper, frozenset({"see"}), "own", until, 0),
    )


def test_who_acts_for_a_side_neither_enters_nor_signs(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    acts_for(street, other, street.elder)
    with pytest.raises(Forbidden, match=ACTS_FOR_ONE):
        entered(street, other)
    entry = entered(street)
    # Nobody else works there: the helper does not count as the second hand.
    assert entry_of(street, entry).level is not EntryLevel.BRANCH
    with pytest.raises(Forbidden, match=ACTS_FOR_ONE):
        signs(street, other, entry)
    assert signs(street, street.admins[0], entry) is not None


def test_who_acts_for_a_side_takes_nothing_back(street: Street) -> None:
    _visit, transfer = credited(street)
    acts_for(street, street.admins[0], street.elder)
    with pytest.raises(Forbidden, match=ACTS_FOR_ONE):
        proposed(street, street.admins[0], transfer)
    row = proposed(street, auditor(street), transfer)
    with pytest.raises(Forbidden, match=ACTS_FOR_ONE):
        signs_reversal(street, street.admins[0], row)
    assert signs_reversal(street, street.admins[1], row) is None


def test_the_hour_of_a_false_record_is_free_for_a_true_one(street: Street) -> None:
    _visit, transfer = credited(street)
    other = colleague(street)
    row = proposed(street, street.admins[0], transfer, "wrong_person")
    for each in street.admins:
        signs_reversal(street, each, row)
    assert signs(street, other, entered(street)) is not None
    assert street.earned(street.volunteer)[0] == 60
