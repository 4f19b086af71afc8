"""What the questions of a request need: the catalogue in plain groups, prices, the last answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request
from services import policy, rates
from services.availability.wishes import Visitor, WishForm, standing, visitors_of
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import available_minutes, standings
from services.people.reading import current_grade, member_row
from services.queries.elder.near import ElderView, near, subject_of, view_of
from services.requests.asking import AskForm, check, first_visit
from services.requests.payers import Purse, purse_for
from services.requests.sentences import SpendLimit
from services.requests.spending import Spent, own_part, spent_of
from services.requests.staying import hosts_of, stay_at
from services.rules.factors import factors_of
from services.rules.formula import figures
from services.rules.names import Name
from services.rules.rule_set import RuleSet, ServiceLine
from services.rules.tasks import people_needed
from services.rules.valuation import elder_hold, elder_share

#: An hour of a working day's daytime, as the formula weighs it: sixty minutes at one hundred.
ORDINARY_HOUR = 60 * 100


@dataclass(frozen=True, slots=True)
class ServiceOption:
    """A line of the catalogue as it is offered to one elder."""

    code: str
    name: Name
    limits: Name | None
    group: str
    min_minutes: int
    max_minutes: int
    remote: bool
    same_sex: bool
    people_needed: int


@dataclass(frozen=True, slots=True)
class Group:
    """Services of one kind; an ordinary hour of any of them costs the elder the same."""

    code: str
    name: Name
    hour_minutes: int
    services: tuple[ServiceOption, ...]


@dataclass(frozen=True, slots=True)
class LastAsked:
    """The answers of the last request, to be offered again. ``address`` only where it differs."""

    service_code: str
    group: str
    starts_at: datetime
    booked_minutes: int
    remote: bool
    address: str | None
    note: str | None
    risk_note: str | None
    wished_sex: str | None
    #: The county and the branch, where the elder stayed elsewhere.
    place_book: str | None = None
    place_branch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything that the questions are made of."""

    elder: ElderView
    address: str | None
    groups: tuple[Group, ...]
    last: LastAsked | None
    #: What the elder wishes as a rule, and who came before.
    wishes: WishForm | None = None
    visitors: tuple[Visitor, ...] = ()
    #: What the relative who asks could pay with; None where it is not for him to pay.
    purse: Purse | None = None
    #: The month of the relative who asks; None for the elder and at the counter.
    month: Spent | None = None
    #: Whether there is anywhere else that the elder might ask from today.
    may_stay: bool = False

    def service(self, code: str | None) -> ServiceOption | None:
        """The chosen line, None while nothing is chosen."""
        found = (each for group in self.groups for each in group.services if each.code == code)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a request would hold, before it is made. Standard minutes.

    ``share_minutes`` is the elder's share of the booked time; ``hold_minutes`` is what will be
    set aside, the overrun too as far as there are coins; ``missing_minutes`` is what the pool
    would be asked for.
    """

    service: Name
    share_minutes: int
    with_overrun_minutes: int
    overrun_minutes: int
    available_minutes: int
    hold_minutes: int
    missing_minutes: int
    people_needed: int
    #: The part of what is set aside that the relative who asks pays.
    payer_minutes: int = 0
    #: What a delegate may still use of the elder's coins this month after this request.
    month_left_minutes: int | None = None

    @property
    def own_minutes(self) -> int:
        """The part of what is set aside that is the elder's own."""
        return self.hold_minutes - self.payer_minutes


def asking_of(ctx: Context, elder_id: UUID) -> Asking:
    """The catalogue and the last answers. Raises ``NotAMember`` or a refusal."""
    member = near(ctx, elder_id)
    policy.require(ctx.actor, "request.ask", subject_of(member))
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    grade = current_grade(ctx.session, member.id, local_date(ctx.now))
    first = first_visit(ctx, member)
    groups: dict[str, list[ServiceOption]] = {}
    for line in rules.services.values():
        groups.setdefault(line.tier, []).append(_option(line, grade, first))
    return Asking(
        elder=view_of(ctx, member),
        address=ctx.vault.open_or_none("member.address", member.address_sealed),
        groups=tuple(
            Group(code, tier.name, ordinary_hour(rules, groups[code][0].code), tuple(groups[code]))
            for code, tier in rules.tiers.items()
            if code in groups
        ),
        last=_last(ctx, member.home_book, member.id, rules),
        wishes=standing(ctx.session, member.id),
        visitors=visitors_of(ctx.session, member),
        purse=purse_for(ctx, member),
        month=_month(ctx, member),
        may_stay=_may_stay(ctx, member),
    )


