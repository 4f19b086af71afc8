"""Ends: what was credited in the last days before a death, after it, or before a closing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.rules.flags.rows import DAY, Finding, Served, Thresholds, Window


def burst_before_death(window: Window, table: Thresholds) -> Iterator[Finding]:
    """Many more credits than usual in the last days of a life, earned or received."""
    held = table.held_to["burst_before_death"]
    rows_of = _rows_of(window, window.deaths)
    for member, died_at in window.deaths.items():
        for role in ("provider", "elder"):
            rows = [r for r in rows_of.get(member, ()) if r.came <= died_at]
            rows = [
                r for r in rows if member == (r.provider_id if role == "provider" else r.elder_id)
            ]
            found = _burst(rows, died_at, window, held)
            if found:
                figures = {"role": role, "credits": len(found), "before": len(rows) - len(found)}
                yield _finding("burst_before_death", "member", member, found, figures, held)


def after_death(window: Window, table: Thresholds) -> Iterator[Finding]:
    """A service with somebody who was dead when it began."""
    held = table.held_to["after_death"]
    rows_of = _rows_of(window, window.deaths)
    for member, died_at in window.deaths.items():
        late = died_at + held["grace_seconds"]
        rows = [row for row in rows_of.get(member, ()) if row.came > late]
        if rows:
            figures = {"visits": len(rows), "died_at": died_at}
            yield _finding("after_death", "member", member, rows, figures, held)


def burst_before_closing(window: Window, table: Thresholds) -> Iterator[Finding]:
    """Many more credits than usual in the last days of a branch or an account."""
    held = table.held_to["burst_before_closing"]
    of_branch: dict[UUID, list[Served]] = {}
    for row in window.served:
        if row.branch_id in window.closings:
            of_branch.setdefault(row.branch_id, []).append(row)
    of_member = _rows_of(window, window.closings)
    for subject, closed_at in window.closings.items():
        kind = "branch" if subject in of_branch else "member"
        rows = of_branch.get(subject) or of_member.get(subject, [])
        found = _burst([r for r in rows if r.came <= closed_at], closed_at, window, held)
        if found:
            figures = {"credits": len(found), "before": len(rows) - len(found)}
            yield _finding("burst_before_closing", kind, subject, found, figures, held)


def _rows_of(window: Window, people: Mapping[UUID, int]) -> dict[UUID, list[Served]]:
    found: dict[UUID, list[Served]] = {}
    if not people:
        return found
    for row in window.served:
        for person in (row.provider_id, row.elder_id):
            if person in people:
                found.setdefault(person, []).append(row)
    return found


def _burst(
    rows: Sequence[Served], end: int, window: Window, held: Mapping[str, int]
) -> list[Served]:
    """What lies in the last days before ``end``, where that is far more than was usual before.

    Usual is the same number of days' part of what came before, as far back as the window goes.
    """
    begin = end - held["days"] * DAY
    inside = [row for row in rows if row.came >= begin]
    if len(inside) < held["credits"]:
        return []
    days_before = max(held["days"], (begin - window.since) // DAY)
    usual = len(rows) - len(inside)
    # inside / days > percent × before / days before, without a fraction
    if len(inside) * days_before * 100 < held["times_percent"] * usual * held["days"]:
        return []
    return inside


def _finding(
    code: str,
    kind: str,
    subject: UUID,
    rows: Sequence[Served],
    figures: Mapping[str, int | str],
    held: Mapping[str, int],
) -> Finding:
    people = {row.provider_id for row in rows} | {row.elder_id for row in rows}
    last = max(rows, key=lambda row: row.came)
    return Finding(
        code,
        kind,
        subject,
        last.came,
        tuple(row.id for row in rows),
        tuple(sorted(people)),
        figures,
        held,
        last.branch_id,
    )
