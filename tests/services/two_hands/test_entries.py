"""Entries by hand: two people, neither a side nor kin of one, papers, and all ordinary rules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.callbacks import BranchSuspension
from models.entries import EntryLevel, EntryState, ManualEntry
from models.evidence import EvidenceFile
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.people import Member, RoleAssignment
from models.requests import ProviderDay, Request, RequestState, Visit, VisitState
from services.clock import local_date
from services.context import Context
from services.countersigning import KinSigns
from services.entries import sentences as say
from services.entries.proposing import withdraw_entry
from services.entries.queueing import advance, due
from services.entries.signing import refuse_entry
from services.entries.terms import waits
from services.entry_rights import EntryRightsSuspended
from services.errors import Forbidden
from services.evidence import NotEvidence, Upload
from services.issuing import SecondSignature
from services.ledger.breaches import Tally
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.requests.sentences import LengthOutOfRange, NotARecipient, ServiceUnknown
from services.verification import verify
from services.visits.confirming import confirm
from services.visits.sentences import Ineligible, Overlap
from tests import factories
from tests.factories import LONGWAN, VAULT
from tests.services.two_hands.kit import (
    LATER,
    colleague,
    entered,
    entry_of,
    signs,
    state_of,
)
from tests.services.visits.conftest import START, Street, street
from tests.settings import settings_for
from timebank.edge import Timebank
from timebank.jobs import JOBS

__all__ = ["street"]

pytestmark = pytest.mark.parametrize("street", ["sqlite"], indirect=True)


def breaches(street: Street) -> list[str]:
    def check(ctx: Context) -> list[str]:
        found = [each.code for each in verify(ctx, LONGWAN, Tally())]
        # The coins that a test gives come from nowhere.
        return [each for each in found if each != "issue_without_authorisation"]

    return street.act(SYSTEM, check, LATER + timedelta(days=30))


def told(street: Street, who: UUID) -> set[str]:
    rows = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == who)
    return street.look(lambda session: set(session.scalars(rows)))


def kin(street: Street, one: UUID, other: UUID) -> None:
    helper = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    street.act(helper, lambda ctx: record_kinship(ctx, one, other, "sibling", "户口簿"))
    street.act(SYSTEM, lambda ctx: end_roles(ctx, helper))


def end_roles(ctx: Context, member: UUID) -> None:
    for role in ctx.session.scalars(
        sa.select(RoleAssignment).where(RoleAssignment.member_id == member)
    ):
        role.ended_at = ctx.now


def paused_volunteer(street: Street) -> UUID:
    """Somebody who might not serve on the story's day."""

    def made(ctx: Context) -> UUID:
        key = factories.create_volunteer(ctx.session, "P1")
        ctx.session.get_one(Member, key).paused_until = local_date(START)
        return key

    return street.act(SYSTEM, made)


def done_visit(street: Street) -> UUID:
    """A visit that was recorded in the ordinary way and credited."""
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), START + timedelta(hours=2))
    return visit


