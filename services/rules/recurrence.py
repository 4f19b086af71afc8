"""When a standing visit takes place: RFC 5545 rules over local wall time.

A rule is expanded on naive local times and the zone is put on afterwards, so that nine in the
morning stays nine in the morning. A month's end is ``BYMONTHDAY=31,-1;BYSETPOS=1``: a plain 31
would leave out every shorter month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from services.errors import Invalid
from services.rules.names import Name

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Every how many weeks, or months, a standing visit may come.
MOST_WEEKS, MOST_MONTHS = 8, 6
#: First hour of each part of the day, latest first.
_PARTS = ((18, "晚上"), (13, "下午"), (12, "中午"), (6, "上午"), (0, "凌晨"))
_DAY = re.compile(r"(-?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_KNOWN = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS"})


class RuleUnreadable(Invalid):
    """看不懂这个重复的规则，请按星期几或者每月几号来选。"""

    code = "rule_unreadable"


class RuleTooDense(Invalid):
    """固定服务一天最多一次，请按星期几或者每月几号来选。"""

    code = "rule_too_dense"


class RuleTooRare(Invalid):
    """固定服务最少每{weeks}周或每{months}个月一次，再少的请每次单独申请。"""

    code = "rule_too_rare"


class DaysMissing(Invalid):
    """请至少选一天。"""

    code = "days_missing"


class NoSuchDay(Invalid):
    """没有这样的日子，请选1号到31号，或者每月最后一天。"""

    code = "no_such_day"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was read. ``weekdays`` in a weekly one; in a monthly one either a day or one
    weekday with its place in the month (-1 the last).
    """

    every: str  # day, week, month
    interval: int
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None  # 1 to 31, or -1
    place: int | None = None

    @property
    def weekdays_chosen(self) -> bool:
        """Whether days of the week were chosen, not days of the month."""
        return self.month_day is None

    def text(self) -> str:
        """The rule as RFC 5545 writes it."""
        parts = [{"day": "FREQ=DAILY", "week": "FREQ=WEEKLY"}.get(self.every, "FREQ=MONTHLY")]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            place = "" if self.place is None else str(self.place)
            parts.append("BYDAY=" + ",".join(place + WEEKDAYS[day] for day in self.weekdays))
        if self.month_day is not None and self.month_day > 28:
            parts.append(f"BYMONTHDAY={self.month_day},-1;BYSETPOS=1")
        elif self.month_day is not None:
            parts.append(f"BYMONTHDAY={self.month_day}")
        return ";".join(parts)


def daily() -> Rule:
    """Every day."""
    return Rule("day", 1)


def weekly(weekdays: Sequence[int], interval: int = 1) -> Rule:
    """On some days of the week (0 is Monday). Raises DaysMissing, RuleTooRare or NoSuchDay."""
    days = tuple(sorted(set(weekdays)))
    if not days:
        raise DaysMissing(field="weekdays")
    if not 0 <= days[0] <= days[-1] <= 6:
        raise NoSuchDay(field="weekdays")
    if not 1 <= interval <= MOST_WEEKS:
        raise _too_rare()
    return Rule("week", interval, days)


def monthly(day: int, interval: int = 1) -> Rule:
    """On a day of the month, the last one where the month is shorter; -1 is the last day."""
    if day != -1 and not 1 <= day <= 31:
        raise NoSuchDay(field="month_day")
    if not 1 <= interval <= MOST_MONTHS:
        raise _too_rare()
    return Rule("month", interval, month_day=day)


def monthly_weekday(place: int, weekday: int, interval: int = 1) -> Rule:
    """On the first to fourth, or the last (-1), of a weekday in the month."""
    if place not in (1, 2, 3, 4, -1) or not 0 <= weekday <= 6:
        raise NoSuchDay(field="weekdays")
    if not 1 <= interval <= MOST_MONTHS:
        raise _too_rare()
    return Rule("month", interval, (weekday,), place=place)


def _too_rare() -> RuleTooRare:
    return RuleTooRare(field="rrule", weeks=MOST_WEEKS, months=MOST_MONTHS)


def read(text: str) -> Rule:
    """The rule in an RRULE text. Raises a sentence for what is too dense or has no sense."""
    parts = _parts(text)
    freq = parts.get("FREQ", "")
    dense = {"SECONDLY", "MINUTELY", "HOURLY"}
    if freq in dense or {"BYHOUR", "BYMINUTE", "BYSECOND"} & set(parts):
        raise RuleTooDense(field="rrule")
    if freq == "YEARLY":
        raise _too_rare()
    if set(parts) - _KNOWN:
        raise RuleUnreadable(field="rrule")
    interval = _whole(parts.get("INTERVAL", "1"))
    if freq == "DAILY" and set(parts) <= {"FREQ", "INTERVAL"} and interval == 1:
        return daily()
    if freq == "WEEKLY" and set(parts) <= {"FREQ", "INTERVAL", "BYDAY"}:
        return weekly(_weekdays(parts.get("BYDAY", "")), interval)
    if freq == "MONTHLY":
        return _monthly(parts, interval)
    raise RuleUnreadable(field="rrule")


