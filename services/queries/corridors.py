"""A region's agreements as administrators and auditors read them: what waits, holds, is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.corridors import Corridor, CorridorMode, Phase
from models.places import Book, Region
from services import policy
from services.clock import local_date
from services.context import Context
from services.corridors.agreeing import found_agreement
from services.corridors.finding import scope_of
from services.corridors.sides import side_name
from services.errors import Forbidden, NotFound
from services.places.regions import valid_on, within
from services.policy import NATION, NO_RIGHT, Subject, covers
from services.queries.branch.desks import name_of
from services.rights import POLICY
from services.rules.names import Name

_SIDES = (Corridor.one_code, Corridor.other_code)
#: A nation has thousands; whoever looks for an older one looks at the region itself.
AGREEMENTS_SHOWN = 500
#: Where an agreement stands on a day.
PROPOSED, WITHDRAWN, COMING, IN_FORCE, ENDED = "proposed withdrawn coming in_force ended".split()


@dataclass(frozen=True, slots=True)
class Side:
    """A region of any tier, or the whole country."""

    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement; ``can`` are the acts that the reader may do with it now."""

    id: UUID
    one: Side
    other: Side
    phase: Phase
    mode: CorridorMode
    pair_cap_minutes: int
    valid_from: date
    valid_to: date | None
    document: str
    proposed_by: str | None
    proposed_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    withdrawn_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    end_reason: str | None
    state: str
    can: frozenset[str]


@dataclass(frozen=True, slots=True)
class CorridorsPage:
    """What a region has agreed, or a region above it for it."""

    here: Side
    #: The region's own book, if it keeps one.
    book: str | None
    to_sign: tuple[AgreementView, ...]
    waiting: tuple[AgreementView, ...]
    in_force: tuple[AgreementView, ...]
    over: tuple[AgreementView, ...]
    may_propose: bool


def my_sides(ctx: Context, act: str = "corridor.read") -> tuple[Side, ...]:
    """The regions for which the actor holds a role that allows the act, the largest first."""
    found = {
        NATION if role.scope_kind == "nation" else role.scope
        for role in ctx.actor.roles
        if role.name in POLICY[act] and role.scope_kind != "branch"
    }
    if not found:
        raise Forbidden(NO_RIGHT)
    return tuple(side(ctx, code) for code in sorted(found))


def side(ctx: Context, code: str) -> Side:
    """A region by its code, named in full; a code that means nothing as it stands."""
    return Side(code, Name(*side_name(ctx, code)))


def corridors_of(ctx: Context, code: str) -> CorridorsPage:
    """The agreements of a region, of those above it and of those below, the latest first."""
    policy.require(ctx.actor, "corridor.read", Subject(region_code=code))
    here = side(ctx, code)
    codes = {scope_of(code, digits) for digits in (0, 2, 4, 6)}
    rows = ctx.session.scalars(
        sa.select(Corridor)
        .where(
            sa.or_(
                *(side.in_(codes) for side in _SIDES),
                *(side.startswith(within(code), autoescape=True) for side in _SIDES),
            )
        )
        .order_by(
            Corridor.valid_to.is_not(None),
            Corridor.valid_from.desc(),
            Corridor.proposed_at.desc(),
            Corridor.id,
        )
        .limit(AGREEMENTS_SHOWN)
    )
    found = views(ctx, rows)
    proposed = [each for each in found if each.state == PROPOSED]
    return CorridorsPage(
        here=here,
        book=ctx.session.scalar(sa.select(Book.book).where(Book.region_code == code).limit(1)),
        to_sign=tuple(each for each in proposed if "sign" in each.can),
        waiting=tuple(each for each in proposed if "sign" not in each.can),
        in_force=tuple(each for each in found if each.state in (IN_FORCE, COMING)),
        over=tuple(each for each in found if each.state in (ENDED, WITHDRAWN)),
        may_propose=_may(ctx, "corridor.propose", code),
    )


