"""A call: rung in vain, or answered question by question; the result follows from the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.callbacks import Callback, CallbackResult
from models.requests import Request, Visit
from models.sheets import SheetKind
from services import audit
from services.acts import once
from services.callbacks import sentences as say
from services.callbacks.finding import locked_callback, require_caller, visit_of
from services.callbacks.script import KIND, NOTE, relatives_of
from services.callbacks.terms import Terms, terms
from services.complaints.opening import start_complaint
from services.complaints.sentences import AlreadyComplained
from services.context import Context
from services.evidence import Upload, attach, check, digests
from services.people import texts
from services.sheets.opening import open_sheet

#: Why a call brought no answers.
HEARD = ("no_answer", "wrong_number", "unclear", "refused")
#: By telephone, or at the door when nobody could be reached.
HOW = ("phone", "door")
ANSWERED = "answered"
ELDER = "elder"
LONGEST_NOTE = 400


@dataclass(frozen=True, slots=True)
class Said:
    """What the elder's side said. ``speaker`` is ``elder`` or a relative's id as text."""

    answers: Mapping[str, str]
    speaker: str = ELDER
    how: str = "phone"
    note: str | None = None
    files: Sequence[Upload] = ()


def note_try(
    ctx: Context, book: str, callback_id: UUID, heard: str, how: str = "phone"
) -> CallbackResult | None:
    """Write down a call that brought no answers; after the last one nobody has been reached.

    That is neither for nor against the visit: somebody goes to the door. Raises HeardUnknown,
    CallbackDone and what :func:`require_caller` refuses.
    """
    row = locked_callback(ctx, book, callback_id)
    require_caller(ctx, row, *visit_of(ctx, row))
    if heard not in HEARD:
        raise say.HeardUnknown(field="heard")
    if how not in HOW:
        raise say.HeardUnknown(field="how")

    def do() -> dict[str, str]:
        if _is_final(row):
            raise say.CallbackDone
        _add_try(ctx, row, how, heard)
        if row.result is None and len(row.tries) >= terms().tries:
            row.result, row.done_at, row.done_by_id = (
                CallbackResult.UNREACHED,
                ctx.now,
                ctx.actor.id,
            )
        _record(ctx, row, "callback.try", {"heard": heard, "how": how, "tries": len(row.tries)})
        return {"result": row.result.value if row.result else ""}

    content = {"callback_id": callback_id, "heard": heard, "how": how}
    found = once(ctx, book, "callback.try", content, do)["result"]
    return CallbackResult(found) if found else None


def answer(ctx: Context, book: str, callback_id: UUID, said: Said) -> CallbackResult:
    """Write down what was said; the result follows by the published table, not by the caller.

    Where it was not as recorded a supervision sheet opens; where the elder was charged, a
    complaint. Raises AnswerMissing, AnswersDisagree, AnswersUndecided, SpeakerUnknown,
    CallbackDone and others.
    """
    row = locked_callback(ctx, book, callback_id)
    request, visit = visit_of(ctx, row)
    require_caller(ctx, row, request, visit)
    check(said.files)
    note = texts.short(said.note, "note", LONGEST_NOTE)
    result = result_of(terms(), said.answers)
    _check_speaker(ctx, row, said)

    def do() -> dict[str, str]:
        if _is_final(row):
            raise say.CallbackDone
        row.answers = dict(said.answers)
        row.note_sealed = ctx.vault.seal(NOTE, note) if note else None
        row.result, row.done_at, row.done_by_id = result, ctx.now, ctx.actor.id
        _add_try(ctx, row, said.how, ANSWERED, said.speaker)
        attach(ctx, book, KIND, row.id, said.files)
        after = {"result": result.value, "answers": row.answers, "how": said.how}
        if said.speaker != ELDER:
            after["speaker"] = said.speaker
        _record(ctx, row, "callback.make", after)
        if result is CallbackResult.FAILED:
            row.sheet_id = _sheet(ctx, row, request)
        if _was_charged(terms(), said.answers):
            _complain(ctx, row, visit)
        ctx.session.flush()
        return {"result": result.value}

    content = {
        "callback_id": callback_id,
        "answers": dict(said.answers),
        "speaker": said.speaker,
        "how": said.how,
        "note": ctx.vault.blind("act", note or ""),
        "files": digests(said.files),
    }
    return CallbackResult(once(ctx, book, "callback.make", content, do)["result"])


def result_of(held_to: Terms, answers: Mapping[str, str]) -> CallbackResult:
    """What the answers come to; AnswerMissing, AnswersDisagree, AnswersUndecided."""
    chosen = {}
    for question in held_to.questions:
        found = question.answer(answers.get(question.code, ""))
        if found is None:
            raise say.AnswerMissing(field=question.code)
        chosen[question.code] = found
    if (chosen["came"].code == "no") is not (chosen["who"].code == "nobody"):
        raise say.AnswersDisagree(field="who")
    if any(each.fails for each in chosen.values()):
        return CallbackResult.FAILED
    if not all(chosen[each.code].holds for each in held_to.questions if each.decides):
        raise say.AnswersUndecided(field="came")
    return CallbackResult.CONFIRMED


def _is_final(row: Callback) -> bool:
    """Somebody was asked. One whom nobody reached by telephone may still be met at the door."""
    return row.result in (CallbackResult.CONFIRMED, CallbackResult.FAILED)


def _check_speaker(ctx: Context, row: Callback, said: Said) -> None:
    if said.how not in HOW:
        raise say.HeardUnknown(field="how")
    known = {ELDER, *(str(each.id) for each in relatives_of(ctx, row))}
    if said.speaker not in known:
        raise say.SpeakerUnknown(field="speaker")


def _add_try(ctx: Context, row: Callback, how: str, heard: str, speaker: str | None = None) -> None:
    made = {
        "at": ctx.now.isoformat(),
        "by": str(ctx.actor.id),
        "how": how,
        "heard": heard,
        "speaker": speaker,
    }
    row.tries = [*row.tries, made]
    ctx.session.flush()


def _was_charged(held_to: Terms, answers: Mapping[str, str]) -> bool:
    found = (each.answer(answers[each.code]) for each in held_to.questions)
    return any(each is not None and each.charged for each in found)


def _sheet(ctx: Context, row: Callback, request: Request) -> UUID:
    return open_sheet(
        ctx,
        book=row.book,
        kind=SheetKind.SUPERVISION,
        about="callback_failed",
        subject_kind="callback",
        subject_id=row.id,
        region_code=request.region_code,
        branch_id=row.branch_id,
        facts={"visit_id": str(row.visit_id), "answers": row.answers},
    )


def _complain(ctx: Context, row: Callback, visit: Visit) -> None:
    """What the elder says about money is a complaint, unless one is open already."""
    try:
        start_complaint(
            ctx,
            book=row.book,
            kind="charged",
            text=say.CHARGED,
            visit_id=row.visit_id,
            against_id=visit.provider_id,
            by=row.elder_id,
            how="phone",
        )
    except AlreadyComplained:
        return


def _record(ctx: Context, row: Callback, act: str, after: dict[str, Any]) -> None:
    audit.record(ctx, act, KIND, row.id, book=row.book, after=after, acting_for_id=row.elder_id)
    ctx.session.flush()
