"""The tables of the published pages as files: the same rows, the same figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from timebank.web.branch.words import named
from timebank.web.exports import Column

#: What each published table is about, by the first part of its version.
TABLES: Mapping[str, Any] = {
    "callbacks": _l("回访"),
    "cockpit": _l("驾驶舱"),
    "complaints": _l("投诉"),
    "entries": _l("补录"),
    "errands": _l("代购的钱"),
    "exchange": _l("交换文件的字段"),
    "flags": _l("异常提示"),
    "forecast": _l("明天付得出吗"),
    "life-table": _l("生命表"),
    "ratings": _l("老人的评价"),
    "sheets": _l("工作单"),
    "standards": _l("服务标准"),
    "stars": _l("评星"),
}


def table_name(version: str) -> str:
    """What a version is of; its code where nobody has named it yet."""
    return str(TABLES.get(version.rpartition("-")[0], version))


@dataclass(frozen=True, slots=True)
class PublicSheet:
    """Which part of a page, what it is called, and its columns."""

    part: str
    title: Callable[[], str]
    columns: Callable[[], tuple[Column, ...]]


def _number(heading: str, name: str) -> Column:
    """A figure; empty where it is not told because it is so small."""
    return Column(heading, lambda row: getattr(row, name), "number", 18)


def _figures() -> tuple[Column, ...]:
    return (
        Column(_("截至"), lambda row: row.at, "moment", 20),
        _number(_("加入的人"), "members"),
        _number(_("一年内服务过的志愿者"), "volunteers"),
        _number(_("一年内得到帮助的老人"), "elders"),
        _number(_("完成的服务（次）"), "visits"),
        _number(_("实际服务时间（分钟）"), "actual_minutes"),
        _number(_("志愿者得到（标准分钟）"), "earned_minutes"),
        _number(_("老人用掉（标准分钟）"), "drawn_minutes"),
        _number(_("还没有用的（标准分钟）"), "outstanding_minutes"),
    )


def _results() -> tuple[Column, ...]:
    return (
        Column(_("网点"), lambda row: str(named(row.branch)), width=24),
        Column(_("从哪个月"), lambda row: row.first_month),
        Column(_("到哪个月"), lambda row: row.last_month),
        _number(_("抽到"), "drawn"),
        _number(_("问到"), "asked"),
        _number(_("相符"), "confirmed"),
        _number(_("不符"), "failed"),
        _number(_("没有问到"), "unreached"),
        _number(_("还没有问"), "open"),
        _number(_("有疑点而问的"), "flagged"),
        _number(_("其中不符"), "flagged_failed"),
    )


def _draws() -> tuple[Column, ...]:
    return (
        Column(_("哪一周"), lambda row: row.period),
        Column(_("封存"), lambda row: row.closed_at, "moment", 20),
        _number(_("服务次数"), "size"),
        Column(_("名单指纹"), lambda row: row.list_hash, width=66),
        Column(_("抽签"), lambda row: row.drawn_at, "moment", 20),
        Column(_("种子来自哪天的清单"), lambda row: row.seed_day, "day"),
        Column(_("种子"), lambda row: row.seed or "", width=66),
        _number(_("抽到"), "drawn"),
    )


def _suspensions() -> tuple[Column, ...]:
    return (
        Column(_("账本"), lambda row: row.book),
        Column(_("网点"), lambda row: str(named(row.branch)), width=24),
        Column(_("月份"), lambda row: row.month),
        _number(_("问到"), "asked"),
        _number(_("不符"), "failed"),
        Column(_("暂停"), lambda row: row.began_at, "moment", 20),
        Column(_("恢复"), lambda row: row.ended_at, "moment", 20),
    )


def _rules() -> tuple[Column, ...]:
    return (
        Column(_("版本"), lambda row: row.version),
        Column(_("从哪天起"), lambda row: row.effective_from, "day"),
        Column(_("公布时间"), lambda row: row.published_at, "moment", 20),
        Column(_("内容指纹"), lambda row: row.content_hash, width=66),
    )


def _tables() -> tuple[Column, ...]:
    return (
        Column(_("名称"), lambda row: table_name(row.version), width=24),
        Column(_("版本"), lambda row: row.version),
        Column(_("内容指纹"), lambda row: row.digest, width=66),
    )


def _returns() -> tuple[Column, ...]:
    return (
        Column(_("账本"), lambda row: row.book),
        Column(_("月份"), lambda row: row.month),
        Column(_("截止"), lambda row: row.watermark_at, "moment", 20),
        Column(_("内容指纹"), lambda row: row.content_hash, width=66),
        Column(_("签署"), lambda row: row.signed_at, "moment", 20),
    )


SHEETS = {
    "figures": PublicSheet("figures", lambda: _("公布的数字"), _figures),
    "callbacks": PublicSheet("results", lambda: _("回访的结果"), _results),
    "draws": PublicSheet("draws", lambda: _("回访名单"), _draws),
    "suspensions": PublicSheet("suspensions", lambda: _("暂停补录的网点"), _suspensions),
    "rules": PublicSheet("versions", lambda: _("换算标准"), _rules),
    "tables": PublicSheet("tables", lambda: _("办法和标准"), _tables),
    "returns": PublicSheet("returns", lambda: _("月报"), _returns),
}