def _monthly(parts: Mapping[str, str], interval: int) -> Rule:
    days, weekday = parts.get("BYMONTHDAY"), parts.get("BYDAY")
    if days is not None and weekday is None:
        wanted = [_whole(each) for each in days.split(",")]
        if len(wanted) == 1 and "BYSETPOS" not in parts:
            return monthly(wanted[0], interval)
        if len(wanted) == 2 and wanted[1] == -1 and parts.get("BYSETPOS") == "1":
            return monthly(wanted[0], interval)
    found = _DAY.fullmatch(weekday or "")
    if days is None and found is not None and found[1] and "BYSETPOS" not in parts:
        return monthly_weekday(int(found[1]), WEEKDAYS.index(found[2]), interval)
    raise RuleUnreadable(field="rrule")


def _parts(text: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in text.strip().upper().removeprefix("RRULE:").split(";")]
    found = {name: value for name, _, value in pairs}
    if len(found) < len(pairs) or not all(found.values()):
        raise RuleUnreadable(field="rrule")
    return found


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,3}", text):
        raise RuleUnreadable(field="rrule")
    return int(text)


def _weekdays(text: str) -> list[int]:
    if not text:
        raise DaysMissing(field="weekdays")
    names = text.split(",")
    if not set(names) <= set(WEEKDAYS):
        raise RuleUnreadable(field="rrule")
    return [WEEKDAYS.index(name) for name in names]


def dates(rule: str, starts: datetime, first: date, last: date) -> list[date]:
    """The rule's days from ``first`` to ``last``, both counted; ``starts`` is naive and local."""
    begin = max(datetime.combine(first, time.min), starts)
    found = rrulestr(rule, dtstart=starts).between(
        begin, datetime.combine(last, time.max), inc=True
    )
    return [each.date() for each in found]


def first_date(rule: str, starts: datetime, after: datetime | None = None) -> datetime:
    """The first moment of the rule from ``starts`` on (what DTSTART should be), or ``after``."""
    begin = starts if after is None else max(starts, after)
    found: datetime | None = rrulestr(rule, dtstart=starts).after(begin, inc=True)
    assert found is not None, "a rule without an end goes on"
    return found


def moment(day: date, clock: time, zone: str) -> datetime:
    """The UTC moment of a local wall time; of an hour that comes twice, the first."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def words(rule: Rule, clock: time) -> Name:
    """The rule as people say it: 每周二、周五上午9:00 / every Tuesday and Friday at 9:00 am."""
    zh, en = _days(rule)
    return Name(f"{zh}{_clock_zh(clock)}", f"{en} at {_clock_en(clock)}")


def _days(rule: Rule) -> tuple[str, str]:
    if rule.every == "day" or rule.weekdays == tuple(range(7)):
        return ("每天", "every day") if rule.interval == 1 else _every(rule, "每天", "all days")
    zh = "、".join(DAYS_ZH[day] for day in rule.weekdays)
    en = _listed([DAYS_EN[day] for day in rule.weekdays])
    if rule.every == "week":
        return (f"每{zh}", f"every {en}") if rule.interval == 1 else _every(rule, zh, en)
    if rule.month_day == -1:
        zh, en = "最后一天", "the last day"
    elif rule.month_day is not None:
        zh, en = f"{rule.month_day}号", f"day {rule.month_day}"
        if rule.month_day > 28:
            zh, en = f"{zh}（没有{zh}的月份是最后一天）", f"{en} (or the last day)"
    else:
        place = rule.place or 1
        which = ("第一个", "第二个", "第三个", "第四个")[place - 1] if place > 0 else "最后一个"
        nth = ("first", "second", "third", "fourth")[place - 1] if place > 0 else "last"
        zh, en = f"{which}{zh}", f"the {nth} {en}"
    return (f"每月{zh}", f"every month on {en}") if rule.interval == 1 else _every(rule, zh, en)


def _every(rule: Rule, zh: str, en: str) -> tuple[str, str]:
    unit_zh, unit_en = ("周", "weeks") if rule.every == "week" else ("个月", "months")
    return f"每{rule.interval}{unit_zh}的{zh}", f"every {rule.interval} {unit_en} on {en}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _clock_zh(clock: time) -> str:
    part = next(word for first, word in _PARTS if clock.hour >= first)
    hour = 0 if clock.hour == 0 else (clock.hour - 1) % 12 + 1
    return f"{part}{hour}:{clock.minute:02d}"


def _clock_en(clock: time) -> str:
    hour = (clock.hour - 1) % 12 + 1
    return f"{hour}:{clock.minute:02d} {'am' if clock.hour < 12 else 'pm'}"
