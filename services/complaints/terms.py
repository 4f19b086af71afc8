"""The published terms of complaints: their kinds, and how many working days each step has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from models.complaints import Complaint
from services import rates
from services.clock import local_date
from services.complaints import sentences as say
from services.context import Context
from services.policy import Subject
from services.rules.tables import table

NAME = "complaints"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of complaint, by what follows from it."""

    code: str
    #: Only about a visit that has been credited.
    about_visit: bool
    #: What the provider was credited for the visit is set aside until it is decided.
    holds: bool
    #: Why the visit is reversed once the complaint is upheld: a code of the reversals.
    reversal: str | None
    #: The work sheet that is opened at once.
    opens: str | None
    #: Whether the branch's own staff may read it: not where they are what it is about.
    branch_reads: bool
    #: Whether somebody has to carry out what was decided: a progress sheet is opened then.
    follow_up: bool


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its code, in the published order."""
    return {each["code"]: Kind(**each) for each in table(NAME).content["kinds"]}


def kind_of(code: str) -> Kind:
    """A kind by its code; raises ComplaintKindUnknown."""
    if code not in kinds():
        raise say.ComplaintKindUnknown(field="kind")
    return kinds()[code]


def days_from(ctx: Context, step: str, day: date | None = None) -> date:
    """The last day of a step (answer, due, appeal, dispute_appeal) that begins on a day."""
    count: int = table(NAME).content[f"{step}_working_days"]
    return rates.calendar_on(ctx.session).add_working_days(day or local_date(ctx.now), count)


def place_of(complaint: Complaint, member_id: object = None) -> Subject:
    """The policy's view of a complaint: the branch has no say where it is the one meant."""
    return Subject(
        book=complaint.book,
        region_code=complaint.region_code,
        branch_id=complaint.branch_id if kind_of(complaint.kind).branch_reads else None,
        member_id=member_id,  # type: ignore[arg-type]
    )
