"""The policy as a truth table: who may do what, to whom, and what nobody ever may."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from services.errors import Forbidden
from services.policy import (
    AUDITOR,
    AUDITOR_MOVES_NOTHING,
    NATION,
    NATIONAL_ADMIN,
    NOBODY,
    NOT_ACTIVE,
    NOT_LOGGED_IN,
    OWN_AFFAIR,
    REGION_ADMIN,
    STAFF,
    SYSTEM,
    Actor,
    Role,
    Subject,
    can,
    covers,
    may_ever,
    require,
)
from services.rights import ARMS_LENGTH, OVERSIGHT, POLICY, READING
from tests.structure.tree import for_each

BOOK, OTHER = "330302000000", "320106000000"
BRANCH, BRANCH_B = UUID(int=100), UUID(int=101)
ELDER_ID, PROVIDER_ID = UUID(int=10), UUID(int=11)
SUBJECT = Subject(
    book=BOOK,
    region_code=BOOK,
    branch_id=BRANCH,
    member_id=ELDER_ID,
    elder_id=ELDER_ID,
    provider_id=PROVIDER_ID,
)


def person(number: int, *roles: Role, **facts: object) -> Actor:
    return Actor(id=UUID(int=number), name="某某", home_book=BOOK, roles=roles, **facts)


PEOPLE = {
    "nobody": NOBODY,
    "system": SYSTEM,
    "stranger": person(20),
    "elder": person(10, is_recipient=True),
    "provider": person(11, is_provider=True),
    "volunteer": person(12, is_provider=True),
    "daughter": person(13, kin={ELDER_ID: frozenset({"see", "ask", "confirm"})}),
    "nephew": person(14, kin={ELDER_ID: frozenset({"see"})}),
    "staff": person(15, Role(STAFF, "branch", str(BRANCH))),
    "other staff": person(16, Role(STAFF, "branch", str(BRANCH_B))),
    "admin": person(17, Role(REGION_ADMIN, "region", BOOK)),
    "other admin": person(18, Role(REGION_ADMIN, "region", OTHER)),
    "city auditor": person(19, Role(AUDITOR, "region", "330300000000")),
    "other auditor": person(21, Role(AUDITOR, "region", OTHER)),
    "national": person(22, Role(NATIONAL_ADMIN, "nation", NATION)),
}
TABLE = {
    "public.read": set(PEOPLE),
    "account.use": set(PEOPLE) - {"nobody", "system"},
    "request.ask": {"elder", "daughter", "staff"},
    "request.cancel": {"elder", "daughter", "staff"},
    "request.review": {"staff"},
    "request.browse": {"provider", "volunteer"},
    "request.read": {
        "elder", "provider", "daughter", "nephew", "staff", "admin", "city auditor",
    },
    "visit.accept": {"provider", "volunteer"},
    "visit.check": {"provider"},
    "visit.cancel": {"provider", "staff"},
    "visit.move": {"elder", "daughter", "provider", "staff"},
    "series.make": {"elder", "daughter", "staff"},
    "series.change": {"elder", "daughter", "staff"},
    "series.end": {"elder", "daughter", "staff"},
    "series.read": {
        "elder", "provider", "daughter", "nephew", "staff", "admin", "city auditor",
    },
    "series.review": {"staff"},
    "series.agree": {"provider"},
    "visit.confirm": {"elder", "daughter"},
    "visit.voice": {"staff"},
    "visit.slip": {"staff"},
    "visit.review": {"staff"},
    "visit.codes": {"elder", "daughter", "nephew", "staff"},
    "dispute.open": {"elder", "daughter", "provider"},
    "dispute.decide": {"staff", "admin"},
    "issue.propose": {"admin"},
    "issue.sign": {"admin"},
    "batch.propose": {"admin"},
    "batch.sign": {"admin"},
    "batch.withdraw": {"admin"},
    "batch.read": {"admin", "city auditor", "system"},
    "entry.propose": {"staff", "admin"},
    "entry.sign": {"staff", "admin"},
    "entry.withdraw": {"staff", "admin"},
    "reversal.propose": {"admin", "city auditor"},
    "reversal.sign": {"admin"},
    "reversal.refuse": {"admin"},
    "reversal.withdraw": {"admin", "city auditor"},
    "errand.hand": {"provider"},
    "errand.return": {"provider"},
    "errand.agree": {"elder", "daughter"},
    "errand.voice": {"staff"},
    "rating.give": {"elder", "daughter"},
    "rating.voice": {"staff"},
    "flag.read": {"admin", "city auditor", "national"},
    "flag.decide": {"admin", "city auditor"},
    "callback.read": {"admin", "city auditor", "national"},
    "callback.make": {"admin", "city auditor"},
    "callback.draw": {"system"},
    "suspension.end": {"admin"},
    "sheet.open": {"admin", "city auditor", "national"},
    "sheet.close": {"staff", "admin"},
    "sheet.decide": {"admin", "national"},
    "complaint.make": {"elder", "daughter"},
    "complaint.withdraw": {"elder"},
    "complaint.decide": {"admin"},
    "complaint.decide_appeal": {"admin", "national"},
    "dispute.decide_appeal": {"admin"},
    "record.read": {"elder", "staff", "admin", "city auditor"},
    "record.export": {"admin", "national"},
    "proof.issue": {"elder", "staff"},
    "star.decide": {"admin", "national"},
    "honour.record": {"staff", "admin"},
    "perk.manage": {"admin"},
    "branch.charge": {"admin"},
    "return.close": {"system"},
    "return.sign": {"admin"},
    "roll.propose": {"admin"},
    "roll.sign": {"admin"},
    "roll.read": {"admin", "city auditor"},
    "roll.export": {"admin", "city auditor"},
    "transfer.note": {"admin"},
    "note.erase": {"admin", "national"},
    "rates.publish": {"national", "system"},
    "ledger.read": {"admin", "city auditor", "national"},
    "audit.read": {"city auditor", "national"},
    "audit.export": {"city auditor", "national"},
    "jobs.run": {"system"},
    "jobs.read": {"admin", "national", "system"},
    "job.retry": {"admin", "national"},
    "feed.manage": {"elder"},
    "gift.make": {"elder", "staff"},
    "gift.take_back": {"elder", "staff"},
    "donation.make": {"elder", "staff"},
    "fund.open": {"admin"},
    "designation.make": {"elder", "staff"},
    "designation.read": {"elder", "staff"},
    "guardian.record": {"staff"},
    "grant.propose": {"admin"},
    "grant.sign": {"admin"},
    "estate.report": set(PEOPLE) - {"nobody", "city auditor", "other auditor"},
    "estate.verify": {"staff", "admin"},
    "estate.heirs": {"staff"},
    "estate.decide": {"admin"},
    "estate.decide_appeal": {"admin", "national"},
    "estate.divide": {"admin"},
    "estate.undo": {"admin"},
    "estate.read": {"staff", "admin", "city auditor", "national"},
}  # fmt: skip


@for_each(product(sorted(PEOPLE), sorted(TABLE)))
def test_truth_table(case: tuple[str, str]) -> None:
    who, act = case
    assert can(PEOPLE[who], act, SUBJECT).allowed == (who in TABLE[act])


@for_each(sorted(POLICY))
def test_an_auditor_moves_nothing_even_with_other_parts(act: str) -> None:
    """Somebody who is auditor, elder, provider and staff at once may still only look."""
    many = Actor(
        id=ELDER_ID,
        name="某某",
        is_provider=True,
        roles=(Role(AUDITOR, "region", BOOK), Role(STAFF, "branch", str(BRANCH))),
    )
    decision = can(many, act, SUBJECT)
    if decision.allowed:
        assert act in READING | OVERSIGHT or "anyone" in POLICY[act]


def test_whoever_decides_may_read_what_is_decided() -> None:
    """Each room's deciding and signing acts stand beside its reading act, where it has one."""
    for act, relations in POLICY.items():
        room, deed = act.split(".")
        if f"{room}.read" in POLICY and deed in (
            "sign",
            "decide",
            "decide_appeal",
            "refuse",
            "close",
        ):
            assert relations - {"system"} <= POLICY[f"{room}.read"] | {"self"}, act


