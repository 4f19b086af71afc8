"""Refusals on record come back as they were given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest

import services.ledger.reverse
import services.people.errors
import services.places.errors
import services.requests.sentences
import services.visits.sentences  # noqa: F401 - the classes that are looked up
from services.errors import Conflict, DomainError
from services.ledger.drafts import NotEnough
from services.refusals import again, packed
from services.rules.refusals import Refusal
from services.visits.sentences import Ineligible, NotYet, Overlap

KEY = UUID("019cd542-0680-7758-8cbb-39282d7ef1d6")
REASON = Refusal("too_young", "满 {age} 岁才能参加服务。", {"age": 18, "tiers": ["一", "二"]})


def conflicts(above: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for each in above.__subclasses__():
        if each.kind == "conflict" and each.__module__.startswith("services."):
            yield each
        yield from conflicts(each)


@pytest.mark.parametrize(
    "error",
    [
        NotEnough(account_id=KEY, floor_minutes=0, shortfall_minutes=30),
        NotYet(opens_at=datetime(2026, 3, 11, 2, tzinfo=UTC), field="came_at"),
        Overlap(buffer_minutes=30, until=date(2026, 4, 1), at=time(9, 30), left=None, last=True),
        Ineligible(REASON.sentence, reasons=[REASON], **REASON.params),
        Conflict(held={"by": [KEY]}, share=0.5),
    ],
    ids=lambda error: error.code,
)
def test_a_refusal_comes_back_whole(error: DomainError) -> None:
    back = again(error.code, json.loads(json.dumps(packed(error))))
    assert type(back) is type(error)
    assert (back.code, back.sentence, back.field) == (error.code, error.sentence, error.field)
    assert back.params == error.params
    assert back.message == error.message
    assert not back.commits


def test_every_code_leads_to_its_class() -> None:
    found = set(conflicts())
    assert len(found) > 40
    assert {kind: type(again(kind.code, {})) for kind in found} == {kind: kind for kind in found}


def test_a_code_that_is_gone_is_still_that_code() -> None:
    back = again("gone_since", {"left": 1})
    assert (type(back), back.code, back.params) == (Conflict, "gone_since", {"left": 1})


@pytest.mark.parametrize("strange", [object(), b"x", 1 + 2j])
def test_what_json_does_not_know_is_kept_as_it_reads(strange: Any) -> None:
    assert packed(Conflict(what=strange)) == {"what": str(strange)}
