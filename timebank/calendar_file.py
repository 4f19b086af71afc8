"""A member's calendar as a file that calendar programs open (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _
from icalendar import Calendar, Event, Timezone

from services.calendars.entries import Entry
from services.clock import SHANGHAI, local
from services.rules.names import Name
from timebank.i18n import is_english

#: China has kept one offset since 1991, so that one rule holds for every entry.
_FROM, _UNTIL = date(2020, 1, 1), date(2120, 1, 1)
#: How often a program should look again.
REFRESH = timedelta(hours=1)


def written(entries: Sequence[Entry], product: str) -> bytes:
    """The entries as a file; the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{product}//Timebank//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", product)
    calendar.add("x-wr-calname", product)
    calendar.add("x-wr-timezone", SHANGHAI.key)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(_zone())
    for entry in entries:
        calendar.add_component(_event(entry))
    text: bytes = calendar.to_ical()
    return text


def _zone() -> Timezone:
    zone = Timezone.from_tzid(SHANGHAI.key, first_date=_FROM, last_date=_UNTIL)
    zone.pop("COMMENT", None)
    return zone


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.id}@visit.timebank")
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", local(entry.starts_at))
    event.add("dtend", local(entry.ends_at))
    event.add("summary", _summary(entry))
    event.add("description", "\n".join(_lines(entry)))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if entry.is_cancelled:
        event.add("transp", "TRANSPARENT")
    return event


def _summary(entry: Entry) -> str:
    service, gone = _named(entry.service), entry.is_cancelled
    if entry.is_mine:
        words = _("%(service)s，%(name)s", service=service, name=entry.other)
    elif entry.whose is None:
        words = _("%(name)s来做%(service)s", name=entry.other, service=service)
    else:
        words = _(
            "%(whose)s：%(name)s来做%(service)s",
            whose=entry.whose,
            name=entry.other,
            service=service,
        )
    return str(_("已取消：%(what)s", what=words) if gone else words)


def _lines(entry: Entry) -> list[str]:
    lines = [_("预约编号 %(reference)s", reference=entry.reference)]
    if entry.remote:
        lines.append(_("打电话或视频，不用上门"))
    elif entry.is_mine:
        lines.append(_("地址和敲门时说的词，请登录后看。"))
    branch = _named(entry.branch)
    lines.append(_("有事请打%(branch)s的电话：%(phone)s", branch=branch, phone=entry.branch_phone))
    return [str(line) for line in lines]


def _named(name: Name) -> str:
    return name.en if is_english() else name.zh
