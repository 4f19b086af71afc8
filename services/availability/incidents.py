"""Something went wrong between two people: they are kept apart at once, and a branch looks.

Neither side is told that the other has reported something. What was promised is called off in
words that say no reason; whoever reported hears that it has arrived, and both hear how the review
has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from models.availability import Incident, IncidentKind, IncidentState
from models.requests import Request, Visit
from services import audit, outbox, policy
from services.acts import once
from services.availability import errors as say
from services.availability.parting import call_off_promised, take_back_offers
from services.context import Context
from services.matching.marks import mark
from services.people.reading import member_row
from services.people.texts import needed
from services.policy import Subject
from services.requests.reviewing import service_name
from services.visits.locating import locked_visit
from services.visits.locating import subject_of as visit_subject

PURPOSE = "incident.text"
LONGEST_TEXT = 1_000
LONGEST_REASON = 500

REPORT_ARRIVED = "您反映的事网点已经收到。核实清楚以前，不会再安排你们见面。"
REPORTED_FOR_YOU = "替您向网点反映的事，网点已经收到，正在核实。"
MAY_MEET = "关于{service}（编号{reference}），网点已经核实完了，以后照常安排。"
KEPT_APART = "关于{service}（编号{reference}），网点已经核实完了，以后不再安排你们见面。"
#: Open reports of a book that are looked through at most.
MOST_OPEN = 2000


@dataclass(frozen=True, slots=True)
class IncidentView:
    """A report as those read it who look into it."""

    book: str
    id: UUID
    branch_id: UUID
    visit_id: UUID
    kind: IncidentKind
    state: IncidentState
    elder_id: UUID
    elder: str
    provider_id: UUID
    provider: str
    reported_by_id: UUID
    reporter: str
    #: elder, family, provider, staff.
    side: str
    reported_at: datetime
    text: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    may_decide: bool


def report(ctx: Context, book: str, visit_id: UUID, kind: IncidentKind, text: str) -> UUID:
    """Report what happened between the two people of a visit; returns the report's id.

    From this moment on they are kept apart, and what they have promised each other and not
    begun is called off.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "incident.report", visit_subject(request, visit))
    words = _words(text, "text", LONGEST_TEXT)

    def do() -> dict[str, str]:
        incident = _incident(ctx, request, visit, kind, words)
        ctx.session.add(incident)
        ctx.session.flush()
        books = {book, member_row(ctx.session, visit.elder_id).home_book}
        called_off = call_off_promised(ctx, books, visit.elder_id, visit.provider_id)
        for each in books:
            take_back_offers(ctx, each, visit.elder_id, visit.provider_id, wishes=True)
        _record_report(ctx, incident, called_off)
        if ctx.actor.id == visit.provider_id or _side(ctx, visit) != "staff":
            outbox.tell(ctx, book, ctx.actor.id, REPORT_ARRIVED)
        if ctx.actor.id != visit.provider_id:
            outbox.tell_acted(ctx, book, visit.elder_id, REPORTED_FOR_YOU)
        ctx.session.flush()
        return {"incident_id": str(incident.id)}

    content = {
        "visit_id": visit_id,
        "kind": kind,
        "text": ctx.vault.blind(PURPOSE, words),
    }
    return UUID(once(ctx, book, "incident.report", content, do)["incident_id"])


def _words(text: str, field: str, most: int) -> str:
    """As they were said: words that may be evidence are not made narrow."""
    needed(text, field, most)
    return text.strip()


def _incident(
    ctx: Context, request: Request, visit: Visit, kind: IncidentKind, words: str
) -> Incident:
    own = ctx.actor.id in (visit.elder_id, visit.provider_id)
    by_family = _side(ctx, visit) == "family"
    return Incident(
        book=request.book,
        id=ctx.new_id(),
        branch_id=request.branch_id,
        elder_id=visit.elder_id,
        provider_id=visit.provider_id,
        visit_id=visit.id,
        kind=kind,
        reported_by_id=ctx.actor.id,
        acting_for_id=visit.elder_id if by_family and not own else None,
        reported_at=ctx.now,
        text_sealed=ctx.vault.seal(PURPOSE, words),
        state=IncidentState.OPEN,
    )


def _side(ctx: Context, visit: Visit) -> str:
    """On which side the actor stands."""
    if ctx.actor.id == visit.provider_id:
        return "provider"
    if ctx.actor.id == visit.elder_id:
        return "elder"
    return "family" if ctx.actor.kin.get(visit.elder_id) else "staff"


def _record_report(ctx: Context, incident: Incident, called_off: int) -> None:
    audit.record(
        ctx,
        "incident.report",
        "incident",
        incident.id,
        book=incident.book,
        after={"kind": incident.kind.value, "visits_called_off": called_off},
        acting_for_id=incident.acting_for_id,
    )


