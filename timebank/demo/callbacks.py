"""Call-backs of the story: a list each Monday, a draw by the demo's witnesses, and some calls."""

from __future__ import annotations

from collections import Counter
from datetime import time
from functools import partial
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import Callback
from services.callbacks.calling import Said, answer, note_try
from services.callbacks.closing import close_list
from services.callbacks.drawing import call_flagged, draw, ready_draws
from services.callbacks.suspending import suspend_by_rule
from services.context import Context
from services.errors import DomainError
from services.people.actors import actor_for
from services.policy import SYSTEM
from timebank.demo.scene import HOME, Cast, Scene
from timebank.edge import Timebank
from timebank.jobs.base import as_system, peek
from timebank.seals import sealing

GOOD = {
    "came": "yes",
    "who": "same",
    "length": "about",
    "done": "all",
    "money": "no",
    "satisfied": "yes",
}
NOBODY_CAME = {
    "came": "no",
    "who": "nobody",
    "length": "unknown",
    "done": "unknown",
    "money": "no",
    "satisfied": "no",
}
#: So many failures suspend a branch that has as few samples as here.
FAILURES = 2
#: Of the calls, so many from the end are left for whoever looks at the demo.
LEFT = 3


def live(scene: Scene) -> None:
    """Each Monday morning the week before is closed."""
    if scene.day.weekday() == 0:
        close_list(scene.system(scene.at(time(8, 30))), HOME)


def finish(held: Timebank, cast: Cast) -> None:
    """Seal and publish, so that the witnesses sign; draw by it, and ring most of the drawn.

    One branch is made to fail its samples: what follows is to be seen. Where there are no
    witnesses of the demo's own the draws wait, as they do elsewhere.
    """
    sealing.publish(held)
    for _, draw_id in peek(held, lambda ctx: ready_draws(ctx, [HOME])):
        as_system(held, partial(draw, book=HOME, draw_id=draw_id))
    as_system(held, partial(call_flagged, book=HOME))
    if cast.auditor is None:
        return
    moment = held.clock()
    held.uow.run(lambda session: _ring(Context(session, SYSTEM, moment, held.vault), cast))


def _ring(ctx: Context, cast: Cast) -> None:
    """The county's auditor rings most of them."""
    assert cast.auditor is not None
    caller = ctx.as_actor(actor_for(ctx.session, cast.auditor, ctx.now))
    rows = ctx.session.execute(
        sa.select(Callback.id, Callback.branch_id)
        .where(Callback.book == HOME, Callback.draw_id.is_not(None))
        .order_by(Callback.visit_id)
    ).all()
    failing = _failing(cast, [row.branch_id for row in rows])
    failed = 0
    for row in rows[:-LEFT]:
        bad = row.branch_id == failing and failed < FAILURES
        failed += bad
        _call(caller, row.id, NOBODY_CAME if bad else GOOD)
    for row in rows[-LEFT:-1]:
        note_try(caller, HOME, row.id, "no_answer")
    suspend_by_rule(ctx, HOME)


def _call(caller: Context, callback_id: UUID, answers: dict[str, str]) -> None:
    try:
        answer(caller, HOME, callback_id, Said(answers))
    except DomainError:
        # Whose kin the auditor is, another one rings.
        return


def _failing(cast: Cast, drawn: list[UUID]) -> UUID | None:
    """Of the branches that no printed login works at, the one with the most visits drawn."""
    counts = Counter(each for each in drawn[:-LEFT] if each != cast.branches[0])
    return next((each for each, count in counts.most_common(1) if count >= FAILURES), None)
