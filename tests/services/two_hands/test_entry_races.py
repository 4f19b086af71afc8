"""Two at once at an entry by hand, on each engine: one outcome, and at most one visit."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.entries import EntryLevel, EntryState, ManualEntry
from models.ledger import Transfer
from models.requests import Visit
from services.entries import sentences as say
from services.entries.proposing import withdraw_entry
from services.entries.queueing import advance
from services.entries.terms import waits
from services.policy import SYSTEM
from services.visits.confirming import confirm
from tests.factories import LONGWAN
from tests.services.two_hands.kit import LATER, colleague, entered, entry_of, signs, state_of
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]


def test_all_who_sign_at_once_credit_one_visit(street: Street) -> None:
    street.give_coins(street.elder, 300)
    others = (colleague(street), *street.admins)
    entry = entered(street)
    results = at_once(*[lambda w=w: signs(street, w, entry) for w in others])
    assert succeeded(results) == 1
    assert {type(each) for each in results} == {UUID, say.EntryEnded}
    assert street.count(Visit) == street.count(Transfer, Transfer.kind == "service") == 1
    assert street.earned(street.volunteer) == (60, 0)


def test_signing_and_dropping_at_once_have_one_outcome(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    entry = entered(street)
    results = at_once(
        lambda: signs(street, other, entry),
        lambda: street.act(street.staff, lambda ctx: withdraw_entry(ctx, LONGWAN, entry), LATER),
    )
    assert succeeded(results) == 1
    assert street.count(Visit) == int(state_of(street, entry) is EntryState.SIGNED)


def test_signing_while_the_job_passes_it_on_has_one_outcome(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    entry = entered(street)
    now = LATER + waits(EntryLevel.BRANCH)
    signed, advanced = at_once(
        lambda: signs(street, other, entry, now),
        lambda: street.act(SYSTEM, lambda ctx: advance(ctx, LONGWAN, entry), now),
    )
    assert isinstance(signed, UUID)
    assert advanced in (True, False)
    found = entry_of(street, entry)
    assert found.state is EntryState.SIGNED
    assert (found.level is EntryLevel.BRANCH) is not advanced


def test_the_same_hour_is_put_forward_once(street: Street) -> None:
    other = colleague(street)
    results = at_once(
        lambda: entered(street),
        lambda: entered(street, other, starts_at=START + timedelta(minutes=15)),
        lambda: entered(street, street.admins[0]),
    )
    assert succeeded(results) == 1
    assert street.count(ManualEntry) == 1


def test_a_visit_is_corrected_once(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    old = street.accepted(street.open_request())
    street.come(old)
    street.go(old)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, old), START + timedelta(hours=2))
    end = START + timedelta(minutes=45)
    said = {"why": "wrong_time", "corrects_visit_id": old, "ends_at": end}
    results = at_once(lambda: entered(street, **said), lambda: entered(street, other, **said))
    assert succeeded(results) == 1
    [entry] = [each for each in results if isinstance(each, UUID)]
    signer = street.admins[0]
    results = at_once(lambda: signs(street, signer, entry), lambda: signs(street, signer, entry))
    assert succeeded(results) == 1
    assert street.count(Transfer, Transfer.kind == "reversal") == 1
    assert street.earned(street.volunteer) == (45, 0)
