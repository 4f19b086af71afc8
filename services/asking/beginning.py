"""The search for people begins, or begins anew: the first wave is due at once."""

from __future__ import annotations

from models.matching import Asking, AskingState
from models.requests import Request, RequestState
from services.claims import claim_row
from services.context import Context
from services.jobs import due

#: Kinds of due tasks, each about a request: the next wave, and looking for standbys.
WAVE, STANDBY = "asking.wave", "asking.standby"
APPROVED, BACKFILL, MOVED, BRANCH = "approved", "backfill", "moved", "branch"


def begin(ctx: Context, request: Request, reason: str) -> None:
    """Look for people from now on; the request is under its lock. One that is not open waits."""
    if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
        return
    ctx.session.flush()
    anew = {
        "state": AskingState.ACTIVE,
        "started_at": ctx.now,
        "next_wave_at": ctx.now,
        "reason": reason,
        "ended_at": None,
    }
    first = {"book": request.book, "request_id": request.id, "wave": 0, "answers_since": ctx.now}
    if not claim_row(ctx.session, Asking, {**first, **anew}):
        asking = ctx.session.get_one(Asking, (request.book, request.id), populate_existing=True)
        for name, value in anew.items():
            setattr(asking, name, value)
        if reason == MOVED:
            asking.answers_since = ctx.now
        ctx.session.flush()
    due.drop(ctx, STANDBY, request.id)
    due.plan(ctx, WAVE, request.book, request.id, ctx.now)
