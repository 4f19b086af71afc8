"""Words for the codes that auditors meet: acts, purposes, checks, figures of the formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from services.clock import local
from services.policy import NOBODY
from services.queries.audit.listing import SIZES, Person
from services.rules.explanation import weight_text
from services.rules.member_number import grouped
from timebank import wording
from timebank.i18n import is_english
from timebank.web import states
from timebank.web.audit.trail import crumbs, place_name, region_crumbs
from timebank.web.branch.words import WORDS as COUNTER_WORDS
from timebank.web.branch.words import named

#: What every act on record is called.
ACTS: Mapping[str, Any] = {
    "act.refuse": _l("没有准予办理"),
    "audit.export": _l("导出表格"),
    "batch.end": _l("批量办完"),
    "batch.propose": _l("提出批量名单"),
    "batch.sign": _l("签署批量名单"),
    "batch.withdraw": _l("撤回批量名单"),
    "batch.work": _l("批量入账"),
    "book.open": _l("开立账本"),
    "branch.close": _l("关闭网点"),
    "branch.open": _l("开设网点"),
    "card.issue": _l("发卡"),
    "card.revoke": _l("停用卡"),
    "certificate.record": _l("登记证书"),
    "certificate.revoke": _l("作废证书"),
    "assessment.record": _l("登记评估"),
    "consent.record": _l("登记同意"),
    "consent.withdraw": _l("撤回同意"),
    "delegation.grant": _l("委托家人"),
    "delegation.revoke": _l("取消委托"),
    "dispute.decide": _l("处理异议"),
    "dispute.open": _l("提出异议"),
    "dispute.words": _l("记下一方的话"),
    "elder.look": _l("家人查看老人情况"),
    "identity.check": _l("核验身份"),
    "identity.refuse": _l("身份核验不通过"),
    "fairness.export": _l("导出匹配情况"),
    "issue.propose": _l("提出发行"),
    "issue.sign": _l("签署发行"),
    "kinship.end": _l("注销亲属关系"),
    "kinship.record": _l("登记亲属关系"),
    "login.code": _l("用验证码登录"),
    "login.password": _l("用密码登录"),
    "login.send_code": _l("请求验证码"),
    "login.set_password": _l("设置密码"),
    "member.circumstances": _l("登记困难情况"),
    "member.contact": _l("修改联系方式"),
    "member.door_word": _l("修改敲门暗语"),
    "member.find": _l("查找成员"),
    "member.pause": _l("暂停接单"),
    "member.read": _l("查看成员档案"),
    "member.register": _l("登记成员"),
    "member.reveal": _l("查看完整证件号或电话"),
    "member.wishes": _l("修改服务意愿"),
    "note.erase": _l("删去备注的文字"),
    "month.close": _l("月结"),
    "operator.open": _l("登记运营单位"),
    "place.load": _l("更新地区目录"),
    "rates.publish": _l("公布规则"),
    "region.set": _l("修改地区设置"),
    "request.address": _l("查看服务地址"),
    "match.ask": _l("问人"),
    "request.ask": _l("提出申请"),
    "request.cancel": _l("取消申请"),
    "request.expire": _l("申请过期"),
    "request.fund": _l("公益池补足"),
    "request.loosen": _l("把要求改成希望"),
    "request.move": _l("改服务时间"),
    "request.read": _l("查看申请"),
    "request.review": _l("审核申请"),
    "request.wait_for_pool": _l("等公益池"),
    "reschedule.agree": _l("同意改时间"),
    "reschedule.lapsed": _l("改时间没有答复"),
    "reschedule.propose": _l("提出改时间"),
    "reschedule.refused": _l("不改时间"),
    "role.end": _l("解除岗位"),
    "role.grant": _l("任命岗位"),
    "safety.call": _l("记下安全电话"),
    "safety.close": _l("结束安全单"),
    "safety.read": _l("查看安全单"),
    "series.active": _l("固定服务接着来"),
    "series.agree": _l("愿意固定来"),
    "series.ask_again": _l("固定服务再约一次"),
    "series.cancel_date": _l("固定服务一次不来"),
    "series.change": _l("改固定服务"),
    "series.date_refused": _l("固定服务没有约成"),
    "series.ended": _l("停止固定服务"),
    "series.make": _l("约固定服务"),
    "series.move_date": _l("固定服务一次换时间"),
    "series.name": _l("请人固定来"),
    "series.paused": _l("固定服务先停一停"),
    "series.read": _l("查看固定服务"),
    "series.review": _l("审核固定服务"),
    "series.stop": _l("不再固定来"),
    "shown.read": _l("查看看过的名单"),
    "slip.print": _l("打印纸条"),
    "slip.read": _l("查看纸条"),
    "statement.read": _l("查看时间明细"),
    "token.issue": _l("发放接口令牌"),
    "token.revoke": _l("停用接口令牌"),
    "transfer.note": _l("写备注"),
    "transfer.reverse": _l("冲正"),
    "valuation.read": _l("查看估值"),
    "visit.accept": _l("接单"),
    "visit.call": _l("打电话没有人接"),
    "visit.cancel": _l("取消服务"),
    "visit.check_in": _l("签到"),
    "visit.check_out": _l("签退"),
    "visit.closed_door": _l("没有人开门"),
    "visit.confirm": _l("确认服务"),
    "visit.credit": _l("服务入账"),
    "visit.excuse": _l("认定有理由未到"),
    "visit.in_review": _l("转网点核实"),
    "visit.left_by_voice": _l("照老人说的补记离开"),
    "visit.missed": _l("未见签到"),
    "visit.no_show": _l("认定爽约"),
    "visit.read": _l("查看服务"),
    "group.make": _l("办集体活动"),
    "group.cancel": _l("取消集体活动"),
    "group.lead": _l("答应带领集体活动"),
    "group.step_back": _l("交回带领的集体活动"),
    "group.book": _l("报名集体活动"),
    "group.unbook": _l("取消集体活动的位子"),
    "group.close": _l("集体活动报名截止"),
    "group.attend": _l("登记集体活动的到场"),
    "group.settle": _l("集体活动入账完成"),
    "service_day.make": _l("建服务日"),
    "service_day.end": _l("停办服务日"),
    "round.cancel": _l("取消服务日的一天"),
    "round.invite": _l("邀请参加服务日"),
    "round.answer": _l("回答服务日的邀请"),
    "round.stop": _l("安排服务日的老人"),
    "round.unstop": _l("把老人移出服务日"),
    "welfare.export": _l("导出探访名单"),
    "welfare.read": _l("查看探访记录"),
    "welfare.record": _l("记探访"),
    "welfare.raise": _l("调高关爱等级"),
    "welfare.warn": _l("提醒还没有探访的"),
    "visit.reject": _l("认定不入账"),
    "visit.slip": _l("录入纸条"),
    "visit.voice": _l("记下口头确认"),
}

WORDS: Mapping[str, Mapping[str, Any]] = {
    **COUNTER_WORDS,
    "act": ACTS,
    "purpose": {
        "elder_share": _l("老人一方的预留"),
        "elder_shortfall": _l("公益池代老人预留"),
        "pool_share": _l("公益池一方的预留"),
        "group_share": _l("集体活动老人的预留"),
        "group_pool": _l("集体活动公益池的预留"),
    },
    "subject": {
        "visit": _l("单次服务"),
        "request": _l("服务申请"),
        "member": _l("成员"),
        "transfer": _l("往来"),
        "valuation": _l("估值"),
        "group_session": _l("集体活动"),
        "service_day": _l("服务日"),
        "branch": _l("网点"),
        "book": _l("账本"),
        "region": _l("地区"),
        "safety_sheet": _l("安全单"),
        "issue_authorisation": _l("发行授权"),
        "batch": _l("批量名单"),
        "operator": _l("运营单位"),
        "register": _l("地区目录"),
        "rule_set": _l("规则"),
        "calendar": _l("日历"),
        "search": _l("查找"),
        "login": _l("登录"),
        "export": _l("导出"),
        "closing": _l("月结"),
        "refusal": _l("没有准予的操作"),
        "offer": _l("询问"),
        "shown_ranking": _l("看过的名单"),
    },
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
        "allowed": _l("是否放行"),
        "state": _l("状态"),
        "how": _l("方式"),
        "distance_m": _l("离老人家（米）"),
        "late_entry": _l("事后补录"),
        "service": _l("服务"),
        "booked_minutes": _l("预约时长"),
        "consent": _l("同意方式"),
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
    "reason": "reason",
    "role": "role",
    "reached": "reached",
    "side": "side",
    "decision": "decision",
    "whom": "whom",
    "heard": "heard",
    "refused": "act",
}


#: What the auditor's templates know.
FOR_TEMPLATES = {
    "word": word,
    "who": who,
    "whom": whom,
    "at": at,
    "short": short,
    "figure": figure,
    "changes": changes,
    "named": named,
    "grouped": grouped,
    "crumbs": crumbs,
    "region_crumbs": region_crumbs,
    "place_name": place_name,
    "sizes": sorted(SIZES),
}