def test_an_auditor_is_told_why() -> None:
    both = person(23, Role(AUDITOR, "region", BOOK), Role(STAFF, "branch", str(BRANCH)))
    assert can(both, "request.review", SUBJECT).reason == AUDITOR_MOVES_NOTHING


#: Acts of an administrator, of whom the staff below is none.
ADMINS_OWN = {
    "factor.reset",
    "role.grant", "transfer.note", "estate.decide", "estate.decide_appeal",
    "estate.divide", "estate.undo", "reversal.propose", "reversal.sign", "reversal.refuse",
    "flag.decide", "callback.make", "complaint.decide", "complaint.decide_appeal", "star.decide",
    "dispute.decide_appeal", "sheet.decide",
}  # fmt: skip


@for_each(sorted(ARMS_LENGTH - ADMINS_OWN))
def test_staff_keep_their_hands_off_their_own_and_their_kin(act: str) -> None:
    staff = (Role(STAFF, "branch", str(BRANCH)),)
    own = Actor(id=ELDER_ID, name="某某", roles=staff)
    kin = Actor(id=UUID(int=30), name="某某", roles=staff, relatives=frozenset({PROVIDER_ID}))
    for actor in (own, kin):
        decision = can(actor, act, SUBJECT)
        assert (decision.allowed, decision.reason) == (False, OWN_AFFAIR)


