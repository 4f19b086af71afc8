"""The rows that hang on volunteers, as plain tuples by member: one statement for each kind.

Keys are taken as the driver gives them and never made into ids: of a hundred thousand people
there are millions of such rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import (
    AvailabilityException,
    SafeguardingCheck,
    ServingPlace,
    VolunteerProfile,
    WeeklyWindow,
)
from models.matching import Offer, OfferKind, OfferState
from models.people import Certificate, Consent
from models.places import Book
from models.ratings import Rating
from models.requests import ProviderDay, ProviderSlot, Request, Visit, VisitState
from services.availability.facts import BEGUN
from services.clock import at_local, local_date
from services.people.forms import OWN
from services.visits.days import QUARTER_SECONDS, week_of

#: Visits and answers older than this say nothing any more.
HISTORY_DAYS, STEP_DAYS = 360, 30
#: Whoever came kept the promise, whatever was decided of the minutes.
KEPT = (*BEGUN, VisitState.REJECTED, VisitState.CLOSED_DOOR)

#: Whoever comes as a rule has agreed to be asked: it counts on nobody's messages of a day.
REGULARS = (OfferKind.REGULAR, OfferKind.SUBSTITUTE)

#: A condition on the column that holds a member's id.
Which: TypeAlias = "Callable[[Any], sa.ColumnElement[bool]]"
#: Rows by the member's key, each without the key.
Grouped: TypeAlias = "Mapping[Any, Sequence[tuple[Any, ...]]]"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads at one moment."""

    session: Session
    now: datetime

    @property
    def today(self) -> date:
        """The day in China."""
        return local_date(self.now)

    def grouped(self, statement: Any) -> Grouped:
        """The rows of a statement by their first column."""
        found: dict[Any, list[tuple[Any, ...]]] = {}
        for key, *rest in self.session.execute(statement):
            found.setdefault(key, []).append(tuple(rest))
        return found


def raw(column: Any) -> Any:
    """The column as the driver gives it."""
    return sa.type_coerce(column, sa.types.NullType())


def _certificates(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(Certificate.member_id),
            Certificate.code,
            Certificate.valid_from,
            Certificate.valid_to,
        ).where(
            which(Certificate.member_id),
            sa.or_(Certificate.valid_to.is_(None), Certificate.valid_to >= reader.today),
        )
    )


def _consents(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(raw(Consent.member_id)).where(
            which(Consent.member_id),
            Consent.kind == "guardian",
            Consent.withdrawn_at.is_(None),
            sa.or_(Consent.how == OWN, Consent.recorded_by_id.is_not(None)),
        )
    )


def _checks(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(SafeguardingCheck.member_id),
            SafeguardingCheck.kind,
            SafeguardingCheck.on_day,
            SafeguardingCheck.valid_to,
        ).where(which(SafeguardingCheck.member_id))
    )


def _been(reader: Reader, which: Which) -> Grouped:
    """Who has been to a home, in whatever book."""
    return reader.grouped(
        sa.select(raw(Visit.provider_id))
        .distinct()
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(
            Visit.book.in_(sa.select(Book.book)),
            which(Visit.provider_id),
            Visit.state.in_(BEGUN),
            Visit.reversed_at.is_(None),
            Request.remote.is_(False),
        )
        .execution_options(cross_book=True)
    )


def _profiles(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(VolunteerProfile.member_id),
            VolunteerProfile.travel_mode,
            VolunteerProfile.radius_m,
            VolunteerProfile.weekly_minutes,
            VolunteerProfile.languages,
            VolunteerProfile.declined_codes,
            VolunteerProfile.may_be_asked,
            VolunteerProfile.asks_per_day,
        ).where(which(VolunteerProfile.member_id))
    )


def _windows(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(WeeklyWindow.member_id),
            WeeklyWindow.weekday,
            WeeklyWindow.from_minute,
            WeeklyWindow.to_minute,
        )
        .where(which(WeeklyWindow.member_id))
        .order_by(WeeklyWindow.member_id, WeeklyWindow.weekday, WeeklyWindow.from_minute)
    )


def _exceptions(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(AvailabilityException.member_id),
            AvailabilityException.kind,
            AvailabilityException.first_day,
            AvailabilityException.last_day,
            AvailabilityException.from_minute,
            AvailabilityException.to_minute,
        ).where(
            which(AvailabilityException.member_id), AvailabilityException.last_day >= reader.today
        )
    )


def _places(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(ServingPlace.member_id), ServingPlace.latitude_e6, ServingPlace.longitude_e6
        ).where(which(ServingPlace.member_id))
    )


def _slots(reader: Reader, which: Which) -> Grouped:
    midnight = at_local(reader.today, datetime.min.time())
    return reader.grouped(
        sa.select(raw(ProviderSlot.provider_id), ProviderSlot.book, ProviderSlot.quarter)
        .where(
            ProviderSlot.book.in_(sa.select(Book.book)),
            which(ProviderSlot.provider_id),
            ProviderSlot.quarter >= int(midnight.timestamp()) // QUARTER_SECONDS,
        )
        .execution_options(cross_book=True)
    )


