"""What the pages of gifts show: to whom one may give, how much, and what was given and received."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.people import Member, MemberStatus
from models.places import Branch
from services import audit, policy
from services.clock import age_on, local_date
from services.context import Context
from services.corridors.finding import region_words
from services.corridors.foreseeing import barrier
from services.errors import DomainError, Invalid
from services.gifts import sentences as say
from services.gifts.facts import Terms, giveable_minutes, left_this_year, terms_of
from services.gifts.finding import gift_row
from services.gifts.making import GiftForm, check, check_sides
from services.papers.issuing import PaperKind, code_of
from services.people import second_factor, texts
from services.people.books import books_of
from services.people.guessing import holder_named
from services.people.lists import kin_of
from services.people.reading import member_row, subject_of
from services.policy import Subject
from services.rules.gifts import FRIEND, LINEAL, needs_guard
from services.rules.names import Name


class NobodyByThat(Invalid):
    """没有找到：志愿者编号和姓名要和对方登记的一样。"""

    code = "nobody_by_that"
    #: Whoever guesses leaves a trace, and guesses no more than so often.
    commits = True


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody to whom the giver may give."""

    member_id: UUID
    name: str
    relation: str
    #: Where somebody of another region lives, and why a gift cannot go there today.
    region: Name | None = None
    barrier: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Giving:
    """What somebody may give today, or the sentence why nothing; all figures in minutes."""

    giver_id: UUID
    giver_name: str
    giver_number: str
    book: str
    origin: GiftOrigin
    relatives: tuple[Relative, ...]
    friends_allowed: bool
    giveable_minutes: int
    kin_left_minutes: int
    friend_left_minutes: int
    needs_guard: bool
    #: Whether a one-time code reaches the giver; whoever it does not goes to the counter.
    has_code: bool
    #: Why the giver gives nothing at all today.
    blocked: DomainError | None
    revocable_hours: int
    branch_name: str
    branch_name_en: str
    branch_phone: str | None

    def most_minutes(self, relation: str) -> int:
        """The most that one gift to people of this relation may have."""
        if self.origin is GiftOrigin.INHERITED:
            return self.giveable_minutes
        left = self.friend_left_minutes if relation == FRIEND else self.kin_left_minutes
        return min(left, self.giveable_minutes)

    def relative(self, member_id: UUID | None) -> Relative | None:
        """One of the relatives."""
        return next((each for each in self.relatives if each.member_id == member_id), None)


def giving(ctx: Context, giver_id: UUID, origin: GiftOrigin = GiftOrigin.EARNED) -> Giving:
    """To whom a member may give today and how much; by the own login or at the counter."""
    giver = member_row(ctx.session, giver_id)
    policy.require(ctx.actor, "gift.make", subject_of(giver))
    terms = terms_of(ctx, giver)
    branch = ctx.session.get_one(Branch, giver.branch_id)
    inherited = origin is GiftOrigin.INHERITED
    return Giving(
        giver_id=giver.id,
        giver_name=giver.name,
        giver_number=giver.number,
        book=giver.home_book,
        origin=origin,
        relatives=tuple(_relatives(ctx, giver, origin, terms)),
        friends_allowed=not inherited and terms.friend_limit_minutes > 0,
        giveable_minutes=giveable_minutes(ctx, giver, origin),
        kin_left_minutes=left_this_year(ctx, giver, "kin", terms),
        friend_left_minutes=left_this_year(ctx, giver, FRIEND, terms),
        needs_guard=needs_guard(terms.rules, terms.age_years),
        has_code=second_factor.can_receive(ctx, giver),
        blocked=_blocked(ctx, giver, origin, terms),
        revocable_hours=terms.rules.gifts.revocable_hours,
        branch_name=branch.name,
        branch_name_en=branch.name_en,
        branch_phone=branch.phone,
    )


def _blocked(ctx: Context, giver: Member, origin: GiftOrigin, terms: Terms) -> DomainError | None:
    try:
        check_sides(ctx, giver, giver, terms)
        if origin is GiftOrigin.INHERITED and not terms.locked:
            raise say.NotLocked
    except DomainError as error:
        return error
    return None


