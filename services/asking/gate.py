"""Who may get one more message now: counted under the locks of the members' rows.

Two searches that want the same person at once come one after the other here, so that the second
counts what the first has sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa

from models.availability import VolunteerProfile
from models.matching import Offer, OfferKind, OfferState
from models.notices import ContactPreference
from models.people import Member
from services.clock import local, whole_minutes
from services.context import Context
from services.people.books import books_of
from services.rules import asking as rules
from services.rules.notices import is_quiet
from services.visits.days import lock_members

#: Whoever comes as a rule has promised to be asked: these count on nobody's messages of a day,
#: and only the first of a day goes to the telephone.
REGULARS = frozenset({OfferKind.REGULAR, OfferKind.SUBSTITUTE})


class Approached(Protocol):
    """Somebody to be asked, and as what."""

    @property
    def kind(self) -> OfferKind:
        """As what."""

    @property
    def provider_id(self) -> UUID:
        """Who."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the members' rows say of messages, read under their locks."""

    may_be_asked: Mapping[UUID, bool]
    #: Messages today, and how many more there may be.
    asked: Mapping[UUID, int]
    left: Mapping[UUID, int]
    #: Members whose own quiet hours it is.
    quiet: frozenset[UUID]
    #: Minutes since the last message that led to nothing, where it is not long ago.
    since: Mapping[UUID, int]
    #: Members who have been asked for a standing visit today.
    regulars_today: frozenset[UUID]

    def lets(self, approach: Approached) -> bool:
        """Whether this person may be asked now."""
        if approach.provider_id in self.quiet:
            return False
        if approach.kind in REGULARS:
            return True
        return self.may_be_asked[approach.provider_id] and self.left[approach.provider_id] > 0

    def only_later(self, approach: Approached) -> bool:
        """Whether this person may be asked, but not now: too many messages, or quiet hours."""
        return not self.lets(approach) and self.may_be_asked[approach.provider_id]

    def is_first_of_kind(self, approach: Approached) -> bool:
        """Whether a message of this kind goes to the telephone."""
        return approach.kind not in REGULARS or approach.provider_id not in self.regulars_today


def open_gate(ctx: Context, book: str, ids: Collection[UUID], *, cannot_wait: bool) -> Gate:
    """Lock these members' rows, in key order, and read what decides."""
    wanted = set(ids)
    lock_members(ctx.session, wanted)
    profiles = {
        row.member_id: row
        for row in ctx.session.execute(
            sa.select(
                VolunteerProfile.member_id,
                VolunteerProfile.may_be_asked,
                VolunteerProfile.asks_per_day,
            ).where(VolunteerProfile.member_id.in_(wanted))
        )
    }
    today, regulars, since = _asked(ctx, _books(ctx, wanted) | {book}, wanted)
    allowed = {
        each: profiles[each].asks_per_day if each in profiles else rules.ASKS_A_DAY
        for each in wanted
    }
    return Gate(
        may_be_asked={
            each: profiles[each].may_be_asked if each in profiles else True for each in wanted
        },
        asked={each: today.get(each, 0) for each in wanted},
        left={each: rules.asks_left(today.get(each, 0), allowed[each]) for each in wanted},
        quiet=frozenset() if cannot_wait else _quiet(ctx, wanted),
        since=since,
        regulars_today=frozenset(regulars),
    )


def _books(ctx: Context, ids: Collection[UUID]) -> set[str]:
    """Every book with rows about these members: whoever serves elsewhere is asked there too."""
    rows = ctx.session.scalars(sa.select(Member).where(Member.id.in_(ids)))
    return {book for member in rows for book in books_of(member)}


def _asked(
    ctx: Context, books: Collection[str], ids: Collection[UUID]
) -> tuple[dict[UUID, int], set[UUID], dict[UUID, int]]:
    """Messages of today by member, who was asked as a regular today, and minutes since the last
    message that led to nothing.
    """
    began = rules.day_began(ctx.now)
    rows = ctx.session.execute(
        sa.select(Offer.provider_id, Offer.kind, Offer.state, Offer.offered_at).where(
            Offer.book.in_(books),
            Offer.provider_id.in_(ids),
            Offer.offered_at >= min(began, ctx.now - timedelta(minutes=rules.REST_MINUTES)),
        )
    ).all()
    today: dict[UUID, int] = {}
    since: dict[UUID, int] = {}
    regulars: set[UUID] = set()
    for row in rows:
        if row.kind in REGULARS:
            if row.offered_at >= began:
                regulars.add(row.provider_id)
            continue
        if row.offered_at >= began:
            today[row.provider_id] = today.get(row.provider_id, 0) + 1
        if row.state is not OfferState.ACCEPTED:
            minutes = whole_minutes(row.offered_at, ctx.now)
            since[row.provider_id] = min(minutes, since.get(row.provider_id, minutes))
    return today, regulars, since


def _quiet(ctx: Context, ids: Collection[UUID]) -> frozenset[UUID]:
    """Members whose own quiet hours it is now."""
    rows = ctx.session.execute(
        sa.select(
            ContactPreference.member_id,
            ContactPreference.quiet_from_minute,
            ContactPreference.quiet_to_minute,
        ).where(ContactPreference.member_id.in_(ids))
    )
    at = local(ctx.now)
    minute = at.hour * 60 + at.minute
    return frozenset(
        row.member_id
        for row in rows
        if is_quiet(minute, row.quiet_from_minute, row.quiet_to_minute)
    )
