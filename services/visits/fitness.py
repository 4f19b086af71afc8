"""Whether a provider may take a request: the facts as they stand now, put to the rules.

Three readings of the rules page, each the careful one:

- Certificates count when they are valid from today through the visit's end; the level that
  is pinned follows from the same ones, so that nobody is paid for a paper that will have ended.
- Somebody in training (P0) earns honour minutes only and joins as an extra, one to a visit and
  after everybody needed has accepted: a learner never takes the place of a second pair of hands.
- Across regions one may accept while the corridor from the elder's book to the own one is open;
  whether the caps leave room is decided at the acceptance.

Two people who must not meet are told what everybody is told who comes too late, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Kinship, Member, MemberStatus
from models.requests import Request, Visit, VisitState
from services.availability.facts import Facts, facts_of
from services.clock import age_on, local_date
from services.context import Context
from services.corridors.pairs import NOT_JOINED, SHUT, Pair, barriers
from services.people.reading import certificates_of, consenting, current_grades
from services.places import regional_settings
from services.rules.eligibility import (
    HEALTH_DECLARATION,
    INSURANCE,
    SENTENCES,
    ProviderFacts,
    TaskFacts,
    refusals,
)
from services.rules.levels import (
    HeldCertificate,
    certificate_relevant,
    has_training,
    provider_level,
    valid_codes,
)
from services.rules.refusals import Refusal
from services.rules.regional import Settings
from services.rules.rule_set import RuleSet
from services.rules.tasks import EXTRAS
from services.visits.diary import Diary, diaries_of

#: A visit in one of these still counts among those who come.
COMING = (
    VisitState.ACCEPTED,
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
)

#: Why somebody of another book may not take it, by what stands between the two books.
ELSEWHERE: Mapping[str, str] = {
    SHUT: "这项服务在另一个地区，两地现在没有开通互认，不能承接。",
    NOT_JOINED: "这项服务在另一个地区，两地还没有都加入跨地区结算，不能承接。",
}
EXTRA_FULL = "已经有一位见习的人同行。"
TAKEN = Refusal("full", SENTENCES["full"])


@dataclass(frozen=True, slots=True)
class Fitness:
    """Every reason against it (none: welcome), and what an acceptance now would pin."""

    refusals: tuple[Refusal, ...]
    level: str
    certificate_relevant: bool
    care_grade: int
    #: Joins to learn, beside those who are needed.
    extra: bool
    #: The two must not meet: the request is not there for this provider.
    barred: bool = False

    @property
    def eligible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals

    @property
    def full(self) -> bool:
        """Whether enough others were quicker."""
        return any(each.code == "full" for each in self.refusals)


@dataclass(frozen=True, slots=True)
class _About:
    """What holds of the requests whoever the provider is: who comes, and to whom."""

    coming: Mapping[UUID, Sequence[Visit]]
    #: Visits of people who come and hold the training that the request's line lists.
    trained: frozenset[UUID]
    #: The care grade that holds today, by elder.
    grades: Mapping[UUID, int]
    facts: Facts
    #: Why an elder's book may not pay a provider's, by both.
    barriers: Mapping[Pair, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What holds of the provider whatever the request."""

    provider: Member
    held: tuple[HeldCertificate, ...]
    settings: Settings
    relations: Mapping[UUID, str]
    guardian_consent: bool
    diary: Diary


def fitness_of(ctx: Context, request: Request, provider: Member, rules: RuleSet) -> Fitness:
    """Whether the provider may take the request now, and at which level and grade."""
    return fitness_of_all(ctx, [request], provider, rules)[request.id]


def fitness_of_all(
    ctx: Context, requests: Sequence[Request], provider: Member, rules: RuleSet
) -> dict[UUID, Fitness]:
    """The same for many requests, the provider's own facts read once."""
    found = fitness_of_people(ctx, requests, [provider], rules)
    return {request.id: found[provider.id, request.id] for request in requests}


def fitness_of_people(
    ctx: Context, requests: Sequence[Request], providers: Sequence[Member], rules: RuleSet
) -> dict[tuple[UUID, UUID], Fitness]:
    """The same for many providers too, in a fixed number of statements: by both ids."""
    about = _about(ctx, requests, providers, rules)
    known = _known(ctx, requests, providers)
    return {
        (each.provider.id, request.id): _fitness(ctx, request, each, about, rules)
        for each in known
        for request in requests
    }


def coming_to(ctx: Context, requests: Iterable[Request]) -> dict[UUID, list[Visit]]:
    """Who still counts among those who come, by request, earliest acceptance first."""
    wanted = list(requests)
    rows = ctx.session.scalars(
        sa.select(Visit)
        .where(
            Visit.book.in_({each.book for each in wanted}),
            Visit.request_id.in_([each.id for each in wanted]),
            Visit.state.in_(COMING),
        )
        .order_by(Visit.accepted_at, Visit.id)
    )
    found: dict[UUID, list[Visit]] = {}
    for visit in rows:
        found.setdefault(visit.request_id, []).append(visit)
    return found


def trained_among(
    ctx: Context,
    requests: Iterable[Request],
    coming: Mapping[UUID, Sequence[Visit]],
    rules: RuleSet,
) -> frozenset[UUID]:
    """Visits of people who come and hold the listed training, by the level pinned back then."""
    visits = [visit for those in coming.values() for visit in those if not visit.extra]
    if not visits:
        return frozenset()
    today, asked = local_date(ctx.now), {each.id: each for each in requests}
    held = certificates_of(ctx.session, {visit.provider_id for visit in visits})
    return frozenset(
        visit.id
        for visit in visits
        if _has_training(visit, asked[visit.request_id], held[visit.provider_id], rules, today)
    )