def test_two_people_credit_a_service_that_nobody_recorded(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    entry = entered(street)
    assert entry_of(street, entry).level is EntryLevel.BRANCH
    assert street.earned(street.volunteer) == (0, 0)
    assert say.ENTRY_WAITS in told(street, other)
    assert say.PROPOSED_TO_ELDER in told(street, street.elder)
    visit = street.visit(signs(street, other, entry))
    assert street.earned(street.volunteer) == (60, 0)
    assert street.earned(street.elder) == (240, 0)
    found = entry_of(street, entry)
    assert (found.state, found.visit_id, found.transfer_id) == (
        EntryState.SIGNED,
        visit.id,
        visit.transfer_id,
    )
    assert (found.proposed_by_id, found.decided_by_id) == (street.staff, other)
    assert (visit.manual_entry_id, visit.confirmed_how, visit.checked_in_by) == (
        entry,
        "manual",
        "manual",
    )
    assert (visit.state, visit.actual_minutes) == (VisitState.CREDITED, 60)
    request = street.request(visit.request_id)
    assert (request.state, request.consent) == (RequestState.CLOSED, "manual")
    served = street.look(lambda s: s.get_one(Member, street.volunteer).served_minutes)
    day = street.look(lambda s: s.scalars(sa.select(ProviderDay)).one())
    assert (served, day.credit_minutes, day.actual_minutes) == (60, 60, 60)
    assert say.SIGNED_TO_ELDER in told(street, street.elder)
    assert say.SIGNED_TO_PROVIDER in told(street, street.volunteer)
    assert breaches(street) == []


def test_the_papers_are_on_record_by_their_digest(street: Street) -> None:
    entry = entered(street)
    file = street.look(lambda s: s.scalars(sa.select(EvidenceFile)).one())
    assert (file.subject_kind, file.subject_id) == ("manual_entry", entry)
    record = street.look(
        lambda s: s.scalars(sa.select(AuditRecord).where(AuditRecord.act == "evidence.add")).one()
    )
    assert record.after["sha256"] == file.content_hash


def test_the_proposer_does_not_sign(street: Street) -> None:
    colleague(street)
    entry = entered(street)
    with pytest.raises(SecondSignature):
        signs(street, street.staff, entry)
    with pytest.raises(SecondSignature):
        street.act(street.staff, lambda ctx: refuse_entry(ctx, LONGWAN, entry, "不对"), LATER)
    assert state_of(street, entry) is EntryState.PROPOSED


def test_kin_of_the_proposer_does_not_sign_and_is_not_asked(street: Street) -> None:
    other = colleague(street)
    kin(street, other, street.staff)
    entry = entered(street)
    assert entry_of(street, entry).level is EntryLevel.COUNTY
    assert say.ENTRY_WAITS not in told(street, other)
    with pytest.raises(KinSigns):
        signs(street, other, entry)


@pytest.mark.parametrize("side", ["elder", "volunteer"])
def test_kin_of_a_side_neither_proposes_nor_signs(street: Street, side: str) -> None:
    other = colleague(street)
    kin(street, other, getattr(street, side))
    entry = entered(street)
    with pytest.raises(Forbidden):
        signs(street, other, entry)
    with pytest.raises(Forbidden):
        entered(street, other)


def test_neither_side_is_one_of_the_two(street: Street) -> None:
    """A clerk who is a volunteer too has no hand in the own hours."""
    street.give_coins(street.elder, 300)
    with pytest.raises(Forbidden):
        entered(street, provider_id=street.staff)
    entry = entered(street)
    for who in (street.elder, street.volunteer):
        with pytest.raises(Forbidden):
            signs(street, who, entry)


def test_without_papers_and_words_there_is_no_entry(street: Street) -> None:
    with pytest.raises(say.NoEvidence):
        entered(street, files=())
    with pytest.raises(NotEvidence):
        entered(street, files=(Upload("a.png", b"MZ"),))
    with pytest.raises(say.WordsMissing):
        entered(street, reason="  ")
    with pytest.raises(say.WhyUnknown):
        entered(street, why="wrong_time")
    assert street.count(ManualEntry) == 0


def test_what_could_never_be_credited_is_not_put_forward(street: Street) -> None:
    hour = timedelta(hours=1)
    for refusal, said in (
        (say.EntryTimes, {"ends_at": START}),
        (say.EntryTimes, {"starts_at": LATER - hour / 2, "ends_at": LATER + hour}),
        (say.EntryTooOld, {"starts_at": START - 2400 * hour, "ends_at": START - 2399 * hour}),
        (LengthOutOfRange, {"ends_at": START + 5 * hour}),
        (ServiceUnknown, {"service_code": "Z99"}),
        (say.ProviderGone, {"provider_id": street.elder}),
    ):
        with pytest.raises(refusal):
            entered(street, **said)
    with pytest.raises(NotARecipient):
        entered(street, elder_id=street.admins[0], who=street.admins[1])


def test_the_same_time_is_entered_once(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    entry = entered(street)
    with pytest.raises(say.EntryTwice):
        entered(street, starts_at=START + timedelta(minutes=30))
    signs(street, other, entry)
    with pytest.raises(Overlap):
        entered(street)


def test_ordinary_rules_hold_at_the_signature(street: Street) -> None:
    """Paused on the day of the service: the reason is said, and nothing is left behind."""
    street.give_coins(street.elder, 300)
    other = colleague(street)
    paused = paused_volunteer(street)
    entry = entered(street, provider_id=paused)
    with pytest.raises(Ineligible) as refused:
        signs(street, other, entry)
    assert [each.code for each in refused.value.params["reasons"]] == ["paused"]
    assert state_of(street, entry) is EntryState.PROPOSED
    assert street.count(Visit) == street.count(Request) == 0
    assert street.earned(street.elder) == (300, 0)


def test_the_pool_pays_what_the_elder_lacks_or_nothing_is_credited(street: Street) -> None:
    other = colleague(street)
    entry = entered(street)
    with pytest.raises(say.EntryPoolShort) as short:
        signs(street, other, entry)
    assert short.value.params == {"shortfall_minutes": 60}
    assert street.count(Visit) == 0
    street.issue(100)
    signs(street, other, entry)
    assert (street.earned(street.volunteer), street.pool()) == ((60, 0), (40, 0))
    assert breaches(street) == []


def test_the_day_s_cap_holds(street: Street) -> None:
    """Six hours are credited on a day; what is beyond are honour minutes."""
    street.issue(2_000)
    other = colleague(street)
    for place in range(3):
        start = START + timedelta(minutes=150 * place - 120)
        entry = entered(
            street,
            service_code="A04",
            starts_at=start,
            ends_at=start + timedelta(minutes=120),
        )
        signs(street, other, entry)
    start = START + timedelta(minutes=150 * 3 - 120)
    entry = entered(street, starts_at=start, ends_at=start + timedelta(minutes=60))
    visit = street.visit(signs(street, other, entry))
    assert street.earned(street.volunteer) == (360, 0)
    assert (visit.state, visit.actual_minutes) == (VisitState.CREDITED, 60)


def test_a_refusal_has_a_reason_that_both_sides_read(street: Street) -> None:
    other = colleague(street)
    entry = entered(street)
    with pytest.raises(say.EntryReasonMissing):
        street.act(other, lambda ctx: refuse_entry(ctx, LONGWAN, entry, " "), LATER)
    street.act(other, lambda ctx: refuse_entry(ctx, LONGWAN, entry, "纸条上的日期不对"), LATER)
    for reader in (street.elder, street.volunteer, street.staff):
        assert say.ENTRY_ENDED in told(street, reader)
    assert entry_of(street, entry).decision_reason == "纸条上的日期不对"
    with pytest.raises(say.EntryEnded):
        signs(street, other, entry)


def test_only_the_proposer_drops_it(street: Street) -> None:
    other = colleague(street)
    entry = entered(street)
    with pytest.raises(say.EntryNotYours):
        street.act(other, lambda ctx: withdraw_entry(ctx, LONGWAN, entry), LATER)
    street.act(street.staff, lambda ctx: withdraw_entry(ctx, LONGWAN, entry), LATER)
    assert state_of(street, entry) is EntryState.WITHDRAWN
    with pytest.raises(say.EntryEnded):
        street.act(street.staff, lambda ctx: withdraw_entry(ctx, LONGWAN, entry), LATER)
    with pytest.raises(say.EntryUnknown):
        signs(street, other, street.elder)


def test_a_suspended_branch_neither_proposes_nor_signs_but_the_county_does(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    before = entered(street)
    street.act(SYSTEM, lambda ctx: suspend(ctx, street.branch), LATER)
    with pytest.raises(EntryRightsSuspended):
        signs(street, other, before)
    with pytest.raises(EntryRightsSuspended):
        entered(street, starts_at=START + timedelta(hours=3), ends_at=START + timedelta(hours=4))
    signs(street, street.admins[0], before)
    entry = entered(
        street,
        street.admins[0],
        starts_at=START + timedelta(hours=3),
        ends_at=START + timedelta(hours=4),
    )
    assert entry_of(street, entry).level is EntryLevel.COUNTY
    signs(street, street.admins[1], entry)


def suspend(ctx: Context, branch: UUID) -> None:
    ctx.session.add(
        BranchSuspension(
            book=LONGWAN,
            id=ctx.new_id(),
            branch_id=branch,
            month="2026-02",
            asked=10,
            failed=1,
            limit_percent=2,
            began_at=ctx.now,
        )
    )


def test_a_lone_clerk_s_entry_climbs_and_lapses(street: Street) -> None:
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_branch(ctx.session))
    there = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session, neighbour))
    other = colleague(street)
    entry = entered(street)
    with pytest.raises(Forbidden):
        signs(street, there, entry)
    now = LATER + waits(EntryLevel.BRANCH)
    assert street.act(SYSTEM, due, now - timedelta(seconds=1)) == []
    assert street.act(SYSTEM, due, now) == [(LONGWAN, entry)]
    assert street.act(SYSTEM, lambda ctx: advance(ctx, LONGWAN, entry), now)
    assert not street.act(SYSTEM, lambda ctx: advance(ctx, LONGWAN, entry), now)
    assert entry_of(street, entry).level is EntryLevel.STREET
    assert say.ENTRY_WAITS in told(street, there)
    now += waits(EntryLevel.STREET)
    street.act(SYSTEM, lambda ctx: advance(ctx, LONGWAN, entry), now)
    assert entry_of(street, entry).level is EntryLevel.COUNTY
    assert say.ENTRY_WAITS in told(street, street.admins[0])
    now += waits(EntryLevel.COUNTY)
    street.act(SYSTEM, lambda ctx: advance(ctx, LONGWAN, entry), now)
    assert state_of(street, entry) is EntryState.LAPSED
    with pytest.raises(say.EntryEnded):
        signs(street, other, entry, now)
    assert street.act(SYSTEM, due, now + timedelta(days=90)) == []


