"""Who comes as a rule, and who stands in. Willing is not promised: every date is its own yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Kinship, Member, MemberStatus
from models.schedule import Occurrence, OccurrenceState, Series
from services import audit, policy
from services.acts import once
from services.availability.barred import is_barred
from services.context import Context
from services.errors import DomainError, Forbidden, RecordedRefusal
from services.requests.reviewing import locked_request
from services.rules.booking import LEAD_DAYS
from services.rules.eligibility import CLOSE_KIN
from services.schedule import sentences as say
from services.schedule.locating import living_series, readers_of, subject_of, tell
from services.visits.accepting import accept

REGULAR, SUBSTITUTE = "regular", "substitute"
PLACES = (REGULAR, SUBSTITUTE)


@dataclass(frozen=True, slots=True)
class Answered:
    """One date that was said yes to: the promise, or the sentence why not."""

    rule_day: date
    visit_id: UUID | None
    refusal: DomainError | None


def name_person(
    ctx: Context, book: str, series_id: UUID, provider_id: UUID | None, place: str
) -> None:
    """Ask somebody to come as a rule, or to stand in; None takes the question back.

    Nothing is promised by it: the volunteer says yes himself, and again for every date. Raises
    CannotComeRegularly, one sentence for every reason, and RegularTaken.
    """
    series = living_series(ctx, book, series_id)
    policy.require(ctx.actor, "series.change", subject_of(ctx, series))

    def do() -> dict[str, str]:
        if provider_id is not None:
            _require_possible(ctx, series, provider_id)
            if provider_id == _of(series, SUBSTITUTE if place == REGULAR else REGULAR):
                raise say.RegularTaken
        _put(series, place, provider_id, agreed_at=None)
        _record(ctx, series, "series.name", place, provider_id)
        if provider_id is not None:
            sentence = say.WOULD_YOU if place == REGULAR else say.WOULD_YOU_STAND_IN
            tell(ctx, series, [provider_id], sentence)
        if ctx.actor.acts_for(series.elder_id):
            tell(ctx, series, [series.elder_id], say.NAMED_FOR_YOU)
        return {}

    content = {"series_id": series_id, "provider_id": provider_id, "place": place}
    once(ctx, book, "series.name", content, do)


def agree(ctx: Context, book: str, series_id: UUID) -> None:
    """The volunteer who was asked is willing to come as a rule, or to stand in."""
    series, place = _mine(ctx, book, series_id)

    def do() -> dict[str, str]:
        _require_possible(ctx, series, ctx.actor.id)
        _put(series, place, ctx.actor.id, agreed_at=ctx.now)
        _record(ctx, series, "series.agree", place, ctx.actor.id)
        tell(ctx, series, readers_of(series), say.REGULAR_AGREED, volunteer=ctx.actor.name)
        return {}

    once(ctx, book, "series.agree", {"series_id": series_id}, do)


def stop(ctx: Context, book: str, series_id: UUID) -> None:
    """The volunteer no longer comes as a rule; single promises stand until he takes them back."""
    series, place = _mine(ctx, book, series_id)

    def do() -> dict[str, str]:
        had_agreed = _agreed_at(series, place) is not None
        _put(series, place, None, agreed_at=None)
        _record(ctx, series, "series.stop", place, ctx.actor.id)
        if had_agreed:
            tell(ctx, series, readers_of(series), say.REGULAR_STOPPED, volunteer=ctx.actor.name)
        return {}

    once(ctx, book, "series.stop", {"series_id": series_id}, do)


def accept_dates(
    ctx: Context, book: str, series_id: UUID, rule_days: Sequence[date]
) -> list[Answered]:
    """Say yes to each of the dates shown, one by one; a date that cannot be harms no other.

    Raises NotAskedYet for a date that is not open to volunteers yet.
    """
    series, place = _mine(ctx, book, series_id)
    if _agreed_at(series, place) is None:
        raise Forbidden

    def do() -> dict[str, Any]:
        wanted = {row.rule_day: row.request_id for row in _asked(ctx, series, rule_days)}
        if set(rule_days) - set(wanted):
            raise say.NotAskedYet(days=LEAD_DAYS)
        for request_id in sorted(each for each in wanted.values() if each is not None):
            locked_request(ctx, book, request_id)
        found: dict[str, Any] = {}
        for rule_day in sorted(wanted):
            found[rule_day.isoformat()] = _accepted(ctx, book, wanted[rule_day])
        return found

    content = {"series_id": series_id, "rule_days": sorted(rule_days)}
    result = once(ctx, book, "series.accept_dates", content, do)
    return [_answered(day, each) for day, each in sorted(result.items())]


def _accepted(ctx: Context, book: str, request_id: UUID | None) -> dict[str, Any]:
    """One yes under a savepoint of its own."""
    assert request_id is not None, "a date that was asked for has its request"
    refusal: DomainError
    try:
        with ctx.session.begin_nested():
            try:
                made = accept(replace(ctx, key=None), book, request_id)
                return {"visit_id": str(made.visit_id)}
            except RecordedRefusal as recorded:
                # What it wrote stands: the request waits for the pool from now on.
                refusal = recorded
    except DomainError as undone:
        refusal = undone
    return {
        "code": refusal.code,
        "sentence": refusal.sentence,
        "params": _plain(refusal.params),
    }


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in params.items() if isinstance(v, str | int)}


def _answered(day: str, found: dict[str, Any]) -> Answered:
    rule_day = date.fromisoformat(day)
    if "visit_id" in found:
        return Answered(rule_day, UUID(found["visit_id"]), None)
    refusal = DomainError(found["sentence"], **found["params"])
    refusal.code = found["code"]
    return Answered(rule_day, None, refusal)


def _asked(ctx: Context, series: Series, rule_days: Sequence[date]) -> list[Occurrence]:
    return list(
        ctx.session.scalars(
            sa.select(Occurrence)
            .where(Occurrence.book == series.book, Occurrence.series_id == series.id)
            .where(Occurrence.rule_day.in_(rule_days))
            .where(Occurrence.state == OccurrenceState.ASKED)
        )
    )


def _mine(ctx: Context, book: str, series_id: UUID) -> tuple[Series, str]:
    """A standing visit and the actor's place in it; a refusal for everybody else."""
    series = living_series(ctx, book, series_id)
    place = REGULAR if series.regular_id == ctx.actor.id else SUBSTITUTE
    policy.require(ctx.actor, "series.agree", subject_of(ctx, series, _of(series, place)))
    return series, place