def _has_training(
    visit: Visit,
    request: Request,
    held: Sequence[HeldCertificate],
    rules: RuleSet,
    today: date,
) -> bool:
    codes = valid_codes(held, today, max(today, local_date(request.ends_at)))
    return has_training(rules.service(request.service_code), visit.provider_level, codes, rules)


def _about(
    ctx: Context, requests: Sequence[Request], providers: Sequence[Member], rules: RuleSet
) -> _About:
    coming = coming_to(ctx, requests)
    return _About(
        coming=coming,
        trained=trained_among(ctx, requests, coming, rules),
        grades=current_grades(
            ctx.session, {each.elder_id for each in requests}, local_date(ctx.now)
        ),
        facts=facts_of(ctx.session, requests, providers, coming),
        barriers=barriers(
            ctx.session,
            {(each.book, one.home_book) for each in requests for one in providers},
            local_date(ctx.now),
        ),
    )


def _known(
    ctx: Context, requests: Sequence[Request], providers: Sequence[Member]
) -> Iterator[_Known]:
    session, today = ctx.session, local_date(ctx.now)
    ids = [each.id for each in providers]
    held = certificates_of(session, ids)
    relations: dict[UUID, dict[UUID, str]] = {each: {} for each in ids}
    for row in session.execute(
        sa.select(Kinship.member_id, Kinship.other_id, Kinship.relation).where(
            Kinship.member_id.in_(ids)
        )
    ):
        relations[row.member_id][row.other_id] = row.relation
    settings = {
        code: regional_settings(session, code, today)
        for code in {each.region_code for each in providers}
    }
    guarded = consenting(session, ids, "guardian")
    days = {local_date(each.starts_at) for each in requests}
    diaries = diaries_of(session, {each.id: each.home_book for each in providers}, days)
    for each in providers:
        yield _Known(
            provider=each,
            held=held[each.id],
            settings=settings[each.region_code],
            relations=relations[each.id],
            guardian_consent=each.id in guarded,
            diary=diaries[each.id],
        )


def _fitness(
    ctx: Context, request: Request, known: _Known, about: _About, rules: RuleSet
) -> Fitness:
    today, last = local_date(ctx.now), local_date(request.ends_at)
    codes = valid_codes(known.held, today, max(today, last))
    level = provider_level(codes, known.provider.served_minutes, rules)
    extra = rules.level(level).percent == 0
    coming = about.coming.get(request.id, ())
    safe = about.facts.of(request, known.provider.id, coming, today)
    facts = _provider_facts(request, known, coming, level, codes, extra=extra, **safe)
    task = _task_facts(request, about, today)
    barred = about.facts.is_barred(request, known.provider.id)
    against = (
        *_elsewhere(request, known, about, coming, extra=extra),
        *refusals(facts, task, rules, known.settings),
    )
    return Fitness(
        refusals=(TAKEN,) if barred else against,
        level=level,
        certificate_relevant=certificate_relevant(rules.service(request.service_code), codes),
        care_grade=about.grades.get(request.elder_id, 0),
        extra=extra,
        barred=barred,
    )


def _elsewhere(
    request: Request,
    known: _Known,
    about: _About,
    coming: Sequence[Visit],
    *,
    extra: bool,
) -> tuple[Refusal, ...]:
    """What the rules' own list does not know: the other book, and a second learner."""
    found: list[Refusal] = []
    barrier = about.barriers.get((request.book, known.provider.home_book))
    if barrier is not None:
        found.append(Refusal(barrier, ELSEWHERE[barrier]))
    learners = [visit for visit in coming if visit.extra and visit.provider_id != known.provider.id]
    if extra and len(learners) >= EXTRAS:
        found.append(Refusal("extra_full", EXTRA_FULL))
    return tuple(found)


def _provider_facts(
    request: Request,
    known: _Known,
    coming: Sequence[Visit],
    level: str,
    codes: frozenset[str],
    *,
    extra: bool,
    **safe: Any,
) -> ProviderFacts:
    provider, day = known.provider, local_date(request.starts_at)
    mine = [visit for visit in coming if visit.provider_id == provider.id]
    return ProviderFacts(
        age_years=age_on(provider.born_on, day),
        sex=provider.sex.value,
        level=level,
        certificates=codes,
        insured=INSURANCE in codes,
        health_declared=HEALTH_DECLARATION in codes,
        # Whoever has left, or has died a moment ago, promises nothing any more.
        identity_checked=provider.identity_checked_at is not None
        and provider.status is MemberStatus.ACTIVE,
        guardian_consent=known.guardian_consent,
        paused_until=provider.paused_until,
        kin_relation=known.relations.get(request.elder_id),
        is_recipient=provider.id == request.elder_id,
        already_accepted=bool(mine),
        as_extra=extra,
        # The own promise is no second service at the same time.
        overlaps=not mine and not known.diary.is_free(request.starts_at, request.booked_minutes),
        day_actual_minutes=known.diary.day_actual_minutes(day),
        week_actual_minutes=known.diary.week_actual_minutes(day),
        year_actual_minutes=known.diary.year_actual_minutes(day),
        **safe,
    )


def _task_facts(request: Request, about: _About, today: date) -> TaskFacts:
    counted = [visit for visit in about.coming.get(request.id, ()) if not visit.extra]
    return TaskFacts(
        service=request.service_code,
        booked_minutes=request.booked_minutes,
        today=today,
        people_needed=request.people_needed,
        accepted=len(counted),
        accepted_trained=sum(visit.id in about.trained for visit in counted),
        required_sex=request.wished_sex,
        required_languages=frozenset(request.wished_languages if request.language_must else ()),
    )
