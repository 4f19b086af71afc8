"""The sealed bytes, fixed once and for all, and written a second time straight from the page."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.seals.canonical import (
    EntryLine,
    NoteFacts,
    TransferFacts,
    canonical_json,
    note_bytes,
    transfer_bytes,
    valuation_hash,
)
from services.ledger.seals.facts import pack_note

AT = datetime(2026, 3, 10, 1, 0, 0, 5, tzinfo=UTC)
ENTRIES = (
    EntryLine(UUID(int=21), 0, -60, 4, 100),
    EntryLine(UUID(int=22), 3, 60, 1, 60),
)
FACTS = TransferFacts(
    book="330303000000",
    id=UUID(int=1),
    kind="service",
    idem_key="visit:1:pay",
    request_hash="ab" * 32,
    effective_at=AT - timedelta(days=1),
    posted_at=AT,
    actor_id=UUID(int=2),
    acting_for_id=None,
    reason="服务",
    link_id=None,
    reverses_id=UUID(int=3),
    valuation_id=UUID(int=4),
    valuation_hash="cd" * 32,
    entries=ENTRIES,
)
NOTE = NoteFacts("330303000000", UUID(int=9), UUID(int=1), "ef" * 32, UUID(int=2), AT)


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def maybe(value: UUID | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + value.bytes


def micros(moment: datetime) -> bytes:
    seconds = int(moment.replace(microsecond=0).timestamp())
    return struct.pack(">q", seconds * 1_000_000 + moment.microsecond)


def by_the_page(facts: TransferFacts) -> bytes:
    """docs/seals.md, field by field."""
    out = b"TBT\x01" + text(facts.book) + facts.id.bytes
    out += text(facts.kind) + text(facts.idem_key) + text(facts.request_hash)
    out += micros(facts.effective_at) + micros(facts.posted_at)
    out += facts.actor_id.bytes + maybe(facts.acting_for_id) + text(facts.reason)
    out += maybe(facts.link_id) + maybe(facts.reverses_id) + maybe(facts.valuation_id)
    valued = facts.valuation_hash
    out += b"\x00" if valued is None else b"\x01" + bytes.fromhex(valued)
    out += struct.pack(">I", len(facts.entries))
    for line in facts.entries:
        out += line.account_id.bytes
        out += struct.pack(">iqq", line.slot, line.amount_minutes, line.version)
    return out


def test_the_bytes_are_those_of_the_page() -> None:
    assert transfer_bytes(FACTS) == by_the_page(FACTS)
    bare = replace(FACTS, reverses_id=None, valuation_id=None, valuation_hash=None, entries=())
    assert transfer_bytes(bare) == by_the_page(bare)
    expected = b"TBN\x01" + text(NOTE.book) + NOTE.id.bytes + NOTE.transfer_id.bytes
    expected += text(NOTE.text_hash) + NOTE.actor_id.bytes + micros(NOTE.at)
    assert note_bytes(NOTE) == expected
    at = struct.unpack(">q", micros(AT))[0]
    raw = (NOTE.id.bytes, NOTE.transfer_id.bytes, NOTE.text_hash, NOTE.actor_id.bytes, at)
    assert pack_note(text(NOTE.book), *raw) == expected


def test_the_bytes_never_change() -> None:
    """Blocks out there were signed over these: another hash here breaks every receipt."""
    assert sha256(transfer_bytes(FACTS)).hexdigest() == (
        "5a0b2cb4ba578860a2aa51a0fa7af093c7c08afc731aaaf952857a14f2cee850"
    )
    assert sha256(note_bytes(NOTE)).hexdigest() == (
        "a2f7c47b616232e608a27a9c3f49e0621a01f48f74f05fcfeccd3b62d8c994f2"
    )


OTHER = {
    "book": "330303000001",
    "id": UUID(int=99),
    "kind": "gift",
    "idem_key": "visit:1:pa",
    "request_hash": "ac" * 32,
    "effective_at": AT,
    "posted_at": AT + timedelta(microseconds=1),
    "actor_id": UUID(int=99),
    "acting_for_id": UUID(int=99),
    "reason": "",
    "link_id": UUID(int=3),
    "reverses_id": None,
    "valuation_id": None,
    "valuation_hash": "ce" * 32,
    "entries": ENTRIES[::-1],
}


@pytest.mark.parametrize("name", sorted(OTHER))
def test_every_field_counts(name: str) -> None:
    changed = transfer_bytes(replace(FACTS, **{name: OTHER[name]}))
    assert changed != transfer_bytes(FACTS)


def test_texts_next_to_each_other_do_not_run_together() -> None:
    one = replace(FACTS, kind="ab", idem_key="c")
    other = replace(FACTS, kind="a", idem_key="bc")
    assert transfer_bytes(one) != transfer_bytes(other)


def test_a_balance_is_carried_and_not_sealed() -> None:
    lines = tuple(replace(line, balance_after_minutes=7) for line in ENTRIES)
    assert transfer_bytes(replace(FACTS, entries=lines)) == transfer_bytes(FACTS)


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert transfer_bytes(replace(FACTS, posted_at=shanghai)) == transfer_bytes(FACTS)


@pytest.mark.parametrize(
    "changes",
    [
        {"posted_at": datetime(2026, 3, 10)},
        {"idem_key": "x" * 65_536},
        {"valuation_hash": "CD" * 32},
        {"valuation_hash": "cd" * 31},
    ],
)
def test_what_no_leaf_can_hold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sealed|hexadecimal"):
        transfer_bytes(replace(FACTS, **changes))


@given(
    st.text(max_size=30),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(
        st.builds(
            EntryLine,
            st.uuids(),
            st.integers(0, 2**31 - 1),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(1, 2**63 - 1),
        )
    ),
)
def test_any_transfer_is_as_the_page_says(
    word: str, moment: datetime, entries: list[EntryLine]
) -> None:
    facts = replace(FACTS, idem_key=word, posted_at=moment, entries=tuple(entries))
    assert transfer_bytes(facts) == by_the_page(facts)


def test_json_has_one_form() -> None:
    value = {"b": [1, None, True], "a": "时", "c": {"d": AT, "id": UUID(int=1)}}
    assert canonical_json(value) == (
        '{"a":"时","b":[1,null,true],"c":{"d":"2026-03-10T01:00:00.000005Z",'
        '"id":"00000000-0000-0000-0000-000000000001"}}'
    )
    with pytest.raises(TypeError):
        canonical_json({"x": object()})


def test_a_valuation_hash_takes_rows_and_their_texts() -> None:
    row = {
        "book": "330303000000",
        "id": UUID(int=1),
        "visit_id": UUID(int=2),
        "rule_set_version": "v1",
        "rule_set_hash": "ab",
        "calendar_version": "c",
        "content": {"minutes": 60},
        "credited_minutes": 60,
        "earn_minutes": 60,
        "elder_minutes": 60,
        "pool_minutes": 0,
        "created_at": AT,
    }
    as_text = {
        **row,
        "id": str(row["id"]),
        "visit_id": str(row["visit_id"]),
        "created_at": "2026-03-10T01:00:00.000005Z",
        "more": "is left out",
    }
    assert valuation_hash(row) == valuation_hash(as_text)
    assert valuation_hash({**row, "earn_minutes": 61}) != valuation_hash(row)
    with pytest.raises(KeyError):
        valuation_hash({name: row[name] for name in row if name != "content"})