def _days(reader: Reader, which: Which) -> Grouped:
    return reader.grouped(
        sa.select(
            raw(ProviderDay.provider_id),
            ProviderDay.book,
            ProviderDay.day,
            ProviderDay.actual_minutes,
        )
        .where(
            ProviderDay.book.in_(sa.select(Book.book)),
            which(ProviderDay.provider_id),
            ProviderDay.day >= week_of(reader.today)[0],
            ProviderDay.actual_minutes != 0,
        )
        .execution_options(cross_book=True)
    )


def _years(reader: Reader, which: Which) -> Grouped:
    """Minutes of this calendar year and of the next one."""
    turn = date(reader.today.year + 1, 1, 1)
    is_next = sa.case((ProviderDay.day >= turn, 1), else_=0)
    return reader.grouped(
        sa.select(
            raw(ProviderDay.provider_id),
            ProviderDay.book,
            is_next,
            sa.cast(sa.func.sum(ProviderDay.actual_minutes), sa.BigInteger),
        )
        .where(
            ProviderDay.book.in_(sa.select(Book.book)),
            which(ProviderDay.provider_id),
            ProviderDay.day >= date(reader.today.year, 1, 1),
        )
        .group_by(ProviderDay.provider_id, ProviderDay.book, is_next)
        .execution_options(cross_book=True)
    )


def _visits(reader: Reader, which: Which) -> Grouped:
    """Promises kept and not kept, by how many steps of thirty days they lie back.

    What the elder or the branch called off, and what was given back in good time, is neither.
    """
    steps = range(STEP_DAYS, HISTORY_DAYS, STEP_DAYS)
    back = sa.case(
        *((Visit.starts_at > reader.now - timedelta(days=days), days) for days in steps),
        else_=HISTORY_DAYS,
    )
    broken = sa.or_(
        Visit.state == VisitState.NO_SHOW,
        sa.and_(
            Visit.state == VisitState.CANCELLED,
            Visit.cancelled_by == "provider",
            Visit.cancelled_late,
        ),
    )
    is_kept = sa.case((broken, 0), else_=1)
    return reader.grouped(
        sa.select(raw(Visit.provider_id), back, is_kept, sa.func.count())
        .where(
            Visit.book.in_(sa.select(Book.book)),
            which(Visit.provider_id),
            Visit.starts_at > reader.now - timedelta(days=HISTORY_DAYS),
            sa.or_(Visit.state.in_(KEPT), broken),
        )
        .group_by(Visit.provider_id, back, is_kept)
        .execution_options(cross_book=True)
    )


def _ratings(reader: Reader, which: Which) -> Grouped:
    """What elders thought of visits that stand, by score."""
    same = sa.and_(Visit.book == Rating.book, Visit.id == Rating.visit_id)
    return reader.grouped(
        sa.select(raw(Rating.provider_id), Rating.score, sa.func.count())
        .join(Visit, same)
        .where(
            Rating.book.in_(sa.select(Book.book)),
            which(Rating.provider_id),
            Rating.rated_at > reader.now - timedelta(days=HISTORY_DAYS),
            Visit.reversed_at.is_(None),
        )
        .group_by(Rating.provider_id, Rating.score)
        .execution_options(cross_book=True)
    )


def _offers(reader: Reader, which: Which) -> Grouped:
    """How often somebody could have said yes and did, when last asked, and how often today.

    Whoever lets an offer run out has said no as well; whom somebody else forestalled has not.
    """
    midnight = at_local(reader.today, datetime.min.time())
    yes = Offer.state == OfferState.ACCEPTED
    answered = Offer.state.in_((OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED))
    return reader.grouped(
        sa.select(
            raw(Offer.provider_id),
            sa.func.count(sa.case((answered, 1))),
            sa.func.count(sa.case((yes, 1))),
            sa.type_coerce(sa.func.max(Offer.offered_at), Offer.offered_at.type),
            sa.func.count(
                sa.case((sa.and_(Offer.offered_at >= midnight, Offer.kind.not_in(REGULARS)), 1))
            ),
        )
        .where(
            Offer.book.in_(sa.select(Book.book)),
            which(Offer.provider_id),
            Offer.offered_at > reader.now - timedelta(days=HISTORY_DAYS),
        )
        .group_by(Offer.book, Offer.provider_id)
        .execution_options(cross_book=True)
    )


#: Everything that hangs on a volunteer, by name.
PARTS: Mapping[str, Callable[[Reader, Which], Grouped]] = {
    "certificates": _certificates,
    "consents": _consents,
    "checks": _checks,
    "been": _been,
    "profiles": _profiles,
    "windows": _windows,
    "exceptions": _exceptions,
    "places": _places,
    "slots": _slots,
    "days": _days,
    "years": _years,
    "visits": _visits,
    "ratings": _ratings,
    "offers": _offers,
}
