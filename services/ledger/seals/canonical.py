"""The bytes that a seal is taken over: packed, versioned, the same on every machine.

Only the standard library is used here, so that whoever holds a receipt or an export can run it.
``docs/seals.md`` describes every format to the byte. What is sealed holds nothing personal: ids,
codes, whole minutes, moments and hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Any
from uuid import UUID

#: Four bytes begin every format: three letters and its version.
TRANSFER, NOTE, RECORD = b"TBT\x01", b"TBN\x01", b"TBR\x01"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)
_LENGTH = Struct(">H").pack
_COUNT = Struct(">I").pack
_MOMENT = Struct(">q").pack
_MOMENTS = Struct(">qq").pack
_ENTRY = Struct(">16siqq").pack

#: The columns of a valuation that its hash covers: all of them, none ever changes.
VALUATION_FIELDS = (
    "book",
    "id",
    "visit_id",
    "rule_set_version",
    "rule_set_hash",
    "calendar_version",
    "content",
    "credited_minutes",
    "earn_minutes",
    "elder_minutes",
    "pool_minutes",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One leg of a transfer; ``amount_minutes`` is signed, in whole standard minutes.

    ``balance_after_minutes`` is carried for readers and is not sealed: it follows from the
    amounts in the order of their versions, and a receipt must not show another's balance.
    """

    account_id: UUID
    slot: int
    amount_minutes: int
    version: int
    balance_after_minutes: int = 0


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """Everything a transfer's leaf commits to. Moments are aware; entries are in leg order."""

    book: str
    id: UUID
    kind: str
    idem_key: str
    request_hash: str
    effective_at: datetime
    posted_at: datetime
    actor_id: UUID
    acting_for_id: UUID | None
    reason: str
    link_id: UUID | None
    reverses_id: UUID | None
    valuation_id: UUID | None
    valuation_hash: str | None
    entries: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """Everything a note's leaf commits to; the text itself is behind a salted hash."""

    book: str
    id: UUID
    transfer_id: UUID
    text_hash: str
    actor_id: UUID
    at: datetime


def text_bytes(text: str) -> bytes:
    """A text: its length in bytes as u16, then UTF-8. ValueError beyond 65,535 bytes."""
    raw = text.encode()
    if len(raw) > 0xFFFF:
        raise ValueError("a text is too long to be sealed")
    return _LENGTH(len(raw)) + raw


#: Kinds and reasons are a few dozen words.
_code_bytes = lru_cache(1024)(text_bytes)


def moment_bytes(moment: datetime) -> bytes:
    """A moment: microseconds since 1970-01-01T00:00Z as i64. ValueError without a time zone."""
    return _MOMENT(micros(moment))


def hash_bytes(digits: str) -> bytes:
    """A SHA-256 hash: 32 bytes from 64 lower-case hexadecimal digits; ValueError otherwise."""
    raw = bytes.fromhex(digits)
    if len(raw) != 32 or raw.hex() != digits:
        raise ValueError("not a hash of 64 lower-case hexadecimal digits")
    return raw


def micros(moment: datetime) -> int:
    """A moment in microseconds since 1970-01-01T00:00Z; ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be sealed")
    return (moment - EPOCH) // _MICROSECOND


def _raw(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _optional(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + value


def transfer_bytes(facts: TransferFacts) -> bytes:
    """The bytes of a transfer's leaf; ValueError or struct.error for what no format can hold."""
    valued = facts.valuation_hash
    return pack_transfer(
        text_bytes(facts.book),
        facts.id.bytes,
        (facts.kind, facts.idem_key, facts.request_hash),
        (micros(facts.effective_at), micros(facts.posted_at)),
        facts.actor_id.bytes,
        _raw(facts.acting_for_id),
        facts.reason,
        (_raw(facts.link_id), _raw(facts.reverses_id), _raw(facts.valuation_id)),
        None if valued is None else hash_bytes(valued),
        [
            _ENTRY(line.account_id.bytes, line.slot, line.amount_minutes, line.version)
            for line in facts.entries
        ],
    )


