"""What one visit is worth: the formula of the rules, in integers, with one rounding a figure.

    weight = min(S x P x R, cap)
    earn   = half_up(sum of T over the credited minutes x weight / 100^4)
    elder  = min(half_up(sum of T x S / 100^2), earn)
    pool   = earn - elder

A valuation never asks whether the visit was allowed: eligibility is decided before acceptance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.clock import local
from services.errors import Invalid
from services.rules.calendar import Calendar
from services.rules.factors import Factors, PremiumStop, factors_of, half_up
from services.rules.rule_set import ElderPays, RuleSet
from services.rules.timeline import (
    Band,
    Break,
    NoTimeZone,
    bands_of,
    latest_end,
    weighted_minutes,
)

#: ``hold``: the elder's share was cut at the hold; ``pair``: the other provider's visit bears
#: it; ``group``: only those who came pay.
Settled = Literal["no", "formula", "hold", "pair", "group"]


class OutOfRange(Invalid):
    """{name} 应在 {least} 到 {most} 之间，现在是 {given}。"""

    code = "out_of_range"


class TooSmall(Invalid):
    """{name} 不能小于 {least}，现在是 {given}。"""

    code = "too_small"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """What a valuation looks at; level, grade, stop and caps are those pinned at acceptance."""

    service: str
    #: The later of check-in and booked start, aware.
    start: datetime
    #: Whole minutes served from the start on, without breaks.
    actual_minutes: int
    booked_minutes: int
    provider_level: str
    certificate_relevant: bool
    care_grade: int
    #: What else is reserved or credited on the date of the booked start.
    credited_today_minutes: int
    #: Excluded intervals; T runs over the minutes that remain.
    breaks: tuple[Break, ...] = ()
    #: More than one makes it a group session.
    recipients: int = 1
    #: A group session that was booked by one recipient in the end.
    group: bool = False
    premium_stop: PremiumStop = "none"
    #: The cap of the provider's region, where it is tighter than the rule set's.
    credit_per_day_minutes: int | None = None
    #: Where it is known, minutes after the latest possible end are honour minutes only.
    booked_start: datetime | None = None

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise NoTimeZone(field="start")
        for name, least in (
            ("actual_minutes", 0),
            ("booked_minutes", 1),
            ("credited_today_minutes", 0),
            ("recipients", 1),
        ):
            given = getattr(self, name)
            if given < least:
                raise TooSmall(field=name, name=name, least=least, given=given)

    @property
    def is_group(self) -> bool:
        """Several recipients share one provider's minutes."""
        return self.group or self.recipients > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """Why a visit is worth what it is; stored for good, and enough to compute it again."""

    facts: VisitFacts
    creditable_minutes: int
    credited_minutes: int
    #: What the provider earns, in standard minutes, like the three below it.
    earn_minutes: int
    #: What is charged to the elder, or to all recipients of a group session together.
    elder_minutes: int
    #: What the pool adds. Below zero only where the rounding of a group session goes to it.
    pool_minutes: int
    #: One recipient's share by the formula, before the hold or the pair rule cut it.
    elder_share_minutes: int
    bands: tuple[Band, ...]
    factors: Factors
    elder_pays: ElderPays
    rule_set_version: str
    rule_set_hash: str
    calendar_version: str
    #: Whether every day of the visit is in a published calendar.
    calendar_published: bool
    settled: Settled = "no"
    elder_hold_minutes: int | None = None

    @property
    def capped(self) -> bool:
        """Whether the weight was cut at the cap."""
        return self.factors.capped

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, for storage; moments as ISO 8601."""
        content = asdict(self)
        facts = content["facts"]
        facts["start"] = self.facts.start.isoformat()
        facts["breaks"] = [[each.isoformat() for each in pause] for pause in self.facts.breaks]
        if self.facts.booked_start is not None:
            facts["booked_start"] = self.facts.booked_start.isoformat()
        content["bands"] = list(content["bands"])
        return content

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Valuation:
        """The valuation that :meth:`to_dict` wrote."""
        facts = dict(content["facts"])
        facts["start"] = datetime.fromisoformat(facts["start"])
        facts["breaks"] = tuple(
            (datetime.fromisoformat(begin), datetime.fromisoformat(end))
            for begin, end in facts["breaks"]
        )
        if facts["booked_start"] is not None:
            facts["booked_start"] = datetime.fromisoformat(facts["booked_start"])
        typed = {
            "facts": VisitFacts(**facts),
            "bands": tuple(Band(**band) for band in content["bands"]),
            "factors": Factors(**content["factors"]),
        }
        return Valuation(**{**content, **typed})


def value(facts: VisitFacts, rules: RuleSet, calendar: Calendar) -> Valuation:
    """Value a visit by the formula. Refuses unknown services, levels and grades."""
    factors = factors_of(
        rules,
        facts.service,
        facts.provider_level,
        facts.certificate_relevant,
        facts.care_grade,
        group=facts.is_group,
        premium_stop=facts.premium_stop,
    )
    creditable = _creditable_minutes(facts, rules, calendar)
    credited = min(creditable, _credit_left(facts, rules))
    bands = bands_of(
        facts.start,
        facts.breaks,
        credited,
        rules,
        calendar,
        premium_stop=facts.premium_stop,
    )
    earn, share = figures(weighted_minutes(bands), factors, rules.elder_pays)
    each = -(-share // facts.recipients)
    return Valuation(
        facts=facts,
        creditable_minutes=creditable,
        credited_minutes=credited,
        earn_minutes=earn,
        elder_minutes=each * facts.recipients,
        pool_minutes=earn - each * facts.recipients,
        elder_share_minutes=each,
        bands=bands,
        factors=factors,
        elder_pays=rules.elder_pays,
        rule_set_version=rules.version,
        rule_set_hash=rules.content_hash,
        calendar_version=calendar.version,
        calendar_published=_is_published(facts, creditable, calendar),
    )


def figures(weighted: int, factors: Factors, elder_pays: ElderPays) -> tuple[int, int]:
    """Earn and the elder's share of a sum of T in percent-minutes; each is rounded once."""
    earn = half_up(weighted * factors.weight, 100**4)
    if elder_pays == "full":
        return earn, earn
    return earn, min(half_up(weighted * factors.s_percent, 100**2), earn)


def _creditable_minutes(facts: VisitFacts, rules: RuleSet, calendar: Calendar) -> int:
    minutes = min(facts.actual_minutes, facts.booked_minutes + rules.overrun_minutes)
    if facts.booked_start is not None:
        until = latest_end(facts.booked_start, facts.booked_minutes, rules)
        inside = bands_of(facts.start, facts.breaks, minutes, rules, calendar, until=until)
        minutes = sum(band.minutes for band in inside)
    return minutes if minutes >= rules.minimum_minutes else 0


def _credit_left(facts: VisitFacts, rules: RuleSet) -> int:
    a_day = rules.default("credited_per_day_minutes")
    if facts.credit_per_day_minutes is not None:
        a_day = min(a_day, facts.credit_per_day_minutes)
    return max(0, a_day - facts.credited_today_minutes)


def _is_published(facts: VisitFacts, creditable: int, calendar: Calendar) -> bool:
    """Looks at the years of the first and the last minute that counts."""
    last = max([facts.start, *(end for _, end in facts.breaks)])
    last += timedelta(minutes=max(0, creditable - 1))
    return all(calendar.published(local(each).year) for each in (facts.start, last))