def _relatives(ctx: Context, giver: Member, origin: GiftOrigin, terms: Terms) -> Iterable[Relative]:
    """Recorded kin of the relations that may be given to, wherever they live."""
    inherited = origin is GiftOrigin.INHERITED
    wanted = LINEAL if inherited else terms.rules.gifts.relations
    least_age = terms.rules.inheritance.locked_to_relative_age if inherited else 0
    today = local_date(ctx.now)
    for each in kin_of(ctx, giver.id):
        if each.relation not in wanted:
            continue
        other = member_row(ctx.session, each.member_id)
        is_active = other.status is MemberStatus.ACTIVE
        if is_active and age_on(other.born_on, today) >= least_age:
            yield _relative(ctx, giver, other, each.relation)


def _relative(ctx: Context, giver: Member, other: Member, relation: str) -> Relative:
    here, there = giver.home_book, other.home_book
    if here == there:
        return Relative(other.id, other.name, relation)
    region, way = Name(*region_words(ctx, there)), barrier(ctx, here, there)
    return Relative(other.id, other.name, relation, region, way)


def region_of(ctx: Context, giver_id: UUID, receiver_id: UUID) -> Name | None:
    """Where a receiver of another region lives; None for one of the giver's own."""
    giver, other = member_row(ctx.session, giver_id), member_row(ctx.session, receiver_id)
    policy.require(ctx.actor, "gift.make", subject_of(giver))
    return _relative(ctx, giver, other, "").region


def friend_of(ctx: Context, giver_id: UUID, number: str, name: str) -> Relative:
    """A friend by number and name, both as registered; a wrong one says nothing of either.

    Call it in a unit of work: the look is recorded, and a wrong one is counted. Raises
    NobodyByThat, or TooManyWrong after so many within a day.
    """
    giver = member_row(ctx.session, giver_id)
    policy.require(ctx.actor, "gift.make", subject_of(giver))
    try:
        other = holder_named(ctx, giver, "gift.find", number, name)
    except DomainError as error:
        error.field = "number"
        raise
    if other is None or other.status is not MemberStatus.ACTIVE:
        raise NobodyByThat(field="number")
    return _relative(ctx, giver, other, FRIEND)


