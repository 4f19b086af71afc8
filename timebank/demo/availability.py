"""Who may go to a home, when people can come, and what elders wish, in the invented district."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.availability import CheckKind, IncidentKind
from models.requests import Request, Visit, VisitState
from services.availability import stating
from services.availability.avoiding import avoid
from services.availability.incidents import report
from services.availability.safeguarding import CheckForm, record_check
from services.availability.wishes import WishForm, set_wishes
from services.rules.availability import week_of
from timebank.demo.scene import HOME, Cast, Scene

#: Of so many volunteers one is new: screened, and not yet been to a home in company.
NEW_OF = 25


def safeguard(scene: Scene, clerk: UUID, member: UUID, turn: int) -> None:
    """The screening and the first home visit in company, seen and written down at the counter."""
    now = scene.at(time(17, 0))
    is_new = turn % NEW_OF == NEW_OF - 1
    for kind in (CheckKind.SCREENING,) if is_new else CheckKind:
        form = CheckForm(
            kind=kind,
            on_day=scene.day - timedelta(days=3),
            reference=f"{scene.day:%Y%m}-{member.hex[-5:]}",
            valid_to=date(scene.day.year + 3, 12, 31) if kind is CheckKind.SCREENING else None,
        )
        record_check(scene.actor(clerk, now), member, form)


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Hours, languages and wishes of many; one report that waits, and one wish to be let alone."""
    # A source of its own: what the others draw does not change.
    pick = Random(scene.day.toordinal())  # noqa: S311 - an invented district, not a secret
    wang, agen = [elder.id for elder in cast.elders][:2]
    named = [each.id for each in cast.volunteers if each.id != wang][:2]
    for place, volunteer in enumerate(named):
        _state(scene, volunteer, now, [range(7), (8 * 60, 20 * 60)], ("cmn", "wenzhou"))
        ctx = scene.actor(volunteer, now)
        stating.set_travel(ctx, volunteer, ("bicycle", "car")[place], 6_000)
    for each in pick.sample(cast.volunteers[3:], min(40, max(0, len(cast.volunteers) - 3))):
        begin = 60 * pick.choice((7, 8, 9, 13, 14))
        days = sorted(pick.sample(range(7), pick.randint(2, 5)))
        spoken = ("cmn", "wenzhou") if pick.random() < 0.5 else ("cmn",)
        _state(scene, each.id, now, [days, (begin, begin + 60 * pick.randint(3, 6))], spoken)
    set_wishes(scene.actor(agen, now), agen, WishForm(languages=("wenzhou",), sex="same"))
    set_wishes(scene.actor(wang, now), wang, WishForm(day_parts=("morning", "afternoon")))
    for turn, (book, visit, elder) in enumerate(_past_visits(scene, cast, {wang, agen}, now)):
        if turn == 0:
            report(
                scene.actor(elder, now - timedelta(hours=1)),
                book,
                visit,
                IncidentKind.CONDUCT,
                "说话声音很大，还催我快一点，我有点怕他。",
            )
        else:
            avoid(scene.actor(elder, now - timedelta(hours=1)), book, visit)


def _state(
    scene: Scene, member: UUID, now: datetime, week: list[Any], spoken: tuple[str, ...]
) -> None:
    days, (begin, end) = week
    stating.set_week(scene.actor(member, now), member, week_of(days, begin, end))
    stating.set_languages(scene.actor(member, now), member, spoken)


def _past_visits(
    scene: Scene, cast: Cast, spared: set[UUID], now: datetime
) -> list[tuple[str, UUID, UUID]]:
    """The last visits of two elders at the first branch, of whom nothing else is told."""
    scene.session.flush()
    rows = scene.session.execute(
        sa.select(Visit.book, Visit.id, Visit.elder_id, Visit.provider_id)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book == HOME, Request.branch_id == cast.branches[0])
        .where(Visit.state == VisitState.CREDITED, Visit.starts_at < now)
        .order_by(Visit.starts_at.desc(), Request.reference)
        .limit(60)
    ).all()
    known = {each.id for each in cast.volunteers if each.is_keen} | spared
    found: dict[UUID, tuple[str, UUID, UUID]] = {}
    for row in rows:
        if row.elder_id not in known and row.provider_id not in known:
            found.setdefault(row.elder_id, (row.book, row.id, row.elder_id))
    return list(found.values())[:2]
