"""The questions of a standing visit: what, on which days, when, how long, and on holidays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from services.clock import at_local, local_date
from services.queries.elder.asking import Asking
from services.rules.recurrence import Rule, first_date, monthly, read, weekly, words
from services.schedule.locating import SeriesForm
from timebank.web.elder import answers as given
from timebank.web.elder.check import rows_of as ask_rows
from timebank.web.elder.questions import Scene
from timebank.web.elder.questions import question_form as ask_form
from timebank.web.elder.whom import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answers = Mapping[str, str]
WEEK, FORTNIGHT, MONTH_DAY, MONTH_END = "week", "fortnight", "month_day", "month_end"
#: Which question mends which field of a refusal.
MENDS = {
    **given.MENDS,
    "starts_at": "time",
    "rrule": "rhythm",
    "weekdays": "weekdays",
    "month_day": "month_day",
    "holiday_policy": "holiday",
}
#: Answered in the same words as those of a single request.
SHARED = frozenset(
    "kind service time clock length manner where address sex note risk consent".split()
)


def questions(answers: Answers, asking: Asking) -> list[str]:
    """The questions of a standing visit, in order."""
    single = given.questions(answers, asking)
    rhythm = answers.get("rhythm")
    own = ["rhythm"]
    if rhythm in (WEEK, FORTNIGHT):
        own.append("weekdays")
    if rhythm == MONTH_DAY:
        own.append("month_day")
    front = [name for name in single if name in ("kind", "service")]
    middle = [name for name in single if name in ("time", "clock", "length")]
    rest = [name for name in single if name in SHARED and name not in front + middle]
    return [*front, *own, *middle, "holiday", *rest]


def next_question(answers: Answers, asking: Asking) -> str | None:
    """The first question without an answer, None when all have one."""
    return next((name for name in questions(answers, asking) if name not in answers), None)


def question_form(name: str, scene: Scene, default: str | None) -> PageForm:
    """The form of a question, with what was answered before."""
    if name in SHARED:
        return ask_form(name, scene, default)
    kind = type("Question", (PageForm,), {"answer": _FIELDS[name](scene)})
    data: Any = default
    if name == "weekdays":
        data = default.split(",") if default else []
    form: PageForm = kind(data={"answer": data})
    return form


def kept(name: str, form: PageForm) -> str:
    """The answer as the draft keeps it."""
    if name == "weekdays":
        return ",".join(form.answer.data or [])
    answer = form.answer.data
    if isinstance(answer, time):
        return f"{answer:%H:%M}"
    return str(answer or "")


def _rhythm(_scene: Scene) -> Any:
    return f.ChoiceField(
        _("多久来一次？"),
        choices=[
            (WEEK, _("每个星期")),
            (FORTNIGHT, _("隔一个星期")),
            (MONTH_DAY, _("每个月的同一天")),
            (MONTH_END, _("每个月的最后一天")),
        ],
        required=_("请选一项。"),
    )


def _weekdays(_scene: Scene) -> Any:
    days = [_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五")]
    days += [_("星期六"), _("星期日")]
    return f.ManyField(
        _("星期几来？"),
        choices=[(str(i), day) for i, day in enumerate(days)],
        hint=_("可以选几天。"),
        required=_("请至少选一天。"),
    )


def _month_day(_scene: Scene) -> Any:
    return f.ChoiceField(
        _("每个月几号来？"),
        choices=[(str(i), _("%(n)s 号", n=i)) for i in range(1, 32)],
        hint=_("选了29、30、31号，没有这一天的月份就在最后一天来。"),
        required=_("请选一天。"),
    )


def _holiday(_scene: Scene) -> Any:
    return f.ChoiceField(
        _("碰上放假怎么办？"),
        choices=[
            ("skip", _("放假那天不用来")),
            ("next_working_day", _("改到放完假上班的第一天")),
            ("keep", _("放假也照常来")),
        ],
        hints={"keep": _("放假的日子用的时间多一些，过年最多是平时的两倍。")},
        required=_("请选一项。"),
    )


_FIELDS: Mapping[str, Callable[[Scene], Any]] = {
    "rhythm": _rhythm,
    "weekdays": _weekdays,
    "month_day": _month_day,
    "holiday": _holiday,
}


def rule_of(answers: Answers) -> Rule:
    """The rule that the answers make. Raises a sentence for one without sense."""
    rhythm = answers["rhythm"]
    if rhythm in (WEEK, FORTNIGHT):
        days = [int(each) for each in answers.get("weekdays", "").split(",") if each]
        return weekly(days, 2 if rhythm == FORTNIGHT else 1)
    return monthly(-1 if rhythm == MONTH_END else int(answers["month_day"]))


def series_form(answers: Answers, asking: Asking, now: datetime) -> SeriesForm:
    """The standing visit that complete answers make: from tomorrow on."""
    clock, rule = given.time_of(answers), rule_of(answers)
    assert clock is not None, "a complete draft has its time"
    single = given.ask_form({**answers, "day": _tomorrow(now).isoformat()}, asking)
    return SeriesForm(
        elder_id=single.elder_id,
        service_code=single.service_code,
        rrule=rule.text(),
        starts_local=first_date(rule.text(), datetime.combine(_tomorrow(now), clock)),
        booked_minutes=single.booked_minutes,
        holiday_policy=answers["holiday"],
        consent=single.consent,
        remote=single.remote,
        address=single.address,
        note=single.note,
        risk_note=single.risk_note,
        wished_sex=single.wished_sex,
    )


def _tomorrow(now: datetime) -> date:
    return local_date(now) + timedelta(days=1)


def first_moment(answers: Answers, now: datetime) -> datetime | None:
    """When the first visit would begin, once days and time are known."""
    clock = given.time_of(answers)
    days_known = answers.get("weekdays") or answers.get("month_day")
    if clock is None or not (days_known or answers.get("rhythm") == MONTH_END):
        return None
    text = rule_of(answers).text()
    first = first_date(text, datetime.combine(_tomorrow(now), clock))
    return at_local(first.date(), first.time())


def answers_of(form: SeriesForm, asking: Asking, series_id: UUID) -> dict[str, str]:
    """The answers behind a standing visit, for whoever changes some of them."""
    rule, clock = read(form.rrule), f"{form.starts_local:%H:%M}"
    line = asking.service(form.service_code)
    found = {
        "series": str(series_id),
        "service": form.service_code,
        "kind": line.group if line else "",
        "time": clock if clock in given.HOURS else given.OTHER,
        "clock": clock,
        "length": str(form.booked_minutes),
        "holiday": form.holiday_policy,
        "manner": given.REMOTE if form.remote else "visit",
        "where": given.OTHER if form.address else "home",
        "address": form.address or "",
        "sex": form.wished_sex or given.NO_WISH,
        "note": form.note or "",
        "risk": form.risk_note or "",
        "consent": form.consent,
    }
    if rule.every == "week" and rule.interval <= 2:
        found["rhythm"] = WEEK if rule.interval == 1 else FORTNIGHT
        found["weekdays"] = ",".join(str(day) for day in rule.weekdays)
    elif rule.month_day is not None and rule.interval == 1:
        found["rhythm"] = MONTH_END if rule.month_day == -1 else MONTH_DAY
        found["month_day"] = str(rule.month_day)
    return found


def rows_of(answers: Answers, asking: Asking) -> list[dict[str, str]]:
    """Every answer in words, with the way to change it."""
    asked = questions(answers, asking)
    single = {row["name"]: row for row in ask_rows(answers, asking)}
    clock = given.time_of(answers)
    assert clock is not None, "a complete draft has its time"
    said = {
        "rhythm": (_("多久一次"), named(words(rule_of(answers), clock))),
        "holiday": (_("碰上放假"), holiday_words(answers["holiday"])),
    }
    rows = []
    for name in asked:
        if name in said:
            key, value = said[name]
        elif name in single and name not in ("time", "clock"):
            key, value = single[name]["key"], single[name]["value"]
        else:
            continue
        href = url_for(".standing_question", name=name)
        rows.append({"key": key, "value": value, "href": href, "what": key})
    return rows


def holiday_words(policy: str) -> str:
    """What happens on holidays, as the pages say it."""
    words = {
        "skip": _("放假那天不来"),
        "next_working_day": _("改到放完假上班的第一天"),
        "keep": _("放假也照常来"),
    }
    return str(words[policy])
