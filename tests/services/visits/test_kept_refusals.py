"""A refused key stays refused: the same answer whenever it is asked, and nothing else is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.base import Base
from models.jobs import Lease
from models.ledger import AccountKind, ActKey, Refusal, Transfer
from models.oversight import AuditRecord
from models.requests import Visit
from services.acts import content_hash, once
from services.context import Context
from services.errors import Conflict, DomainError, Invalid, KeyReused
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, NotEnough, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.requests.reviewing import approve
from services.reversing.posting import reverse_posting
from services.vault import Unreadable
from services.visits import sentences
from services.visits.accepting import accept
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street
from tests.services.visits.test_races import at_once

#: What a kept refusal may leave behind.
TRACES = {"act_keys", "refusals", "audit_records", "unsealed_records"}
Do = Callable[[Context], dict[str, Any]]


class Full(Conflict):
    """已经满了：最多{limit_minutes}。"""

    code = "test_full"


def rows(street: Street) -> dict[str, int]:
    """How many rows each table has."""

    def counted(session: Session) -> dict[str, int]:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }

    return street.look(counted)


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def note(ctx: Context, name: str) -> None:
    """Something that an act writes."""
    ctx.session.add(Lease(name=name, holder="a", expires_at=NOW, fence=1))
    ctx.session.flush()


def try_it(street: Street, do: Do, key: str | None = "k", content: str = "c") -> dict[str, Any]:
    def work(ctx: Context) -> dict[str, Any]:
        return once(ctx, LONGWAN, "test.act", {"of": content}, lambda: do(ctx))

    return street.act(street.staff, work, key=key)


def full_after_writing(ctx: Context) -> dict[str, Any]:
    note(ctx, "half done")
    raise Full(limit_minutes=90, field="minutes")


def succeed(ctx: Context) -> dict[str, Any]:
    note(ctx, "done")
    return {"done": "yes"}


def test_a_refused_key_stays_refused_and_a_new_one_succeeds(street: Street) -> None:
    street.issue(1_000)
    request = street.ask()

    def say_yes(key: str) -> UUID:
        work = lambda ctx: accept(ctx, LONGWAN, request)  # noqa: E731 - one act, several keys
        return street.act(street.volunteer, work, key=key).visit_id

    with pytest.raises(sentences.Taken):
        say_yes("yes")
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    with pytest.raises(sentences.Taken):
        say_yes("yes")
    assert street.count(Visit) == 0
    say_yes("a new page")
    assert street.count(Visit) == 1
    with pytest.raises(sentences.Taken):
        say_yes("yes")


def test_every_reason_is_given_again(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request("C02", 120)
    told = []
    for _ in range(2):
        with pytest.raises(sentences.Ineligible) as refused:
            street.act(street.volunteer, lambda ctx: accept(ctx, LONGWAN, request), key="yes")
        told.append((refused.value.sentence, refused.value.params))
    assert told[0][1]["reasons"]
    assert told[0][0] == told[1][0]
    first, again = ([(r.code, r.message) for r in params["reasons"]] for _, params in told)
    assert first == again


def test_nothing_is_left_but_the_refusal_and_its_record(street: Street) -> None:
    before = rows(street)
    with pytest.raises(Full) as first:
        try_it(street, full_after_writing)
    assert grown(before, rows(street)) == dict.fromkeys(TRACES, 1)
    with pytest.raises(Full) as second:
        try_it(street, succeed)
    assert grown(before, rows(street)) == dict.fromkeys(TRACES, 1)
    assert (second.value.params, second.value.field) == ({"limit_minutes": 90}, "minutes")
    assert second.value.message == first.value.message
    kept = street.look(lambda session: session.scalars(sa.select(Refusal)).one())
    assert (kept.code, kept.act, kept.actor_id) == ("test_full", "test.act", street.staff)
    assert kept.params == {"limit_minutes": 90, "_field": "minutes"}
    record = street.look(
        lambda s: s.scalars(sa.select(AuditRecord).where(AuditRecord.act == "act.refuse")).one()
    )
    assert record.after == {"refused": "test.act", "code": "test_full", "key": kept.idem_key}
    assert record.actor_id == street.staff


def test_a_reversal_that_would_break_a_floor_is_refused_with_its_figures(street: Street) -> None:
    street.give_coins(street.volunteer, 100)
    given = street.look(lambda session: session.scalars(sa.select(Transfer.id)).one())
    earned = account_id(LONGWAN, AccountKind.EARNED, street.volunteer)
    spent = Draft(
        book=LONGWAN,
        kind="issue",
        key="test:spent",
        legs=(Leg(earned, -70), Leg(account_id(LONGWAN, AccountKind.ISSUE), 70)),
        effective_at=NOW,
    )
    street.uow.run(lambda session: post(session, [spent], Stamp(NOW, SYSTEM.id)))
    before = rows(street)

    def take_back() -> None:
        def reverse(ctx: Context) -> dict[str, str]:
            return {"back": str(reverse_posting(ctx, LONGWAN, given, "wrong_person"))}

        street.act(
            street.admins[0],
            lambda ctx: once(ctx, LONGWAN, "test.back", {}, lambda: reverse(ctx)),
            key="back",
        )

    with pytest.raises(NotEnough) as refused:
        take_back()
    assert refused.value.params == {
        "account_id": earned,
        "floor_minutes": 0,
        "shortfall_minutes": 70,
    }
    assert grown(before, rows(street)) == dict.fromkeys(TRACES, 1)
    street.give_coins(street.volunteer, 300)
    with pytest.raises(NotEnough) as again:
        take_back()
    assert again.value.params == refused.value.params
    assert street.earned(street.volunteer) == (330, 0)


def test_the_same_key_for_something_else_is_no_answer(street: Street) -> None:
    with pytest.raises(Full):
        try_it(street, full_after_writing)
    with pytest.raises(KeyReused):
        try_it(street, succeed, content="other")
    assert street.count(Refusal) == 1


def test_two_double_clicks_at_once_are_refused_once(street: Street) -> None:
    calls: list[str] = []

    def refuse(ctx: Context) -> dict[str, Any]:
        calls.append("do")
        return full_after_writing(ctx)

    clicks = [lambda key=key: try_it(street, refuse, key) for key in ("a", "a", "b", "b")]
    results = at_once(*clicks)
    assert [type(each) for each in results] == [Full] * 4
    assert len(calls) == 2
    assert street.count(Refusal) == street.count(ActKey, ActKey.act == "test.act") == 2
    assert street.count(AuditRecord, AuditRecord.act == "act.refuse") == 2
    assert street.count(Lease) == 0


@pytest.mark.parametrize(
    "cause", [psycopg.errors.SerializationFailure(), psycopg.errors.DeadlockDetected()]
)
def test_what_passes_by_itself_is_no_answer(street: Street, cause: Exception) -> None:
    tries: list[str] = []

    def fail_first(ctx: Context) -> dict[str, Any]:
        tries.append("do")
        note(ctx, f"try {len(tries)}")
        if len(tries) == 1:
            raise DBAPIError("", {}, cause)
        return {"done": "yes"}

    assert try_it(street, fail_first) == {"done": "yes"}
    assert len(tries) == 2
    assert street.count(Refusal) == 0
    assert street.look(lambda session: list(session.scalars(sa.select(Lease.name)))) == ["try 2"]


@pytest.mark.parametrize("refusal", [Invalid, Unreadable])
def test_what_can_be_mended_leaves_the_key_free(street: Street, refusal: type[DomainError]) -> None:
    def refuse(ctx: Context) -> dict[str, Any]:
        note(ctx, "half done")
        raise refusal

    before = rows(street)
    with pytest.raises(refusal):
        try_it(street, refuse)
    assert rows(street) == before
    assert try_it(street, succeed) == {"done": "yes"}


def test_without_a_key_nothing_is_kept(street: Street) -> None:
    before = rows(street)
    with pytest.raises(Full):
        try_it(street, full_after_writing, key=None)
    assert rows(street) == before


def test_of_one_act_within_another_the_outer_keeps_the_refusal(street: Street) -> None:
    def outer(ctx: Context) -> dict[str, Any]:
        note(ctx, "outer")
        inner = Context(ctx.session, ctx.actor, ctx.now, ctx.vault, f"{ctx.key}:inner")
        return once(inner, LONGWAN, "test.inner", {}, lambda: full_after_writing(ctx))

    before = rows(street)
    for _ in range(2):
        with pytest.raises(Full):
            try_it(street, outer)
        assert grown(before, rows(street)) == dict.fromkeys(TRACES, 1)
    assert street.look(lambda session: session.scalars(sa.select(Refusal.act)).one()) == "test.act"


def test_a_second_act_that_is_refused_takes_the_first_back(street: Street) -> None:
    def both(ctx: Context) -> None:
        once(ctx, LONGWAN, "test.act", {"of": "c"}, lambda: succeed(ctx))
        second = Context(ctx.session, ctx.actor, ctx.now, ctx.vault, f"{ctx.key}:second")
        once(second, LONGWAN, "test.act", {}, lambda: full_after_writing(ctx))

    before = rows(street)
    with pytest.raises(Full):
        street.act(street.staff, both, key="k")
    assert rows(street) == before
    assert try_it(street, succeed) == {"done": "yes"}


def test_a_recorded_refusal_keeps_what_was_written_before_it(street: Street) -> None:
    def count_it(ctx: Context) -> dict[str, Any]:
        note(ctx, "counted")
        raise sentences.CodeWrong(left=4)

    for do in (count_it, succeed):
        with pytest.raises(sentences.CodeWrong) as refused:
            try_it(street, do)
        assert refused.value.params == {"left": 4}
    assert street.look(lambda session: list(session.scalars(sa.select(Lease.name)))) == ["counted"]
    assert street.count(Refusal, Refusal.code == "code_wrong") == 1
    kept = street.look(
        lambda s: s.scalars(sa.select(ActKey.result).where(ActKey.act == "test.act")).one()
    )
    assert kept == {}


def test_a_refusal_from_before_the_table_of_refusals_is_still_given(street: Street) -> None:
    old = ActKey(
        book=LONGWAN,
        key=f"{street.staff}:k",
        act="test.act",
        request_hash=content_hash(["test.act", {"of": "c"}]),
        result={"refused": "code_wrong", "params": {"left": 2}},
        actor_id=street.staff,
        at=NOW,
    )
    street.uow.run(lambda session: session.add(old))
    with pytest.raises(sentences.CodeWrong) as refused:
        try_it(street, succeed)
    assert refused.value.params == {"left": 2}
