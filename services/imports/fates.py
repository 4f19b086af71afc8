"""What becomes of a row: the same judgement foresees it and, later, decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from models.ledger import AccountKind
from services.clock import age_on
from services.errors import DomainError
from services.imports import errors
from services.imports.evidence import credited_minutes, is_witnessed
from services.imports.known import Known, KnownMember
from services.imports.reading import OldPerson
from services.ledger.accounts import account_id
from services.people.texts import plain
from services.rules.rule_set import RuleSet
from services.rules.sections import EvidenceClass

NEW, KNOWN = "new", "known"


@dataclass(frozen=True, slots=True)
class Measure:
    """What holds for all rows of an import."""

    book: str
    today: date
    rules: RuleSet
    evidence_class: EvidenceClass
    #: The most that one member's earned account may hold.
    storage_minutes: int
    #: Whoever proposes or signs, and their kin.
    own: frozenset[UUID]
    #: Key -> what all transfers come to; None when there are no transfers to compare with.
    totals: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RowFate:
    """A row's fate: who the person is here, and what is credited; or why nothing is."""

    code: str
    earned_minutes: int = 0
    received_minutes: int = 0
    member_id: UUID | None = None
    refusal: DomainError | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def credited_minutes(self) -> int:
        """Both origins together."""
        return self.earned_minutes + self.received_minutes


class Judge:
    """Judges row by row; it remembers who has been there, and what they have been credited."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._seen: dict[bytes, int] = {}

    def fate(self, person: OldPerson, known: Known) -> RowFate:
        """A row's fate on what is known now."""
        hint = {"phone_known": True} if person.line in known.phones else {}
        try:
            member = self._who(person, known)
            self._check(person, member, known)
            earned, received = self._credited(person, member, known)
        except DomainError as refusal:
            return RowFate(refusal.code, refusal=refusal, params={**plain_params(refusal), **hint})
        if member is not None:
            return RowFate(KNOWN, earned, received, member.id)
        return RowFate(NEW, earned, received, params=hint)

    def _who(self, person: OldPerson, known: Known) -> KnownMember | None:
        if person.wrong is not None:
            raise person.wrong
        member = known.member(person)
        digest = known.digests.get(person.line)
        if digest is None and member is None:
            raise errors.IdentityMissing
        key = member.id.bytes if member is not None else bytes.fromhex(digest or "")
        first = self._seen.setdefault(key, person.line)
        if first != person.line:
            raise errors.IdentityTwice(first=first)
        if member is not None and person.number and digest:
            other = known.by_number.get(person.number)
            if other is None or other.id != member.id:
                raise errors.NumberDiffers
        elif person.number and digest and person.number in known.by_number:
            raise errors.NumberDiffers
        return member

    def _check(self, person: OldPerson, member: KnownMember | None, known: Known) -> None:
        at = self._measure
        if member is not None:
            if plain(member.name) != person.name:
                raise errors.NameDiffers
            if member.has_left:
                raise errors.HasLeft
            if member.home_book != at.book:
                raise errors.LivesElsewhere
            if member.id in at.own:
                raise errors.OwnRow
            if member.id in known.brought:
                raise errors.BroughtBefore
        elif person.born_on is not None:
            minor_age = at.rules.earning.minor_age
            if age_on(person.born_on, at.today) < minor_age:
                raise errors.BelowAge(minor_age=minor_age)
        if person.status != "active":
            raise errors.HasLeft
        if person.earned_minutes < 0 or person.received_minutes < 0:
            raise errors.NegativeBalance
        self._check_evidence(person)

    def _check_evidence(self, person: OldPerson) -> None:
        at = self._measure
        if is_witnessed(at.evidence_class) and person.claimed_minutes:
            wanted = at.rules.old_balance_witnesses
            named = {each for each in person.witnesses if each and each != person.name}
            if len(named) < wanted:
                raise errors.WitnessesMissing(witnesses=wanted)
        if at.totals is not None:
            counted = at.totals.get(person.key, 0)
            if counted != person.claimed_minutes:
                raise errors.TransfersDiffer(counted_minutes=counted)

    def _credited(
        self, person: OldPerson, member: KnownMember | None, known: Known
    ) -> tuple[int, int]:
        """Earned and received; what was given by others comes over first."""
        at = self._measure
        whole = credited_minutes(at.evidence_class, person.claimed_minutes)
        received = min(person.received_minutes, whole)
        earned = whole - received
        stands, ceiling = 0, at.storage_minutes
        if member is not None:
            stand = known.stands.get(account_id(at.book, AccountKind.EARNED, member.id))
            if stand is not None:
                stands, ceiling = stand.posted_minutes, stand.ceiling_minutes or ceiling
        if earned and stands + earned > ceiling:
            raise errors.AboveStorage(ceiling_minutes=ceiling)
        return earned, received


def plain_params(refusal: DomainError) -> dict[str, Any]:
    """What the refusal's sentence needs, as JSON takes it."""
    return {
        name: value if isinstance(value, int | str) else str(value)
        for name, value in refusal.params.items()
    }