def test_another_branch_of_the_street_signs_for_a_lone_clerk(street: Street) -> None:
    street.give_coins(street.elder, 300)
    neighbour = street.act(SYSTEM, lambda ctx: factories.create_branch(ctx.session))
    there = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session, neighbour))
    entry = entered(street)
    assert entry_of(street, entry).level is EntryLevel.STREET
    signs(street, there, entry)
    assert street.earned(street.volunteer) == (60, 0)


def test_a_correction_takes_back_and_posts_in_one(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    old = done_visit(street)
    assert street.earned(street.volunteer) == (62, 0)
    entry = entered(
        street,
        starts_at=START + timedelta(minutes=15),
        why="wrong_time",
        corrects_visit_id=old,
    )
    new = street.visit(signs(street, other, entry))
    assert street.visit(old).reversed_at == LATER
    assert street.earned(street.volunteer) == (45, 0)
    assert street.earned(street.elder) == (255, 0)
    served = street.look(lambda s: s.get_one(Member, street.volunteer).served_minutes)
    day = street.look(lambda s: s.scalars(sa.select(ProviderDay)).one())
    assert (served, day.credit_minutes, day.actual_minutes) == (45, 45, 45)
    assert (new.manual_entry_id, entry_of(street, entry).kind) == (entry, "correction")
    assert breaches(street) == []
    with pytest.raises(say.CorrectsNothing):
        entered(street, why="wrong_time", corrects_visit_id=old)


def test_a_correction_that_rules_forbid_changes_nothing(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    old = done_visit(street)
    paused = paused_volunteer(street)
    entry = entered(street, provider_id=paused, why="wrong_person", corrects_visit_id=old)
    with pytest.raises(say.EntryTwice):
        entered(street, why="wrong_time", corrects_visit_id=old)
    for key in ("k", "k", None):
        with pytest.raises(Ineligible):
            signs(street, other, entry, key=key)
    assert street.visit(old).reversed_at is None
    assert street.earned(street.volunteer) == (62, 0)
    assert street.count(Transfer, Transfer.kind == "reversal") == 0


def test_a_double_click_proposes_and_signs_once(street: Street) -> None:
    street.give_coins(street.elder, 300)
    other = colleague(street)
    entry = entered(street, key="k")
    assert entered(street, key="k") == entry
    visit = signs(street, other, entry, key="s")
    assert signs(street, other, entry, key="s") == visit
    assert street.count(Visit) == 1


def test_the_job_passes_on_whatever_is_due(street: Street, tmp_path: Path) -> None:
    colleague(street)
    entry = entered(street)
    now = LATER + waits(EntryLevel.BRANCH)
    held = Timebank(settings_for("sqlite://", tmp_path), street.uow, VAULT, lambda: now)
    assert JOBS["pass-on-entries"].work(held) == 1
    assert JOBS["pass-on-entries"].work(held) == 0
    assert entry_of(street, entry).level is EntryLevel.COUNTY
