"""What every kind of batch knows: its columns, its terms, and the fate of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from services.batches.people import Person, refusal_of
from services.batches.reading import Line, Reader
from services.batches.standing import NewAccount, Stand
from services.context import Context
from services.errors import DomainError
from services.ledger.drafts import Draft, Posted


@dataclass(slots=True)
class Pool:
    """What the pool may still pay while a chunk is planned, line after line."""

    account_id: UUID
    room_minutes: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a batch with all that was looked up for them."""

    ctx: Context
    book: str
    batch_id: UUID
    terms: Mapping[str, Any]
    lines: Sequence[Line]
    people: Mapping[str, Person]
    #: Whoever proposed or signs, and their kin.
    own: frozenset[UUID]
    stands: Mapping[UUID, Stand]
    pool: Pool

    def key(self, line: int) -> str:
        """The key of a line's transfer: the same whenever the line is worked off."""
        return line_key(self.batch_id, line)

    def person(self, line: Line) -> Person | DomainError:
        """Whom the line is about, or why nothing may be booked for them."""
        person = self.people.get(line.number)
        refusal = refusal_of(person, self.book, self.own)
        return refusal or person or DomainError()


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a line: a transfer to post, a refusal, or neither (nothing to move)."""

    draft: Draft | None = None
    refusal: DomainError | None = None
    #: An account to open before, and one to close after.
    opens: NewAccount | None = None
    closes: UUID | None = None
    #: What the report keeps beside what the line had.
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Word:
    """A notice that a posted line sends to its member."""

    member_id: UUID
    sentence: str
    params: Mapping[str, Any]


class Kind(Protocol):
    """One kind of batch. Its functions look at a whole chunk, never at one line in the database."""

    #: What the transfers are called.
    transfer_kind: str
    #: Lines of one list, at most.
    most_lines: int

    def reader(self, ctx: Context) -> Reader | None:
        """How a list is read; None when the system makes the list itself."""

    def terms(self, ctx: Context, book: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What holds for all lines, checked; raises what is wrong with it."""

    def listed(self, ctx: Context, book: str, terms: Mapping[str, Any]) -> Iterator[Line]:
        """The lines that the system finds by itself."""

    def settle(self, terms: dict[str, Any], lines: Iterator[Line]) -> Iterator[Line]:
        """Lines as they are kept, once the list is whole; may complete the terms."""

    def touches(self, chunk: Chunk) -> set[UUID]:
        """Accounts that the chunk may touch, whether they exist or not."""

    def plan(self, chunk: Chunk) -> list[Fate]:
        """The fate of every line, in order, on what stands now."""

    def note(self, chunk: Chunk, draft: Draft, posted: Posted) -> None:
        """What else is written down once a transfer stands."""

    def words(self, chunk: Chunk, line: Line) -> Word | None:
        """What the line's member is told once it is posted."""


def line_key(batch_id: UUID, line: int) -> str:
    """The key of the transfer that a line of a batch posts."""
    return f"batch:{batch_id}:{line}"


class Common:
    """What most kinds have in common: the list comes with the proposal, and nobody is told."""

    most_lines = 500_000

    def listed(self, ctx: Context, book: str, terms: Mapping[str, Any]) -> Iterator[Line]:
        """Nothing: the list comes with the proposal."""
        raise NotImplementedError

    def settle(self, terms: dict[str, Any], lines: Iterator[Line]) -> Iterator[Line]:
        """The lines as they are."""
        return lines

    def note(self, chunk: Chunk, draft: Draft, posted: Posted) -> None:
        """Nothing."""

    def words(self, chunk: Chunk, line: Line) -> Word | None:
        """Nobody is told."""
        return None


def text_in(given: Mapping[str, Any], name: str, most: int) -> str:
    """A text of the terms without blanks around it; empty when it is none or too long."""
    value = given.get(name)
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= most and text.isprintable() else ""


def whole_in(given: Mapping[str, Any], name: str) -> int:
    """A whole number of the terms; 0 when it is none."""
    value = given.get(name)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip()) if len(value.strip()) <= 12 else 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
