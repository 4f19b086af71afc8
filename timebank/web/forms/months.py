"""Which month of a history is shown, and where its page begins: read from the address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from services.ledger.statement import Mark
from timebank import wording
from timebank.i18n import is_english
from timebank.web.forms import fields as f
from timebank.web.forms import reading
from timebank.web.forms.base import FilterForm


class MonthForm(FilterForm):
    """One month of those that there are, or all of them."""

    month = f.SelectField(_l("看哪个月"), choices=[], prompt=_l("全部"))

    def __init__(self, months: Iterable[date]) -> None:
        """``months`` are those to choose from, each by its first day."""
        super().__init__()
        self.month.choices = [
            SelectChoice(f"{each:%Y-%m}", wording.month(each, is_english())) for each in months
        ]


def month_asked() -> date | None:
    """The first day of the month in the address; nonsense asks for none."""
    text = request.args.get("month", "")
    try:
        return reading.read_date(f"{text}-01") if len(text) == len("2026-03") else None
    except reading.Unreadable:
        return None


def mark_asked() -> Mark | None:
    """After which line the page goes on; nonsense begins with the newest."""
    try:
        return Mark.read(request.args.get("after", ""))
    except (ValueError, OverflowError):
        return None
