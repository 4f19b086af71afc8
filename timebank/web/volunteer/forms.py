"""What a volunteer fills in: filters, six digits, a break, a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Self

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.asking.sentences import ANSWERS
from services.clock import at_local, local, local_date
from services.queries.volunteer import OfferList
from services.standards.reading import standard
from timebank import wording
from timebank.i18n import is_english
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm


class OfferFilter(FilterForm):
    """Which open requests are shown; the choices are those that there are."""

    day = f.SelectField(_l("哪一天"), choices=[], prompt=_l("每一天"))
    service = f.SelectField(_l("哪一种服务"), choices=[], prompt=_l("所有服务"))

    def offer_only(self, found: OfferList) -> None:
        """Take the days and services of the open requests as choices."""
        english = is_english()
        self.day.choices = [(day.isoformat(), wording.day(day, english)) for day in found.days]
        self.service.choices = [
            (code, name.en if english else name.zh) for code, name in found.services
        ]

    @staticmethod
    def day_of(chosen: dict[str, Any]) -> date | None:
        """The chosen day."""
        return date.fromisoformat(chosen["day"]) if "day" in chosen else None


class ActForm(PageForm):
    """One button: the token and the key that makes a second press harmless."""


class DeclineForm(PageForm):
    """Why not, for whoever wants to say so."""

    reason = f.ChoiceField(
        _l("为什么？"), choices=[(code, _l(words)) for code, words in ANSWERS.items()]
    )


class DigitsForm(PageForm):
    """Six digits that the elder says at the door."""

    digits = f.CodeField(
        _l("老人念给您的六位数字"),
        digits=6,
        required=_l("请写上六位数字"),
        autocomplete="off",
    )


class BreakForm(PageForm):
    """An optional break, both times or neither; and what was done of the published checklist."""

    break_from = f.TimeField(_l("休息从几点开始"))
    break_to = f.TimeField(_l("休息到几点"))
    done = f.ManyField(_l("做到了哪几样？"), choices=[], hint=_l("做到的勾上，没做的空着。"))

    def offer(self, service_code: str) -> None:
        """Take the points of the service's checklist as choices; before the form is read."""
        english = is_english()
        self.done.choices = [
            (each.code, each.name.en if english else each.name.zh)
            for each in standard(service_code).checklist
        ]

    def ticks(self) -> tuple[str, ...]:
        """The codes that were ticked."""
        return tuple(self.done.data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        """Half a break is a question, not an answer."""
        whole = super().validate(extra_validators)
        if self.errors or (self.break_from.data is None) == (self.break_to.data is None):
            return bool(whole)
        missing = self.break_from if self.break_from.data is None else self.break_to
        missing.errors = [*missing.errors, gettext("请把休息的开始和结束都写上，或者都空着。")]
        return False

    def breaks(self, begun_at: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The break as moments after the visit began; past midnight is the next day."""
        if self.break_from.data is None or self.break_to.data is None:
            return ()
        start = _after(begun_at, self.break_from.data)
        return ((start, _after(start, self.break_to.data)),)


class CheckOutForm(DigitsForm, BreakForm):
    """The end of a visit at the door."""


class RemoteEndForm(BreakForm):
    """The end of a visit by telephone or video."""


class WithdrawForm(PageForm):
    """Why somebody cannot come."""

    reason = f.LongTextField(
        _l("为什么来不了？"),
        required=_l("请写一句原因"),
        max_length=200,
        hint=_l("例如：家里有急事。网点会看到，也会再找别人。"),
    )


class DisputeForm(PageForm):
    """What was not so."""

    text = f.LongTextField(
        _l("哪里不对？"),
        required=_l("请写明哪里不对"),
        max_length=500,
        hint=_l("例如：结束时间记早了半小时。网点会听两边的说法，处理完再入账。"),
    )


def _after(moment: datetime, clock: Any) -> datetime:
    """The first time after a moment at which a Chinese clock shows this."""
    day = local_date(moment)
    found = at_local(day, clock)
    # A clock without seconds may lie within the minute in which the visit began.
    if found <= moment - timedelta(minutes=1):
        found = at_local(day + timedelta(days=1), clock)
    return found


class MomentForm(PageForm):
    """Another day and time."""

    day = f.DateField(_l("改到哪一天？"), required=_l("请写上年、月、日。"))
    clock = f.TimeField(
        _l("几点？"),
        required=_l("请写上几点几分。"),
        hint=_l("用整点、一刻、半点或三刻，例如 9:00、9:15。"),
    )

    @classmethod
    def beginning_at(cls, moment: datetime) -> Self:
        """The form as it is opened: with the time that holds now, to be changed in part."""
        return cls(day=local_date(moment), clock=local(moment).time())

    def moment(self) -> datetime:
        """Day and clock together."""
        return at_local(self.day.data, self.clock.data)
