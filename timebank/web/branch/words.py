"""Words for the codes that staff meet: kinds of work, relations, ways of proving, roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.clock import whole_minutes
from services.reversing.sentences import REASONS
from services.rules.member_number import grouped
from services.rules.names import Name
from timebank.edge import now
from timebank.i18n import is_english
from timebank.staying import paused_words
from timebank.web.words.two_hands import WORDS as TWO_HANDS

WORDS: Mapping[str, Mapping[str, Any]] = {
    **TWO_HANDS,
    "work": {
        "safety": _l("安全单"),
        "incident": _l("核实报告"),
        "dispute": _l("处理异议"),
        "sheet": _l("工作单"),
        "complaint": _l("投诉"),
        "missed": _l("未见签到"),
        "review": _l("审核申请"),
        "in_review": _l("核实服务"),
        "money": _l("没算清的代购钱"),
        "identity": _l("核验身份"),
        "estate": _l("身后事"),
        "unconfirmed": _l("等老人确认"),
        "pool": _l("等公益池"),
    },
    "sex": {"female": _l("女"), "male": _l("男")},
    "wished_sex": {"female": _l("希望女志愿者"), "male": _l("希望男志愿者")},
    "consent": {
        "own": _l("本人办理"),
        "family": _l("家人代办"),
        "voice": _l("本人口头同意"),
        "signature": _l("本人签字"),
        "manual": _l("事后补录"),
        "document": _l("书面文件"),
    },
    "how_witnessed": {
        "signature": _l("当面签字"),
        "voice": _l("口头同意（电话或当面）"),
        "document": _l("书面文件"),
    },
    "unknown": {
        "another_person": _l("不是证件上的人"),
        "mistake": _l("登记错了，或者重复登记"),
        "never_came": _l("一直没有来核验"),
    },
    "joined": {
        "self": _l("自己登记"),
        "family": _l("家人代为登记"),
        "counter": _l("网点登记"),
        "import": _l("从旧时间银行转来"),
    },
    "check": {
        "card": _l("看过身份证原件"),
        "reader": _l("读卡器读过身份证"),
        "household_book": _l("看过户口簿"),
    },
    "relation": {
        "spouse": _l("配偶"),
        "parent": _l("父母"),
        "child": _l("子女"),
        "grandparent": _l("祖父母、外祖父母"),
        "grandchild": _l("孙子女、外孙子女"),
        "parent_in_law": _l("配偶的父母"),
        "child_in_law": _l("儿媳、女婿"),
        "sibling": _l("兄弟姐妹"),
    },
    "guardian_document": {
        "court": _l("法院判决"),
        "committee": _l("居委会或民政部门指定"),
        "agreement": _l("监护协议"),
    },
    "guardian_end": {
        "recovered": _l("本人恢复了，能自己决定"),
        "mistake": _l("登记有误"),
        "revoked": _l("法院撤销了监护资格"),
        "resigned": _l("监护人不再担任"),
        "replaced": _l("换了监护人"),
        "guardian_died": _l("监护人去世"),
        "ward_died": _l("本人去世"),
    },
    "scope": {
        "see": _l("查看服务和时间"),
        "ask": _l("替老人申请服务"),
        "confirm": _l("替老人确认服务"),
    },
    "consent_kind": {
        "terms": _l("服务协议"),
        "guardian": _l("监护人同意"),
        "health": _l("使用健康信息"),
        "place": _l("使用位置信息"),
        "import": _l("旧时间银行转来的资料"),
    },
    "presence": {
        "card": _l("扫老人的卡"),
        "digits": _l("六位数字"),
        "slip": _l("纸条"),
        "remote": _l("远程服务"),
        "voice": _l("老人口头说的"),
        "manual": _l("事后补录"),
    },
    "confirmed": {
        "own": _l("老人自己确认"),
        "family": _l("家人确认"),
        "voice": _l("电话或当面口头确认"),
        "decision": _l("处理异议时认定"),
        "review": _l("老人去世后网点核实"),
        "manual": _l("两个人补录签署"),
    },
    "reached": {"phone": _l("电话联系"), "counter": _l("老人来网点"), "home": _l("上门问过")},
    "side": {"elder": _l("老人一方"), "provider": _l("志愿者一方")},
    "said": {"elder": _l("老人一方的话"), "provider": _l("志愿者一方的话")},
    "whom": {
        "contact": _l("紧急联系人"),
        "grid": _l("网格员"),
        "emergency": _l("120 急救"),
        "branch": _l("网点派人上门"),
    },
    "decision": {"credit": _l("按记录入账"), "reject": _l("不入账")},
    "origin": {
        "earned": _l("自己挣的"),
        "received": _l("别人赠的"),
        "granted": _l("政策发放"),
        "pool": _l("公益池"),
        "issue": _l("发行账户"),
        "clearing": _l("跨区清算"),
        "outside": _l("外部转入"),
        "estate": _l("待继承"),
        "dispute": _l("争议暂存"),
    },
    "transfer": {
        "service": _l("服务入账"),
        "closed_door": _l("没人开门的补偿"),
        "issue": _l("授权发行"),
        "reversal": _l("冲正"),
        "grant": _l("政策发放"),
        "grant_expired": _l("到期的政策发放退回"),
        "import": _l("转入旧余额"),
        "session": _l("集体活动"),
        "gift": _l("赠与"),
        "donation": _l("捐赠"),
        "grant_expiry": _l("到期的补助退回"),
        "estate": _l("转入待继承账户"),
        "move": _l("搬家"),
        "follow": _l("搬家以后的更正"),
        "closing": _l("销户转出"),
        "erasure": _l("注销时归入公益池"),
        "inheritance": _l("继承"),
        "estate_pool": _l("身后归公益池"),
    },
    "reason": {code: _l(said) for code, said in REASONS.items()},
    "posted": {
        "earned": _l("自己挣的"),
        "inherited": _l("继承的"),
        "entitled": _l("符合补助条件"),
        "grant_ended": _l("补助到期"),
        "opening_balance": _l("旧余额"),
        "import_undone": _l("撤销旧余额的转入"),
        "group_session": _l("集体活动"),
        "fund_closed": _l("公益基金结束"),
        "freeze": _l("账户冻结"),
        "sweep": _l("冻结以后才到的"),
        "share": _l("按份额继承"),
        "claim": _l("领取继承份额"),
        "grants": _l("身后没有用完的补助"),
        "remainder": _l("除不尽的零头"),
        "unclaimed": _l("没有人领的份额"),
        "death_undone": _l("去世登记有误"),
        "refused": _l("受赠人谢绝"),
        "giver_died": _l("赠与人去世"),
        "receiver_died": _l("受赠人去世"),
        "too_full": _l("受赠人存不下"),
        "giver_ward": _l("赠送人有了监护人"),
        "receiver_left": _l("受赠人账户已停用"),
    },
    "enrolment": {
        "booked": _l("已报名"),
        "waiting": _l("排队候补"),
        "cancelled": _l("已取消"),
        "attended": _l("已签到"),
        "absent": _l("没有来"),
        "passed": _l("通过"),
        "failed": _l("没有通过"),
    },
    "session": {
        "planned": _l("报名中"),
        "held": _l("已结束"),
        "cancelled": _l("已取消"),
    },
    "role": {
        "branch_staff": _l("网点工作人员"),
        "region_admin": _l("地区管理员"),
        "auditor": _l("监督人员"),
        "national_admin": _l("全国管理员"),
    },
    "operator": {
        "civil_affairs": _l("民政部门"),
        "social_organisation": _l("社会组织"),
        "enterprise": _l("企业"),
    },
    "successor": {
        "named_branch": _l("由指定的网点接替"),
        "same_operator": _l("由同一运营单位的网点接替"),
        "region": _l("由地区指定网点接替"),
    },
}


def word(kind: str, code: object) -> str:
    """The word for a code in the reader's language; an unknown code shows as it is."""
    return str(WORDS[kind].get(str(code), code))


def choices(kind: str, *, leave: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """The codes of a kind with their words, as a form's choices."""
    return [(code, said) for code, said in WORDS[kind].items() if code not in set(leave)]


def named(name: Name | None) -> str:
    """A name kept in both languages, in the reader's."""
    if name is None:
        return ""
    return name.en if is_english() else name.zh


def waited(since: datetime) -> str:
    """How long something has been waiting: minutes, then hours, then days."""
    minutes = whole_minutes(since, now())
    if minutes < 60:
        return str(_("%(n)s 分钟", n=minutes))
    if minutes < 48 * 60:
        return str(_("%(n)s 小时", n=minutes // 60))
    return str(_("%(n)s 天", n=minutes // (24 * 60)))


#: What the templates of the counter and of the region know.
FOR_TEMPLATES = {
    "word": word,
    "named": named,
    "waited": waited,
    "grouped": grouped,
    "paused_words": paused_words,
}
