"""The members' facts follow a signed roll, some at a time; grants of the next month follow them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.returns import EntitlementRoll, RollChange, RollEntry
from services import audit, outbox, policy, rates
from services.clock import local_date
from services.context import Context
from services.grants.computing import facts_of
from services.people.reading import current_grades
from services.places.settings import regional_settings
from services.policy import Subject
from services.rolls import sentences as say
from services.rolls.comparing import FACTS, LEFT
from services.rules.grants import entitled

#: Members whose facts follow in one unit of work.
CHUNK = 200


def due(ctx: Context) -> list[tuple[str, UUID]]:
    """Signed rolls that not everybody follows yet, in the order of signing."""
    rows = ctx.session.execute(
        sa.select(EntitlementRoll.book, EntitlementRoll.id)
        .where(EntitlementRoll.signed_at.is_not(None), EntitlementRoll.applied_at.is_(None))
        .order_by(EntitlementRoll.signed_at, EntitlementRoll.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def apply_some(ctx: Context, book: str, roll_id: UUID) -> int:
    """Let the facts of some members follow; how many changed, 0 when all have followed."""
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    roll = ctx.session.scalar(
        sa.select(EntitlementRoll)
        .where(EntitlementRoll.book == book, EntitlementRoll.id == roll_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if roll is None or roll.signed_at is None or roll.applied_at is not None:
        return 0
    work = [(each, True) for each in _members(ctx, roll, CHUNK, on=True)]
    if len(work) < CHUNK:
        work += [(each, False) for each in _members(ctx, roll, CHUNK - len(work), on=False)]
    if not work:
        roll.applied_at = ctx.now
        ctx.session.flush()
        return 0
    grants = _Grants.of(ctx, [member for member, _ in work])
    for member, value in work:
        _follow(ctx, roll, member, value, grants)
    ctx.session.flush()
    return len(work)


def _members(ctx: Context, roll: EntitlementRoll, limit: int, *, on: bool) -> list[Member]:
    """Members of the book who stand on the roll without the fact, or left it and still have it."""
    fact = getattr(Member, FACTS[roll.kind])
    listed: Any = RollEntry if on else RollChange
    named = sa.select(listed.member_id).where(
        listed.book == roll.book, listed.roll_id == roll.id, listed.member_id.is_not(None)
    )
    if not on:
        named = named.where(RollChange.change == LEFT)
    rows = ctx.session.scalars(
        sa.select(Member)
        .where(
            Member.id.in_(named),
            Member.home_book == roll.book,
            Member.died_at.is_(None),
            fact.is_(not on),
        )
        .order_by(Member.id)
        .limit(limit)
        .with_for_update()
    )
    return list(rows)


@dataclass(frozen=True, slots=True)
class _Grants:
    """What decides a grant of the next month, for some members together."""

    ctx: Context
    grades: dict[UUID, int]
    settings: dict[str, Any]

    @classmethod
    def of(cls, ctx: Context, members: list[Member]) -> _Grants:
        today = local_date(ctx.now)
        grades = current_grades(ctx.session, [each.id for each in members], today)
        settings = {
            code: regional_settings(ctx.session, code, today)
            for code in {each.region_code for each in members}
        }
        return cls(ctx, dict(grades), settings)

    def minutes(self, member: Member) -> int:
        """What the member's facts grant a month, 0 without a grant."""
        if not member.is_recipient:
            return 0
        today = local_date(self.ctx.now)
        first = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
        rules = rates.rule_set_on(self.ctx.session, today)
        grade = self.grades.get(member.id, 0)
        facts = facts_of(member, first, grade, rules, self.settings[member.region_code])
        kind = entitled(rules.grants, facts)
        return 0 if kind is None else kind.month_minutes


def _follow(
    ctx: Context, roll: EntitlementRoll, member: Member, value: bool, grants: _Grants
) -> None:
    fact = FACTS[roll.kind]
    had = grants.minutes(member)
    setattr(member, fact, value)
    has = grants.minutes(member)
    audit.record(
        ctx,
        "roll.apply",
        "member",
        member.id,
        book=roll.book,
        before={fact: not value, "month_minutes": had},
        after={fact: value, "month_minutes": has, "roll_id": str(roll.id)},
    )
    if had == has:
        return
    sentence = say.GRANT_BEGINS if not had else say.GRANT_CHANGES if has else say.GRANT_ENDS
    outbox.tell(ctx, roll.book, member.id, sentence, month_minutes=has)