def decide(ctx: Context, book: str, incident_id: UUID, *, lift: bool, reason: str) -> None:
    """Decide with a reason: the two may meet again, or they are kept apart for good.

    Never by whoever reported it, nor by anybody whom it concerns, nor by their kin.
    """
    incident = _locked(ctx, book, incident_id)
    policy.require(ctx.actor, "incident.decide", subject_of(ctx, incident))
    words = _words(reason, "reason", LONGEST_REASON)

    def do() -> dict[str, str]:
        if incident.reported_by_id == ctx.actor.id:
            raise say.ReporterDecides
        if incident.state is not IncidentState.OPEN:
            raise say.IncidentDecided
        incident.state = IncidentState.LIFTED if lift else IncidentState.KEPT_APART
        incident.decided_by_id, incident.decided_at = ctx.actor.id, ctx.now
        incident.decision_reason = words
        _tell_both(ctx, incident, MAY_MEET if lift else KEPT_APART)
        mark(ctx.session, [incident.provider_id, incident.elder_id], ctx.now)
        audit.record(
            ctx,
            "incident.decide",
            "incident",
            incident.id,
            book=book,
            before={"state": IncidentState.OPEN.value},
            after={"state": incident.state.value},
        )
        ctx.session.flush()
        return {}

    content = {"incident_id": incident_id, "lift": lift, "reason": ctx.vault.blind(PURPOSE, words)}
    once(ctx, book, "incident.decide", content, do)


def _locked(ctx: Context, book: str, incident_id: UUID) -> Incident:
    incident = ctx.session.get(
        Incident, (book, incident_id), with_for_update=True, populate_existing=True
    )
    if incident is None:
        raise say.IncidentUnknown
    return incident


def _tell_both(ctx: Context, incident: Incident, sentence: str) -> None:
    visit = ctx.session.get_one(Visit, (incident.book, incident.visit_id))
    request = ctx.session.get_one(Request, (incident.book, visit.request_id))
    for reader in (incident.elder_id, incident.provider_id):
        outbox.tell(
            ctx,
            incident.book,
            reader,
            sentence,
            reference=request.reference,
            **service_name(ctx, request),
        )


def subject_of(ctx: Context, incident: Incident) -> Subject:
    """The policy's view of a report."""
    return Subject(
        book=incident.book,
        region_code=member_row(ctx.session, incident.elder_id).region_code,
        branch_id=incident.branch_id,
        elder_id=incident.elder_id,
        provider_id=incident.provider_id,
    )


def incident_view(ctx: Context, book: str, incident_id: UUID) -> IncidentView:
    """One report in full; call it in a unit of work, since a look is recorded.

    Auditors see that there was one, its kind and how it ended, and not the words.
    """
    incident = ctx.session.get(Incident, (book, incident_id))
    if incident is None:
        raise say.IncidentUnknown
    subject = subject_of(ctx, incident)
    policy.require(ctx.actor, "incident.read", subject)
    looks_into = bool(policy.relations(ctx.actor, subject) & {"staff", "region_admin"})
    audit.record(
        ctx, "incident.read", "incident", incident.id, book=book, after={"words": looks_into}
    )
    return _view(ctx, incident, looks_into=looks_into)


def open_incidents(ctx: Context, book: str, limit: int = 50) -> tuple[IncidentView, ...]:
    """Reports of a book that wait for a decision, the oldest first, without their words."""
    rows = ctx.session.scalars(
        sa.select(Incident)
        .where(Incident.book == book, Incident.state == IncidentState.OPEN)
        .order_by(Incident.reported_at, Incident.id)
        .limit(MOST_OPEN)
    )
    # Others' reports must not crowd out the actor's own: the limit counts what may be read.
    mine = (
        row for row in rows if policy.can(ctx.actor, "incident.read", subject_of(ctx, row)).allowed
    )
    return tuple(_view(ctx, row, looks_into=False) for row in islice(mine, limit))


def _view(ctx: Context, incident: Incident, *, looks_into: bool) -> IncidentView:
    people = {
        each: member_row(ctx.session, each).name
        for each in {incident.elder_id, incident.provider_id, incident.reported_by_id}
        | ({incident.decided_by_id} if incident.decided_by_id else set())
    }
    may = policy.can(ctx.actor, "incident.decide", subject_of(ctx, incident)).allowed
    return IncidentView(
        book=incident.book,
        id=incident.id,
        branch_id=incident.branch_id,
        visit_id=incident.visit_id,
        kind=incident.kind,
        state=incident.state,
        elder_id=incident.elder_id,
        elder=people[incident.elder_id],
        provider_id=incident.provider_id,
        provider=people[incident.provider_id],
        reported_by_id=incident.reported_by_id,
        reporter=people[incident.reported_by_id],
        side=_side_of(incident),
        reported_at=incident.reported_at,
        text=ctx.vault.open(PURPOSE, incident.text_sealed) if looks_into else None,
        decided_by=people.get(incident.decided_by_id) if incident.decided_by_id else None,
        decided_at=incident.decided_at,
        reason=incident.decision_reason if looks_into else None,
        may_decide=may
        and incident.state is IncidentState.OPEN
        and incident.reported_by_id != ctx.actor.id,
    )


def _side_of(incident: Incident) -> str:
    if incident.reported_by_id == incident.elder_id:
        return "elder"
    if incident.reported_by_id == incident.provider_id:
        return "provider"
    return "family" if incident.acting_for_id is not None else "staff"
