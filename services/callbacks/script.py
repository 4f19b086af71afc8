"""What a caller has before him: whom to ring, what to ask, and what not to say first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import Callback, CallbackResult
from models.people import Delegation, Kinship, Member
from models.places import Branch
from models.requests import Request, Visit
from services import audit
from services.callbacks.finding import locked_callback, require_caller, visit_of
from services.callbacks.terms import Question, terms
from services.clock import local_date
from services.context import Context
from services.evidence import FileLine, FileView, files_of, open_file
from services.requests.reviewing import service_name
from services.rules.names import Name
from services.standards.reading import Point, StandardUnknown, standard

#: What evidence of a call-back is kept under.
KIND = "callback"
PHONE, NOTE = "member.phone", "callback.note"


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative whom the elder let confirm visits: may answer when the elder cannot."""

    id: UUID
    name: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Try:
    """One time that somebody rang or went there."""

    at: datetime
    how: str
    heard: str


@dataclass(frozen=True, slots=True)
class Script:
    """A call-back with everything that the caller needs. ``actual_minutes`` are as recorded."""

    book: str
    id: UUID
    reference: str
    branch: Name
    elder: str
    elder_phone: str | None
    relatives: tuple[Relative, ...]
    #: Not to be read out before the elder has said it.
    provider: str
    service: Name
    starts_at: datetime
    actual_minutes: int | None
    why: str
    due_on: date
    questions: tuple[Question, ...]
    checklist: tuple[Point, ...]
    tries: tuple[Try, ...]
    most_tries: int
    result: CallbackResult | None
    done_at: datetime | None
    answers: dict[str, str]
    note: str | None
    files: tuple[FileLine, ...]
    visit_id: UUID
    transfer_id: UUID | None
    sheet_id: UUID | None

    @property
    def is_final(self) -> bool:
        """Somebody was asked; one whom nobody reached may still be met at the door."""
        return self.result in (CallbackResult.CONFIRMED, CallbackResult.FAILED)

    @property
    def spoken(self) -> tuple[tuple[Name, Name], ...]:
        """Each question with what was answered, in the words of the table."""
        found = []
        for question in self.questions:
            said = question.answer(self.answers.get(question.code, ""))
            if said is not None:
                found.append((Name(question.zh, question.en), Name(said.zh, said.en)))
        return tuple(found)


def open_script(ctx: Context, book: str, callback_id: UUID) -> Script:
    """A call-back as its caller sees it, with telephones; the look is recorded.

    Call it in a unit of work. Raises CallbackUnknown and what :func:`require_caller` refuses.
    """
    row = locked_callback(ctx, book, callback_id)
    request, visit = visit_of(ctx, row)
    require_caller(ctx, row, request, visit)
    audit.record(ctx, "callback.read", KIND, row.id, book=book, acting_for_id=row.elder_id)
    ctx.session.flush()
    return _script(ctx, row, request, visit)


def evidence_file(ctx: Context, book: str, callback_id: UUID, file_id: UUID) -> FileView:
    """A file of a call-back; the look is recorded. Raises NotFound and refusals as above."""
    row = locked_callback(ctx, book, callback_id)
    request, visit = visit_of(ctx, row)
    require_caller(ctx, row, request, visit)
    return open_file(ctx, book, KIND, row.id, file_id)


def relatives_of(ctx: Context, row: Callback) -> tuple[Relative, ...]:
    """Whom the elder let confirm; never whoever came, nor his kin: they are not that side."""
    kin = sa.select(Kinship.other_id).where(
        Kinship.member_id == row.provider_id, Kinship.other_id == Member.id
    )
    found = ctx.session.execute(
        sa.select(Delegation.scope, Member)
        .join(Member, Member.id == Delegation.delegate_id)
        .where(Delegation.member_id == row.elder_id, Delegation.revoked_at.is_(None))
        .where(Delegation.ends_on >= local_date(ctx.now), Member.id != row.provider_id)
        .where(~kin.exists())
        .order_by(Member.id)
    )
    return tuple(
        Relative(each.id, each.name, ctx.vault.open_or_none(PHONE, each.phone_sealed))
        for scope, each in found
        if "confirm" in scope
    )


def _script(ctx: Context, row: Callback, request: Request, visit: Visit) -> Script:
    session = ctx.session
    elder = session.get_one(Member, row.elder_id)
    branch = session.get_one(Branch, row.branch_id)
    named = service_name(ctx, request)
    return Script(
        book=row.book,
        id=row.id,
        reference=request.reference,
        branch=Name(branch.name, branch.name_en),
        elder=elder.name,
        elder_phone=ctx.vault.open_or_none(PHONE, elder.phone_sealed),
        relatives=relatives_of(ctx, row),
        provider=session.get_one(Member, row.provider_id).name,
        service=Name(named["service_zh"], named["service_en"]),
        starts_at=visit.checked_in_at or visit.starts_at,
        actual_minutes=visit.actual_minutes,
        why=row.why,
        due_on=row.due_on,
        questions=terms().questions,
        checklist=_checklist(row.service_code),
        tries=tuple(
            Try(datetime.fromisoformat(each["at"]), each["how"], each["heard"])
            for each in row.tries
        ),
        most_tries=terms().tries,
        result=row.result,
        done_at=row.done_at,
        answers=dict(row.answers),
        note=ctx.vault.open_or_none(NOTE, row.note_sealed),
        files=files_of(ctx, row.book, KIND, row.id),
        visit_id=row.visit_id,
        transfer_id=visit.transfer_id,
        sheet_id=row.sheet_id,
    )


def _checklist(service_code: str) -> tuple[Point, ...]:
    """What the service's published standard has ticked; nothing where it has none yet."""
    try:
        return standard(service_code).checklist
    except StandardUnknown:
        return ()
