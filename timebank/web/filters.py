"""Jinja filters and globals: people read hours, days and names, never raw figures or codes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from timebank import wording
from timebank.i18n import LANGUAGES, html_lang, is_english, say, translated
from timebank.web import assets, preferences
from timebank.web.forms.keys import new_key
from timebank.web.forms.kinds import field_kind
from timebank.web.words import states

#: Audiences whose people read the 24-hour clock all day long.
WORK_AUDIENCES = frozenset({"branch", "audit", "admin"})
NOTHING = "—"


def register(app: Flask) -> None:
    """Add the filters and globals that templates use, and versions on static addresses."""
    app.jinja_env.filters.update(_FILTERS)
    app.jinja_env.globals.update(
        html_lang=html_lang,
        is_english=is_english,
        language_names=LANGUAGES,
        new_key=new_key,
        state_word=states.word,
        state_tone=states.tone,
        field_kind=field_kind,
        url_with=preferences.url_with,
        preference_url=preferences.preference_url,
        text_size=preferences.text_size,
        has_endpoint=lambda name: name in app.view_functions,
    )
    assets.version_static_urls(app)


def duration(minutes: int | None) -> str:
    """Standard or actual minutes in words; nothing known is a dash."""
    return NOTHING if minutes is None else wording.duration(minutes, is_english())


def signed(minutes: int | None) -> str:
    """A movement in words, with its sign."""
    return NOTHING if minutes is None else wording.signed(minutes, is_english())


def coins(minutes: int | None) -> str:
    """An amount in time coins and the minutes that are left over."""
    return NOTHING if minutes is None else wording.coins(minutes, is_english())


def yuan(fen: int | None) -> str:
    """Money that an elder handed over, in yuan."""
    return NOTHING if fen is None else wording.yuan(fen, is_english())


def day(value: date | datetime | None, year: bool = False) -> str:
    """A day with its weekday."""
    return NOTHING if value is None else wording.day(value, is_english(), year)


@pass_context
def clock(context: Context, value: datetime | time | None) -> str:
    """A time of day, on a 24-hour clock for staff."""
    return NOTHING if value is None else wording.clock(value, is_english(), _hours24(context))


@pass_context
def moment(context: Context, value: datetime | None, year: bool = False) -> str:
    """Day and time of day."""
    if value is None:
        return NOTHING
    return wording.moment(value, is_english(), _hours24(context), year)


@pass_context
def when(context: Context, start: datetime | None, until: int | datetime | None = None) -> str:
    """From a start for some minutes, or to a second moment."""
    if start is None:
        return NOTHING
    if until is None:
        return wording.moment(start, is_english(), _hours24(context))
    end = until if isinstance(until, datetime) else start + timedelta(minutes=until)
    return wording.span(start, end, is_english(), _hours24(context))


def phone_link(number: str | None) -> Markup | str:
    """A number that a phone dials on a tap."""
    if not number:
        return NOTHING
    dial = "".join(sign for sign in number if sign.isdigit() or sign == "+")
    return Markup('<a class="phone" href="tel:{}">{}</a>').format(dial, escape(number))


def say_filter(sentence: str, params: dict[str, Any] | None = None, **more: Any) -> str:
    """A sentence from data in the reader's language, its gaps filled."""
    return say(sentence, {**(params or {}), **more})


def number(value: int | float | None) -> str:
    """A count with its thousands apart."""
    return NOTHING if value is None else wording.number(value)


def month(value: date | None) -> str:
    """A month with its year."""
    return NOTHING if value is None else wording.month(value, is_english())


def _hours24(context: Context) -> bool:
    return context.get("audience") in WORK_AUDIENCES


_FILTERS = {
    "duration": duration,
    "signed": signed,
    "coins": coins,
    "yuan": yuan,
    "day": day,
    "clock": clock,
    "moment": moment,
    "when": when,
    "masked": wording.masked_name,
    "phone_mask": wording.masked_phone,
    "phone_link": phone_link,
    "month": month,
    "number": number,
    "say": say_filter,
    "translated": translated,
}
