"""A move in words: what comes along, what stays, what becomes of every booking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from services.clock import local_date
from services.moving.bookings import Booking
from services.moving.planning import Coins, Plan
from services.moving.reading import LeftAccount, MoveView
from services.rules.names import Name
from timebank import wording
from timebank.i18n import is_english
from timebank.papers.moves import fate_of, origin_of


def named(name: Name) -> str:
    """A name in the reader's language."""
    return name.en if is_english() else name.zh


def place(plan: Plan, *, old: bool) -> str:
    """Region and branch of one side."""
    side = plan.from_place if old else plan.to_place
    if is_english():
        return f"{side.branch_en}, {side.region_en}"
    return f"{side.region_zh} {side.branch_zh}"


def coins_rows(plan: Plan) -> list[dict[str, Any]]:
    """What comes along by origin, and in all."""
    rows = [{"key": _origin(each), "value": _time(each.minutes)} for each in plan.coins]
    return [*rows, {"key": _("一共带来"), "value": _time(plan.moved_minutes)}]


def stays_lines(plan: Plan) -> list[str]:
    """Grants that stay, each with its end."""
    return [
        str(
            _(
                "%(what)s：%(time)s留在原地区，%(until)s到期，到了新地区不能用。",
                what=_origin(each),
                time=_time(each.minutes),
                until=wording.date_alone(local_date(each.until), is_english())
                if each.until
                else "",
            )
        )
        for each in plan.stays
    ]


def booking_line(each: Booking) -> tuple[str, str]:
    """A booking, and what becomes of it."""
    words = [named(each.service)]
    if each.kind != "series":
        words.append(wording.moment(each.starts_at, is_english()))
    return " · ".join(words), fate_of(each.kind, each.fate, len(each.parted))


def other_lines(plan: Plan) -> list[str]:
    """What else one should know before moving."""
    said = [
        _("原来的账户以后只能看，不能再用；往来记录接着看得到。"),
        _("荣誉、证书、亲属、委托都跟着您，不用再办。"),
    ]
    if plan.above_cap_minutes:
        over = _time(plan.above_cap_minutes)
        said.append(_("新地区的存储上限低一些，您多出的 %(time)s 照样是您的。", time=over))
    if plan.overflow_falls_back:
        said.append(_("您指定的“超出上限捐给哪里”是原地区的，搬家后改为公益池，可以再改。"))
    return [str(each) for each in said]


def past_rows(past: Iterable[MoveView], address: Callable[[str], str]) -> list[dict[str, Any]]:
    """Moves so far, each leading to its receipt by the check code."""
    return [
        {
            "key": _day(each.moved_at),
            "value": str(
                _(
                    "从%(from)s到%(to)s，带来%(time)s",
                    **{
                        "from": named(each.from_region),
                        "to": named(each.to_region),
                        "time": _time(each.content["minutes"]),
                    },
                )
            ),
            "href": address(each.check_code) if each.check_code else None,
            "what": each.reference,
        }
        for each in past
    ]


def left_line(found: LeftAccount) -> str:
    """An account that was left: read-only, and pointing on."""
    said = _(
        "%(from)s的账户已于%(day)s迁到%(to)s，只能看，不能再用。",
        **{
            "from": named(found.from_region),
            "day": _day(found.moved_at),
            "to": named(found.to_region),
        },
    )
    stays = sum(each.minutes for each in found.grants)
    if not stays:
        return str(said)
    left = _("那里还有补助%(time)s，到期为止。", time=_time(stays))
    return f"{said} {left}" if is_english() else f"{said}{left}"


def _origin(coins: Coins) -> str:
    return origin_of(coins.kind.value, coins.period)


def _day(moment: datetime) -> str:
    return wording.date_alone(local_date(moment), is_english())


def _time(minutes: int) -> str:
    return wording.duration(minutes, is_english())


FOR_TEMPLATES: dict[str, Any] = {
    "move_place": place,
    "coins_rows": coins_rows,
    "stays_lines": stays_lines,
    "booking_line": booking_line,
    "other_lines": other_lines,
    "left_line": left_line,
    "name_of": named,
}
