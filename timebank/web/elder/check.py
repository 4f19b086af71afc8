"""The answers of a draft in words, each with the way to change it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from services.queries.elder.asking import Asking
from services.requests.staying import Place
from timebank import wording
from timebank.i18n import is_english
from timebank.web.elder.answers import (
    NO_WISH,
    OTHER,
    OWN,
    REMOTE,
    RULE,
    Answers,
    day_of,
    is_remote,
    questions,
    time_of,
)
from timebank.web.elder.whom import named
from timebank.web.elder.wish_words import wish_words


def rows_of(answers: Answers, asking: Asking, place: Place | None = None) -> list[dict[str, str]]:
    """What was answered, in the order in which it was asked."""
    asked = questions(answers, asking)
    rows = [
        _place(place) if name == "place" and place else _row(name, answers, asking)
        for name in asked
    ]
    return [row for row in rows if row]


def _place(place: Place) -> dict[str, str]:
    """Where the elder stays; to change it one begins with whether it is away at all."""
    key = _("这次在哪里")
    there = place.branch.name_en if is_english() else place.branch.name
    value = f"{named(place.county)} · {there}"
    href = url_for(".question", name="stay")
    return {"name": "place", "key": key, "value": value, "href": href, "what": key}


def _row(name: str, answers: Answers, asking: Asking) -> dict[str, str]:
    said = _SAID.get(name)
    if said is None:
        return {}
    key, value = said(answers, asking)
    if not value:
        return {}
    href = url_for(".question", name=name)
    return {"name": name, "key": key, "value": value, "href": href, "what": key}


def _service(answers: Answers, asking: Asking) -> tuple[str, str]:
    line = asking.service(answers.get("service"))
    return _("要的服务"), named(line.name) if line else ""


def _day(answers: Answers, _asking: Asking) -> tuple[str, str]:
    day = day_of(answers)
    return _("哪一天"), wording.day(day, is_english(), year=True) if day else ""


def _time(answers: Answers, _asking: Asking) -> tuple[str, str]:
    clock = time_of(answers)
    return _("几点"), wording.clock(clock, is_english()) if clock else ""


def _length(answers: Answers, _asking: Asking) -> tuple[str, str]:
    return _("大约多久"), wording.duration(int(answers["length"]), is_english())


def _manner(answers: Answers, _asking: Asking) -> tuple[str, str]:
    remote = answers.get("manner") == REMOTE
    return _("怎么来"), _("打电话或视频") if remote else _("上门来")


def _where(answers: Answers, asking: Asking) -> tuple[str, str]:
    if answers.get("where") == OTHER or is_remote(answers, asking):
        return _("在哪里"), ""
    return _("在哪里"), _("在家里：%(address)s", address=asking.address or "")


def _address(answers: Answers, _asking: Asking) -> tuple[str, str]:
    return _("在哪里"), answers.get("address", "")


def _who(answers: Answers, asking: Asking) -> tuple[str, str]:
    known = {str(each.id): each.name for each in asking.visitors}
    usual = wish_words(asking.wishes) if asking.wishes is not None else ""
    words = {RULE: usual, NO_WISH: _("谁来都可以"), **known}
    return _("想请谁来"), words.get(answers.get("who", RULE), "")


def _sex(answers: Answers, _asking: Asking) -> tuple[str, str]:
    words = {
        NO_WISH: _("男女都可以"),
        "female": _("女志愿者"),
        "male": _("男志愿者"),
    }
    return _("希望谁来"), words.get(answers.get("sex", NO_WISH), "")


def _note(answers: Answers, _asking: Asking) -> tuple[str, str]:
    return _("告诉来的人"), answers.get("note") or _("没有")


def _risk(answers: Answers, _asking: Asking) -> tuple[str, str]:
    return _("要小心的"), answers.get("risk") or _("没有")


def _consent(answers: Answers, _asking: Asking) -> tuple[str, str]:
    words = {"voice": _("口头同意（电话或当面）"), "signature": _("当面签字")}
    return _("本人同意"), words.get(answers.get("consent", ""), "")


def _payer(answers: Answers, asking: Asking) -> tuple[str, str]:
    own = answers.get("payer") == OWN
    mine = _("先用我自己挣的时间，不够的用%(name)s的", name=asking.elder.name)
    return _("用谁的时间"), mine if own else _("用%(name)s的时间", name=asking.elder.name)


_SAID: dict[str, Any] = {
    "service": _service,
    "day": _day,
    "time": _time,
    "length": _length,
    "manner": _manner,
    "where": _where,
    "address": _address,
    "who": _who,
    "sex": _sex,
    "note": _note,
    "risk": _risk,
    "payer": _payer,
    "consent": _consent,
}
