"""What the codes of call-backs are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

STATES: Mapping[str, Any] = {
    "open": _l("还要打的"),
    "overdue": _l("超过期限的"),
    "door": _l("要上门的"),
    "confirmed": _l("相符的"),
    "failed": _l("不符的"),
    "all": _l("全部"),
}
WHYS: Mapping[str, Any] = {"random": _l("抽到的"), "flag": _l("有疑点的")}
HEARD: Mapping[str, Any] = {
    "no_answer": _l("没有人接"),
    "wrong_number": _l("号码不对"),
    "unclear": _l("没有问清"),
    "refused": _l("不愿意说"),
    "answered": _l("问到了"),
}
HOW: Mapping[str, Any] = {"phone": _l("电话"), "door": _l("上门")}
RESULTS: Mapping[str, Any] = {
    "confirmed": _l("相符"),
    "failed": _l("不符"),
    "unreached": _l("没有问到"),
}
_KINDS = {"why": WHYS, "heard": HEARD, "how": HOW, "result": RESULTS}


def callback_word(kind: str, code: Any) -> Any:
    """The word for a code; one that nobody named shows itself."""
    return _KINDS[kind].get(str(code), code)
