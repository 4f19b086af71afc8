"""What each class of evidence asks for, what it leaves of a balance, and the sample that is asked.

The classes and their percentages are rule data (``old_balances``). A class that takes a whole
balance without a ceiling rests on a signed ledger, or on a database that its authority certifies:
then with every transfer, and with a sample of members who confirm their balance.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping
from typing import Any

from services.imports import errors
from services.rules.rule_set import RuleSet
from services.rules.sections import EvidenceClass

LEDGER, CERTIFICATE = "ledger", "certificate"
LONGEST_DOCUMENT = 120


def class_of(rules: RuleSet, code: str) -> EvidenceClass:
    """The class by its code; raises ClassUnknown."""
    found = rules.old_balances.get(code)
    if found is None:
        raise errors.ClassUnknown(field="evidence_class")
    return found


def is_full(known: EvidenceClass) -> bool:
    """Whether a class takes everything over: it asks for the strongest papers."""
    return known.percent == 100 and known.ceiling_minutes is None


def is_witnessed(known: EvidenceClass) -> bool:
    """Whether every row needs witnesses."""
    return known.percent > 0 and not is_full(known)


def checked_evidence(known: EvidenceClass, given: Mapping[str, Any]) -> dict[str, Any]:
    """The papers as they are kept; raises EvidenceNeeded."""
    document = _text(given.get("document"))
    if not is_full(known):
        return {"document": document} if document else {}
    kind, authority = given.get("kind"), _text(given.get("authority"))
    if kind not in (LEDGER, CERTIFICATE) or not document:
        raise errors.EvidenceNeeded(field="document")
    if kind == CERTIFICATE and not authority:
        raise errors.EvidenceNeeded(field="authority")
    kept = {"kind": kind, "document": document}
    return {**kept, "authority": authority} if kind == CERTIFICATE else kept


def needs_sample(evidence: Mapping[str, Any]) -> bool:
    """Whether members have to confirm their balance before anything is published."""
    return evidence.get("kind") == CERTIFICATE


def credited_minutes(known: EvidenceClass, claimed_minutes: int) -> int:
    """What the class leaves of a balance."""
    left = claimed_minutes * known.percent // 100
    return left if known.ceiling_minutes is None else min(left, known.ceiling_minutes)


def drawn(seed: str, lines: Iterable[int], count: int) -> list[int]:
    """So many of the lines, by a hash of seed and line: whoever draws again gets the same ones."""

    def place(line: int) -> bytes:
        return hashlib.sha256(f"{seed}:{line}".encode()).digest()

    return sorted(heapq.nsmallest(count, lines, key=place))


def sample_of(seed: str, lines: list[int], percent: int) -> dict[str, Any]:
    """The sample as it is recorded: its seed, who is in it, and nobody confirmed yet."""
    size = -(-len(lines) * percent // 100)
    return {"seed": seed, "percent": percent, "lines": drawn(seed, lines, size), "confirmed": 0}


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isprintable() and len(text) <= LONGEST_DOCUMENT else ""
