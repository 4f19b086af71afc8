"""Every factor of a valuation in sentences: the edges translate and fill them.

Params that end in ``_minutes`` are durations; ``tier_zh`` and ``tier_en`` are one name in both
languages, of which the reader's fills ``{tier}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.rules.factors import ONE_WEIGHT
from services.rules.formula import Valuation
from services.rules.rule_set import RuleSet

SENTENCES: Mapping[str, str] = {
    "served": "服务了 {actual_minutes}，其中 {creditable_minutes} 可以计入。",
    "too_short": "不足 {least_minutes}，不计入。",
    "overrun": "预约 {booked_minutes}，超时最多再计 {overrun_minutes}。",
    "after_window": "离预约时间太久的部分只记荣誉时长。",
    "day_cap": "当天计入时长有上限，本次计入 {credited_minutes}；其余只记荣誉时长。",
    "content": "服务内容（{name}）：{percent}%。",
    "provider": "服务者等级（{name}）：{percent}%。",
    "provider_not_relevant": "服务者等级（{name}）：证书与本项服务无关，按 {percent}% 计。",
    "provider_group": "集体服务不计服务者等级，按 {percent}% 计。",
    "provider_stopped": (
        "服务者等级（{name}）：本地区备付率低于 {threshold_percent}%，"
        "这项加成暂停，按 {percent}% 计。"
    ),
    "recipient": "照护等级（{name}）：{percent}%。",
    "recipient_stopped": (
        "照护等级（{name}）：本地区备付率低于 {threshold_percent}%，"
        "这项加成暂停，按 {percent}% 计。"
    ),
    "recipient_not_counted": "本项服务不计照护等级，按 {percent}% 计。",
    "weight": "三项相乘，权重为 {weight}。",
    "weight_capped": "三项相乘为 {before}，超过上限，权重按 {weight} 计。",
    "time": "{day}{hour} {band_minutes}，按 {percent}% 计。",
    "time_stopped": (
        "{day}{hour} {band_minutes}：本地区备付率低于 {threshold_percent}%，"
        "这项加成暂停，按 {percent}% 计。"
    ),
    "earn": "服务者得到 {earn_minutes}。",
    "elder": "老人付出 {elder_minutes}：按服务内容和时间计。",
    "elder_full": "老人付出 {elder_minutes}：本规则由老人全部承担。",
    "elder_hold": "老人付出 {elder_minutes}：不超过预留的 {hold_minutes}。",
    "elder_pair": "两人同行，老人只付一份，由另一位服务者的记录承担。",
    "elder_group": "每位参加的老人付出 {share_minutes}，共 {elder_minutes}。",
    "pool": "公益池补足 {pool_minutes}。",
    "pool_receives": "进位多出的 {pool_minutes} 归公益池。",
    "rules": "按规则 {rule_set} 和日历 {calendar} 计算。",
    "calendar_unpublished": "当年的放假安排尚未公布，周六、周日按休息日计，以后不再改价。",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: a code, the Chinese sentence and what fills its gaps."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The Chinese sentence with its ``{params}``."""
        return SENTENCES[self.code]


def explain(valuation: Valuation, rules: RuleSet) -> tuple[Line, ...]:
    """Why the visit is worth what it is, in the order of the formula.

    ``rules`` is the rule set that the valuation was made with (``ValueError`` if it is not): the
    names of tiers, levels and grades are its own.
    """
    if valuation.rule_set_hash != rules.content_hash:
        raise ValueError("a valuation is explained by the rule set that made it")
    return (
        *_minutes(valuation, rules),
        *_factors(valuation, rules),
        *_time(valuation, rules),
        *_results(valuation),
        Line(
            "rules",
            {"rule_set": valuation.rule_set_version, "calendar": valuation.calendar_version},
        ),
        *([] if valuation.calendar_published else [Line("calendar_unpublished")]),
    )