def test_who_waits_for_the_identity_check_only_looks() -> None:
    pending = person(10, is_recipient=True, is_active=False)
    assert can(pending, "request.read", SUBJECT).allowed
    assert can(pending, "request.ask", SUBJECT).reason == NOT_ACTIVE


def test_somebody_who_is_not_logged_in_is_told_to() -> None:
    assert can(NOBODY, "request.ask", SUBJECT).reason == NOT_LOGGED_IN
    with pytest.raises(Forbidden, match=NOT_LOGGED_IN):
        require(NOBODY, "request.ask", SUBJECT)


def test_an_unknown_subject_allows_nothing_but_what_is_for_all() -> None:
    for_all = {"public.read", "account.use", "request.browse", "visit.accept", "estate.report"}
    for act in set(TABLE) - for_all:
        for who in set(PEOPLE) - {"system", "national"}:
            assert not can(PEOPLE[who], act, Subject()).allowed, (act, who)


def test_an_act_that_nobody_wrote_down_is_an_error_not_a_refusal() -> None:
    with pytest.raises(KeyError):
        can(SYSTEM, "nothing.like.this")


def test_the_first_gate_never_shuts_out_what_the_policy_allows() -> None:
    for act in POLICY:
        for who, actor in PEOPLE.items():
            if can(actor, act, SUBJECT).allowed:
                assert may_ever(actor, act), (act, who)


@pytest.mark.parametrize(
    ("scope", "code", "within"),
    [
        ("330000000000", "330302000000", True),
        ("330300000000", "330302006000", True),
        ("330302000000", "330302006000", True),
        ("330302006000", "330302006001", True),
        ("330302006001", "330302006001", True),
        ("330302000000", "330300000000", False),
        ("330302000000", "330303000000", False),
        ("110000000000", "110102000000", True),
        (NATION, "110102000000", True),
        ("330302000000", None, False),
    ],
)
def test_a_region_covers_what_lies_in_it(scope: str, code: str | None, within: bool) -> None:
    assert covers(scope, code) is within
