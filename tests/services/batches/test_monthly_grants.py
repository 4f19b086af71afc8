"""A month's grants: worked out once, signed by two in one act, issued, and ended in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchLine, BatchState
from models.grants import GrantEntitlement, GrantNotice, GrantRun
from models.ledger import AccountKind, Transfer
from models.oversight import AuditRecord, IssueAuthorisation, OutboxMessage
from models.people import Member, MemberStatus
from services import issuing
from services.batches import errors as refusals
from services.batches import signing
from services.errors import DomainError, Forbidden, NotFound
from services.grants import computing, ending, errors, proposing
from services.ledger.accounts import account_id
from services.ledger.drafts import HoldDraft, Leg, Stamp
from services.ledger.holds import hold, release
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.batches.conftest import Office
from tests.services.ledger.tampering import change, remove
from tests.services.visits.test_races import at_once, succeeded

MONTH = "2026-03"
#: The last moment of grants of the first quarter is that of June.
ENDED = datetime(2026, 6, 30, 16, tzinfo=UTC)
BACKING = "龙湾区养老服务专项资金"


def set_facts(office: Office, member: UUID, **facts: Any) -> UUID:
    """What staff have recorded about somebody."""
    office.street.uow.run(
        lambda session: session.execute(
            sa.update(Member).where(Member.id == member).values(**facts)
        )
    )
    return member


def entitled(office: Office) -> tuple[UUID, UUID]:
    """Two elders: one of 80 who lives alone, one in hardship with grade 3."""
    alone = set_facts(office, office.street.elder, lives_alone=True)
    poor = office.street.uow.run(lambda s: factories.create_elder(s, grade=3, age=71))
    return alone, set_facts(office, poor, in_hardship=True)


def compute(office: Office) -> int | None:
    """What the job does for the book."""
    return office.street.act(
        SYSTEM, lambda ctx: computing.compute(ctx, LONGWAN, MONTH), now=office.now
    )


def propose(office: Office, who: UUID | None = None, backing: str = BACKING) -> UUID:
    return office.street.act(
        who or office.first,
        lambda ctx: proposing.propose(ctx, LONGWAN, MONTH, backing),
        now=office.now,
    )


def sign(office: Office, batch_id: UUID, who: UUID | None = None) -> None:
    seen = office.batch(batch_id).content_hash
    office.street.act(
        who or office.second,
        lambda ctx: proposing.sign(ctx, LONGWAN, MONTH, seen),
        now=office.now,
    )


def withdraw(office: Office) -> None:
    office.street.act(
        office.first, lambda ctx: proposing.withdraw(ctx, LONGWAN, MONTH), now=office.now
    )


def granted(office: Office) -> tuple[UUID, UUID]:
    """A month from the list to the elders' accounts."""
    people = entitled(office)
    compute(office)
    batch_id = propose(office)
    sign(office, batch_id)
    office.work(batch_id)
    return people


def run_of(office: Office) -> GrantRun:
    return office.street.look(lambda s: s.get_one(GrantRun, (LONGWAN, MONTH)))


def told(office: Office, member: UUID, sentence: str) -> int:
    return office.count(
        OutboxMessage,
        OutboxMessage.member_id == member,
        OutboxMessage.sentence == sentence,
        OutboxMessage.listed,
    )


def breaches(office: Office) -> list[str]:
    """What the check names, but for deaths: here they are bare facts without an estate."""
    return [found for found in office.breaches() if not found.startswith("death_without_estate")]


# Working it out