def pack_transfer(
    book: bytes,
    transfer_id: bytes,
    names: tuple[str, str, str],
    moments: tuple[int, int],
    actor_id: bytes,
    acting_for_id: bytes | None,
    reason: str,
    cited: tuple[bytes | None, bytes | None, bytes | None],
    valued: bytes | None,
    entries: Sequence[bytes],
) -> bytes:
    """:func:`transfer_bytes` from values as a table's rows give them; ids are 16 bytes."""
    kind, idem_key, request_hash = names
    link_id, reverses_id, valuation_id = cited
    return b"".join(
        (
            TRANSFER,
            book,
            transfer_id,
            _code_bytes(kind),
            text_bytes(idem_key),
            text_bytes(request_hash),
            _MOMENTS(*moments),
            actor_id,
            _optional(acting_for_id),
            _code_bytes(reason),
            _optional(link_id),
            _optional(reverses_id),
            _optional(valuation_id),
            _optional(valued),
            _COUNT(len(entries)),
            *entries,
        )
    )


#: An entry from (16 bytes of the account's id, slot, amount in minutes, version).
pack_entry = _ENTRY


def note_bytes(facts: NoteFacts) -> bytes:
    """The bytes of a note's leaf."""
    return b"".join(
        (
            NOTE,
            text_bytes(facts.book),
            facts.id.bytes,
            facts.transfer_id.bytes,
            text_bytes(facts.text_hash),
            facts.actor_id.bytes,
            moment_bytes(facts.at),
        )
    )


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Everything an audit record's leaf commits to: every column of it."""

    book: str
    id: UUID
    at: datetime
    actor_id: UUID
    acting_for_id: UUID | None
    act: str
    subject_kind: str
    subject_id: UUID
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def record_bytes(facts: RecordFacts) -> bytes:
    """The bytes of an audit record's leaf; ValueError for what no format can hold."""
    return pack_record(
        text_bytes(facts.book),
        (facts.id.bytes, facts.actor_id.bytes, facts.subject_id.bytes),
        micros(facts.at),
        _raw(facts.acting_for_id),
        (facts.act, facts.subject_kind),
        (facts.before, facts.after),
    )


def pack_record(
    book: bytes,
    ids: tuple[bytes, bytes, bytes],
    at: int,
    acting_for_id: bytes | None,
    names: tuple[str, str],
    contents: tuple[Any, Any],
) -> bytes:
    """:func:`record_bytes` from values as a table's row gives them; ids are 16 bytes.

    ``ids`` are the record's, the actor's and the subject's, ``names`` the act and the kind of
    its subject, ``contents`` what was before and after.
    """
    record_id, actor_id, subject_id = ids
    act, subject_kind = names
    before, after = contents
    return b"".join(
        (
            RECORD,
            book,
            record_id,
            _MOMENT(at),
            actor_id,
            _optional(acting_for_id),
            _code_bytes(act),
            _code_bytes(subject_kind),
            subject_id,
            hashlib.sha256(canonical_json(before).encode()).digest(),
            hashlib.sha256(canonical_json(after).encode()).digest(),
        )
    )


def moment_text(moment: datetime) -> str:
    """A moment as it stands in every JSON of the seals: 2026-03-10T01:00:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_json(value: Any) -> str:
    """JSON with sorted names and without spaces; moments, dates and ids as their texts."""
    return json.dumps(
        value,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        default=_as_text,
        allow_nan=False,
    )


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def valuation_hash(row_fields: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a valuation's columns; others are left out.

    ``row_fields`` may hold moments and ids or their texts as :func:`canonical_json` writes them.
    KeyError when a column is missing.
    """
    wanted = {name: row_fields[name] for name in VALUATION_FIELDS}
    return hashlib.sha256(canonical_json(wanted).encode()).hexdigest()
