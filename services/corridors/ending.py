"""One side ends an agreement from a day on; what has been accepted by then is honoured."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors import agreement_sentences as say
from services.corridors.agreeing import acting_side, found_agreement, locked_agreement
from services.corridors.sides import names_of, record_on_both, tell_both
from services.policy import NATION

#: Why one side may end it: a code, free text never stands in a register.
END_REASONS = ("policy", "fund", "trouble", "region", "other")


def end(ctx: Context, corridor_id: UUID, valid_to: date, reason: str) -> None:
    """End an agreement; ``valid_to`` is the first day on which it holds no longer.

    Raises NotInForce, EndDayWrong (today or earlier) or EndReasonNeeded.
    """
    found = found_agreement(ctx.session, corridor_id)
    side = acting_side(ctx, "corridor.end", found)

    def do() -> dict[str, str]:
        row = locked_agreement(ctx.session, corridor_id)
        today = local_date(ctx.now)
        is_over = row.valid_to is not None and row.valid_to <= today
        if row.signed_at is None or row.withdrawn_at is not None or is_over:
            raise say.NotInForce
        if valid_to <= today or (row.valid_to is not None and valid_to > row.valid_to):
            raise say.EndDayWrong(field="valid_to")
        if reason not in END_REASONS:
            raise say.EndReasonNeeded(field="reason")
        before = {"valid_to": row.valid_to.isoformat() if row.valid_to else None}
        row.valid_to, row.end_reason = valid_to, reason
        row.ended_by_id, row.ended_at = ctx.actor.id, ctx.now
        after = {**before, "valid_to": valid_to.isoformat(), "reason": reason}
        record_on_both(ctx, "corridor.end", row, after=after)
        tell_both(
            ctx,
            row,
            say.ENDED,
            **names_of(ctx, "from", side),
            document=row.document,
            valid_to=valid_to.isoformat(),
        )
        ctx.session.flush()
        return {}

    content = {"corridor_id": corridor_id, "valid_to": valid_to, "reason": reason}
    once(ctx, NATION, "corridor.end", content, do)
