"""A published daily list of heads, read and judged without a database.

``problems`` looks at one list alone; ``growth`` at what came of an older one: a book may only
grow, its older leaves stay under the newer root, and the history of the keys only gets longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.ledger.canonical import canonical_json
from services.ledger.headers import (
    OUTSIDER,
    BlockHead,
    KeyEvent,
    Malformed,
    checked_hex,
    content_hash,
    hex_in,
    items_in,
    list_message,
    mapping_in,
    moment_in,
    number_in,
    path_in,
    text_in,
    witness_message,
)
from services.ledger.keyring import Held, KeyRing
from services.ledger.merkle import verify_consistency
from services.ledger.signing import is_signed

#: The kinds of the file that is published and of the text in it that is signed.
FILE, LIST_KIND, COUNTERSIGNATURE = (
    "timebank-heads",
    "timebank-head-list",
    "timebank-countersignature",
)
VERSION = 1
#: Witnesses that a list needs, unless whoever checks asks for more or fewer.
WITNESSES = 2

#: What is wrong, and with what: a code and a place.
Problem = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DayList:
    """What a list's signed text says."""

    content: str
    day: str
    at: datetime
    #: Hash of the list before; zeros for the first.
    prev_hash: str
    key_id: str
    ring: KeyRing
    heads: Mapping[str, BlockHead]

    def hash(self) -> str:
        """What the next list names as the one before."""
        return content_hash(self.content)


@dataclass(frozen=True, slots=True)
class Published:
    """A list with its signatures, and proofs of what it grew from."""

    day_list: DayList
    signature: str
    #: Key of a witness -> its signature.
    countersigned: Mapping[str, str]
    #: Hash of the older list that the proofs start from, None without one.
    since_hash: str | None
    #: Book -> consistency proof from its size in the older list.
    proofs: Mapping[str, list[bytes]]

    def witnessed_by(self) -> list[Held]:
        """The witnesses whose signature is good."""
        found = []
        for key_id, signature in self.countersigned.items():
            held = self.day_list.ring.key(key_id, OUTSIDER)
            if held is None or (held.until is not None and held.until < self.day_list.at):
                continue
            if is_signed(held.public_key, witness_message(self.day_list.content), signature):
                found.append(held)
        return found


def read_list(content: str) -> DayList:
    """Read a list's text; Malformed when it is not one."""
    given = loads(content)
    if not isinstance(given, dict) or given.get("kind") != LIST_KIND:
        raise Malformed("kind")
    if number_in(given, "version") != VERSION:
        raise Malformed("version")
    heads: dict[str, BlockHead] = {}
    for each in items_in(given, "heads"):
        head = BlockHead.from_json(each)
        if head.book in heads:
            raise Malformed("heads")
        heads[head.book] = head
    day = text_in(given, "day")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Malformed("day") from None
    if canonical_json(given) != content:
        # Two readers must never see two things in one text.
        raise Malformed("content")
    return DayList(
        content=content,
        day=day,
        at=moment_in(given, "at"),
        prev_hash=hex_in(given, "prev_hash"),
        key_id=hex_in(given, "key_id"),
        ring=KeyRing(KeyEvent.from_json(event) for event in items_in(given, "keys")),
        heads=heads,
    )


def read_published(given: Any) -> Published:
    """Read a published file's JSON; Malformed when it is not one."""
    countersigned = {
        hex_in(each, "key_id"): hex_in(each, "signature", 64)
        for each in items_in(given, "witnesses")
    }
    proofs = mapping_in(given, "proofs")
    since = given.get("since_hash")
    return Published(
        day_list=read_list(_long_text(given, "content")),
        signature=hex_in(given, "signature", 64),
        countersigned=countersigned,
        since_hash=None if since is None else checked_hex(since, "since_hash"),
        proofs={book: path_in(proofs, book) for book in proofs},
    )


def loads(text: str) -> Any:
    """JSON; Malformed in place of everything that a decoder may raise."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("json") from None


def dumps(found: Any) -> str:
    """A file of ours as every command and page hands it out, to the byte."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def problems(published: Published) -> Iterator[Problem]:
    """What is wrong with a list and its signatures, witnesses aside."""
    found = published.day_list
    for number, code in found.ring.problems:
        yield f"key_{code}", str(number)
    in_force = found.ring.in_force
    message = list_message(found.content)
    if in_force is None or in_force.key_id != found.key_id:
        yield "list_key", found.day
    elif not is_signed(in_force.public_key, message, published.signature):
        yield "list_signature", found.day
    for book, head in found.heads.items():
        if not found.ring.has_signed(head):
            yield "block_signature", f"{book} {head.height}"


def growth(old: DayList, new: Published) -> Iterator[Problem]:
    """What shows that history was rewritten between an older list and this one."""
    now = new.day_list
    if now.day <= old.day:
        yield "day_backwards", f"{old.day} {now.day}"
    if [event.hash() for event in now.ring.events[: len(old.ring.events)]] != [
        event.hash() for event in old.ring.events
    ]:
        yield "keys_rewritten", now.day
    proven = new.since_hash == old.hash()
    for book, before in old.heads.items():
        after = now.heads.get(book)
        if after is None:
            yield "book_gone", book
        elif after.size < before.size or after.height < before.height:
            yield "book_shrunk", f"{book} {before.size} {after.size}"
        elif after.size == before.size:
            if after.root != before.root:
                yield "book_rewritten", book
        elif not proven or book not in new.proofs:
            yield "proof_missing", book
        elif not verify_consistency(
            before.size,
            after.size,
            bytes.fromhex(before.root),
            bytes.fromhex(after.root),
            new.proofs[book],
        ):
            yield "book_rewritten", book


def _long_text(given: Any, name: str) -> str:
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, str):
        raise Malformed(name)
    return value
