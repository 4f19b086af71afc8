"""The copy says what the truth says: every refusal of every volunteer for every request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import CheckKind, SafeguardingCheck, VolunteerProfile
from models.people import Certificate, Member
from models.requests import ProviderSlot, Request
from services import rates
from services.clock import local_date
from services.matching.codes import ACCEPTANCE, BARRED, named
from services.matching.marks import mark
from services.matching.nearby import near
from services.matching.requests import tasks_of
from services.matching.scorer import judge
from services.matching.slots import one
from services.matching.snapshot import Snapshot, follow, load
from services.visits.days import quarters
from services.visits.fitness import fitness_of_people
from tests.factories import LONGWAN, NOW, make_ctx
from tests.services.matching.district import District, settle

#: What the copy says of all of these with one word, and tells nobody.
NEVER_TOLD = {"own_request", "kin", "already_accepted"}
Told = Mapping[tuple[UUID, UUID], frozenset[str]]


def truth(session: Session, district: District) -> Told:
    """By the tables, in the words that the copy knows."""
    ctx = make_ctx(session)
    rules = rates.rule_set_on(session, local_date(NOW))
    requests = [session.get_one(Request, (LONGWAN, each)) for each in district.requests]
    providers = [session.get_one(Member, each) for each in district.volunteers]
    found = {}
    for pair, fitness in fitness_of_people(ctx, requests, providers, rules).items():
        codes = {each.code for each in fitness.refusals}
        hidden = fitness.barred or codes & NEVER_TOLD
        found[pair] = frozenset({BARRED} if hidden else codes & set(ACCEPTANCE))
    return found


def copied(session: Session, district: District, known: Snapshot) -> Told:
    """By the copy; what only forbids asking is left out."""
    columns = known.columns
    requests = [session.get_one(Request, (LONGWAN, each)) for each in district.requests]
    found = {}
    for task in tasks_of(make_ctx(session), requests):
        block = one(columns, task, NOW)
        judged = judge(block, near(block))
        for who, mask in zip(judged.who, judged.codes, strict=True):
            codes = set(named(int(mask)))
            told = {BARRED} if BARRED in codes else codes & set(ACCEPTANCE)
            found[columns.id_at(int(who)), task.request_id] = frozenset(told)
    return found


def differences(session: Session, district: District, known: Snapshot) -> list[str]:
    """Every pair of whom the two say different things."""
    ours, theirs = copied(session, district, known), truth(session, district)
    assert set(ours) == set(theirs), "everybody lives within reach"
    return [
        f"{pair}: the copy says {sorted(ours[pair])}, the truth {sorted(theirs[pair])}"
        for pair in theirs
        if ours[pair] != theirs[pair]
    ]


def test_the_copy_agrees_with_the_truth_for_everybody(session: Session) -> None:
    district = settle(session)
    known = load(session, NOW)
    told = truth(session, district)
    seen = {code for codes in told.values() for code in codes}
    # The district is no use unless nearly everything that can stand against somebody does.
    assert len(seen) >= 20, sorted(set(ACCEPTANCE) - seen)
    assert any(not codes for codes in told.values())
    assert differences(session, district, known) == []


def test_it_still_agrees_after_changes_that_left_a_mark(session: Session) -> None:
    district = settle(session)
    before = load(session, NOW)
    old = truth(session, district)
    changed = _change(session, district)
    assert differences(session, district, before), "the changes change nothing"
    mark(session, changed, NOW)
    after = follow(session, before, NOW)
    assert after is not before
    assert truth(session, district) != old
    assert differences(session, district, after) == []


def test_without_a_mark_the_copy_stays_as_it_was(session: Session) -> None:
    district = settle(session)
    known = load(session, NOW)
    _change(session, district)
    assert follow(session, known, NOW) is known


def test_whoever_stops_serving_leaves_the_copy(session: Session) -> None:
    district = settle(session)
    known = load(session, NOW)
    gone = district.volunteers[0]
    session.get_one(Member, gone).is_provider = False
    mark(session, [gone], NOW)
    after = follow(session, known, NOW)
    assert len(after.columns) == len(known.columns) - 1
    assert not len(after.columns.find([gone]))


def test_a_mark_that_is_committed_late_is_seen_all_the_same(session: Session) -> None:
    district = settle(session)
    early, late = district.volunteers[:2]
    mark(session, [late], NOW + timedelta(seconds=40))
    known = load(session, NOW)
    # The act began before that mark, and is committed only now.
    session.get_one(Member, early).identity_checked_at = None
    mark(session, [early], NOW)
    after = follow(session, known, NOW)
    [place] = after.columns.find([early])
    assert not after.columns.people.identity_checked[place]
    assert follow(session, after, NOW) is after


def test_a_new_day_reads_everybody_anew(session: Session) -> None:
    district = settle(session)
    known = load(session, NOW)
    _change(session, district)
    tomorrow = NOW + timedelta(days=1)
    after = follow(session, known, tomorrow)
    assert after.columns.base_day == local_date(tomorrow)
    assert after is not known


def _change(session: Session, district: District) -> set[UUID]:
    """Something of each kind, for some people; returns who they are."""
    people = district.volunteers
    session.execute(
        sa.update(Certificate)
        .where(Certificate.member_id.in_(people[:6]))
        .values(valid_to=local_date(NOW) - timedelta(days=1))
    )
    for each in people[6:10]:
        member = session.get_one(Member, each)
        member.paused_until = local_date(NOW) + timedelta(days=3)
        member.served_minutes = 0
    for each in people[10:14]:
        session.get_one(Member, each).identity_checked_at = NOW
        session.get_one(Member, each).paused_until = None
    first = session.get_one(Request, (LONGWAN, district.requests[0]))
    for each in people[14:18]:
        session.execute(
            sa.delete(ProviderSlot).where(
                ProviderSlot.book == LONGWAN, ProviderSlot.provider_id == each
            )
        )
        for quarter in quarters(first.starts_at, first.booked_minutes, 0):
            slot = ProviderSlot(
                book=LONGWAN, provider_id=each, quarter=quarter, visit_id=make_ctx(session).new_id()
            )
            session.add(slot)
    for each in people[18:22]:
        session.add(
            SafeguardingCheck(
                member_id=each,
                id=make_ctx(session).new_id(),
                kind=CheckKind.ACCOMPANIED,
                on_day=local_date(NOW),
                reference="",
                recorded_by_id=each,
                recorded_at=NOW,
            )
        )
    for each in people[22:26]:
        profile = session.get(VolunteerProfile, each)
        if profile is not None:
            profile.languages = ["cmn"]
    session.flush()
    return set(people[:26])