def weight_text(weight: int) -> str:
    """A weight for people: 1650000 is "1.65"."""
    whole, rest = divmod(weight, ONE_WEIGHT)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def _minutes(valuation: Valuation, rules: RuleSet) -> Iterator[Line]:
    facts = valuation.facts
    yield Line(
        "served",
        {
            "actual_minutes": facts.actual_minutes,
            "creditable_minutes": valuation.creditable_minutes,
        },
    )
    counted = min(facts.actual_minutes, facts.booked_minutes + rules.overrun_minutes)
    if counted < rules.minimum_minutes:
        yield Line("too_short", {"least_minutes": rules.minimum_minutes})
    elif valuation.creditable_minutes < counted:
        yield Line("after_window")
    elif counted < facts.actual_minutes:
        yield Line(
            "overrun",
            {"booked_minutes": facts.booked_minutes, "overrun_minutes": rules.overrun_minutes},
        )
    if valuation.credited_minutes < valuation.creditable_minutes:
        yield Line("day_cap", {"credited_minutes": valuation.credited_minutes})


def _factors(valuation: Valuation, rules: RuleSet) -> Iterator[Line]:
    facts, factors = valuation.facts, valuation.factors
    line = rules.service(facts.service)
    tier, level = rules.tiers[line.tier], rules.level(facts.provider_level)
    yield Line("content", {**tier.name.params("name"), "percent": factors.s_percent})
    code = "provider"
    if factors.p_percent < level.percent:
        stopped = facts.premium_stop != "none" and facts.certificate_relevant
        code = "provider_stopped" if stopped else "provider_not_relevant"
        code = "provider_group" if facts.is_group else code
    said = {**level.name.params("name"), "percent": factors.p_percent}
    if code == "provider_stopped":
        said["threshold_percent"] = rules.reserve.stop_pt_below_percent
    yield Line(code, said)
    if line.care and not facts.is_group:
        yield _recipient(valuation, rules)
    else:
        yield Line("recipient_not_counted", {"percent": factors.r_percent})
    if valuation.capped:
        before = weight_text(factors.weight_before_cap)
        yield Line("weight_capped", {"before": before, "weight": weight_text(factors.weight)})
    else:
        yield Line("weight", {"weight": weight_text(factors.weight)})


def _recipient(valuation: Valuation, rules: RuleSet) -> Line:
    grade, percent = rules.grade(valuation.facts.care_grade), valuation.factors.r_percent
    said = {**grade.name.params("name"), "percent": percent}
    if percent < grade.percent:
        below = rules.reserve.stop_ptr_below_percent
        return Line("recipient_stopped", {**said, "threshold_percent": below})
    return Line("recipient", said)


def _time(valuation: Valuation, rules: RuleSet) -> Iterator[Line]:
    hours = {band.code: band for band in rules.hour_bands}
    for band in valuation.bands:
        kind, hour = rules.day_kinds[band.day_kind], hours[band.hour_band]
        said = {
            **kind.name.params("day"),
            **hour.name.params("hour"),
            "band_minutes": band.minutes,
            "percent": band.percent,
        }
        if band.percent < max(kind.percent, hour.percent):
            below = rules.reserve.stop_pt_below_percent
            yield Line("time_stopped", {**said, "threshold_percent": below})
        else:
            yield Line("time", said)


def _results(valuation: Valuation) -> Iterator[Line]:
    yield Line("earn", {"earn_minutes": valuation.earn_minutes})
    elder = {"elder_minutes": valuation.elder_minutes}
    if valuation.settled == "pair":
        yield Line("elder_pair")
    elif valuation.facts.is_group:
        yield Line("elder_group", {**elder, "share_minutes": valuation.elder_share_minutes})
    elif valuation.settled == "hold":
        yield Line("elder_hold", {**elder, "hold_minutes": valuation.elder_hold_minutes})
    else:
        yield Line("elder_full" if valuation.elder_pays == "full" else "elder", elder)
    if valuation.pool_minutes < 0:
        yield Line("pool_receives", {"pool_minutes": -valuation.pool_minutes})
    else:
        yield Line("pool", {"pool_minutes": valuation.pool_minutes})
