"""Words for how people are matched: what turned somebody away, and what speaks for and against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from timebank.wording import MINUS

#: Why somebody does not fit, in a few words, for counting: how many it turned away.
REFUSALS: Mapping[str, Any] = {
    "other_book": _l("属于别的账本"),
    "corridor_shut": _l("两地没有开通互认"),
    "not_joined": _l("有一地还没有加入结算"),
    "identity_unchecked": _l("身份还没核验"),
    "paused": _l("暂停服务"),
    "own_request": _l("是老人自己"),
    "kin": _l("是老人的近亲"),
    "already_accepted": _l("已经答应了"),
    "full": _l("人已经够了"),
    "too_young": _l("年纪太小"),
    "minor_tier": _l("未成年，不能做这项"),
    "guardian_missing": _l("缺监护人同意"),
    "older_tier": _l("年纪大，不能做这项"),
    "health_missing": _l("缺健康声明"),
    "extra_too_early": _l("还在见习"),
    "extra_full": _l("见习的人已满"),
    "level_too_low": _l("等级不够"),
    "certificate_missing": _l("缺要求的证书"),
    "one_certificate_missing": _l("缺其中一种证书"),
    "trained_missing": _l("还缺受过培训的一位"),
    "second_level_too_low": _l("同行的等级不够"),
    "insurance_missing": _l("没有意外保险"),
    "screening_missing": _l("没有做安全审核"),
    "first_visit_alone": _l("第一次上门，没有人同行"),
    "woman_wished": _l("老人要女志愿者"),
    "man_wished": _l("老人要男志愿者"),
    "language_required": _l("不会说老人的话"),
    "overlap": _l("这段时间有别的服务"),
    "day_full": _l("当天已满"),
    "week_full": _l("本周已满"),
    "year_full": _l("今年已满"),
    "not_available": _l("这个时间没空"),
    "too_far": _l("离得太远"),
    "week_wish": _l("这周够了（自己定的）"),
    "declined": _l("不做这项服务"),
    "not_asked": _l("说过不要问"),
    "asked_enough": _l("今天已经问够了"),
}
#: What the sum is made of; less is better.
TERMS: Mapping[str, Any] = {
    "travel": _l("路上"),
    "continuity": _l("去过这位老人家"),
    "wished": _l("老人点名的"),
    "dialect": _l("说不到一起"),
    "preferred_sex": _l("不是老人希望的性别"),
    "reliability": _l("守约和评价"),
    "load": _l("这周已经有服务"),
    "freshness": _l("最近刚问过"),
}
SEARCHES: Mapping[str, Any] = {
    "active": _l("正在问"),
    "filled": _l("人够了"),
    "exhausted": _l("能问的都问过了"),
    "stopped": _l("没有在问"),
}
ANSWERS: Mapping[str, tuple[Any, str]] = {
    "open": (_l("问了，等回话"), "wait"),
    "accepted": (_l("答应了"), "good"),
    "declined": (_l("说来不了"), "plain"),
    "taken": (_l("别人先答应了"), "plain"),
    "expired": (_l("没有回话"), "plain"),
    "withdrawn": (_l("不用问了"), "plain"),
}
OFFERS: Mapping[str, Any] = {
    "wave": _l("按次序问的"),
    "batch": _l("统一配对时提出的"),
    "regular": _l("固定来的"),
    "substitute": _l("固定的替补"),
    "standby": _l("替补"),
    "step_in": _l("替补顶上"),
    "branch": _l("网点问的"),
    "wished": _l("老人点名的"),
}


def refusal(code: str) -> str:
    """Why somebody does not fit; a code of the future shows as it is."""
    return str(REFUSALS.get(code, code))


def term(code: str) -> str:
    """What a part of the sum is about."""
    return str(TERMS.get(code, code))


def minutes_of(milliminutes: int) -> str:
    """Thousandths of a minute as minutes with a sign, to the nearest one."""
    minutes = (abs(milliminutes) + 500) // 1000
    sign = "" if not minutes else MINUS if milliminutes < 0 else "+"
    return str(_("%(n)s 分", n=f"{sign}{minutes}"))


def search_word(state: Any) -> str:
    """How the search stands."""
    return str(SEARCHES.get(str(state), state)) if state else str(_("还没有问人"))


def answer_word(state: Any) -> str:
    """What came of asking."""
    known = ANSWERS.get(str(state))
    return str(known[0]) if known else str(state)


def answer_tone(state: Any) -> str:
    """The tone of its tag."""
    known = ANSWERS.get(str(state))
    return known[1] if known else "plain"


def offer_word(kind: Any) -> str:
    """As what somebody was asked."""
    return str(OFFERS.get(str(kind), kind))


#: What templates that explain a match know.
FOR_TEMPLATES: dict[str, Any] = {
    "refusal": refusal,
    "term": term,
    "minutes_of": minutes_of,
    "search_word": search_word,
    "answer_word": answer_word,
    "answer_tone": answer_tone,
    "offer_word": offer_word,
}
