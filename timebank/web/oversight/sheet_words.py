"""Words of work sheets: kinds, what they are about, states, steps and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l

from services.policy import STAFF, Actor, can
from services.policy import Subject as About
from timebank.security import declared_act

KINDS: Mapping[str, Any] = {
    "warning": _l("预警单"),
    "supervision": _l("督办单"),
    "progress": _l("进度单"),
}
#: What a sheet may be about, by code; whoever opens sheets of a new sort names it here.
ABOUT: Mapping[str, Any] = {
    "by_hand": _l("人工开出"),
    "flag": _l("疑点"),
    "callback_failed": _l("回访不合格"),
    "branch_suspended": _l("网点暂停补录"),
    "late_record": _l("记录晚了"),
    "low_rating": _l("评价低"),
    "reversal_spent": _l("要冲正的时间已经用掉"),
    "complaint_charged": _l("老人被收钱"),
    "complaint_late": _l("投诉到期没有处理"),
    "complaint_upheld": _l("投诉成立，要落实"),
    "dispute_to_enter": _l("申诉成立，要补录"),
    "dispute_to_reverse": _l("申诉成立，要冲正"),
}
WHOSE: Mapping[str, Any] = {
    "mine": _l("我接下的"),
    "branch": _l("我网点的"),
    "region": _l("我地区的"),
}
STATES: Mapping[str, Any] = {
    "open": _l("在办"),
    "overdue": _l("在办，过了期限"),
    "appealed": _l("申诉中"),
    "closed": _l("已结束"),
    "all": _l("全部"),
}
LEVELS: Mapping[str, Any] = {"0": _l("网点"), "1": _l("区县"), "2": _l("上一级")}
STEPS: Mapping[str, Any] = {
    "opened": _l("开出"),
    "taken": _l("接下"),
    "handed_on": _l("转交"),
    "note": _l("进展"),
    "escalated": _l("到期上报"),
    "closed": _l("结束"),
    "appealed": _l("提出申诉"),
    "appeal_decided": _l("申诉的结果"),
}
OUTCOMES: Mapping[str, Any] = {
    "done": _l("已经办好"),
    "founded": _l("情况属实"),
    "unfounded": _l("情况不属实"),
    "passed_on": _l("转成下一级工作单"),
    "appeal_upheld": _l("申诉成立"),
    "appeal_dismissed": _l("申诉不成立"),
}
_WORDS = {
    "kind": KINDS,
    "about": ABOUT,
    "whose": WHOSE,
    "state": STATES,
    "level": LEVELS,
    "step": STEPS,
    "outcome": OUTCOMES,
}
#: What a sheet is about -> pages that show it and the name of the id in their address.
PAGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "visit": (("audit.visit", "visit_id"), ("branch.visit", "visit_id")),
    "transfer": (("audit.transfer", "transfer_id"),),
    "request": (("audit.request", "request_id"), ("branch.request_page", "request_id")),
    "complaint": (("oversight.complaint", "complaint_id"),),
    "callback": (("oversight.callback", "callback_id"),),
    "flag": (("oversight.flag", "flag_id"),),
    "reversal": (("oversight.reversal", "reversal_id"),),
    # All of them stand on one page.
    "branch_suspension": (("oversight.suspensions", ""),),
    "sheet": (("oversight.sheet", "sheet_id"),),
    "member": (("branch.member", "member_id"),),
    "safety_sheet": (("branch.sheet", "sheet_id"),),
}


def sheet_word(kind: str, code: object) -> str:
    """The word for a code; an unknown one shows as it is."""
    return str(_WORDS[kind].get(str(code), code))


def place_of(actor: Actor, kind: str, book: str, key: UUID, branch_id: UUID | None) -> str:
    """The page of what a sheet is about that its reader may open; empty where there is none."""
    subject = About(book=book, region_code=book, branch_id=branch_id)
    for endpoint, name in PAGES.get(kind, ()):
        view = current_app.view_functions.get(endpoint)
        if view is None or (endpoint.startswith("branch.") and not actor.has_role(STAFF)):
            continue
        if not can(actor, declared_act(endpoint) or "jobs.run", subject).allowed:
            continue
        with_book = current_app.url_map.is_endpoint_expecting(endpoint, "book")
        values: dict[str, Any] = {**({name: key} if name else {})}
        values |= {"book": book} if with_book else {}
        return url_for(endpoint, **values)
    return ""
