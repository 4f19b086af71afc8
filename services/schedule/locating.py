"""Finding a standing visit and its dates under its lock, and saying it in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request
from models.schedule import HolidayPolicy, Occurrence, Series, SeriesState
from services import outbox, rates
from services.clock import local_date
from services.context import Context
from services.people.reading import member_row
from services.policy import Subject
from services.requests.asking import AskForm
from services.rules.names import Name
from services.rules.recurrence import moment, read, words
from services.schedule import sentences as say


@dataclass(frozen=True, slots=True)
class SeriesForm:
    """What a standing visit asks for; ``rrule`` and ``starts_local`` are local wall time."""

    elder_id: UUID
    service_code: str
    rrule: str
    starts_local: datetime
    booked_minutes: int
    holiday_policy: str = HolidayPolicy.SKIP.value
    consent: str = "own"
    remote: bool = False
    address: str | None = None
    note: str | None = None
    risk_note: str | None = None
    wished_sex: str | None = None

    def content(self) -> dict[str, Any]:
        """As an idempotency key compares it."""
        return asdict(self)


def locked_series(ctx: Context, book: str, series_id: UUID) -> Series:
    """The standing visit under its lock; raises SeriesUnknown."""
    found = ctx.session.scalar(
        sa.select(Series)
        .where(Series.book == book, Series.id == series_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise say.SeriesUnknown
    return found


def living_series(ctx: Context, book: str, series_id: UUID) -> Series:
    """The same, unless it has ended: then SeriesOver."""
    found = locked_series(ctx, book, series_id)
    if found.state is SeriesState.ENDED:
        raise say.SeriesOver
    return found


def occurrence_of(ctx: Context, series: Series, rule_day: date) -> Occurrence:
    """One date of a standing visit; raises DateUnknown."""
    found = ctx.session.get(Occurrence, (series.book, series.id, rule_day), populate_existing=True)
    if found is None:
        raise say.DateUnknown
    return found


def request_of(ctx: Context, occurrence: Occurrence) -> Request | None:
    """The request that was made of a date."""
    if occurrence.request_id is None:
        return None
    return ctx.session.get(Request, (occurrence.book, occurrence.request_id))


def subject_of(ctx: Context, series: Series, provider_id: UUID | None = None) -> Subject:
    """The policy's view of a standing visit."""
    elder = member_row(ctx.session, series.elder_id)
    return Subject(
        book=series.book,
        region_code=elder.region_code,
        branch_id=series.branch_id,
        elder_id=series.elder_id,
        provider_id=provider_id,
    )


def starts(series: Series) -> datetime:
    """The first moment as naive local time (DTSTART)."""
    return datetime.fromisoformat(series.starts_local)


def moment_on(series: Series, day: date) -> datetime:
    """When the visit of a day begins."""
    return moment(day, starts(series).time(), series.tzid)


def rule_words(series: Series) -> Name:
    """The rule as people say it."""
    return words(read(series.rrule), starts(series).time())


def service_of(ctx: Context, series: Series) -> Name:
    """The service's name by the rules in force."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return rules.service(series.service_code).name


def ask_form(ctx: Context, series: Series, starts_at: datetime) -> AskForm:
    """The request of one date."""

    def opened(name: str, sealed: str | None) -> str | None:
        return ctx.vault.open_or_none(f"series.{name}", sealed)

    return AskForm(
        elder_id=series.elder_id,
        service_code=series.service_code,
        starts_at=starts_at,
        booked_minutes=series.booked_minutes,
        consent=series.consent,
        remote=series.remote,
        address=opened("address", series.address_sealed),
        note=opened("note", series.note_sealed),
        risk_note=opened("risk", series.risk_note_sealed),
        wished_sex=series.wished_sex,
    )


def readers_of(series: Series) -> set[UUID]:
    """The elder, and the relative who asked."""
    family = {series.asked_by_id} if series.consent == "family" else set()
    return {series.elder_id} | family


def regulars_of(series: Series) -> set[UUID]:
    """The regular and the substitute, as far as they agreed."""
    agreed = {
        series.regular_id if series.regular_agreed_at else None,
        series.substitute_id if series.substitute_agreed_at else None,
    }
    return {each for each in agreed if each is not None}


def tell(
    ctx: Context, series: Series, readers: Iterable[UUID], sentence: str, **params: Any
) -> None:
    """A notice about a standing visit to everybody but whoever acts."""
    for reader in sorted(set(readers) - {ctx.actor.id}):
        outbox.tell(
            ctx,
            series.book,
            reader,
            sentence,
            **rule_words(series).params("rule"),
            **service_of(ctx, series).params("service"),
            **params,
        )


def elder_of(ctx: Context, series: Series) -> Member:
    """Whose standing visit it is."""
    return member_row(ctx.session, series.elder_id)
