"""What a volunteer has given and learnt, and what to do next: hours, stars, level, papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Certificate, Member
from models.requests import Visit, VisitState
from models.service_days import GroupSession
from services import policy, rates
from services.clock import age_on, at_local, local_date
from services.context import Context
from services.honouring.perks import PerkView, perks_for
from services.people.books import books_of
from services.people.reading import held_certificates, member_row, subject_of
from services.records.activities import EVER
from services.records.lines import HonourRecord
from services.records.people import honours_of
from services.rules.eligibility import HEALTH_DECLARATION, INSURANCE
from services.rules.levels import HeldCertificate, provider_level, valid_codes
from services.rules.names import Name
from services.rules.rule_set import CertificateKind, Level, RuleSet
from services.stars.reading import AwardView, my_stars

#: A paper is spoken of so long before it ends, and so long after.
ENDING_DAYS = 30
ENDED_DAYS = 180

SENTENCES: Mapping[str, str] = {
    "identity": "请带身份证到网点核验身份，核验后才能接服务。",
    "paused": "接服务暂停到 {until}，之后自动恢复。有疑问请打网点电话。",
    "course": "参加“{name}”并到网点登记，就能开始得到互助时间；现在只记荣誉时长。",
    "hours": "再服务 {left_minutes}，您的专项课就会算数，等级升为{level}。",
    "skilled": "上一门专项课并服务满 {hours} 小时，等级会升为{level}。",
    "insurance": "还没有有效的意外保险，这几项暂时不能接：{services}。请到网点登记。",
    "health": "满 {age} 岁要有一年之内的健康声明，请到网点登记。",
    "ending": "“{name}”到 {until} 为止，请提前续办并到网点登记。",
    "ended": "“{name}”已在 {until} 到期，续办后请到网点登记。",
}
#: Steps that keep somebody from serving now, or soon will.
PRESSING = ("identity", "paused", "course", "insurance", "health", "ending", "ended")


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do: a code, and what fills the gaps of its Chinese sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The Chinese sentence with its ``{params}``."""
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A paper on record; ``state`` is valid, ending, ended or later."""

    name: Name
    issuer: str
    valid_from: date
    valid_to: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Honours:
    """Actual minutes are the same for everybody, whatever they were worth in coins."""

    number: str
    served_minutes: int
    year_minutes: int
    visits: int
    #: Granted and standing; ``pending`` is being published.
    stars: int
    pending: AwardView | None
    barred_until: date | None
    honours: tuple[HonourRecord, ...]
    perks: tuple[PerkView, ...]
    next_stars: int | None
    #: Actual minutes that are missing for the next star.
    next_star_minutes: int | None
    level: Level
    certificates: tuple[CertificateLine, ...]
    steps: tuple[NextStep, ...]


def honours(ctx: Context) -> Honours:
    """The actor's own honours."""
    member = member_row(ctx.session, ctx.actor.id)
    policy.require(ctx.actor, "member.read", subject_of(member))
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    held = held_certificates(ctx.session, member.id)
    codes = valid_codes(held, today)
    mine = my_stars(ctx, member.id)
    ahead = [each for each in rules.stars if each.hours * 60 > member.served_minutes]
    following = min(ahead, key=lambda each: each.hours, default=None)
    return Honours(
        number=member.number,
        served_minutes=member.served_minutes,
        year_minutes=_year_minutes(ctx, member, today),
        visits=_visit_count(ctx, member),
        stars=mine.stars,
        pending=mine.pending,
        barred_until=mine.barred_until,
        honours=honours_of(ctx, books_of(member), EVER, member.id),
        perks=perks_for(ctx, member.id),
        next_stars=following.stars if following else None,
        next_star_minutes=following.hours * 60 - member.served_minutes if following else None,
        level=rules.level(provider_level(codes, member.served_minutes, rules)),
        certificates=_certificates(ctx, member.id, rules, today),
        steps=next_steps(member, held, rules, today),
    )


def next_steps(
    member: Member, held: Iterable[HeldCertificate], rules: RuleSet, today: date
) -> tuple[NextStep, ...]:
    """What stands in the way, what will soon, and how to rise; the most pressing first."""
    papers = tuple(held)
    codes = valid_codes(papers, today)
    return (
        *_standing(member, today),
        *_level_steps(member, codes, rules),
        *_papers_asked(member, codes, rules, today),
        *_papers_ending(papers, codes, rules, today),
    )


def _standing(member: Member, today: date) -> Iterator[NextStep]:
    if member.identity_checked_at is None:
        yield NextStep("identity")
    if member.paused_until is not None and today <= member.paused_until:
        yield NextStep("paused", {"until": member.paused_until})


