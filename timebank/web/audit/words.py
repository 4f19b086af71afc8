"""Words for the codes that auditors meet: acts, purposes, checks, figures of the formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from services.clock import local
from services.ledger.accounts import inherited_on
from services.policy import NOBODY
from services.queries.audit.accounts import AccountLine
from services.queries.audit.listing import MOST_COUNTED, SIZES, Page, Person
from services.rules.explanation import weight_text
from services.rules.member_number import grouped
from timebank import wording
from timebank.i18n import is_english
from timebank.web.audit.acts import ACTS, SUBJECTS
from timebank.web.audit.giving_words import WORDS as GIVING_WORDS
from timebank.web.audit.trail import crumbs, place_name, region_crumbs
from timebank.web.branch.words import WORDS as COUNTER_WORDS
from timebank.web.branch.words import named
from timebank.web.figures import figure_word, heads, marked
from timebank.web.words import states
from timebank.web.words.coins import quarter
from timebank.web.words.estates import DETAILS as ESTATE_DETAILS

WORDS: Mapping[str, Mapping[str, Any]] = {
    **COUNTER_WORDS,
    **GIVING_WORDS,
    "act": ACTS,
    "relation": {**COUNTER_WORDS["relation"], "friend": _l("朋友")},
    "reason": {
        **COUNTER_WORDS["guardian_end"],
        **COUNTER_WORDS["reason"],
        **COUNTER_WORDS["posted"],
    },
    "purpose": {
        "elder_share": _l("老人一方的预留"),
        "elder_shortfall": _l("公益池代老人预留"),
        "pool_share": _l("公益池一方的预留"),
        "gift": _l("赠与，还能撤回"),
        "group_share": _l("集体活动老人的预留"),
        "group_pool": _l("集体活动公益池的预留"),
        "complaint": _l("投诉期间暂留"),
        "dispute": _l("申诉期间暂留"),
    },
    "subject": SUBJECTS,
    "check": {
        "entries_sum_to_zero": _l("全部分录相加为零"),
        "balances_sum_to_zero": _l("全部余额相加为零"),
        "every_entry_is_counted": _l("分录数与余额记录相符"),
        "held_is_what_holds_say": _l("预留与未了结的预留明细相符"),
        "nobody_below_floor": _l("没有账户低于下限"),
    },
    "figure": {
        "creditable_minutes": _l("可计时长"),
        "credited_minutes": _l("计入时长"),
        "s_percent": _l("服务内容"),
        "p_percent": _l("服务者等级"),
        "r_percent": _l("照护等级"),
        "weight": _l("权重"),
        "earn_minutes": _l("服务者得到"),
        "elder_share_minutes": _l("老人应付"),
        "elder_minutes": _l("老人付出"),
        "pool_minutes": _l("公益池补足"),
    },
    "outcome": {
        "held": _l("未了结"),
        "captured": _l("已支付"),
        "released": _l("已退回"),
        "carried": _l("已转入新的预留"),
        "expired": _l("已过期"),
    },
    "detail": {
        **ESTATE_DETAILS,
        "allowed": _l("是否放行"),
        "state": _l("状态"),
        "how": _l("方式"),
        "distance_m": _l("离老人家（米）"),
        "late_entry": _l("事后补录"),
        "service": _l("服务"),
        "booked_minutes": _l("预约时长"),
        "consent": _l("同意方式"),
        "delegate": _l("代办的家人"),
        "scopes": _l("可以做什么"),
        "spend_minutes": _l("每个月最多用"),
        "until": _l("到哪天为止"),
        "payer": _l("付时间的家人"),
        "guardian": _l("监护人"),
        "document": _l("依据的文件"),
        "pool_covers_minutes": _l("公益池代付"),
        "pool_minutes": _l("公益池补足"),
        "missing_minutes": _l("还缺"),
        "earn_minutes": _l("服务者得到"),
        "elder_minutes": _l("老人付出"),
        "amount_minutes": _l("数目"),
        "reserved_minutes": _l("当天留出的时长"),
        "level": _l("服务者等级"),
        "rule_set": _l("规则"),
        "request": _l("服务申请"),
        "valuation": _l("估值"),
        "reason": _l("原因"),
        "role": _l("岗位"),
        "scope": _l("范围"),
        "decision": _l("结果"),
        "dispute": _l("异议"),
        "reached": _l("问到的方式"),
        "heard": _l("老人说了"),
        "what": _l("导出的内容"),
        "form": _l("格式"),
        "rows": _l("行数"),
        "whole": _l("看到完整资料"),
        "version": _l("版本"),
        "content_hash": _l("内容指纹"),
        "month": _l("月份"),
        "entries": _l("分录"),
        "asked": _l("查找内容的指纹"),
        "refused": _l("没有准予的操作"),
        "code": _l("原因代码"),
        "key": _l("操作编号"),
        "note_id": _l("备注编号"),
    },
    "heard": {
        "came": _l("来过"),
        "service": _l("做了什么"),
        "times": _l("几点到几点"),
    },
    "how": {**COUNTER_WORDS["presence"], **COUNTER_WORDS["confirmed"], **COUNTER_WORDS["check"]},
    "code_purpose": {"in": _l("签到"), "out": _l("签退")},
    "code_channel": {"digits": _l("六位数字"), "slip": _l("纸条")},
}


def word(kind: str, code: object) -> str:
    """The word for a code in the reader's language; an unknown code shows as it is."""
    return str(WORDS[kind].get(str(code), code))


