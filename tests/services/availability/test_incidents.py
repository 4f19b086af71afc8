"""A report keeps two people apart at once; a branch that is nobody's kin decides."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.availability import Incident, IncidentKind, IncidentState
from models.ledger import Refusal
from models.matching import Asking, AskingState
from models.oversight import AuditRecord, OutboxMessage
from models.requests import ProviderSlot, RequestState, VisitState
from services.availability import errors as say
from services.availability.barred import barred_for
from services.availability.incidents import (
    KEPT_APART,
    MAY_MEET,
    REPORT_ARRIVED,
    IncidentView,
    decide,
    incident_view,
    open_incidents,
    report,
)
from services.context import Context
from services.errors import DomainError, Forbidden
from services.people.errors import MissingText, TooManyWords
from services.people.kin import grant_delegation, record_kinship
from services.requests.sentences import VISIT_CALLED_OFF
from services.visits.sentences import VISITOR_CANCELLED, Taken, VisitUnknown
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street

LATER = START + timedelta(days=1)
WORDS = "他问我要钱，我很害怕。"


def met(street: Street) -> UUID:
    """A visit of the two that goes on now, so that it has begun."""
    street.issue(5_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    return visit


def reported(street: Street, visit: UUID, who: UUID | None = None) -> UUID:
    """Somebody reports; the elder unless told otherwise."""
    return street.act(
        who or street.elder,
        lambda ctx: report(ctx, LONGWAN, visit, IncidentKind.MONEY, WORDS),
        now=START + timedelta(minutes=5),
    )


def told(street: Street, who: UUID) -> list[str]:
    """The sentences that somebody was told, newest last."""
    return list(
        street.look(
            lambda session: session.scalars(
                sa.select(OutboxMessage.sentence)
                .where(OutboxMessage.member_id == who)
                .order_by(OutboxMessage.id)
            ).all()
        )
    )


def apart(street: Street) -> bool:
    return street.volunteer in street.look(lambda session: barred_for(session, street.elder))


@pytest.mark.parametrize("side", ["elder", "volunteer", "staff"])
def test_promised_visits_are_called_off_at_once(street: Street, side: str) -> None:
    visit = met(street)
    coming = street.accepted(street.open_request(starts_at=LATER))
    who = getattr(street, side)
    incident = reported(street, visit, who)
    assert apart(street)
    row = street.visit(coming)
    assert row.state is VisitState.CANCELLED
    assert row.reason is None
    request = street.request(row.request_id)
    assert request.state is RequestState.OPEN
    assert street.count(ProviderSlot, ProviderSlot.visit_id == coming) == 0
    # What has begun goes on: the people are told by voice.
    assert street.visit(visit).state is VisitState.CHECKED_IN
    assert VISITOR_CANCELLED in told(street, street.elder)
    assert VISIT_CALLED_OFF in told(street, street.volunteer)
    assert (REPORT_ARRIVED in told(street, who)) == (side != "staff")
    stored = street.look(lambda session: session.get_one(Incident, (LONGWAN, incident)))
    assert stored.state is IncidentState.OPEN
    assert WORDS not in stored.text_sealed


def test_others_are_looked_for_and_may_come(street: Street) -> None:
    visit = met(street)
    coming = street.accepted(street.open_request(starts_at=LATER))
    request = street.visit(coming).request_id
    reported(street, visit)
    asking = street.look(lambda session: session.get(Asking, (LONGWAN, request)))
    assert asking is not None
    assert (asking.state, asking.reason) == (AskingState.ACTIVE, "backfill")
    with pytest.raises(Taken):
        street.accepted(request)
    other = street.act(street.staff, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    street.accepted(request, by=other)
    assert street.request(request).state is RequestState.FILLED


def test_nobody_else_is_told_who_reported(street: Street) -> None:
    visit = met(street)
    street.accepted(street.open_request(starts_at=LATER))
    before = len(told(street, street.volunteer))
    reported(street, visit)
    new = told(street, street.volunteer)[before:]
    assert set(new) == {VISIT_CALLED_OFF}


def test_one_report_once_by_its_key(street: Street) -> None:
    visit = met(street)
    first = street.act(
        street.elder,
        lambda ctx: report(ctx, LONGWAN, visit, IncidentKind.HURT, WORDS),
        key="report",
    )
    again = street.act(
        street.elder,
        lambda ctx: report(ctx, LONGWAN, visit, IncidentKind.HURT, WORDS),
        key="report",
    )
    assert first == again
    assert street.count(Incident) == 1


def test_lifted_they_may_meet_again(street: Street) -> None:
    visit = met(street)
    incident = reported(street, visit)
    street.act(
        street.staff, lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="是误会。")
    )
    assert not apart(street)
    assert MAY_MEET in told(street, street.elder)
    assert MAY_MEET in told(street, street.volunteer)
    assert street.accepted(street.open_request(starts_at=LATER))


def test_kept_apart_for_good_and_decided_once(street: Street) -> None:
    visit = met(street)
    incident = reported(street, visit)
    street.act(
        street.admins[0], lambda ctx: decide(ctx, LONGWAN, incident, lift=False, reason="属实。")
    )
    assert apart(street)
    assert KEPT_APART in told(street, street.volunteer)
    with pytest.raises(say.IncidentDecided):
        street.act(
            street.staff,
            lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="再想想"),
            key="twice",
        )
    assert street.count(Refusal, Refusal.code == "incident_decided") == 1
    assert apart(street)


def test_a_second_report_keeps_them_apart_when_the_first_is_lifted(street: Street) -> None:
    visit = met(street)
    first, second = reported(street, visit), reported(street, visit, street.volunteer)
    assert first != second
    street.act(street.staff, lambda ctx: decide(ctx, LONGWAN, first, lift=True, reason="误会"))
    assert apart(street)
    street.act(street.staff, lambda ctx: decide(ctx, LONGWAN, second, lift=True, reason="误会"))
    assert not apart(street)


def test_at_arms_length(street: Street) -> None:
    visit = met(street)
    incident = reported(street, visit, street.staff)
    with pytest.raises(say.ReporterDecides):
        street.act(
            street.staff, lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="没事")
        )
    colleague = street.act(street.staff, lambda ctx: factories.create_staff(ctx.session))
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.volunteer, colleague, "sibling", "户口簿"),
    )
    for act in (
        lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="没事"),
        lambda ctx: incident_view(ctx, LONGWAN, incident),
    ):
        with pytest.raises(Forbidden):
            street.act(colleague, act)
    assert street.act(colleague, _open) == ()


def test_who_may_report_read_and_decide(street: Street) -> None:
    visit = met(street)
    stranger = street.act(street.staff, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    with pytest.raises(Forbidden):
        reported(street, visit, stranger)
    relative = street.act(street.staff, lambda ctx: factories.create_member(ctx.session))
    with pytest.raises(Forbidden):
        reported(street, visit, relative)
    until = NOW.date() + timedelta(days=90)
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, relative, frozenset({"see"}), "own", until, 6_000
        ),
    )
    incident = reported(street, visit, relative)
    for who in (street.elder, street.volunteer, relative):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: incident_view(ctx, LONGWAN, incident))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="不"))
    seen = street.act(street.staff, lambda ctx: incident_view(ctx, LONGWAN, incident))
    assert (seen.text, seen.side, seen.may_decide) == (WORDS, "family", True)
    assert [each.id for each in street.act(street.staff, _open)] == [incident]


def _open(ctx: Context) -> tuple[IncidentView, ...]:
    return open_incidents(ctx, LONGWAN)


def test_an_auditor_sees_that_there_was_one_and_not_the_words(street: Street) -> None:
    visit = met(street)
    incident = reported(street, visit)
    auditor = street.act(street.staff, lambda ctx: factories.create_auditor(ctx.session))
    seen = street.act(auditor, lambda ctx: incident_view(ctx, LONGWAN, incident))
    assert (seen.text, seen.reason, seen.may_decide) == (None, None, False)
    assert street.count(AuditRecord, AuditRecord.act == "incident.read") == 1
    with pytest.raises(Forbidden):
        street.act(auditor, lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason="不"))


@pytest.mark.parametrize(("words", "error"), [(" ", MissingText), ("很" * 1_001, TooManyWords)])
def test_words_are_needed(street: Street, words: str, error: type[DomainError]) -> None:
    visit = met(street)
    with pytest.raises(error):
        street.act(street.elder, lambda ctx: report(ctx, LONGWAN, visit, IncidentKind.OTHER, words))
    incident = reported(street, visit)
    with pytest.raises(MissingText):
        street.act(street.staff, lambda ctx: decide(ctx, LONGWAN, incident, lift=True, reason=""))
    for act in (
        lambda ctx: decide(ctx, LONGWAN, UUID(int=4), lift=True, reason="x"),
        lambda ctx: incident_view(ctx, LONGWAN, UUID(int=4)),
    ):
        with pytest.raises(say.IncidentUnknown):
            street.act(street.staff, act)
    with pytest.raises(VisitUnknown):
        reported(street, UUID(int=6))


def test_a_yes_and_a_report_at_once_never_leave_a_promise(street: Street) -> None:
    visit = met(street)
    requests = [street.open_request(starts_at=LATER + timedelta(hours=3 * n)) for n in range(4)]
    gate = Barrier(len(requests) + 1)

    def say_yes(request: UUID) -> None:
        gate.wait()
        with suppress(Taken):
            street.accepted(request)

    def tell() -> None:
        gate.wait()
        reported(street, visit)

    threads = [Thread(target=say_yes, args=(each,)) for each in requests]
    threads.append(Thread(target=tell))
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert apart(street)
    assert {street.request(each).state for each in requests} == {RequestState.OPEN}
    assert street.count(ProviderSlot, ProviderSlot.visit_id != visit) == 0
