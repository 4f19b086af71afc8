"""A volunteer's whole record: what the law writes down of everybody, for the volunteer to read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from services import audit, policy
from services.context import Context
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.people.texts import masked_name
from services.records import people
from services.records.activities import EVER, Span, activities_of
from services.records.lines import (
    ActivityRecord,
    EvaluationRecord,
    HonourRecord,
    PersonRecord,
    TrainingRecord,
)
from services.stars.standing import stars_of


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """All of it. ``served_minutes`` are all there are; ``listed_minutes`` those listed here."""

    person: PersonRecord
    branch_id: UUID
    book: str
    activities: tuple[ActivityRecord, ...]
    trainings: tuple[TrainingRecord, ...]
    honours: tuple[HonourRecord, ...]
    evaluations: tuple[EvaluationRecord, ...]
    stars: int
    served_minutes: int

    @property
    def listed_minutes(self) -> int:
        """Actual minutes of the activities that are listed."""
        return sum(each.actual_minutes for each in self.activities)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the record lacks, by code; a thing that several lines lack is said once."""
        lines = (each.missing for each in self.activities)
        return tuple(dict.fromkeys([*self.person.missing, *(one for of in lines for one in of)]))


def whole_record(ctx: Context, member_id: UUID, span: Span = EVER) -> WholeRecord:
    """Everything recorded of a volunteer, in the order of time.

    Somebody else's look is recorded: run it in a unit of work. Raises NotAMember or a refusal.
    """
    member = member_row(ctx.session, member_id)
    subject = subject_of(member)
    policy.require(ctx.actor, "record.read", subject)
    if member_id != ctx.actor.id:
        audit.record(
            ctx, "record.read", "member", member_id, book=member.home_book, acting_for_id=member_id
        )
        ctx.session.flush()
    books = books_of(member)
    person = people.person_record(ctx, member)
    if not policy.relations(ctx.actor, subject) & {"self", "staff"}:
        person = _masked(person)
    return WholeRecord(
        person=person,
        branch_id=member.branch_id,
        book=member.home_book,
        activities=activities_of(ctx, books, span, member_id),
        trainings=people.trainings_of(ctx, books, span, member_id),
        honours=people.honours_of(ctx, books, span, member_id),
        evaluations=people.evaluations_of(ctx, books, span, member_id),
        stars=stars_of(ctx.session, member),
        served_minutes=member.served_minutes,
    )


def _masked(person: PersonRecord) -> PersonRecord:
    return replace(person, name=masked_name(person.name))
