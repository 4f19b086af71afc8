"""Who may accept a visit: every reason against it at once, none of them a preference."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.rules.languages import names, understands
from services.rules.levels import has_training
from services.rules.refusals import Refusal
from services.rules.regional import NO_SETTINGS, Settings, regional_value
from services.rules.rule_set import RuleSet, ServiceLine

#: Certificate codes that say what ``insured`` and ``health_declared`` ask.
INSURANCE = "insurance-accident"
HEALTH_DECLARATION = "health-declaration"
#: What the recipient is to the provider where care is nobody's gift: it is owed by law.
CLOSE_KIN = frozenset({"spouse", "parent", "child"})

SENTENCES: Mapping[str, str] = {
    "own_request": "这是您自己的请求，不能由您自己承接。",
    "kin": "照护自己的配偶、父母或子女不计入互助时间，请由别人承接。",
    "identity_unchecked": "您的身份还没有由网点核验。",
    "paused": "您的服务资格暂停到 {until}。",
    "already_accepted": "您已经承接了这次服务，另一位要由别人来。",
    "full": "已经有足够的人承接这次服务。",
    "too_young": "满 {age} 岁才能参加服务。",
    "minor_tier": "未满 {age} 岁只能参加这些服务：{tiers}。",
    "guardian_missing": "未满 {age} 岁要有监护人同意，或者随团体参加。",
    "older_tier": "满 {age} 岁只能参加这些服务：{tiers}。",
    "health_missing": "满 {age} 岁要有一年之内的健康声明。",
    "level_too_low": "这项服务要求{needed}等级（{terms}），您现在是{own}等级。",
    "certificate_missing": "这项服务要求您持有到服务结束时仍有效的{names}。",
    "one_certificate_missing": "这项服务要求您持有以下有效证书之一：{names}。",
    "trained_missing": "两人同行，其中一位要受过这项服务规定的培训；现在还缺这一位。",
    "second_level_too_low": "两人同行时，另一位至少要达到{needed}等级。",
    "extra_too_early": "见习的人要等服务者到齐以后才能加入。",
    "insurance_missing": "这项服务要求您有到服务结束时仍有效的意外保险。",
    "woman_wished": "这位老人要求由女性上门。",
    "man_wished": "这位老人要求由男性上门。",
    "language_required": "这位老人要求来的人会说{languages}。",
    "screening_missing": "第一次上门以前要做安全审核（无犯罪记录证明和面谈），请联系网点。",
    "first_visit_alone": "第一次上门要有经验的人同行，请联系网点安排。",
    "overlap": "您在这段时间已经有别的服务。",
    "day_full": "每天最多服务 {limit_minutes}；这一天您已有 {taken_minutes}。",
    "week_full": "每周最多服务 {limit_minutes}；这一周您已有 {taken_minutes}。",
    "year_full": "每年最多服务 {limit_minutes}；这一年您已有 {taken_minutes}。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """What is known of the provider for this visit."""

    #: On the day of the visit.
    age_years: int
    sex: str
    level: str
    #: Codes valid through the visit's end.
    certificates: frozenset[str] = frozenset()
    insured: bool = False
    health_declared: bool = False
    identity_checked: bool = False
    guardian_consent: bool = False
    in_group: bool = False
    paused_until: date | None = None
    #: What the recipient is to the provider: spouse, parent, child or another word.
    kin_relation: str | None = None
    is_recipient: bool = False
    already_accepted: bool = False
    #: Joins to learn, beside those who are needed.
    as_extra: bool = False
    overlaps: bool = False
    #: Languages and dialects spoken, by code; none where nothing has been said.
    languages: frozenset[str] = frozenset()
    #: Nobody has ever been visited at home by this provider, and now somebody would be.
    first_home_visit: bool = False
    #: A screening holds through the visit's end, and somebody experienced goes along.
    screened: bool = False
    accompanied: bool = False
    #: Served or promised on the day, in the week and in the year of the visit.
    day_actual_minutes: int = 0
    week_actual_minutes: int = 0
    year_actual_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """What is known of the visit."""

    service: str
    booked_minutes: int
    #: The day on which it would be accepted.
    today: date
    people_needed: int = 1
    #: Those who have accepted, and how many of them hold the listed training.
    accepted: int = 0
    accepted_trained: int = 0
    #: Only this sex may come; None where it does not matter.
    required_sex: str | None = None
    #: Only who speaks one of these may come; empty where it does not matter.
    required_languages: frozenset[str] = frozenset()


def refusals(
    provider: ProviderFacts,
    task: TaskFacts,
    rules: RuleSet,
    settings: Settings = NO_SETTINGS,
) -> tuple[Refusal, ...]:
    """Every reason why the provider may not accept; none means that nothing stands against it.

    Settings are those of the provider's region.
    """
    line = rules.service(task.service)
    return (
        *_person(provider, task),
        *_age(provider, line, rules),
        *_training(provider, task, line, rules),
        *_visit(provider, task, line),
        *_hours(provider, task, rules, settings),
    )


def _no(code: str, **params: Any) -> Refusal:
    return Refusal(code, SENTENCES[code], params)


def _person(provider: ProviderFacts, task: TaskFacts) -> Iterator[Refusal]:
    if provider.is_recipient:
        yield _no("own_request")
    if provider.kin_relation in CLOSE_KIN:
        yield _no("kin")
    if not provider.identity_checked:
        yield _no("identity_unchecked")
    if provider.paused_until is not None and task.today <= provider.paused_until:
        yield _no("paused", until=provider.paused_until)


def _age(provider: ProviderFacts, line: ServiceLine, rules: RuleSet) -> Iterator[Refusal]:
    earning, age = rules.earning, provider.age_years
    if age < earning.minor_age:
        yield _no("too_young", age=earning.minor_age)
    elif age < earning.adult_age:
        if line.tier not in earning.minor_tiers:
            yield _no(
                "minor_tier", age=earning.adult_age, **_tier_names(earning.minor_tiers, rules)
            )
        if not (provider.guardian_consent or provider.in_group):
            yield _no("guardian_missing", age=earning.adult_age)
    older = earning.older_rule(age)
    if older is not None:
        if line.tier not in older.tiers:
            yield _no("older_tier", age=older.from_age, **_tier_names(older.tiers, rules))
        if older.health_declaration and not provider.health_declared:
            yield _no("health_missing", age=older.from_age)


def _training(
    provider: ProviderFacts, task: TaskFacts, line: ServiceLine, rules: RuleSet
) -> Iterator[Refusal]:
    if provider.as_extra:
        if task.accepted < task.people_needed:
            yield _no("extra_too_early")
        return
    trained = has_training(line, provider.level, provider.certificates, rules)
    if trained:
        return
    if task.people_needed < 2:
        yield from _missing_training(provider, line, rules)
        return
    if rules.level_rank(provider.level) < rules.level_rank(rules.second_level):
        needed = rules.levels[rules.second_level].name
        yield _no("second_level_too_low", **needed.params("needed"))
    if task.accepted_trained == 0 and task.accepted + 1 >= task.people_needed:
        yield _no("trained_missing")
        yield from _missing_training(provider, line, rules)


def _missing_training(
    provider: ProviderFacts, line: ServiceLine, rules: RuleSet
) -> Iterator[Refusal]:
    if rules.level_rank(provider.level) < rules.level_rank(line.level):
        needed = rules.levels[line.level]
        yield _no(
            "level_too_low",
            **needed.name.params("needed"),
            **needed.terms.params("terms"),
            **rules.levels[provider.level].name.params("own"),
        )
    absent = line.all_of - provider.certificates
    if absent:
        yield _no("certificate_missing", **_certificate_names(absent, rules))
    if line.one_of and line.one_of.isdisjoint(provider.certificates):
        yield _no("one_certificate_missing", **_certificate_names(line.one_of, rules))


def _visit(provider: ProviderFacts, task: TaskFacts, line: ServiceLine) -> Iterator[Refusal]:
    if provider.already_accepted:
        yield _no("already_accepted")
    elif task.accepted >= task.people_needed and not provider.as_extra:
        yield _no("full")
    if line.insurance and not provider.insured:
        yield _no("insurance_missing")
    if task.required_sex is not None and provider.sex != task.required_sex:
        yield _no("woman_wished" if task.required_sex == "female" else "man_wished")
    if not understands(provider.languages, task.required_languages):
        yield _no("language_required", **names(task.required_languages))
    if provider.first_home_visit and not provider.screened:
        yield _no("screening_missing")
    if provider.first_home_visit and not provider.accompanied:
        yield _no("first_visit_alone")
    if provider.overlaps:
        yield _no("overlap")


def _hours(
    provider: ProviderFacts, task: TaskFacts, rules: RuleSet, settings: Settings
) -> Iterator[Refusal]:
    older = rules.earning.older_rule(provider.age_years)
    for code, name, taken in (
        ("day_full", "actual_per_day_minutes", provider.day_actual_minutes),
        ("week_full", "actual_per_week_minutes", provider.week_actual_minutes),
        ("year_full", "actual_per_year_minutes", provider.year_actual_minutes),
    ):
        limit = regional_value(rules, name, settings.get(name))
        if code == "day_full" and older is not None:
            limit = min(limit, older.per_day_minutes)
        if taken + task.booked_minutes > limit:
            yield _no(code, limit_minutes=limit, taken_minutes=taken)


def _tier_names(codes: Collection[str], rules: RuleSet) -> dict[str, str]:
    names = [tier.name for tier in rules.tiers.values() if tier.code in codes]
    return {
        "tiers_zh": "、".join(name.zh for name in names),
        "tiers_en": ", ".join(name.en for name in names),
    }


def _certificate_names(codes: Collection[str], rules: RuleSet) -> dict[str, str]:
    names = [each.name for each in rules.certificates.values() if each.code in codes]
    return {
        "names_zh": "、".join(name.zh for name in names),
        "names_en": ", ".join(name.en for name in names),
    }
