"""Today, as the visitor finds it: something waits for every one of the printed logins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from services.clock import at_local, local, local_date
from services.errors import DomainError
from services.people.cards import issue_card
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits import reviewing
from services.visits.accepting import accept
from services.visits.checking import Proof, check_in, check_out
from services.visits.codes import codes_of
from services.visits.disputes import open_dispute
from timebank.demo import (
    after,
    asking,
    availability,
    calendars,
    complaints,
    country,
    designations,
    donations,
    family,
    flags,
    gifts,
    grants,
    matching,
    notices,
    records,
    schedule,
    service_days,
    staying,
    training,
    two_hands,
)
from timebank.demo.days import send_quietly
from timebank.demo.scene import HOME, Cast, Scene

#: Hours to try for a visit of the story.
HOURS = (15, 10, 17, 8, 13, 18, 12)


def set_stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Leave work for everybody: to confirm, to review, to accept, to visit, to decide."""
    by_login = {elder.id: elder for elder in cast.elders}
    wang, agen = list(by_login)[:2]
    named = [v.id for v in cast.volunteers if v.id not in by_login][:2]
    li_ming, xue_mei = named
    clerk = cast.staff[cast.branches[0]]
    yesterday = local_date(now) - timedelta(days=1)
    _behind(scene, (wang, agen), (li_ming, xue_mei), clerk, yesterday)
    _ahead(scene, (wang, agen), li_ming, clerk, now)
    training.stage(scene, cast, now)
    records.stage(scene, cast, li_ming, now)
    schedule.stage(scene, wang, li_ming, clerk, now)
    service_days.stage(scene, cast, now)
    availability.stage(scene, cast, now)
    matching.stage(scene, cast, now)
    asking.stage(scene, cast, now)
    calendars.stage(scene, li_ming, now)
    visit = partial(_visit, scene, clerk=clerk, code="A04")
    family.stage(scene, wang, agen, li_ming, clerk, visit, now)
    gifts.stage(scene, now)
    designations.stage(scene, wang, agen, clerk, now)
    grants.stage(scene, cast, now)

    def visiting(elder: UUID, provider: UUID, minutes: int) -> UUID:
        return _visit(scene, elder, provider, clerk, "A04", yesterday, minutes)

    donations.stage(scene, cast, now, visiting)
    two_hands.stage(scene, cast, now)
    if cast.country is not None:
        country.stage(scene, cast.country, now)
        staying.stage(scene, cast.country, cast.branches[0], clerk, now)
    alone = partial(_visit, scene, clerk=clerk, code="A04", minutes=60)
    today = local_date(now)
    flags.stage(scene, cast, lambda e, p, ago: alone(e, p, day=today - timedelta(days=ago)), now)
    complaints.stage(scene, cast, (wang, agen), now)
    notices.stage(scene, wang, agen, xue_mei, clerk)
    reviewing.remind(scene.system(now))
    send_quietly(scene, now)


def _behind(
    scene: Scene,
    elders: tuple[UUID, UUID],
    volunteers: tuple[UUID, UUID],
    clerk: UUID,
    yesterday: date,
) -> None:
    """Visits that took place: one to confirm, one in dispute, one with money, one done badly."""
    (wang, agen), (li_ming, xue_mei) = elders, volunteers
    _visit(scene, wang, li_ming, clerk, "A04", yesterday, 60)
    disputed = _visit(scene, agen, xue_mei, clerk, "C01", yesterday, 90)
    open_dispute(
        scene.actor(agen, _evening(yesterday)), HOME, disputed, "说好一个半小时，好像早走了。"
    )
    two_days_ago = partial(_visit, scene, clerk=clerk, day=yesterday - timedelta(days=1))
    after.stage(scene, agen, volunteers, two_days_ago)


def _ahead(
    scene: Scene, elders: tuple[UUID, UUID], li_ming: UUID, clerk: UUID, now: datetime
) -> None:
    """What is to come: promised, open, and to be reviewed."""
    wang, agen = elders
    upcoming = _next_slot(now)
    promised = _ask(scene, wang, "A04", upcoming, 45, now - timedelta(hours=3))
    approve(scene.actor(clerk, now - timedelta(hours=2, minutes=40)), HOME, promised)
    accept(scene.actor(li_ming, now - timedelta(hours=2)), HOME, promised)
    issue_card(scene.actor(clerk, now - timedelta(hours=2)), wang)
    tomorrow = at_local(local_date(upcoming) + timedelta(days=1), time(9, 30))
    open_now = _ask(scene, agen, "A04", tomorrow, 60, now - timedelta(hours=2))
    approve(scene.actor(clerk, now - timedelta(hours=1, minutes=30)), HOME, open_now)
    later = tomorrow + timedelta(hours=4)
    shopping = _ask(scene, wang, "B01", later, 60, now - timedelta(hours=1))
    approve(scene.actor(clerk, now - timedelta(minutes=50)), HOME, shopping)
    for code, elder in (("C01", agen), ("B03", wang)):
        _ask(scene, elder, code, later + timedelta(hours=2), 60, now - timedelta(minutes=30))


def _ask(
    scene: Scene,
    elder: UUID,
    code: str,
    start: datetime,
    minutes: int,
    when: datetime,
    payer: UUID | None = None,
) -> UUID:
    form = AskForm(
        elder_id=elder,
        service_code=code,
        starts_at=start,
        booked_minutes=minutes,
        payer=payer is not None,
    )
    return ask(scene.actor(payer or elder, when), form)


def _visit(
    scene: Scene,
    elder: UUID,
    provider: UUID,
    clerk: UUID,
    code: str,
    day: date,
    minutes: int,
    during: Callable[[UUID, datetime], None] | None = None,
    payer: UUID | None = None,
) -> UUID:
    """A visit that took place and still waits for the elder's word; returns its id.

    Asked for by the elder, or by a relative who pays for it. The volunteer has other promises, so
    the hour is the first that is free.
    """
    refused = DomainError()
    for hour in HOURS:
        start = at_local(day, time(hour, 0))
        asked = start - timedelta(days=1)
        try:
            with scene.attempt():
                request = _ask(scene, elder, code, start, minutes, asked, payer)
                approve(scene.actor(clerk, asked + timedelta(minutes=30)), HOME, request)
                came = scene.actor(provider, asked + timedelta(hours=1))
                visit = accept(came, HOME, request).visit_id
                break
        except DomainError as refusal:
            refused = refusal
    else:
        raise refused
    told = codes_of(scene.actor(elder, start), HOME, visit, "digits")
    check_in(scene.actor(provider, start), HOME, visit, Proof(digits=told["in"]))
    end = start + timedelta(minutes=minutes + 2)
    if during is not None:
        during(visit, end)
    check_out(scene.actor(provider, end), HOME, visit, Proof(digits=told["out"]))
    return visit


def _evening(day: date) -> datetime:
    return at_local(day, time(19, 0))


def _next_slot(now: datetime) -> datetime:
    """Two hours from now on the half hour, or tomorrow at nine when that is late."""
    soon = local(now) + timedelta(hours=2)
    slot = soon.replace(minute=30 if soon.minute < 30 else 0, second=0, microsecond=0)
    slot += timedelta(hours=1) if soon.minute >= 30 else timedelta()
    if not 8 <= slot.hour <= 17 or slot.date() != local_date(now):
        return at_local(local_date(now) + timedelta(days=1), time(9, 0))
    return slot