def who(person: Person | None) -> str:
    """A person as lists name him: masked name and number; the job process by its own word."""
    if person is None:
        return "—"
    if not person.number:
        return str(_l("没有登录的人") if person.id == NOBODY.id else _l("系统"))
    return f"{person.name} {grouped(person.number)}"


def at(moment: datetime | None) -> Markup | str:
    """A moment as tables have it: one line, in order of time when read from the left."""
    if moment is None:
        return "—"
    there = local(moment)
    return Markup('<time class="at" datetime="{}">{}</time>').format(
        there.isoformat(), f"{there:%Y-%m-%d %H:%M}"
    )


def whom(person: Person | None) -> Markup | str:
    """A person in a cell: the name over the number, neither of them broken."""
    if person is None or not person.number:
        return who(person)
    return Markup(
        '<span class="who-cell"><span>{}</span> <span class="hint">{}</span></span>'
    ).format(person.name, grouped(person.number))


def total_of(page: Page[Any]) -> str:
    """How many rows there are; of a very long list, that there are more than are counted."""
    if page.is_more:
        return str(_l("%(n)s 以上", n=wording.number(MOST_COUNTED)))
    return wording.number(page.total)


def short(key: object) -> str:
    """The end of an id, enough to tell rows of a page apart; links and exports have it whole."""
    return str(key)[-8:]


def figure(value: int | None, unit: str) -> str:
    """A figure of the formula in its own unit."""
    if value is None:
        return "—"
    if unit == "minutes":
        return wording.duration(value, is_english())
    return f"{value}%" if unit == "percent" else weight_text(value)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a record says, by name: before and after, in words where there are words."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        (word("detail", name), _said(name, before.get(name)), _said(name, after.get(name)))
        for name in names
    ]


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_l("是") if value else _l("否"))
    if isinstance(value, list | tuple):
        return ", ".join(_said(name, each) for each in value)
    if isinstance(value, int) and name.endswith("_minutes"):
        return wording.duration(value, is_english())
    if name == "state":
        return states.word(str(value))
    if len(str(value)) == DIGEST_LENGTH and " " not in str(value):
        return short(value)
    kind = SAID_BY.get(name)
    return word(kind, value) if kind else str(value)


#: A fingerprint is told apart by its end; the export has it whole.
DIGEST_LENGTH = 64
#: Names in records whose values have words of their own.
SAID_BY = {
    "how": "how",
    "consent": "consent",
    "scopes": "scope",
    "document": "guardian_document",
    "reason": "reason",
    "role": "role",
    "reached": "reached",
    "side": "side",
    "decision": "decision",
    "whom": "whom",
    "heard": "heard",
    "refused": "act",
}


def origin_of(found: AccountLine) -> str:
    """What tells an account from others of its kind: a quarter, a day, a fund, or a region."""
    if found.fund is not None:
        return named(found.fund)
    if found.counter is not None:
        return f"{named(found.counter)} {found.period}"
    if found.ends_on is not None:
        until = wording.date_alone(found.ends_on, is_english())
        return str(_("%(quarter)s，最晚用到 %(day)s", quarter=quarter(found.period), day=until))
    day = inherited_on(found.period)
    if day is not None:
        return str(_("%(day)s继承的", day=wording.date_alone(day, is_english())))
    return found.period


#: What the auditor's templates know.
FOR_TEMPLATES = {
    "word": word,
    "origin_of": origin_of,
    "who": who,
    "whom": whom,
    "at": at,
    "short": short,
    "total_of": total_of,
    "marked": marked,
    "figure_word": figure_word,
    "figure_heads": heads,
    "figure": figure,
    "changes": changes,
    "named": named,
    "grouped": grouped,
    "crumbs": crumbs,
    "region_crumbs": region_crumbs,
    "place_name": place_name,
    "sizes": sorted(SIZES),
}
