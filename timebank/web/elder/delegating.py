"""让家人替我办事: who, what, how much a month, until when; one question a page, then a check.

The answers stand in the address: they say nothing but the leave itself, and the last page sends
them as they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.clock import local_date
from services.people.forms import OWN, SCOPES
from services.people.kin import grant_delegation
from services.people.lists import KinView
from services.queries.elder.helping import Relatives, relatives_of
from timebank import wording
from timebank.edge import now
from timebank.i18n import is_english
from timebank.web.branch.words import word
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import done, page, read, show, whom
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

STEPS = ("what", "month", "until")
#: Minutes a month that are offered; any other amount is granted at the counter.
AMOUNTS = (0, 300, 600, 1_200, 2_400, 6_000)
#: How long a leave may last, in days.
SPANS = (90, 365, 730)


@dataclass(frozen=True, slots=True)
class Leave:
    """The answers so far; what makes no sense counts as not answered."""

    scopes: tuple[str, ...]
    spend_minutes: int | None
    days: int | None

    @classmethod
    def read(cls) -> Leave:
        """From the address."""
        said = request.args
        scopes = tuple(each for each in SCOPES if each in said.getlist("what"))
        spend, days = said.get("month", type=int), said.get("until", type=int)
        if scopes and "ask" not in scopes:
            # Nobody uses anything who may not ask.
            spend = 0
        return cls(scopes, spend if spend in AMOUNTS else None, days if days in SPANS else None)

    def missing(self) -> str | None:
        """The first question without an answer."""
        answers = (self.scopes or None, self.spend_minutes, self.days)
        waiting = (step for step, said in zip(STEPS, answers, strict=True) if said is None)
        return next(waiting, None)

    def address(self) -> dict[str, Any]:
        """As the next address carries them."""
        return {"what": self.scopes, "month": self.spend_minutes, "until": self.days}


@page("/helpers/new", "delegation.grant", ("GET", "POST"))
def new_helper() -> Any:
    """Who of the recorded relatives."""
    found = _relatives()
    form = _question(
        f.ChoiceField(
            _l("让谁替您办事？"),
            choices=[(str(each.member_id), each.name) for each in found.kin],
            hints={str(each.member_id): str(word("relation", each.relation)) for each in found.kin},
            required=_l("请选一位。"),
        )
    )
    if form.validate_on_submit():
        return redirect(url_for(".grant", delegate_id=form.answer.data), 303)
    return show("helper_question", found, form, back=url_for(".helpers"))


@page("/helpers/new/<uuid:delegate_id>", "delegation.grant", ("GET", "POST"))
def grant(delegate_id: UUID) -> Any:
    """The first question without an answer, or the check."""
    leave = Leave.read()
    step = leave.missing()
    if step is not None:
        return redirect(
            url_for(".grant_step", delegate_id=delegate_id, step=step, **leave.address()), 303
        )
    found = _relatives()
    who = found.named(delegate_id)
    spend, ends_on = leave.spend_minutes or 0, _last_day(leave)
    form = PlainForm()
    if done(
        form,
        lambda ctx: grant_delegation(
            ctx, whom(), delegate_id, frozenset(leave.scopes), OWN, ends_on, spend
        ),
    ):
        flash(_("办好了。%(name)s从现在起可以替您办事，已经通知对方。", name=who.name), "success")
        return redirect(url_for(".helpers"), 303)
    return show(
        "helper_check",
        found,
        form,
        who=who,
        rows=_rows(who, leave, ends_on),
        back=_step(delegate_id, "until", leave),
    )


@page(
    "/helpers/new/<uuid:delegate_id>/<any(what, month, until):step>",
    "delegation.grant",
    ("GET", "POST"),
)
def grant_step(delegate_id: UUID, step: str) -> Any:
    """One question."""
    found = _relatives()
    who, leave = found.named(delegate_id), Leave.read()
    form = _question(_FIELDS[step](who), _before(step, leave))
    if form.validate_on_submit():
        said = {**leave.address(), step: form.answer.data}
        return redirect(url_for(".grant", delegate_id=delegate_id, **said), 303)
    place = STEPS.index(step)
    back = _step(delegate_id, STEPS[place - 1], leave) if place else url_for(".new_helper")
    return show("helper_question", found, form, back=back)


def _relatives() -> Relatives:
    return read(lambda ctx: relatives_of(ctx, whom()))


def _step(delegate_id: UUID, step: str, leave: Leave) -> str:
    return url_for(".grant_step", delegate_id=delegate_id, step=step, **leave.address())


def _question(field: Any, default: Any = None) -> PageForm:
    kind = type("Leave", (PageForm,), {"answer": field})
    form: PageForm = kind(data={"answer": default})
    return form


def _before(step: str, leave: Leave) -> Any:
    if step == "what":
        return list(leave.scopes)
    said = leave.spend_minutes if step == "month" else leave.days
    return None if said is None else str(said)


def _what(who: KinView) -> Any:
    return f.ManyField(
        _("%(name)s可以替您做什么？", name=who.name),
        choices=[(scope, str(WHAT[scope])) for scope in SCOPES],
        hint=_("能申请、能确认的人，也能看。"),
        required=_("请至少选一项。"),
    )


def _month(who: KinView) -> Any:
    return f.ChoiceField(
        _("%(name)s每个月最多可以用您多少时间？", name=who.name),
        choices=[(str(each), _amount(each)) for each in AMOUNTS],
        hint=_("替您申请服务，用的是您的时间。到了这个数，就要您自己来办。"),
        required=_("请选一项。"),
    )


def _until(_who: KinView) -> Any:
    return f.ChoiceField(
        _("到什么时候为止？"),
        choices=[(str(each), _span(each)) for each in SPANS],
        hint=_("您随时可以提前停止。"),
        required=_("请选一项。"),
    )


_FIELDS: dict[str, Any] = {"what": _what, "month": _month, "until": _until}
WHAT = {
    "see": _l("看服务、申请和时间"),
    "ask": _l("代为申请和取消服务"),
    "confirm": _l("代为确认服务"),
}


def _amount(minutes: int) -> str:
    if not minutes:
        return str(_("不能用我的时间"))
    return wording.duration(minutes, is_english())


def _span(days: int) -> str:
    words = {90: _("三个月"), 365: _("一年"), 730: _("两年")}
    last = wording.day(local_date(now()) + timedelta(days=days), is_english(), year=True)
    return str(_("%(span)s，到 %(day)s", span=words[days], day=last))


def _last_day(leave: Leave) -> date:
    return local_date(now()) + timedelta(days=leave.days or SPANS[0])


def _rows(who: KinView, leave: Leave, ends_on: date) -> list[dict[str, str]]:
    """The answers, each with the way to change it."""
    comma = ", " if is_english() else "、"
    said = [
        ("what", _("可以做什么"), comma.join(str(WHAT[scope]) for scope in leave.scopes)),
        ("month", _("每个月最多用"), _amount(leave.spend_minutes or 0)),
        ("until", _("到哪天为止"), wording.day(ends_on, is_english(), year=True)),
    ]
    if "ask" not in leave.scopes:
        del said[1]
    rows = [
        {
            "name": step,
            "key": key,
            "value": value,
            "what": key,
            "href": _step(who.member_id, step, leave),
        }
        for step, key, value in said
    ]
    person = {
        "name": "who",
        "key": _("谁替您办"),
        "value": who.name,
        "what": _("谁替您办"),
        "href": url_for(".new_helper"),
    }
    return [person, *rows]
