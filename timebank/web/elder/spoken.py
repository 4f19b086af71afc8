"""Days and hours as people say them: tomorrow (Wednesday), nine in the morning."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext as _

from services.clock import local
from timebank import wording
from timebank.i18n import is_english
from timebank.web.elder import bp


@bp.app_template_filter("spoken_day")
def spoken_day(moment: datetime, today: date | None = None) -> str:
    """今天（星期三）, 明天, 后天; further on, and on paper, the date with its weekday."""
    day = local(moment).date()
    words = {0: _("今天"), 1: _("明天"), 2: _("后天")}
    near = None if today is None else words.get((day - today).days)
    if near is None:
        near = f"{day.day} {wording.month(day, True).split()[0]}" if is_english() else _date(day)
    return str(_("%(day)s（%(weekday)s）", day=near, weekday=_weekday(day)))


@bp.app_template_filter("spoken_clock")
def spoken_clock(moment: datetime) -> str:
    """上午 9 点, 下午 3 点半; whole hours have no figures of minutes."""
    if is_english():
        return wording.clock(moment, True)
    part, _space, figures = wording.clock(moment).partition(" ")
    hour, minute = figures.split(":")
    if minute == "00":
        return str(_("%(part)s %(hour)s 点", part=part, hour=hour))
    if minute == "30":
        return str(_("%(part)s %(hour)s 点半", part=part, hour=hour))
    return str(_("%(part)s %(hour)s 点 %(minute)s 分", part=part, hour=hour, minute=minute))


def _date(day: date) -> str:
    return str(_("%(month)s月%(day)s日", month=day.month, day=day.day))


def _weekday(day: date) -> str:
    names = [
        _("星期一"),
        _("星期二"),
        _("星期三"),
        _("星期四"),
        _("星期五"),
        _("星期六"),
        _("星期日"),
    ]
    return str(names[day.weekday()])
