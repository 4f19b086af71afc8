"""What an elder insisted on becomes a wish: more people may come, and still the elder's choice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.requests import Request, RequestState
from services import audit, outbox, policy
from services.acts import once
from services.asking.beginning import begin
from services.context import Context
from services.requests import sentences as say
from services.requests.reviewing import locked_request, service_name, subject_of

LANGUAGE, SEX = "language", "sex"
#: Why the search begins anew.
LOOSENED = "loosened"


def loosen(ctx: Context, book: str, request_id: UUID, what: str) -> None:
    """Let a language or a sex be welcome instead of required, and look for people anew.

    Raises StateChanged where nobody is looked for, or where it is not required any more.
    """
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "request.ask", subject_of(request))

    def do() -> dict[str, str]:
        if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
            raise say.StateChanged
        before = _musts(request)
        if what == LANGUAGE and request.language_must:
            request.language_must = False
        elif what == SEX and request.wished_sex is not None:
            request.preferred_sex, request.wished_sex = request.wished_sex, None
        else:
            raise say.StateChanged
        audit.record(
            ctx,
            "request.loosen",
            "request",
            request.id,
            book=book,
            before=before,
            after=_musts(request),
            acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
        )
        outbox.tell_acted(
            ctx,
            book,
            request.elder_id,
            say.LOOSENED_FOR_YOU,
            request_id=request.id,
            reference=request.reference,
            **service_name(ctx, request),
        )
        ctx.session.flush()
        begin(ctx, request, LOOSENED)
        return {}

    once(ctx, book, "request.loosen", {"request_id": request_id, "what": what}, do)


def _musts(request: Request) -> dict[str, Any]:
    return {"language_must": request.language_must, "wished_sex": request.wished_sex}
