"""Jobs of notices: each way has its own, so that a server that is down holds up no other."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.context import Context
from services.notices.calls import GATEWAY_MINUTES, put_on_sheet
from services.notices.sending import SENT, Outcome, Outgoing, claim, settle, waiting
from services.notices.ways import CALL, EMAIL, SMS
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, peek
from timebank.notices.carriers import Carrier, carrier_of

#: Chunks that one run works off at most; the next run is only seconds away.
MOST_CHUNKS = 25


def send(held: Timebank, way: str) -> int:
    """Send what is due, chunk by chunk, until nothing is due or the carrier fails."""
    carrier = carrier_of(held.settings, way)
    sent = 0
    for _turn in range(MOST_CHUNKS):
        if not peek(held, partial(waiting, channel=way)):
            break
        chunk = as_system(held, partial(claim, channel=way))
        done, is_down = _carried(held, carrier, chunk)
        sent += done
        if is_down:
            break
    return sent


def _carried(
    held: Timebank, carrier: Carrier | None, chunk: tuple[Outgoing, ...]
) -> tuple[int, bool]:
    """How many of a chunk went out, and whether the carrier gave up on the rest."""
    if carrier is None:
        for going in chunk:
            as_system(held, partial(_sheeted, going=going, outcome=SENT, in_minutes=0))
        return len(chunk), False
    sent, is_down = 0, False
    for going, outcome in carrier.send(chunk):
        settled = _sheeted if going.channel == CALL else settle
        as_system(held, partial(settled, going=going, outcome=outcome))
        sent += outcome.kind == "sent"
        is_down |= outcome.kind == "postponed"
    return sent, is_down


def _sheeted(
    ctx: Context, going: Outgoing, outcome: Outcome, in_minutes: int = GATEWAY_MINUTES
) -> None:
    """A call is settled and stands on the branch's sheet in one unit of work.

    What a gateway could not do is on the sheet at once; what it did comes there after a while,
    unless its answer was first.
    """
    settle(ctx, going, outcome)
    if outcome.kind != "postponed":
        put_on_sheet(ctx, going, in_minutes=in_minutes if outcome.kind == "sent" else 0)


JOBS = (
    Job("outbox", timedelta(seconds=10), partial(send, way=SMS)),
    Job("outbox-email", timedelta(seconds=10), partial(send, way=EMAIL)),
    Job("outbox-calls", timedelta(seconds=30), partial(send, way=CALL)),
)