def _of(series: Series, place: str) -> UUID | None:
    return series.regular_id if place == REGULAR else series.substitute_id


def _agreed_at(series: Series, place: str) -> Any:
    return series.regular_agreed_at if place == REGULAR else series.substitute_agreed_at


def _put(series: Series, place: str, provider_id: UUID | None, agreed_at: Any) -> None:
    if place == REGULAR:
        series.regular_id, series.regular_agreed_at = provider_id, agreed_at
    else:
        series.substitute_id, series.substitute_agreed_at = provider_id, agreed_at
    series.sequence += 1


def _require_possible(ctx: Context, series: Series, provider_id: UUID) -> None:
    """Somebody of this book who serves, is no close kin and may come; never a word about why."""
    member = ctx.session.get(Member, provider_id)
    possible = (
        member is not None
        and member.status is MemberStatus.ACTIVE
        and member.is_provider
        and member.home_book == series.book
        and member.id != series.elder_id
        and not _is_kin(ctx, series, member.id)
        and not is_barred(ctx.session, series.elder_id, member.id)
    )
    if not possible:
        raise say.CannotComeRegularly(field="provider_id")


def _is_kin(ctx: Context, series: Series, provider_id: UUID) -> bool:
    found = sa.select(Kinship.relation).where(
        Kinship.member_id == provider_id, Kinship.other_id == series.elder_id
    )
    return ctx.session.scalar(found) in CLOSE_KIN


def _record(ctx: Context, series: Series, act: str, place: str, provider_id: UUID | None) -> None:
    audit.record(
        ctx,
        act,
        "series",
        series.id,
        book=series.book,
        after={"place": place, "provider": str(provider_id) if provider_id else None},
        acting_for_id=None if ctx.actor.id in (series.elder_id, provider_id) else series.elder_id,
    )
    ctx.session.flush()
