"""The printed slip at the counter: made, read for printing, and entered when it comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit, VisitCode, VisitState
from services import audit, policy
from services.acts import once
from services.context import Context
from services.errors import DomainError
from services.requests.reviewing import subject_of as request_subject
from services.requests.sentences import RequestUnknown
from services.visits import sentences as say
from services.visits.codes import codes_of, make_slip, same_code
from services.visits.locating import locked_visit, subject_of


@dataclass(frozen=True, slots=True)
class SlipCodes:
    """The two one-use codes of a slip, for printing; None for one that is used up."""

    code_in: str | None
    code_out: str | None


def print_slip(ctx: Context, book: str, visit_id: UUID) -> None:
    """Make a slip for a visit that is to come; one printed before is no longer valid."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.slip", subject_of(request, visit))

    def do() -> dict[str, str]:
        if visit.state is not VisitState.ACCEPTED or request.remote:
            raise say.VisitStateChanged
        make_slip(ctx, visit)
        audit.record(ctx, "slip.print", "visit", visit.id, book=book)
        ctx.session.flush()
        return {}

    once(ctx, book, "slip.print", {"visit_id": visit_id}, do)


def slip_codes(ctx: Context, book: str, visit_id: UUID) -> SlipCodes | None:
    """The codes of the slip that was made last, or None; the look is itself recorded."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.slip", subject_of(request, visit))
    codes = codes_of(ctx, book, visit_id, "slip")
    if not codes:
        return None
    audit.record(ctx, "slip.read", "visit", visit.id, book=book)
    return SlipCodes(codes.get("in"), codes.get("out"))


@dataclass(frozen=True, slots=True)
class SlipVisit:
    """The visit that a slip belongs to, and when it was to begin."""

    book: str
    visit_id: UUID
    starts_at: datetime
    #: Where a telephone has already said so.
    came_at: datetime | None


def visit_of_any_slip(
    ctx: Context, books: Sequence[str], reference: str, code_out: str
) -> SlipVisit:
    """The same among several books: a branch has slips of elders who only stay there too.

    A reference is a book's own, so that each is looked into until the code fits.
    """
    refused: list[DomainError] = []
    for book in books:
        try:
            return visit_of_slip(ctx, book, reference, code_out)
        except DomainError as error:
            refused.append(error)
    told = [each for each in refused if not isinstance(each, RequestUnknown)]
    raise (told or refused)[0]


def visit_of_slip(ctx: Context, book: str, reference: str, code_out: str) -> SlipVisit:
    """Which visit a slip belongs to, by the reference on it and its code for going.

    Where two people came, the code tells which of them tore it off. Raises RequestUnknown or
    SlipCodeWrong. A code that is used up still finds its visit: the same page sent twice is
    one entry, and :func:`enter_slip` has the last word.
    """
    digits = re.sub(r"\D", "", reference)
    request = ctx.session.scalar(
        sa.select(Request).where(
            Request.book == book, Request.reference == f"{digits[:4]}-{digits[4:]}"
        )
    )
    if request is None:
        raise RequestUnknown(field="reference")
    policy.require(ctx.actor, "visit.slip", request_subject(request))
    rows = ctx.session.execute(
        sa.select(VisitCode, Visit.starts_at, Visit.checked_in_at)
        .join(Visit, sa.and_(Visit.book == VisitCode.book, Visit.id == VisitCode.visit_id))
        .where(VisitCode.book == book, Visit.request_id == request.id)
        .where(VisitCode.channel == "slip", VisitCode.purpose == "out")
    )
    for code, starts_at, came_at in rows:
        if same_code(ctx, code, code_out):
            return SlipVisit(book, code.visit_id, starts_at, came_at)
    raise say.SlipCodeWrong(field="code_out")
