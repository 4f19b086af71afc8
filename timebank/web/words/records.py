"""Words for records of volunteer service, stars and honours, and their lists as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from services.records.late import LateLine
from services.records.lines import ActivityRecord, hours_text
from services.records.whole import WholeRecord
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet

#: What a record lacks.
MISSING: Mapping[str, Any] = {
    "phone": _l("联系方式"),
    "skills": _l("专业技能"),
    "services": _l("服务类别"),
    "person_in_charge": _l("活动负责人"),
}
TIERS: Mapping[str, Any] = {
    "county": _l("区县评定"),
    "city": _l("地市评定"),
    "province": _l("省级评定"),
}
STAR_STATES: Mapping[str, Any] = {
    "notice": _l("公示中"),
    "granted": _l("已评上"),
    "refused": _l("没有评上"),
    "withdrawn": _l("已撤销"),
}
TONES: Mapping[str, str] = {
    "notice": "wait",
    "granted": "good",
    "refused": "bad",
    "withdrawn": "bad",
}
END_REASONS: Mapping[str, Any] = {
    "false_record": _l("查实有不实的服务记录"),
    "objection": _l("异议成立"),
    "mistake": _l("更正以后时间不够"),
    "left": _l("已经不是成员"),
}
DECISIONS: Mapping[str, Any] = {"upheld": _l("异议成立"), "dismissed": _l("异议不成立")}
LIFTING: Mapping[str, Any] = {"appeal": _l("申诉成立"), "mistake": _l("停评有误")}
RESULTS: Mapping[str, Any] = {
    "attended": _l("参加了"),
    "passed": _l("通过"),
    "failed": _l("没有通过"),
}
SCORES: Mapping[int, Any] = {3: _l("好"), 2: _l("一般"), 1: _l("不好")}
LATE_STATES: Mapping[str, Any] = {
    "open": _l("还没有记录的"),
    "recorded": _l("记录晚了的"),
}


def missing_words(record: WholeRecord) -> str:
    """What a record lacks, in one line."""
    return str(_("、")).join(str(MISSING[code]) for code in record.missing)


def place_words(each: ActivityRecord) -> str:
    """Where a service was given."""
    return str(_("远程（电话、视频）")) if each.remote else named(each.place)


def activity_sheet(record: WholeRecord) -> Sheet:
    """The services of a record as a list to save."""
    columns = (
        Column(_("日期"), lambda row: row.day, "day"),
        Column(_("活动名称"), lambda row: named(row.activity), width=24),
        Column(_("服务内容"), lambda row: named(row.content), width=20),
        Column(_("地点"), place_words, width=30),
        Column(_("服务时间（小时）"), lambda row: hours_text(row.actual_minutes)),
        Column(_("服务时间（分钟）"), lambda row: row.actual_minutes, "number"),
        Column(_("活动组织单位"), lambda row: named(row.organiser), width=24),
        Column(_("活动负责人"), lambda row: row.person_in_charge or ""),
        Column(_("记录日期"), lambda row: row.recorded_on, "day"),
    )
    return Sheet(_("志愿服务记录"), columns, record.activities)


def late_columns() -> tuple[Column, ...]:
    """The columns of the list of late records."""
    return (
        Column(_("网点"), lambda row: named(row.branch), width=24),
        Column(_("申请编号"), lambda row: row.reference),
        Column(_("服务"), lambda row: named(row.service), width=24),
        Column(_("志愿者编号"), lambda row: row.provider_number, width=18),
        Column(_("志愿者"), lambda row: row.provider),
        Column(_("结束日期"), lambda row: row.ended_on, "day"),
        Column(_("最晚记录日期"), lambda row: row.due_on, "day"),
        Column(_("记录日期"), lambda row: row.recorded_on, "day"),
        Column(_("晚了几个工作日"), lambda row: row.days_late, "number"),
    )


def by_branch(lines: tuple[LateLine, ...]) -> list[tuple[str, int]]:
    """How many are late at each branch, the most first."""
    counts: dict[str, int] = {}
    for each in lines:
        counts[named(each.branch)] = counts.get(named(each.branch), 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def pairs(found: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What can be chosen, for a list that is filled when the page is asked for."""
    return [SelectChoice(value, label) for value, label in found]


#: What templates of records get.
FOR_RECORDS: Mapping[str, Any] = {
    "missing_words": missing_words,
    "place_words": place_words,
    "hours_text": hours_text,
    "RESULTS": RESULTS,
    "SCORES": SCORES,
    "TIERS": TIERS,
    "STAR_STATES": STAR_STATES,
    "TONES": TONES,
    "END_REASONS": END_REASONS,
    "DECISIONS": DECISIONS,
    "named": named,
}