def _may_stay(ctx: Context, member: Member) -> bool:
    """The elder and the family say so here; a counter only asks for who stays near it."""
    own = ctx.actor.id == member.id or ctx.actor.acts_for(member.id)
    return own and bool(hosts_of(ctx, member.home_book))


def _month(ctx: Context, member: Member) -> Spent | None:
    if not ctx.actor.acts_for(member.id):
        return None
    return spent_of(ctx.session, member.home_book, member.id, ctx.actor.id, ctx.now)


def ordinary_hour(rules: RuleSet, service: str) -> int:
    """What the elder pays for an hour in the daytime of a working day."""
    factors = factors_of(rules, service, rules.second_level, False, 0)
    return figures(ORDINARY_HOUR, factors, rules.elder_pays)[1]


def _option(line: ServiceLine, grade: int, first: bool) -> ServiceOption:
    return ServiceOption(
        code=line.code,
        name=line.name,
        limits=line.limits,
        group=line.tier,
        min_minutes=line.min_minutes,
        max_minutes=line.max_minutes,
        remote=line.remote,
        same_sex=line.same_sex,
        people_needed=people_needed(line, grade, first),
    )


def _last(ctx: Context, book: str, elder_id: UUID, rules: RuleSet) -> LastAsked | None:
    row = ctx.session.scalar(
        sa.select(Request)
        .where(Request.book == book, Request.elder_id == elder_id)
        .order_by(Request.submitted_at.desc(), Request.id.desc())
        .limit(1)
    )
    line = rules.services.get(row.service_code) if row is not None else None
    if row is None or line is None:
        return None
    home = ctx.vault.open_or_none(
        "member.address", member_row(ctx.session, elder_id).address_sealed
    )
    address = ctx.vault.open_or_none("request.address", row.address_sealed)
    return LastAsked(
        service_code=row.service_code,
        group=line.tier,
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        remote=row.remote,
        address=None if address == home else address,
        note=ctx.vault.open_or_none("request.note", row.note_sealed),
        risk_note=ctx.vault.open_or_none("request.risk", row.risk_note_sealed),
        wished_sex=row.wished_sex,
        place_book=row.place_book,
        place_branch_id=row.branch_id if row.place_book else None,
    )


def price_of(ctx: Context, service: str, starts_at: datetime, minutes: int) -> int:
    """The elder's share of a visit at that time, in standard minutes."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return elder_share(service, starts_at, minutes, rules, rates.calendar_on(ctx.session))


def forecast(ctx: Context, form: AskForm) -> Forecast:
    """What the request would hold. Raises the sentence that asking for it would raise."""
    member = near(ctx, form.elder_id)
    policy.require(ctx.actor, "request.ask", subject_of(member))
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    place = stay_at(ctx, member, form.place_branch_id)
    line = check(ctx, form, member, rules)
    calendar = rates.calendar_on(ctx.session)
    share, most = elder_hold(line.code, form.starts_at, form.booked_minutes, rules, calendar)
    available = available_minutes(standings(ctx.session, member.home_book, member.id, now=ctx.now))
    purse = purse_for(ctx, member) if form.payer else None
    by_payer = 0 if purse is None else max(0, min(most, purse.most_minutes))
    own = max(0, min(most - by_payer, available))
    held = by_payer + own
    grade = current_grade(ctx.session, member.id, local_date(form.starts_at))
    return Forecast(
        service=line.name,
        share_minutes=share,
        with_overrun_minutes=most,
        overrun_minutes=rules.overrun_minutes,
        available_minutes=available,
        hold_minutes=held,
        missing_minutes=max(0, share - held),
        people_needed=people_needed(
            line, grade, first_visit(ctx, member, place.book if place else None)
        ),
        payer_minutes=by_payer,
        month_left_minutes=_left_after(ctx, member, own_part(share, by_payer, own, None)),
    )


def _left_after(ctx: Context, member: Member, needed: int) -> int | None:
    """What is left of a delegate's month after a request; raises SpendLimit."""
    month = _month(ctx, member)
    if month is None or month.left_minutes is None:
        return None
    if needed > month.left_minutes:
        raise SpendLimit(
            field="payer",
            elder=member.name,
            left_minutes=month.left_minutes,
            needed_minutes=needed,
        )
    return month.left_minutes - needed
