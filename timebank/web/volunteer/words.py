"""Words for codes that only these pages show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import time

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.rules.availability import AWAY, DAY_MINUTES, DayException, Span
from services.rules.languages import LANGUAGES
from timebank import wording
from timebank.i18n import is_english

WEEKDAYS = (
    _l("周一"),
    _l("周二"),
    _l("周三"),
    _l("周四"),
    _l("周五"),
    _l("周六"),
    _l("周日"),
)
MODES = {
    "walk": _l("走路"),
    "bicycle": _l("自行车或电动车"),
    "transit": _l("公交或地铁"),
    "car": _l("开车"),
}

_KINDS = {
    ("service", True): _l("服务所得"),
    ("service", False): _l("请人帮忙"),
    ("closed_door", True): _l("白跑一趟，公益池补的"),
    ("reversal", True): _l("冲正，补回"),
    ("reversal", False): _l("冲正，收回"),
}
_PURPOSES = {
    "elder_share": _l("请人帮忙预留"),
    "group_share": _l("集体活动预留"),
    "complaint": _l("有投诉，办完再定"),
    "dispute": _l("有投诉，办完再定"),
}
_PAPERS = {
    "valid": (_l("有效"), "good"),
    "ending": (_l("快到期"), "wait"),
    "ended": (_l("已到期"), "bad"),
    "later": (_l("还没开始"), "plain"),
}


def weekday(day: int) -> str:
    """A day of the week; Monday is 0."""
    return str(WEEKDAYS[day])


def mode(code: str) -> str:
    """How somebody gets about."""
    return str(MODES[code])


def km(metres: int) -> str:
    """A distance in kilometres, without a nought behind the point."""
    return f"{metres / 1000:g}"


def span(from_minute: int, to_minute: int) -> str:
    """Hours of a day in words."""
    if (from_minute, to_minute) == (0, DAY_MINUTES):
        return str(gettext("整天"))
    english = is_english()

    def at(minute: int) -> str:
        if minute == DAY_MINUTES:
            return str(gettext("半夜12点"))
        return wording.clock(time(minute // 60, minute % 60), english)

    return str(gettext("%(first)s 到 %(last)s", first=at(from_minute), last=at(to_minute)))


def spans(found: Sequence[Span]) -> str:
    """All hours of a day."""
    return _listed([span(*each) for each in found])


def exception(stated: DayException) -> str:
    """Days on which the week does not hold, and how."""
    english = is_english()
    first, last = wording.day(stated.first_day, english), wording.day(stated.last_day, english)
    days = first if first == last else gettext("%(first)s 到 %(last)s", first=first, last=last)
    hours = span(stated.from_minute, stated.to_minute)
    if stated.kind == AWAY:
        return str(gettext("%(days)s 来不了（%(hours)s）", days=days, hours=hours))
    return str(gettext("%(days)s 另外有空（%(hours)s）", days=days, hours=hours))


def languages(codes: Collection[str]) -> str:
    """Languages and dialects in the order of the list."""
    found = [name for code, name in LANGUAGES.items() if code in codes]
    return _listed([name.en if is_english() else name.zh for name in found])


def _listed(texts: Sequence[str]) -> str:
    return (", " if is_english() else "、").join(texts)


def kind(code: str, amount_minutes: int) -> str:
    """What an entry was: the same kind reads differently coming in and going out."""
    known = _KINDS.get((code, amount_minutes > 0))
    return str(known or _l("其他往来"))


def purpose(code: str) -> str:
    """What minutes are set aside for."""
    return str(_PURPOSES.get(code, _l("已留出")))


def paper(state: str) -> tuple[str, str]:
    """Word and tone of a certificate's state."""
    word, tone = _PAPERS[state]
    return str(word), tone