def test_a_month_is_worked_out_once_for_those_who_can_use_it(office: Office) -> None:
    alone, poor = entitled(office)
    for facts in (
        {"status": MemberStatus.CLOSED},
        {"status": MemberStatus.CLOSED, "died_at": NOW},
        {"is_recipient": False},
        {"lives_alone": False},
    ):
        (other,) = office.elders(1)
        set_facts(office, other, **{"lives_alone": True, **facts})
    assert office.street.act(SYSTEM, computing.due) == [(LONGWAN, MONTH)]
    assert [compute(office), compute(office)] == [2, None]
    assert office.street.act(SYSTEM, computing.due) == []
    run = run_of(office)
    assert (run.lines, run.minutes, run.period) == (2, 720, "2026Q1")
    rows = office.street.look(lambda s: s.scalars(sa.select(GrantEntitlement)).all())
    found = {row.member_id: (row.kind, row.minutes) for row in rows}
    assert found == {alone: ("alone_80", 240), poor: ("hardship", 480)}
    facts = {row.member_id: row.facts for row in rows}[poor]
    assert (facts["age_years"], facts["grade"], facts["in_hardship"]) == (71, 3, True)
    # A later fact is the next month's: what was worked out stands.
    set_facts(office, alone, lives_alone=False)
    assert breaches(office) == []
    office.now += timedelta(days=30)
    assert compute(office) is None, "March is over: its facts are gone"


def test_whoever_is_first_works_it_out(office: Office) -> None:
    entitled(office)
    results = at_once(*[lambda: compute(office)] * 3)
    assert sorted(results, key=str) == [2, None, None]
    assert office.count(GrantEntitlement) == 2
    assert office.count(AuditRecord, AuditRecord.act == "grant.compute") == 1


