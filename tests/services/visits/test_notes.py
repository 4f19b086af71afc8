"""A note follows a transfer: sealed by a hash, read by staff, its words erasable for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import ActKey, Entry, NoteText, Refusal, Transfer, TransferNote
from models.oversight import AuditRecord
from models.seals import Unsealed
from services.acts import content_hash
from services.context import Context
from services.errors import DomainError, Forbidden, KeyReused
from services.ledger.notes import NotedUnknown, NoteErased, NoteUnknown, text_hash
from services.notes import LONGEST_NOTE, Note, erase_note, notes_of, write_note
from services.people.errors import MissingText, TooManyWords
from services.people.kin import record_kinship
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, LUCHENG, NOW
from tests.services.visits.conftest import Street
from tests.services.visits.test_races import at_once

WORDS = "凭据已存网点第 3 柜"


@pytest.fixture
def transfer(street: Street) -> UUID:
    """A transfer to the volunteer."""
    street.give_coins(street.volunteer, 60)
    return street.look(lambda session: session.scalars(sa.select(Transfer.id)).one())


def write(street: Street, transfer: UUID, text: str = WORDS, **how: object) -> UUID:
    who = how.pop("who", street.admins[0])
    return street.act(who, lambda ctx: write_note(ctx, LONGWAN, transfer, text), **how)


def read(street: Street, transfer: UUID) -> list[tuple[UUID, str | None]]:
    found = street.act(street.admins[0], lambda ctx: notes_of(ctx, LONGWAN, transfer))
    return [(note.actor_id, note.text) for note in found]


def notes(transfer: UUID) -> Callable[[Context], tuple[Note, ...]]:
    return lambda ctx: notes_of(ctx, LONGWAN, transfer)


def erase(street: Street, note: UUID, **how: object) -> UUID:
    who = how.pop("who", street.admins[0])
    return street.act(who, lambda ctx: erase_note(ctx, LONGWAN, note), **how)


def snapshot(street: Street) -> list[object]:
    """The ledger without its notes."""

    def rows(session: Session) -> list[object]:
        return [
            *session.execute(sa.select(Transfer.__table__)).all(),
            *session.execute(sa.select(Entry.__table__)).all(),
        ]

    return street.look(rows)


def test_a_note_leaves_the_transfer_as_it_is_and_waits_for_its_seal(
    street: Street, transfer: UUID
) -> None:
    before = snapshot(street)
    one = write(street, transfer)
    write(street, transfer, "又一条", who=street.admins[1], now=NOW + timedelta(minutes=1))
    assert snapshot(street) == before
    assert read(street, transfer) == [(street.admins[0], WORDS), (street.admins[1], "又一条")]
    queued = Unsealed.note_id == one, Unsealed.transfer_id == transfer
    assert street.count(Unsealed, *queued) == 1
    assert street.count(AuditRecord, AuditRecord.act == "transfer.note") == 2


def test_the_row_commits_to_the_words_by_a_salted_hash(street: Street, transfer: UUID) -> None:
    one, two = write(street, transfer), write(street, transfer)
    rows = street.look(lambda s: {row.id: row for row in s.scalars(sa.select(TransferNote))})
    kept = street.look(lambda s: {row.note_id: row for row in s.scalars(sa.select(NoteText))})
    for note in (one, two):
        assert text_hash(kept[note].salt, WORDS) == rows[note].text_hash
        assert WORDS not in kept[note].text_sealed
    assert rows[one].text_hash != rows[two].text_hash
    assert text_hash(kept[one].salt, WORDS + "。") != rows[one].text_hash


def test_erased_words_are_gone_and_the_commitment_stays(street: Street, transfer: UUID) -> None:
    note, other = write(street, transfer, key="w"), write(street, transfer, "留下的")
    [kept] = [n for n in street.act(street.admins[0], notes(transfer)) if n.id == note]
    assert erase(street, note) == transfer
    [left] = [n for n in street.act(street.admins[0], notes(transfer)) if n.id == note]
    assert asdict(left) == {**asdict(kept), "text": None}
    assert left.is_erased
    assert not kept.is_erased
    assert street.count(NoteText, NoteText.note_id == other) == 1
    assert street.count(NoteText, NoteText.note_id == note) == 0
    assert street.count(AuditRecord, AuditRecord.act == "note.erase") == 1
    with pytest.raises(NoteErased):
        erase(street, note)


def test_nothing_that_is_kept_tells_the_erased_words(street: Street, transfer: UUID) -> None:
    """The act's key holds a hash of what was sent: it must not be one that can be guessed."""
    write(street, transfer, key="w")
    kept = street.look(
        lambda s: s.scalars(sa.select(ActKey).where(ActKey.act == "transfer.note")).one()
    )
    guess = {"transfer_id": transfer, "text": WORDS}
    assert kept.request_hash != content_hash(["transfer.note", guess])
    assert WORDS not in str(kept.result)


def test_a_key_sent_twice_writes_one_note(street: Street, transfer: UUID) -> None:
    assert write(street, transfer, key="k") == write(street, transfer, key="k")
    assert len(read(street, transfer)) == 1
    with pytest.raises(KeyReused):
        write(street, transfer, "别的话", key="k")


def test_two_erase_at_once_and_one_is_told(street: Street, transfer: UUID) -> None:
    note = write(street, transfer)
    clicks = [
        lambda who=who, key=key: erase(street, note, who=who, key=key)
        for who, key in ((street.admins[0], "a"), (street.admins[1], "b"))
    ]
    results = at_once(*clicks)
    assert sorted(isinstance(each, NoteErased) for each in results) == [False, True]
    assert street.count(Refusal, Refusal.code == "note_erased") == 1
    assert street.count(AuditRecord, AuditRecord.act == "note.erase") == 1


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("", MissingText), (" \n ", MissingText), ("字" * (LONGEST_NOTE + 1), TooManyWords)],
)
def test_a_note_has_words_and_not_too_many(
    street: Street, transfer: UUID, text: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal) as refused:
        write(street, transfer, text, key="k")
    assert refused.value.field == "text"
    assert street.count(TransferNote) == street.count(NoteText) == 0
    write(street, transfer, "字" * LONGEST_NOTE, key="k")


def test_what_is_not_there_has_no_notes(street: Street, transfer: UUID) -> None:
    with pytest.raises(NotedUnknown):
        write(street, uuid4())
    with pytest.raises(NotedUnknown):
        read(street, uuid4())
    with pytest.raises(NoteUnknown):
        erase(street, uuid4())


def test_only_administrators_of_the_region_write(street: Street, transfer: UUID) -> None:
    far = street.act(SYSTEM, lambda ctx: factories.create_region_admin(ctx.session, LUCHENG))
    auditor = street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session))
    note = write(street, transfer)
    for who in (far, auditor, street.staff, street.volunteer, street.elder):
        with pytest.raises(Forbidden):
            write(street, transfer, who=who)
        with pytest.raises(Forbidden):
            erase(street, note, who=who)
    for who in (far, street.staff, street.volunteer):
        with pytest.raises(Forbidden):
            street.act(who, notes(transfer))
    assert len(street.act(auditor, notes(transfer))) == 1


def test_nobody_writes_beside_the_transfer_of_kin(street: Street, transfer: UUID) -> None:
    admin, volunteer = street.admins[0], street.volunteer
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, volunteer, admin, "child", "户口簿"),
    )
    with pytest.raises(Forbidden):
        write(street, transfer, who=admin)
    write(street, transfer, who=street.admins[1])
