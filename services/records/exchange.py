"""The exchange file for a national system: one region and month, in the fields of the law.

Sealed personal columns are opened here and nowhere else for others to read; who took which file
stands in the audit records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Book
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.errors import Invalid, NotFound
from services.policy import NATION, Subject
from services.records import people
from services.records.activities import Span, activities_of
from services.records.lines import (
    ActivityRecord,
    EvaluationRecord,
    HonourRecord,
    PersonRecord,
    TrainingRecord,
    hours_text,
)
from services.rules.exchange import format_name, line_kinds, version
from services.rules.stars import months_after

#: Engines bound the number of parameters.
_AT_ONCE = 500
FORMS = ("jsonl", "xlsx")


class NotAMonth(Invalid):
    """请选一个已经开始的月份。"""

    code = "not_a_month"


class NoSuchBook(NotFound):
    """没有找到这个地区的账本。"""

    code = "no_such_book"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A month of a region: the head, and the lines of each kind as plain values."""

    head: Mapping[str, Any]
    lines: Mapping[str, tuple[Mapping[str, Any], ...]]

    def text(self) -> str:
        """As JSON Lines: the head, then people, services, training, honours, evaluations."""
        rows: list[Mapping[str, Any]] = [self.head]
        rows += [{"kind": kind, **row} for kind, found in self.lines.items() for row in found]
        return "".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
        )


def export(ctx: Context, book: str, month: date, form: str) -> Exchange:
    """Everything of a month that began on ``month``, and the export itself on record.

    Run it in a unit of work. Raises NoSuchBook, NotAMonth or a refusal.
    """
    require_export(ctx, book)
    if month.day != 1 or month > local_date(ctx.now):
        raise NotAMonth(field="month")
    span = Span(month, months_after(month, 1) - timedelta(days=1))
    services = activities_of(ctx, [book], span)
    trainings = people.trainings_of(ctx, [book], span)
    honours = people.honours_of(ctx, [book], span)
    evaluations = people.evaluations_of(ctx, [book], span)
    ids = {each.provider_id for each in services}
    ids |= {each.member_id for each in trainings} | {each.member_id for each in honours}
    ids |= {each.member_id for each in evaluations}
    who = _persons(ctx, ids)
    number = {key: each.number for key, each in who.items()}
    lines: dict[str, tuple[Mapping[str, Any], ...]] = {
        "person": tuple(_person(each) for each in sorted(who.values(), key=lambda p: p.number)),
        "service": tuple(_service(each, number[each.provider_id]) for each in services),
        "training": tuple(_training(each, number[each.member_id]) for each in trainings),
        "honour": tuple(_honour(each, number[each.member_id]) for each in honours),
        "evaluation": tuple(_evaluation(each, number[each.member_id]) for each in evaluations),
    }
    assert lines.keys() == line_kinds().keys()
    counts = {kind: len(found) for kind, found in lines.items()}
    _on_record(ctx, book, month, form, counts)
    head = {
        "format": format_name(),
        "version": version(),
        "region": book,
        "month": f"{month:%Y-%m}",
        "exported_at": ctx.now.isoformat(),
        "counts": counts,
    }
    return Exchange(head, lines)


def require_export(ctx: Context, book: str) -> None:
    """Raise NoSuchBook or a refusal unless the actor may export a book's records."""
    policy.require(ctx.actor, "record.export", Subject(book=book, region_code=book))
    if book == NATION or ctx.session.get(Book, book) is None:
        raise NoSuchBook


def _on_record(ctx: Context, book: str, month: date, form: str, counts: Mapping[str, int]) -> None:
    after = {"month": f"{month:%Y-%m}", "form": form, **counts}
    audit.record(ctx, "record.export", "export", ctx.new_id(), book=book, after=after)
    ctx.session.flush()


def _persons(ctx: Context, ids: Iterable[UUID]) -> dict[UUID, PersonRecord]:
    wanted, found = sorted(ids), {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = ctx.session.scalars(
            sa.select(Member).where(Member.id.in_(wanted[start : start + _AT_ONCE]))
        )
        found.update({row.id: people.person_record(ctx, row, whole=True) for row in rows})
    return found


def _person(each: PersonRecord) -> dict[str, Any]:
    return {
        "volunteer_number": each.number,
        "name": each.name,
        "sex": each.sex,
        "born_on": each.born_on.isoformat(),
        "id_number": each.id_number,
        "region": each.region.zh,
        "phone": each.phone,
        "skills": list(each.skills),
        "services": [name.zh for name in each.services],
    }


def _service(each: ActivityRecord, number: str) -> dict[str, Any]:
    return {
        "record_id": str(each.id),
        "volunteer_number": number,
        "activity": each.activity.zh,
        "day": each.day.isoformat(),
        "place": each.place.zh,
        "remote": each.remote,
        "content": f"{each.content.zh} {each.activity.zh}",
        "hours": hours_text(each.actual_minutes),
        "minutes": each.actual_minutes,
        "organiser": each.organiser.zh,
        "operator": each.operator.zh,
        "person_in_charge": each.person_in_charge,
        "recorded_on": each.recorded_on.isoformat(),
        "due_on": each.due_on.isoformat(),
        "entered_by_hand": each.by_hand,
    }


def _training(each: TrainingRecord, number: str) -> dict[str, Any]:
    return {
        "record_id": str(each.session_id),
        "volunteer_number": number,
        "name": each.name.zh,
        "contents": each.contents,
        "hours": hours_text(each.study_minutes),
        "organiser": each.organiser,
        "day": each.day.isoformat(),
        "result": each.result,
    }


def _honour(each: HonourRecord, number: str) -> dict[str, Any]:
    return {
        "record_id": str(each.id),
        "volunteer_number": number,
        "name": each.name,
        "day": each.given_on.isoformat(),
        "given_by": each.given_by,
    }


def _evaluation(each: EvaluationRecord, number: str) -> dict[str, Any]:
    return {
        "record_id": str(each.visit_id),
        "volunteer_number": number,
        "service": each.service.zh,
        "score": each.score,
        "day": each.day.isoformat(),
    }