def test_a_crash_in_the_middle_leaves_nothing_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    entitled(office)
    monkeypatch.setattr(computing, "CHUNK", 1)
    whole, calls = computing.insert_rows, []

    def dying(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise ConnectionError
        whole(*args)

    with monkeypatch.context() as killed:
        killed.setattr(computing, "insert_rows", dying)
        with pytest.raises(ConnectionError):
            compute(office)
    assert (office.count(GrantRun), office.count(GrantEntitlement)) == (0, 0)
    assert compute(office) == 2
    assert office.breaches() == []


# Two signatures


def test_two_sign_authorisation_and_list_in_one_act(office: Office) -> None:
    alone, poor = entitled(office)
    # Whom the rules entitle is nobody's choice: kin of those who sign are not left out.
    office.street.act(
        office.street.staff,
        lambda ctx: record_kinship(ctx, alone, office.second, "child", "户口簿"),
    )
    compute(office)
    batch_id = propose(office)
    batch = office.batch(batch_id)
    assert batch.terms["source"] == "issue"
    assert batch.terms["month"] == MONTH
    assert batch.terms["foreseen"] == {"posted": 2, "refused": 0, "minutes": 720}
    assert (run_of(office).batch_id, run_of(office).authorisation_id) == (batch_id, batch_id)
    with pytest.raises(issuing.SecondSignature):
        sign(office, batch_id, office.first)
    sign(office, batch_id)
    authorised = office.street.look(lambda s: s.get_one(IssueAuthorisation, (LONGWAN, batch_id)))
    assert (authorised.amount_minutes, authorised.backing) == (720, BACKING)
    assert (authorised.proposed_by_id, authorised.signed_by_id) == (office.first, office.second)
    assert authorised.transfer_id is None
    office.work(batch_id)
    assert office.holdings(alone) == {"granted2026Q1": 240}
    assert office.holdings(poor) == {"granted2026Q1": 480}
    assert office.pool() == 0
    assert office.breaches() == []
    with pytest.raises(errors.GrantsProposed):
        propose(office)
    with pytest.raises(refusals.BatchEnded):
        withdraw(office)


REFUSED: dict[str, tuple[Callable[[Office], object], type[DomainError]]] = {
    "no month": (
        lambda office: office.street.act(
            office.first, lambda ctx: proposing.propose(ctx, LONGWAN, "2026-02", BACKING)
        ),
        NotFound,
    ),
    "no month to withdraw": (
        lambda office: office.street.act(
            office.first, lambda ctx: proposing.withdraw(ctx, LONGWAN, "2026-02")
        ),
        NotFound,
    ),
    "no backing": (lambda office: propose(office, backing=" "), issuing.BackingNeeded),
    "not proposed": (
        lambda office: office.street.act(
            office.second, lambda ctx: proposing.sign(ctx, LONGWAN, MONTH, "")
        ),
        errors.GrantsNotProposed,
    ),
    "nothing to withdraw": (withdraw, errors.GrantsNotProposed),
    "staff": (lambda office: propose(office, office.street.staff), Forbidden),
    "another list": (
        lambda office: (
            propose(office),
            office.street.act(
                office.second, lambda ctx: proposing.sign(ctx, LONGWAN, MONTH, "0" * 64)
            ),
        ),
        refusals.ListChanged,
    ),
    "by the door of the pool": (
        lambda office: office.street.act(
            office.second,
            partial(issuing.sign, book=LONGWAN, authorisation_id=propose(office)),
        ),
        issuing.OfGrants,
    ),
    "a quarter that is over": (
        lambda office: (setattr(office, "now", ENDED), propose(office)),
        refusals.PeriodWrong,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_put_forward_or_signed(office: Office, name: str) -> None:
    entitled(office)
    compute(office)
    work, kind = REFUSED[name]
    with pytest.raises(kind):
        work(office)
    assert office.count(Batch, Batch.state == BatchState.SIGNED) == 0
    assert office.count(IssueAuthorisation, IssueAuthorisation.signed_at.is_not(None)) == 0
    assert office.pool() == 0


def test_a_month_without_anybody_is_not_put_forward(office: Office) -> None:
    assert compute(office) == 0
    with pytest.raises(errors.NobodyToGrant):
        propose(office)


def test_two_who_propose_or_sign_at_once_do_so_once(office: Office) -> None:
    alone, poor = entitled(office)
    third = office.street.uow.run(factories.create_region_admin)
    compute(office)
    results = at_once(*[lambda: propose(office)] * 3)
    assert succeeded(results) == 1
    (batch_id,) = [each for each in results if isinstance(each, UUID)]
    seen = office.batch(batch_id).content_hash

    def by_list() -> None:
        office.street.act(third, lambda ctx: signing.sign(ctx, LONGWAN, batch_id, seen))

    results = at_once(
        lambda: sign(office, batch_id), by_list, lambda: sign(office, batch_id, third)
    )
    assert succeeded(results) == 1
    at_once(lambda: office.work(batch_id), lambda: office.work(batch_id))
    assert office.holdings(alone) == {"granted2026Q1": 240}
    assert office.holdings(poor) == {"granted2026Q1": 480}
    assert office.breaches() == []


def test_what_was_taken_back_half_done_is_granted_to_the_rest_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, poor = entitled(office)
    compute(office)
    propose(office)
    withdraw(office)
    batch_id = propose(office)
    sign(office, batch_id)
    monkeypatch.setattr("services.batches.working.CHUNK_LINES", 1)
    office.chunk(batch_id)
    withdraw(office)
    assert office.count(Transfer, Transfer.kind == "grant") == 1
    rest = propose(office)
    assert office.batch(rest).lines == 1
    sign(office, rest)
    office.work(rest)
    assert office.holdings(alone) == {"granted2026Q1": 240}
    assert office.holdings(poor) == {"granted2026Q1": 480}
    assert office.breaches() == []


def test_whoever_died_since_is_granted_nothing(office: Office) -> None:
    alone, poor = entitled(office)
    compute(office)
    batch_id = propose(office)
    set_facts(office, poor, status=MemberStatus.CLOSED, died_at=NOW)
    sign(office, batch_id)
    office.work(batch_id)
    assert sorted(office.fates(batch_id)) == [("posted", ""), ("refused", "member_not_active")]
    assert (office.holdings(alone), office.holdings(poor)) == ({"granted2026Q1": 240}, {})
    assert breaches(office) == []


# The end


def held(office: Office, key: UUID, minutes: int) -> UUID:
    """Some of an account is held for a service."""
    draft = HoldDraft(LONGWAN, "test", UUID(int=1), "a hold", (Leg(key, minutes),))
    return office.street.uow.run(lambda s: hold(s, draft, Stamp(NOW, SYSTEM.id)))


def worked(office: Office, work: Callable[[Any, str], int]) -> int:
    return office.street.act(SYSTEM, lambda ctx: work(ctx, LONGWAN), now=office.now)


def test_what_was_not_used_goes_to_the_pool_when_it_is_free(office: Office) -> None:
    alone, poor = granted(office)
    key = account_id(LONGWAN, AccountKind.GRANTED, poor, "2026Q1")
    hold_id = held(office, key, 100)
    office.now = ENDED - timedelta(minutes=1)
    assert worked(office, ending.expire) == 0
    office.now = ENDED
    # Be the job late or not: what has ended is set aside for nobody any more.
    form = AskForm(alone, "A04", ENDED + timedelta(hours=34), 60)
    asked = office.street.act(alone, lambda ctx: ask(ctx, form), now=ENDED)
    assert office.street.request(asked).hold_id is None
    results = at_once(*[lambda: worked(office, ending.expire)] * 3)
    assert sum(results) == 2  # type: ignore[arg-type]
    assert office.holdings(alone) == {}
    assert office.holdings(poor) == {"granted2026Q1": 100}
    assert office.pool() == 620
    assert told(office, poor, ending.ENDED) == 1
    office.street.uow.run(lambda s: release(s, LONGWAN, [hold_id], Stamp(ENDED, SYSTEM.id)))
    assert [worked(office, ending.expire) for _ in range(2)] == [1, 0]
    assert (office.holdings(poor), office.pool()) == ({}, 720)
    assert office.count(Transfer, Transfer.kind == ending.EXPIRY) == 3
    assert office.breaches() == []


def test_notices_come_a_month_and_a_week_before(office: Office) -> None:
    alone, poor = granted(office)
    key = account_id(LONGWAN, AccountKind.GRANTED, poor, "2026Q1")
    held(office, key, 480)
    counts = []
    for days in (31, 30, 29, 7, 7, 1, 0):
        office.now = ENDED - timedelta(days=days, hours=2)
        counts.append(worked(office, ending.warn))
    # Of what is held for a service nobody is reminded.
    assert counts == [0, 1, 0, 1, 0, 0, 0]
    assert told(office, alone, ending.ENDS_SOON) == 2
    assert told(office, poor, ending.ENDS_SOON) == 0
    assert office.count(GrantNotice) == 2


def test_accounts_of_the_dead_are_no_matter_of_a_list(office: Office) -> None:
    alone, _poor = granted(office)
    office.now = ENDED + timedelta(days=4 * 365)
    first = office.propose(BatchKind.CLOSING, {"years": 3})
    office.sign(first)
    set_facts(office, alone, status=MemberStatus.CLOSED, died_at=NOW)
    office.work(first)
    assert sorted(office.fates(first)) == [("posted", ""), ("refused", "not_dormant")]
    with pytest.raises(refusals.NothingDormant):
        office.propose(BatchKind.CLOSING, {"years": 3})


# The check


FORGERIES: dict[str, tuple[Callable[[Office], Any], str]] = {
    "nobody authorised": (
        lambda _: change(IssueAuthorisation, signed_by_id=None),
        "issue_without_authorisation",
    ),
    "less was authorised": (
        lambda _: change(IssueAuthorisation, amount_minutes=719),
        "issue_without_authorisation",
    ),
    "it was for the pool to pay": (
        lambda _: change(Batch, terms={"period": "2026Q1"}),
        "issue_without_authorisation",
    ),
    "other facts": (
        lambda _: change(GrantEntitlement, GrantEntitlement.minutes == 240, facts={}),
        "grant_not_entitled",
    ),
    "no month": (lambda _: remove(GrantRun), "grant_run_differs"),
    "another total": (lambda _: change(GrantRun, minutes=719), "grant_run_differs"),
    "another's line": (
        lambda office: change(
            BatchLine,
            BatchLine.minutes == 240,
            number=office.number(office.street.volunteer),
        ),
        "grant_without_entitlement",
    ),
    "twice": (
        lambda office: change(
            BatchLine,
            BatchLine.minutes == 480,
            number=office.number(office.street.elder),
            minutes=240,
        ),
        "granted_twice",
    ),
    "given away": (
        lambda _: change(Transfer, Transfer.kind == "grant", kind="gift"),
        "granted_given_away",
    ),
}


def test_the_check_names_what_is_not_as_signed(office: Office) -> None:
    granted(office)
    assert office.breaches() == []
    found = office.forged({name: make(office) for name, (make, _) in FORGERIES.items()})
    codes = {name: {each.split()[0] for each in named} for name, named in found.items()}
    assert {name: code for name, (_, code) in FORGERIES.items() if code not in codes[name]} == {}
