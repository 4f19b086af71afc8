"""Clearing as files: positions, windows, and what one window is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from services.queries.clearing.months import MonthPage
from services.queries.clearing.positions import PositionPage, WindowLine
from services.queries.clearing.windows import WindowPage
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.words.clearing import STATES, month_word

Cover = tuple[tuple[str, str], ...]


def _cover(it: PositionPage | WindowPage | MonthPage, *more: tuple[str, str]) -> Cover:
    return (
        (_("地区"), f"{named(it.name)} {it.book}"),
        *more,
        (_("正负"), _("正数是前一个地区应付，负数是应收；数目都是整数的标准分钟。")),
    )


def positions(it: PositionPage) -> Sheet:
    """What stands between the region and every other one."""
    columns = (
        Column(_("对方"), lambda row: named(row.name), width=30),
        Column(_("对方账本"), lambda row: row.counter_book),
        Column(_("未结清（分钟）"), lambda row: row.unsettled_minutes, "number"),
        Column(_("其中本期（分钟）"), lambda row: row.open_minutes, "number", 18),
        Column(_("占用（分钟）"), lambda row: row.use.room.claimed_minutes, "number"),
        Column(_("额度（分钟）"), lambda row: row.use.room.cap_minutes, "number"),
    )
    return Sheet(_("和各地区的往来"), columns, it.lines, _cover(it))


def windows(it: PositionPage) -> Sheet:
    """The windows of the page."""
    return Sheet(_("清算期"), _window_columns(), it.windows, _cover(it))


def _window_columns() -> tuple[Column, ...]:
    def state(row: WindowLine) -> str:
        return str(STATES[row.state.value])

    return (
        Column(_("期号"), lambda row: row.number, "number", 8),
        Column(_("日期"), lambda row: row.day, "day"),
        Column(_("状态"), state),
        Column(_("付出（分钟）"), lambda row: row.paid_minutes, "number"),
        Column(_("收到（分钟）"), lambda row: row.received_minutes, "number"),
        Column(_("净额（分钟）"), lambda row: row.net_minutes, "number"),
        Column(_("本地区确认时间"), lambda row: row.acknowledged_at, "moment", 20),
    )


def _of_window(it: WindowPage) -> tuple[tuple[str, str], ...]:
    return (
        (_("清算期"), _("第 %(n)s 期，%(day)s", n=it.number, day=it.day.isoformat())),
        (_("指纹"), it.content_hash or ""),
    )


def pairs(it: WindowPage) -> Sheet:
    """What every pair of regions came to."""
    columns = (
        Column(_("前一个地区"), lambda row: named(row.one), width=30),
        Column(_("前一个账本"), lambda row: row.one_book),
        Column(_("后一个地区"), lambda row: named(row.other), width=30),
        Column(_("后一个账本"), lambda row: row.other_book),
        Column(_("前付后（分钟）"), lambda row: row.one_paid_minutes, "number"),
        Column(_("后付前（分钟）"), lambda row: row.other_paid_minutes, "number"),
        Column(_("净额（分钟）"), lambda row: row.owes_minutes, "number"),
    )
    return Sheet(_("两两之间"), columns, it.pairs, _cover(it, *_of_window(it)))


def nets(it: WindowPage) -> Sheet:
    """What every region came to, and whether it has acknowledged."""
    columns = (
        Column(_("地区"), lambda row: named(row.name), width=30),
        Column(_("账本"), lambda row: row.book),
        Column(_("净额（分钟）"), lambda row: row.net_minutes, "number"),
        Column(_("确认时间"), lambda row: row.acknowledged_at, "moment", 20),
        Column(_("确认人"), lambda row: row.acknowledged_by),
        Column(_("指纹"), lambda row: row.content_hash, width=66),
    )
    return Sheet(_("各地区净额"), columns, it.nets, _cover(it, *_of_window(it)))


def payments(it: WindowPage) -> Sheet:
    """The payments that even the window out."""
    columns = (
        Column(_("付的地区"), lambda row: named(row.from_), width=30),
        Column(_("付的账本"), lambda row: row.from_book),
        Column(_("收的地区"), lambda row: named(row.to), width=30),
        Column(_("收的账本"), lambda row: row.to_book),
        Column(_("数目（分钟）"), lambda row: row.owed_minutes, "number"),
    )
    return Sheet(_("净额付款"), columns, it.payments, _cover(it, *_of_window(it)))


def month(it: MonthPage) -> Sheet:
    """A month's windows."""
    return Sheet(
        _("%(month)s清算月报", month=month_word(it.month)),
        _window_columns(),
        it.windows,
        _cover(it),
    )


LISTS: Mapping[str, Callable[[Any], Sheet]] = {"positions": positions, "windows": windows}
OF_WINDOW: Mapping[str, Callable[[Any], Sheet]] = {
    "pairs": pairs,
    "nets": nets,
    "payments": payments,
}