def _level_steps(member: Member, codes: frozenset[str], rules: RuleSet) -> Iterator[NextStep]:
    ranks = list(rules.levels.values())
    level = rules.level(provider_level(codes, member.served_minutes, rules))
    basic, skilled = ranks[1], ranks[2]
    if level is ranks[0]:
        kinds = [each for each in rules.certificates.values() if each.level == basic.code]
        if kinds:
            yield NextStep("course", min(kinds, key=_hours).name.params("name"))
    elif level is basic:
        missing = skilled.served_hours * 60 - member.served_minutes
        learnt = any(
            rules.certificates[code].level == skilled.code
            for code in codes
            if code in rules.certificates
        )
        if learnt and missing > 0:
            yield NextStep("hours", {"left_minutes": missing, **skilled.name.params("level")})
        elif not learnt:
            yield NextStep(
                "skilled", {"hours": skilled.served_hours, **skilled.name.params("level")}
            )


def _hours(kind: CertificateKind) -> int:
    return kind.hours


def _papers_asked(
    member: Member, codes: frozenset[str], rules: RuleSet, today: date
) -> Iterator[NextStep]:
    if INSURANCE not in codes:
        lines = [each.name for each in rules.services.values() if each.insurance]
        yield NextStep(
            "insurance",
            {
                "services_zh": "、".join(name.zh for name in lines),
                "services_en": ", ".join(name.en for name in lines),
            },
        )
    older = rules.earning.older_rule(age_on(member.born_on, today))
    if older and older.health_declaration and HEALTH_DECLARATION not in codes:
        yield NextStep("health", {"age": older.from_age})


def _papers_ending(
    papers: tuple[HeldCertificate, ...], codes: frozenset[str], rules: RuleSet, today: date
) -> Iterator[NextStep]:
    """Only the latest paper of a kind matters: an older one has been followed by it."""
    latest: dict[str, HeldCertificate] = {}
    for each in papers:
        known = latest.get(each.code)
        if known is None or (each.valid_to or date.max) >= (known.valid_to or date.max):
            latest[each.code] = each
    for code, each in sorted(latest.items()):
        kind = rules.certificates.get(code)
        if kind is None or each.valid_to is None:
            continue
        params = {**kind.name.params("name"), "until": each.valid_to}
        if code in codes and each.valid_to <= today + timedelta(days=ENDING_DAYS):
            yield NextStep("ending", params)
        elif code not in codes and today - timedelta(days=ENDED_DAYS) <= each.valid_to < today:
            yield NextStep("ended", params)


def _certificates(
    ctx: Context, member_id: UUID, rules: RuleSet, today: date
) -> tuple[CertificateLine, ...]:
    rows = ctx.session.scalars(
        sa.select(Certificate)
        .where(Certificate.member_id == member_id)
        .order_by(Certificate.valid_from.desc(), Certificate.id.desc())
    )
    return tuple(
        CertificateLine(
            name=rules.certificates[row.code].name
            if row.code in rules.certificates
            else Name(row.code, row.code),
            issuer=row.issuer,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            state=_state(row, today),
        )
        for row in rows
    )


def _state(row: Certificate, today: date) -> str:
    if today < row.valid_from:
        return "later"
    if row.valid_to is None:
        return "valid"
    if row.valid_to < today:
        return "ended"
    return "ending" if row.valid_to <= today + timedelta(days=ENDING_DAYS) else "valid"


def _year_minutes(ctx: Context, member: Member, today: date) -> int:
    """Actual minutes of credited visits, and of sessions led, in this calendar year."""
    total = ctx.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Visit.actual_minutes), 0)).where(
            Visit.book.in_(books_of(member)),
            Visit.provider_id == member.id,
            Visit.state == VisitState.CREDITED,
            Visit.reversed_at.is_(None),
            Visit.starts_at >= at_local(date(today.year, 1, 1), time()),
        )
    )
    led = ctx.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(GroupSession.actual_minutes), 0)).where(
            *_led(member), GroupSession.starts_at >= at_local(date(today.year, 1, 1), time())
        )
    )
    return int(total or 0) + int(led or 0)


def _led(member: Member) -> tuple[sa.ColumnElement[bool], ...]:
    """Group sessions that the member has led and that are settled."""
    return (
        GroupSession.book.in_(books_of(member)),
        GroupSession.provider_id == member.id,
        GroupSession.settled_at.is_not(None),
    )


def _visit_count(ctx: Context, member: Member) -> int:
    total = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.book.in_(books_of(member)),
            Visit.provider_id == member.id,
            Visit.state == VisitState.CREDITED,
            Visit.reversed_at.is_(None),
        )
    )
    led = ctx.session.scalar(
        sa.select(sa.func.count()).select_from(GroupSession).where(*_led(member))
    )
    return (total or 0) + (led or 0)
