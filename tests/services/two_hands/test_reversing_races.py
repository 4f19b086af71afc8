"""Two at once at a reversal, on each engine: one outcome, and at most one posting."""

from __future__ import annotations

from uuid import UUID

from models.entries import Reversal, ReversalState
from models.ledger import Transfer
from services.policy import SYSTEM
from services.reversing import sentences as say
from services.reversing.proposing import withdraw_reversal
from tests import factories
from tests.factories import LONGWAN
from tests.services.two_hands.test_reversing import auditor, credited, proposed, signs, stored
from tests.services.visits.conftest import Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]


def test_two_who_propose_at_once_make_one(street: Street) -> None:
    _visit, transfer = credited(street)
    who = (*street.admins, auditor(street))
    results = at_once(*[lambda w=w: proposed(street, w, transfer) for w in who])
    assert succeeded(results) == 1
    assert {type(each) for each in results} == {UUID, say.ReversalOpen}
    assert street.count(Reversal) == 1


def test_all_who_sign_at_once_post_it_once(street: Street) -> None:
    _visit, transfer = credited(street)
    third = street.act(SYSTEM, lambda ctx: factories.create_region_admin(ctx.session))
    row = proposed(street, auditor(street), transfer)
    results = at_once(
        *[lambda w=w: signs(street, w, row) for w in (*street.admins, third)],
        lambda: signs(street, street.admins[0], row),
    )
    assert succeeded(results) == 2
    assert sum(isinstance(each, UUID) for each in results) == 1
    assert street.count(Transfer, Transfer.kind == "reversal") == 1
    assert street.earned(street.volunteer) == (0, 0)
    found = stored(street, row)
    assert found.first_signed_by_id != found.second_signed_by_id


def test_signing_and_dropping_at_once_have_one_outcome(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    signs(street, street.admins[0], row)
    results = at_once(
        lambda: signs(street, street.admins[1], row),
        lambda: street.act(street.admins[0], lambda ctx: withdraw_reversal(ctx, LONGWAN, row)),
    )
    assert succeeded(results) == 1
    posted = stored(street, row).state is ReversalState.DONE
    assert street.count(Transfer, Transfer.kind == "reversal") == int(posted)