def foreseen(ctx: Context, form: GiftForm) -> str:
    """What the receiver is to the giver, or the refusal that the gift would meet now."""
    giver, receiver = (
        member_row(ctx.session, form.giver_id),
        member_row(ctx.session, form.receiver_id),
    )
    policy.require(ctx.actor, "gift.make", subject_of(giver))
    return check(ctx, form, giver, receiver, terms_of(ctx, giver))


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A gift as one side sees it. Minutes are what was given, or what is to be."""

    id: UUID
    book: str
    reference: str
    giver_id: UUID
    giver_name: str
    receiver_id: UUID
    receiver_name: str
    relation: str
    origin: GiftOrigin
    how: str
    amount_minutes: int
    given_minutes: int
    state: GiftState
    reason: str | None
    made_at: datetime
    confirmed_at: datetime | None
    revocable_until: datetime | None
    final_at: datetime | None
    refusable_until: datetime | None
    ended_at: datetime | None
    #: Both regions of a gift that crosses from one to another.
    from_region: Name | None
    to_region: Name | None
    may_take_back: bool
    may_refuse: bool
    #: The check code of the deed that holds.
    paper: str | None

    @property
    def minutes(self) -> int:
        """The figure that counts now."""
        return self.given_minutes if self.state is GiftState.FINAL else self.amount_minutes


@dataclass(frozen=True, slots=True)
class Gifts:
    """Everything that a member gave and received, newest first."""

    member_id: UUID
    name: str
    number: str
    given: tuple[GiftLine, ...]
    received: tuple[GiftLine, ...]
    #: Whether received coins cannot be used before the spending age, and what was inherited so.
    locked: bool
    spending_age: int
    inherited_locked_minutes: int


def gifts_of(ctx: Context, member_id: UUID) -> Gifts:
    """A member's gifts: the own ones, or at the counter and for those who watch.

    Those who only watch read names masked.
    """
    member = member_row(ctx.session, member_id)
    subject = subject_of(member)
    policy.require(ctx.actor, "gift.read", subject)
    whole = _reads_names(ctx, subject)
    rows = ctx.session.scalars(
        sa.select(Gift)
        .where(
            Gift.book.in_(books_of(member)),
            sa.or_(Gift.giver_id == member_id, Gift.receiver_id == member_id),
        )
        .order_by(Gift.made_at.desc(), Gift.id.desc())
    ).all()
    lines, terms = _lines(ctx, rows, whole=whole), terms_of(ctx, member)
    # What was never confirmed is no affair of the receiver's.
    unheard = (GiftState.WAITING, GiftState.LAPSED)
    return Gifts(
        member.id,
        member.name if whole else texts.masked_name(member.name),
        member.number,
        tuple(each for each in lines if each.giver_id == member_id),
        tuple(
            each
            for each in lines
            if each.receiver_id == member_id
            and each.state not in unheard
            and each.confirmed_at is not None
        ),
        terms.locked,
        terms.spending_age,
        giveable_minutes(ctx, member, GiftOrigin.INHERITED) if terms.locked else 0,
    )


def looked_at(ctx: Context, member_id: UUID) -> Gifts:
    """The same at the counter, in a unit of work: the look is recorded."""
    found = gifts_of(ctx, member_id)
    book = member_row(ctx.session, member_id).home_book
    audit.record(ctx, "gift.read", "member", member_id, book=book)
    return found


def gift_of(ctx: Context, book: str, gift_id: UUID) -> GiftLine:
    """One gift, for either side, the counter and those who watch, who read names masked.

    Somebody else's look is recorded: run it in a unit of work.
    """
    row = gift_row(ctx.session, book, gift_id)
    sides = [_subject(ctx, each) for each in (row.giver_id, row.receiver_id)]
    if not any(policy.can(ctx.actor, "gift.read", side).allowed for side in sides):
        policy.require(ctx.actor, "gift.read", sides[0])
    if ctx.actor.id == row.receiver_id and row.confirmed_at is None:
        raise say.GiftUnknown
    if ctx.actor.id not in (row.giver_id, row.receiver_id):
        audit.record(ctx, "gift.read", "gift", row.id, book=book, acting_for_id=row.giver_id)
    whole = any(_reads_names(ctx, side) for side in sides)
    return _lines(ctx, [row], whole=whole)[0]


def _reads_names(ctx: Context, subject: Subject) -> bool:
    return bool(policy.relations(ctx.actor, subject) & {"self", "staff"})


def _subject(ctx: Context, member_id: UUID) -> Subject:
    return subject_of(member_row(ctx.session, member_id))


def _lines(ctx: Context, rows: Iterable[Gift], *, whole: bool) -> list[GiftLine]:
    rows = list(rows)
    ids = {row.giver_id for row in rows} | {row.receiver_id for row in rows}
    found = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(ids)))
    names = {each.id: each.name if whole else texts.masked_name(each.name) for each in found}
    return [_line(ctx, row, names) for row in rows]


def _line(ctx: Context, row: Gift, names: dict[UUID, str]) -> GiftLine:
    final, held = row.state is GiftState.FINAL, row.state is GiftState.HELD

    def before(moment: datetime | None) -> bool:
        return moment is not None and ctx.now < moment

    return GiftLine(
        id=row.id,
        book=row.book,
        reference=row.reference,
        giver_id=row.giver_id,
        giver_name=names[row.giver_id],
        receiver_id=row.receiver_id,
        receiver_name=names[row.receiver_id],
        relation=row.relation,
        origin=row.origin,
        how=row.how,
        amount_minutes=row.amount_minutes,
        given_minutes=row.given_minutes,
        state=row.state,
        reason=row.reason,
        made_at=row.made_at,
        confirmed_at=row.confirmed_at,
        revocable_until=row.revocable_until,
        final_at=row.final_at,
        refusable_until=row.refusable_until,
        ended_at=row.ended_at,
        from_region=Name(*region_words(ctx, row.book)) if row.receiver_book else None,
        to_region=Name(*region_words(ctx, row.receiver_book)) if row.receiver_book else None,
        may_take_back=row.state is GiftState.WAITING or (held and before(row.revocable_until)),
        may_refuse=held or (final and before(row.refusable_until)),
        paper=code_of(ctx, PaperKind.GIFT_DEED, row.book, row.id) if final else None,
    )
