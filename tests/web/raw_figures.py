"""Every figure of the cockpit from bare rows, and the list of all figures that there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.availability import WeeklyWindow
from models.callbacks import Callback
from models.people import Member
from models.ratings import Rating
from models.requests import Request, Visit
from models.reserve import ReserveReading
from models.returns import EntitlementRoll, RollEntry
from models.service_days import GroupPlace, GroupSession, WelfareSubject, WelfareVisit
from tests.web.raw_rows import (
    DUE,
    Rows,
    book,
    check,
    clearing,
    closing,
    credits_of,
    day_of,
    level,
    month_of,
    pool,
    trial,
)


def permille(part: int, whole: int) -> int | None:
    """A rate in thousandths."""
    return int(part * 1000 / whole) if whole else None


def elders(rows: Rows, name: str, of: str) -> int | None:
    """Who was entitled, who asked, who was served."""
    here = rows.holds(of)
    listed = {each.elder_id for each in rows[WelfareSubject] if each.ended_on is None}
    asked = {each.elder_id for each in rows[Request] if rows.in_months(each.submitted_at)}
    served = {
        (each.book, each.elder_id)
        for each in rows[Visit]
        if each.state.value == "credited"
        and each.reversed_at is None
        and rows.in_months(each.ended_at)
    }
    found: Counter[str] = Counter()
    for each in rows[Member]:
        if not each.is_recipient or each.status.value != "active":
            continue
        if not here(each.home_book, each.branch_id):
            continue
        was = (each.home_book, each.id) in served
        found["entitled"] += each.id in listed
        found["asked"] += each.id in asked
        found["served"] += was
        found["unserved"] += not was and (each.id in listed or each.id in asked)
    if name == "unknown":
        return len(unknown(rows, here))
    if name == "served_permille":
        return permille(found["served"], found["served"] + found["unserved"])
    return found[name]


def unknown(rows: Rows, here: Callable[[str, Any], bool]) -> set[tuple[str, str]]:
    """People on the newest signed rolls who have no account."""
    signed = [r for r in rows[EntitlementRoll] if r.signed_at and not r.withdrawn_at]
    newest = {
        (r.book, r.kind): max(e.month for e in signed if (e.book, e.kind) == (r.book, r.kind))
        for r in signed
    }
    wanted = {r.id for r in signed if r.month == newest[r.book, r.kind] and here(r.book, None)}
    return {
        (each.book, each.person)
        for each in rows[RollEntry]
        if each.roll_id in wanted and each.member_id is None
    }


def supply(rows: Rows, name: str, of: str) -> int | None:
    """Asked, given, offered; of one service behind a colon."""
    place, _, code = of.partition(":")
    here = rows.holds(place)
    asked = [
        each
        for each in rows[Request]
        if rows.in_months(each.submitted_at)
        and here(each.book, each.branch_id)
        and code in ("", each.service_code)
    ]
    given = [
        each
        for each in credits_of(rows)
        if here(each[0], each[1].branch_id) and code in ("", each[1].service_code)
    ]
    weekly: Counter[UUID] = Counter()
    for window in rows[WeeklyWindow]:
        weekly[window.member_id] += window.to_minute - window.from_minute
    offering = [
        each
        for each in rows[Member]
        if each.is_provider
        and each.status.value == "active"
        and weekly[each.id]
        and here(each.home_book, each.branch_id)
        and (not code or code in each.service_codes)
    ]
    begin = date.fromisoformat(f"{rows.first}-01")
    after = date.fromisoformat(f"{rows.last}-01") + timedelta(days=31)
    days = (after.replace(day=1) - begin).days
    asked_minutes = sum(each.booked_minutes * each.people_needed for each in asked)
    met = sum(visit.actual_minutes * sign for _, _, visit, _, sign in given)
    return {
        "asked": len(asked),
        "asked_minutes": asked_minutes,
        "visits": sum(sign for *_, sign in given),
        "met_minutes": met,
        "met_permille": permille(met, asked_minutes),
        "volunteers": len(offering),
        "offered_minutes": sum(weekly[each.id] for each in offering) * days // 7,
    }[name]


def active(rows: Rows, name: str, of: str) -> int | None:
    """Volunteers who gave or promised time on a day of the last ones."""
    here = rows.holds(of)
    today = day_of(rows.now)
    gave: dict[UUID, set[date]] = defaultdict(set)
    for visit in rows[Visit]:
        counted = visit.state.value in ("credited", "confirmed", "checked_out", "disputed",
                                        "in_review", "checked_in", "accepted")  # fmt: skip
        if counted and (visit.actual_minutes is None or visit.actual_minutes > 0):
            gave[visit.provider_id].add(day_of(visit.starts_at))
    for session in rows[GroupSession]:
        if session.provider_id and session.state.value in ("held", "settled", "done", "closed"):
            gave[session.provider_id].add(day_of(session.starts_at))
    registered = [
        each
        for each in rows[Member]
        if each.is_provider
        and each.status.value == "active"
        and here(each.home_book, each.branch_id)
    ]
    found = {
        days: sum(
            1
            for each in registered
            if any(today - timedelta(days=days) < day <= today for day in gave[each.id])
        )
        for days in (30, 90)
    }
    return {
        "registered": len(registered),
        "days_30": found[30],
        "days_90": found[90],
        "permille_30": permille(found[30], len(registered)),
        "permille_90": permille(found[90], len(registered)),
    }[name]


def redemption(rows: Rows, name: str, of: str) -> int | None:
    """Earned and drawn; of one month behind a colon."""
    place, _, month = of.partition(":")
    here = rows.holds(place)
    if month:
        rows = Rows(rows.of, rows.now, month, month)
    found = [each for each in credits_of(rows) if here(each[0], each[1].branch_id)]
    earned = sum(value.earn_minutes * sign for *_, value, sign in found)
    drawn = sum(value.elder_minutes * sign for *_, value, sign in found)
    rate = permille(drawn, earned) if earned > 0 else None
    return {"earned_minutes": earned, "drawn_minutes": drawn, "permille": rate}[name]


def waiting(rows: Rows, name: str, of: str) -> int | None:
    """Hours from the decision to the yes; of one group behind a colon."""
    place, _, group = of.partition(":")
    here = rows.holds(place)
    members = {each.id: each for each in rows[Member]}
    hours: list[int] = []
    for found, request, visit, value, sign in credits_of(rows):
        if sign < 0 or request.decided_at is None or visit.manual_entry_id is not None:
            continue
        if not here(found, request.branch_id):
            continue
        elder = members[visit.elder_id]
        if group and group not in groups(elder, day_of(value.created_at), request.care_grade):
            continue
        waited = int((visit.accepted_at - request.decided_at).total_seconds() // 60)
        hours.append(max(0, (waited + 59) // 60))
    hours.sort()
    few = len(hours) < 10
    return {
        "visits": len(hours),
        "median_hours": None if few else hours[(len(hours) + 1) // 2 - 1],
        "high_hours": None if few else hours[-(-len(hours) * 9 // 10) - 1],
        "open": sum(
            1
            for each in rows[Request]
            if each.state.value == "open"
            and each.starts_at > rows.now
            and here(each.book, each.branch_id)
        ),
    }[name]


def groups(elder: Any, day: date, grade: int) -> list[str]:
    """What an elder is told apart by."""
    born = elder.born_on
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    band = 0 if age < 60 else min(90, age // 10 * 10)
    found = [f"age-{band}", f"grade-{grade}"]
    return found + ["hardship"] * elder.in_hardship + ["alone"] * elder.lives_alone


def welfare(rows: Rows, name: str, of: str) -> int | None:
    """Visits due and made in the last month of the page."""
    here = rows.holds(of)
    month = rows.last
    seen: dict[tuple[str, UUID], set[date]] = defaultdict(set)
    sessions = {(each.book, each.id): each for each in rows[GroupSession]}
    looks: Iterable[tuple[str, UUID, datetime]] = [
        *((e.book, e.elder_id, e.at) for e in rows[WelfareVisit] if e.finding != "not_reached"),
        *(
            (e.book, e.elder_id, e.starts_at)
            for e in rows[Visit]
            if e.state.value == "credited" and e.reversed_at is None
        ),
        *(
            (e.book, e.elder_id, sessions[e.book, e.session_id].starts_at)
            for e in rows[GroupPlace]
            if e.present
        ),
    ]
    for where, elder, moment in looks:
        if month_of(moment) == month:
            seen[where, elder].add(day_of(moment))
    members = {each.id: each for each in rows[Member]}
    found: Counter[str] = Counter()
    for each in rows[WelfareSubject]:
        died = members[each.elder_id].died_at
        gone = died is not None and month_of(died) <= month
        ended = each.ended_on is not None and f"{each.ended_on:%Y-%m}" < month
        if gone or ended or f"{each.since:%Y-%m}" > month or not here(each.book, each.branch_id):
            continue
        due, days = DUE[each.tier.value], len(seen[each.book, each.elder_id])
        found.update(elders=1, seen=min(days, 1), due=due, made=min(due, days))
    return permille(found["made"], found["due"]) if name == "permille" else found[name]


def reserve(rows: Rows, name: str, of: str) -> int | None:
    """Pools and funds."""
    here = rows.holds(of)
    if name in ("pool_minutes", "outstanding_minutes"):
        return book(rows, name, of)
    latest = {
        where: max((e for e in rows[ReserveReading] if e.book == where), key=lambda e: (e.at, e.id))
        for where in {e.book for e in rows[ReserveReading]}
        if here(where, None)
    }
    if not latest:
        return None
    one = [each.backed_percent for each in latest.values() if each.backed_percent is not None]
    return {
        "fund_fen": sum(each.fund_fen for each in latest.values()),
        "read_minutes": sum(each.outstanding_minutes for each in latest.values()),
        "backed_percent": one[0] if len(one) == len(latest) == 1 else None,
    }[name]


def ratings(rows: Rows, name: str, of: str) -> int | None:
    """What elders thought."""
    here = rows.holds(of)
    stands = {(e.book, e.id) for e in rows[Visit] if e.reversed_at is None}
    scores = Counter(
        each.score
        for each in rows[Rating]
        if rows.in_months(each.rated_at)
        and here(each.book, each.branch_id)
        and (each.book, each.visit_id) in stands
    )
    if name == "permille":
        return permille(scores[3], sum(scores.values()))
    return scores[{"good": 3, "fair": 2, "poor": 1}[name]]


def callbacks(rows: Rows, name: str, of: str) -> int | None:
    """What call-backs found."""
    here = rows.holds(of)
    mine = [each for each in rows[Callback] if here(each.book, each.branch_id)]
    done = Counter(
        each.result.value for each in mine if each.result and rows.in_months(each.done_at)
    )
    if name == "waiting":
        return sum(1 for each in mine if each.done_at is None)
    if name == "failed_permille":
        return permille(done["failed"], done["failed"] + done["confirmed"])
    return done[name]


#: What stands before the point in a figure's name -> how it is worked out.
WAYS: dict[str, Callable[[Rows, str, str], int | None]] = {
    "level": level,
    "book": book,
    "trial": trial,
    "check": check,
    "pool": pool,
    "clearing": clearing,
    "pair": clearing,
    "closing": closing,
    "elders": elders,
    "supply": supply,
    "active": active,
    "redemption": redemption,
    "waiting": waiting,
    "welfare": welfare,
    "reserve": reserve,
    "ratings": ratings,
    "callbacks": callbacks,
}


def worked_out(rows: Rows, of: str, figure: str) -> int | None:
    """A figure from the rows; KeyError for one that nobody has written down here."""
    question, _, name = figure.partition(".")
    return WAYS[question](rows, name, of)
