"""What two people signed, changed by somebody with the database's own password: each is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.entries import EntryState, ManualEntry, Reversal, ReversalState
from models.evidence import EvidenceContent, EvidenceFile
from models.requests import Visit
from services.context import Context
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from services.visits.confirming import confirm
from tests.databases import Databases
from tests.factories import LONGWAN, VAULT
from tests.services.ledger.tampering import Forgery, change, each_alone, remove, together
from tests.services.two_hands.kit import LATER, colleague, entered, signs
from tests.services.visits.conftest import START, Street, street_at
from tests.two_hands import by_two

BY_HAND = Visit.manual_entry_id.is_not(None)
ENTRY = ManualEntry.kind == "entry"
DONE = Reversal.state == ReversalState.DONE
FORGERIES: dict[str, Forgery] = {
    "entry_one_hand": change(ManualEntry, ENTRY, decided_by_id=ManualEntry.proposed_by_id),
    "entry_without_visit": change(Visit, BY_HAND, manual_entry_id=None),
    "entry_without_papers": together(
        [
            remove(EvidenceContent, EvidenceContent.book == LONGWAN),
            remove(EvidenceFile, EvidenceFile.subject_kind == "manual_entry"),
        ]
    ),
    "paper_of_entry_changed": change(
        EvidenceContent, EvidenceContent.book == LONGWAN, content_sealed=b"another picture"
    ),
    "visit_without_entry": change(ManualEntry, ENTRY, state=EntryState.REFUSED),
    "reversal_one_hand": change(Reversal, DONE, second_signed_by_id=Reversal.first_signed_by_id),
    "reversal_not_posted": change(Reversal, DONE, reversing_id=UUID(int=404)),
    "visit_mark_differs": change(Visit, Visit.reversed_at.is_not(None), reversed_at=None),
}
#: Further ways to the same breach, each with what it names.
OTHERS: dict[str, tuple[Forgery, str]] = {
    "a reversal without a proposal": (remove(Reversal, DONE), "reversal_one_hand"),
    "a correction that one person signed": (
        change(ManualEntry, ~ENTRY, decided_by_id=ManualEntry.proposed_by_id),
        "reversal_one_hand",
    ),
    "a digest that was changed with its record left": (
        change(EvidenceFile, EvidenceFile.book == LONGWAN, content_hash="0" * 64),
        "paper_of_entry_changed",
    ),
    "a mark without a reversal": (change(Visit, BY_HAND, reversed_at=LATER), "visit_mark_differs"),
}


@pytest.fixture
def street(databases: Databases) -> Iterator[tuple[str, Street]]:
    """The check is the same on every engine: one is enough for what it names."""
    url, engine, made = street_at(databases, "sqlite")
    yield url, made
    engine.dispose()
    databases.discard(url)


def lived(street: Street) -> None:
    """An entry by hand, a correction, and a reversal by two."""
    street.issue(1_000)
    other = colleague(street)
    signs(street, other, entered(street, starts_at=START - timedelta(hours=2),
                                 ends_at=START - timedelta(hours=1)))  # fmt: skip
    for place in range(2):
        visit = street.accepted(street.open_request())
        street.come(visit)
        street.go(visit)
        street.act(street.elder, lambda ctx, v=visit: confirm(ctx, LONGWAN, v), START)
        if place == 0:
            signs(street, other, entered(
                street,
                starts_at=START + timedelta(hours=6),
                ends_at=START + timedelta(hours=7),
                why="wrong_time",
                corrects_visit_id=visit,
            ))  # fmt: skip
        else:
            transfer = street.visit(visit).transfer_id
            assert transfer is not None
            by_two(street.act, street.admins, (LONGWAN, transfer, "false_record"), LATER)


def codes(session: Session) -> set[str]:
    ctx = Context(session, SYSTEM, LATER, VAULT)
    return {each.code for each in verify(ctx, LONGWAN, Tally())}


def test_every_forgery_of_what_two_signed_is_named(street: tuple[str, Street]) -> None:
    url, made = street
    lived(made)

    forgeries = {**FORGERIES, **{name: forgery for name, (forgery, _) in OTHERS.items()}}
    found = each_alone(made.uow, url, {"": together(()), **forgeries}, codes)
    assert found.pop("") == set()
    assert [code for code in FORGERIES if code not in found[code]] == []
    assert [name for name, (_, code) in OTHERS.items() if code not in found[name]] == []


def test_what_one_administrator_reversed_long_ago_is_left_alone(
    street: tuple[str, Street],
) -> None:
    """Before there were two names; with the first proposal anywhere that time is over."""
    url, made = street
    lived(made)
    nobody = [remove(Reversal), remove(ManualEntry), change(Visit, BY_HAND, manual_entry_id=None)]
    old = [*nobody, change(Visit, Visit.reversed_at.is_not(None), reversed_at=None)]

    found = each_alone(made.uow, url, {"old": together(old)}, codes)
    assert found["old"] == set()
