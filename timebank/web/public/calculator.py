"""The calculator: what a visit would be worth, and why, without coming in."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from services import rates
from services.clock import at_local, local_date
from services.errors import DomainError
from services.rules.calendar import Calendar
from services.rules.factors import STOPS
from services.rules.names import Name
from services.rules.rule_set import MINUTES_IN_DAY, RuleSet
from services.rules.valuation import Valuation, VisitFacts, explain, value
from timebank.edge import declare, reading
from timebank.i18n import is_english
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm
from timebank.web.public import bp

YES, NO = "yes", "no"
EARLIEST, LATEST = date(2010, 1, 1), date(2100, 12, 31)
EXAMPLE_SERVICE, EXAMPLE_LEVEL, EXAMPLE_GRADE = "E01", "P3", "2"


class CalculatorForm(FilterForm):
    """What the formula looks at. In the address, so that a sum can be passed on."""

    service = f.SelectField(_l("什么服务"), choices=[], required=_l("请选一项服务"))
    day = f.DateField(_l("哪一天"), required=_l("请写上日期"), earliest=EARLIEST, latest=LATEST)
    at = f.TimeField(_l("几点开始"), required=_l("请写上时间"))
    booked = f.MinutesField(_l("预约多久"), required=_l("请写上时长"), low=1, high=MINUTES_IN_DAY)
    actual = f.MinutesField(
        _l("实际做了多久"), required=_l("请写上时长"), low=0, high=MINUTES_IN_DAY
    )
    level = f.SelectField(_l("服务者等级"), choices=[], required=_l("请选一项"), prompt=None)
    relevant = f.ChoiceField(
        _l("服务者的证书与这项服务有关吗？"),
        choices=[(YES, _l("有关")), (NO, _l("无关，或没有证书"))],
        required=_l("请选一项"),
    )
    grade = f.SelectField(_l("老人的照护等级"), choices=[], required=_l("请选一项"), prompt=None)
    today = f.MinutesField(
        _l("服务者当天已经计入多久"),
        required=_l("请写上时长，没有就写 0"),
        low=0,
        high=MINUTES_IN_DAY,
    )
    stop = f.SelectField(
        _l("老人所在地区的加成"),
        hint=_l("地区的备付率太低时，新答应的服务暂停部分加成。"),
        choices=[
            ("none", _l("加成照常")),
            ("pt", _l("暂停服务者等级和时间")),
            ("ptr", _l("暂停服务者等级、时间和照护等级")),
        ],
        prompt=None,
    )

    def offer(self, rules: RuleSet) -> None:
        """Fill the lists from the rule set."""
        self.service.choices = [
            (line.code, f"{said(line.name)} · {line.code}") for line in rules.services.values()
        ]
        self.level.choices = [
            (level.code, f"{level.code} {said(level.name)}") for level in rules.levels.values()
        ]
        self.grade.choices = [
            (str(grade.grade), f"{grade.grade} {said(grade.name)}") for grade in rules.grades
        ]

    def facts(self) -> VisitFacts:
        """The answers as the formula wants them."""
        clock: time = self.at.data
        return VisitFacts(
            service=self.service.data,
            start=at_local(self.day.data, clock),
            actual_minutes=self.actual.data,
            booked_minutes=self.booked.data,
            provider_level=self.level.data,
            certificate_relevant=self.relevant.data == YES,
            care_grade=int(self.grade.data),
            credited_today_minutes=self.today.data,
            premium_stop=STOPS.get(self.stop.data or "", "none"),
        )


def said(name: Name) -> str:
    """A name of the rules in the reader's language."""
    return name.en if is_english() else name.zh


@bp.get("/calculator")
@declare("public.read")
def calculator() -> ResponseReturnValue:
    """Show an example until somebody asks for a sum of his own."""
    asked = "service" in request.args
    with reading() as ctx:
        today = local_date(ctx.now)
        rules = rates.rule_set_on(ctx.session, today)
        known = rates.calendar_on(ctx.session)
    # Until a sum is asked for, the example stands, whatever else the address says.
    form = CalculatorForm() if asked else CalculatorForm(MultiDict(), data=_example(today))
    form.offer(rules)
    result = _result(form, rules, known) if not asked or form.validate() else None
    page = render_template(
        "public/calculator.html",
        form=form,
        asked=asked,
        rules=rules,
        result=result,
        lines=explain(result, rules) if result else (),
    )
    return page, 422 if form.errors else 200


def _result(form: CalculatorForm, rules: RuleSet, known: Calendar) -> Valuation | None:
    try:
        return value(form.facts(), rules, known)
    except DomainError as error:
        form.refuse(error)
    except OverflowError:
        form.form_errors.append(_("这个日期算不了，请换一个。"))
    return None


def _example(today: date) -> dict[str, Any]:
    return {
        "service": EXAMPLE_SERVICE,
        "day": today,
        "at": time(10, 0),
        "booked": 60,
        "actual": 60,
        "level": EXAMPLE_LEVEL,
        "relevant": YES,
        "grade": EXAMPLE_GRADE,
        "today": 0,
        "stop": "none",
    }
