"""The counter's forms for service days, group sessions and welfare visits."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l

from services.clock import at_local
from services.rules import recurrence
from services.rules.rounds import LONGEST_MINUTES, LONGEST_NAME, MOST_PLACES, SHORTEST_MINUTES
from timebank.edge import now
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.words import care as care_words

DAYS = [
    ("MO", _l("周一")),
    ("TU", _l("周二")),
    ("WE", _l("周三")),
    ("TH", _l("周四")),
    ("FR", _l("周五")),
    ("SA", _l("周六")),
    ("SU", _l("周日")),
]


class DayForm(PageForm):
    """A service day: its name, when it comes round, and what it does on days off."""

    name = f.TextField(
        _l("服务日叫什么？"),
        hint=_l("例如：孝行服务日"),
        required=_l("请给服务日起一个名字。"),
        max_length=LONGEST_NAME,
    )
    every = f.ChoiceField(
        _l("多久一次？"),
        choices=[("month", _l("每月固定的一天")), ("week", _l("每周固定的一天"))],
        required=_l("请选一项"),
    )
    month_day = f.NumberField(
        _l("每月几号？"), hint=_l("每月一次的才填，例如 15。"), low=1, high=31
    )
    weekday = f.SelectField(_l("每周星期几？"), hint=_l("每周一次的才填。"), choices=DAYS)
    starts = f.TimeField(_l("几点开始？"), required=_l("请写上几点开始。"))
    minutes = f.MinutesField(
        _l("办多久？"), low=SHORTEST_MINUTES, high=LONGEST_MINUTES, required=_l("请写上办多久。")
    )
    policy = f.ChoiceField(
        _l("碰到放假怎么办？"),
        choices=care_words.choices("policy"),
        required=_l("请选一项"),
    )

    def rrule(self) -> str:
        """The rule that was chosen; raises a sentence when its part is missing."""
        if self.every.data == "week":
            days = [code for code, _name in DAYS]
            chosen = self.weekday.data
            return recurrence.weekly([days.index(chosen)] if chosen else []).text()
        return recurrence.monthly(self.month_day.data or 0).text()


class InviteForm(PageForm):
    """Whom to invite."""

    members = f.ManyField(_l("邀请谁？"), choices=[], required=_l("请至少选一位。"))


class StopForm(PageForm):
    """An elder whom the team should visit, with the elder's consent."""

    elder = f.SelectField(_l("去看哪位老人？"), choices=[], required=_l("请选一位老人。"))
    service = f.SelectField(_l("做什么？"), choices=[], required=_l("请选一项服务。"))
    starts = f.TimeField(
        _l("几点到？"), hint=_l("整点、一刻、半点或三刻。"), required=_l("请写上几点到。")
    )
    minutes = f.MinutesField(_l("多久？"), low=1, high=480, required=_l("请写上多久。"))
    consent = f.ChoiceField(
        _l("老人怎样同意的？"),
        choices=[
            ("voice", _l("口头同意（电话或当面）")),
            ("signature", _l("当面签字")),
        ],
        required=_l("请先问过老人。"),
    )
    note = f.LongTextField(_l("要告诉志愿者什么？"), max_length=300)


class SessionForm(PageForm):
    """A group session: what, when, where and for how many."""

    service = f.SelectField(_l("做什么？"), choices=[], required=_l("请选一项服务。"))
    day = f.DateField(_l("哪一天？"), single=True, required=_l("请选一天。"))
    starts = f.TimeField(
        _l("几点开始？"), hint=_l("整点、一刻、半点或三刻。"), required=_l("请写上几点开始。")
    )
    minutes = f.MinutesField(_l("办多久？"), low=1, high=480, required=_l("请写上办多久。"))
    places = f.NumberField(_l("多少个名额？"), low=1, high=MOST_PLACES, required=_l("请写上名额。"))
    place = f.TextField(
        _l("在哪里办？"),
        hint=_l("例如：网点二楼活动室"),
        required=_l("请写明在哪里办。"),
        max_length=100,
    )
    closes_day = f.DateField(_l("报名到哪一天？"), single=True, required=_l("请选一天。"))
    closes = f.TimeField(
        _l("报名到几点？"), hint=_l("最晚在开始前一小时。"), required=_l("请写上几点截止。")
    )


class BookForm(PageForm):
    """A place for somebody who rings or stands at the counter."""

    elder = f.SelectField(_l("给哪位老人报名？"), choices=[], required=_l("请选一位老人。"))
    consent = f.ChoiceField(
        _l("老人怎样同意的？"),
        choices=[
            ("voice", _l("口头同意（电话或当面）")),
            ("signature", _l("当面签字")),
        ],
        required=_l("请先问过老人。"),
    )


class AttendForm(PageForm):
    """When it really began, how long it took, and who came."""

    began = f.TimeField(_l("实际几点开始？"), required=_l("请写上几点开始。"))
    minutes = f.MinutesField(_l("实际办了多久？"), low=1, high=360, required=_l("请写上办了多久。"))
    present = f.ManyField(_l("谁到场了？"), choices=[], hint=_l("一个也没有到，就一个也不要勾。"))


class LookInForm(PageForm):
    """Somebody looked in or called."""

    day = f.DateField(_l("哪一天？"), single=True, required=_l("请选一天。"))
    at = f.TimeField(_l("几点？"), required=_l("请写上几点。"))
    how = f.ChoiceField(
        _l("怎样探访的？"), choices=care_words.choices("how"), required=_l("请选一项")
    )
    finding = f.ChoiceField(
        _l("老人怎么样？"), choices=care_words.choices("finding"), required=_l("请选一项")
    )
    note = f.LongTextField(
        _l("情况"),
        hint=_l("需要帮助的，请写明需要什么：会马上打开一张安全单。"),
        max_length=500,
    )

    def moment(self) -> datetime:
        """When it was; forms that hold an error are never asked."""
        return moment(self.day.data, self.at.data)


class RaiseForm(PageForm):
    """Somebody should be looked in on oftener than the facts say."""

    tier = f.ChoiceField(
        _l("调到哪一级？"),
        choices=care_words.choices("tier"),
        hints={
            "high": _l("每月至少看 4 次"),
            "middle": _l("每月至少看 2 次"),
            "low": _l("每月至少看 1 次"),
        },
        required=_l("请选一项"),
    )
    reason = f.LongTextField(_l("理由"), required=_l("请写明为什么要多去看看。"), max_length=300)


class WelfareFilter(FilterForm):
    """Which month, and whether those already seen are shown."""

    day = f.DateField(_l("哪个月（选其中一天）"), single=True)
    shown = f.SelectField(_l("看谁"), choices=[("all", _l("全部"))], prompt=_l("只看还没探访的"))


def moment(day: date | None, clock: time | None) -> datetime:
    """A day and a time of day in China; the present where a box is empty, for the form's sake."""
    return at_local(day, clock) if day is not None and clock is not None else now()


def offer(field: Any, found: list[tuple[str, Any]]) -> None:
    """Give a field its choices."""
    field.choices = [(code, str(name)) for code, name in found]
