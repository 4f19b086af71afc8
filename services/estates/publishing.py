"""The public notice: published when the list of heirs stands, stopped by whoever objects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.estates import Estate, EstateState
from services import audit, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.estates import notice_sentences as say
from services.estates.finding import estate_row, locked_estate
from services.estates.listing import require_sound
from services.estates.open_objections import has_open_objection
from services.estates.parties import heir_name, heirs_of, place_of, require_apart, tell_heirs
from services.notices.ways import SMS
from services.papers.issuing import PaperKind, issue, withdraw
from services.people.reading import member_row
from services.people.texts import masked_name
from services.rules.notice_clock import days_left, is_over, runs_until


def publish(ctx: Context, book: str, estate_id: UUID) -> str:
    """Begin the public notice; returns the check code of its paper.

    It ends with the last of the rule set's working days after today. Raises HeirsFirst unless
    the account is frozen, and ObjectionsOpen while something from an earlier notice is undecided.
    """
    require_apart(ctx, "estate.publish", estate_row(ctx.session, book, estate_id))
    estate = locked_estate(ctx, book, estate_id)

    def do() -> dict[str, str]:
        if estate.state is not EstateState.FROZEN:
            raise say.HeirsFirst
        if has_open_objection(ctx, estate):
            raise say.ObjectionsOpen
        require_sound(ctx, estate, heirs_of(ctx, book, estate_id))
        rules = rates.rule_set(ctx.session, estate.rule_set_version)
        start_clock(ctx, estate, rules.inheritance.notice_working_days)
        estate.state = EstateState.NOTICE
        estate.notice_from = local_date(ctx.now)
        after = {"from": str(estate.notice_from), "until": str(estate.notice_ends_on)}
        audit.record(ctx, "estate.publish", "estate", estate.id, book=book, after=after)
        code = _paper(ctx, estate)
        # Silence accepts: it is worth a message to the telephone.
        tell_heirs(ctx, estate, say.NOTICE_PUBLISHED, channel=SMS, last_day=after["until"])
        ctx.session.flush()
        return {"code": code}

    return str(once(ctx, book, "estate.publish", {"estate_id": estate_id}, do)["code"])


def start_clock(ctx: Context, estate: Estate, left: int) -> None:
    """Let the clock run for so many working days after today, by the calendar as it stands."""
    calendar = rates.calendar_on(ctx.session)
    estate.notice_ends_on = runs_until(calendar, local_date(ctx.now), left)
    estate.notice_days_left = None
    estate.calendar_version = calendar.version


def stop_clock(ctx: Context, estate: Estate) -> None:
    """Keep what is left of the notice. A clock that stands still already is left alone, and so
    is one that has run out: an appeal after it does not open the notice to others again.
    """
    if estate.notice_ends_on is None or is_over(local_date(ctx.now), estate.notice_ends_on):
        return
    calendar = rates.calendar_on(ctx.session)
    estate.notice_days_left = days_left(calendar, local_date(ctx.now), estate.notice_ends_on)
    estate.notice_ends_on = None


def begin_anew(ctx: Context, estate: Estate) -> None:
    """The list of heirs may be changed again; what was published no longer holds."""
    estate.state = EstateState.FROZEN
    estate.notice_from = estate.notice_ends_on = estate.notice_days_left = None
    withdraw(ctx, PaperKind.ESTATE_NOTICE, estate.book, estate.id, "heirs_changed")


def require_notice(ctx: Context, estate: Estate) -> None:
    """Raises NoticeNotRunning, or NoticeOver from the midnight after the last day on."""
    if estate.state is not EstateState.NOTICE:
        raise say.NoticeNotRunning
    ends_on = estate.notice_ends_on
    if ends_on is not None and is_over(local_date(ctx.now), ends_on):
        raise say.NoticeOver(until=ends_on)


def _paper(ctx: Context, estate: Estate) -> str:
    """What is hung up at the branch: no whole name stands on it."""
    dead = member_row(ctx.session, estate.member_id)
    content: dict[str, Any] = {
        "dead": masked_name(dead.name),
        "reference": estate.reference,
        "from": str(estate.notice_from),
        "until": str(estate.notice_ends_on),
        "heirs": [
            {"relation": heir.relation, "name": masked_name(heir_name(ctx.vault, heir))}
            for heir in heirs_of(ctx, estate.book, estate.id)
            if not heir.died_before
        ],
        **place_of(ctx, estate, dead),
    }
    return issue(ctx, PaperKind.ESTATE_NOTICE, estate.book, estate.id, dead, content)