def agreement(ctx: Context, corridor_id: UUID) -> AgreementView:
    """One agreement, for whoever may read about either side."""
    row = found_agreement(ctx.session, corridor_id)
    if not any(_may(ctx, "corridor.read", code) for code in (row.one_code, row.other_code)):
        # What holds for a whole province is no secret from the counties in it.
        scopes = [each.code for each in my_sides(ctx)]
        if not any(covers(c, s) for c in (row.one_code, row.other_code) for s in scopes):
            raise NotFound
    (found,) = views(ctx, [row])
    return found


def views(ctx: Context, rows: Iterable[Corridor]) -> list[AgreementView]:
    """Agreements with the names of their sides and of whoever has put a name to them."""
    sides: dict[str, Side] = {}
    people: dict[UUID | None, str | None] = {None: None}

    def named(code: str) -> Side:
        if code not in sides:
            sides[code] = side(ctx, code)
        return sides[code]

    def person(member_id: UUID | None) -> str | None:
        if member_id not in people:
            people[member_id] = name_of(ctx, member_id)
        return people[member_id]

    return [
        AgreementView(
            id=row.id,
            one=named(row.one_code),
            other=named(row.other_code),
            phase=row.phase,
            mode=row.mode,
            pair_cap_minutes=row.pair_cap_minutes,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            document=row.document,
            proposed_by=person(row.proposed_by_id),
            proposed_at=row.proposed_at,
            signed_by=person(row.signed_by_id),
            signed_at=row.signed_at,
            withdrawn_at=row.withdrawn_at,
            ended_by=person(row.ended_by_id),
            ended_at=row.ended_at,
            end_reason=row.end_reason,
            state=state_of(row, local_date(ctx.now)),
            can=_acts(ctx, row),
        )
        for row in rows
    ]


def state_of(row: Corridor, today: date) -> str:
    """Where an agreement stands on a day."""
    if row.withdrawn_at is not None:
        return WITHDRAWN
    if row.signed_at is None:
        return PROPOSED
    if row.valid_to is not None and row.valid_to <= today:
        return ENDED
    return COMING if row.valid_from > today else IN_FORCE


def _acts(ctx: Context, row: Corridor) -> frozenset[str]:
    state = state_of(row, local_date(ctx.now))
    found = set()
    codes = (row.one_code, row.other_code)
    if state == PROPOSED:
        is_other = row.proposed_by_id not in ({ctx.actor.id} | ctx.actor.relatives)
        if is_other and _may(ctx, "corridor.sign", row.other_code):
            found.add("sign")
        if any(_may(ctx, "corridor.propose", code) for code in codes):
            found.add("withdraw")
    if state in (COMING, IN_FORCE) and any(_may(ctx, "corridor.end", code) for code in codes):
        found.add("end")
    return frozenset(found)


def _may(ctx: Context, act: str, code: str) -> bool:
    return policy.can(ctx.actor, act, Subject(region_code=code)).allowed


def partners(ctx: Context, phase: Phase) -> tuple[Side, ...]:
    """The regions of a phase's tier, for a list to choose from; of counties those with a book."""
    if phase is Phase.NATION:
        return (side(ctx, NATION),)
    tier = "county" if phase is Phase.DISTRICT else phase.value
    wanted = sa.select(Region.code).where(valid_on(local_date(ctx.now)), Region.tier == tier)
    if phase is Phase.DISTRICT:
        wanted = wanted.where(Region.code.in_(sa.select(Book.region_code)))
    return tuple(side(ctx, code) for code in ctx.session.scalars(wanted.order_by(Region.code)))


def phase_of(ctx: Context, code: str) -> Phase:
    """The phase whose agreements a region of this tier makes; raises NotFound for a township."""
    if code == NATION:
        return Phase.NATION
    tier = ctx.session.scalar(
        sa.select(Region.tier).where(Region.code == code, valid_on(local_date(ctx.now)))
    )
    phases = {"county": Phase.DISTRICT, "city": Phase.CITY, "province": Phase.PROVINCE}
    if tier is None or tier.value not in phases:
        raise NotFound
    return phases[tier.value]
