"""Words for the codes of service days, group sessions and welfare visits, on every face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

WORDS: Mapping[str, Mapping[str, Any]] = {
    "tier": {"high": _l("高"), "middle": _l("中"), "low": _l("低")},
    "fact": {
        "lives_alone": _l("独居"),
        "old": _l("80 岁以上"),
        "moderate": _l("中度失能及以上"),
        "severe": _l("重度失能及以上"),
        "severely_disabled": _l("重度残疾"),
        "in_hardship": _l("生活困难"),
    },
    "how": {"home": _l("上门"), "phone": _l("电话"), "video": _l("视频")},
    "finding": {
        "well": _l("平安"),
        "needs_help": _l("需要帮助"),
        "not_reached": _l("没有联系上"),
    },
    "answer": {"asked": _l("还没回答"), "yes": _l("参加"), "no": _l("不参加")},
    "round": {"planned": _l("计划中"), "held": _l("已办"), "cancelled": _l("已取消")},
    "group": {
        "booking": _l("报名中"),
        "closed": _l("报名已截止"),
        "held": _l("已办"),
        "cancelled": _l("已取消"),
    },
    "policy": {
        "keep": _l("照常"),
        "next_working_day": _l("改到下一个工作日"),
        "skip": _l("不办"),
    },
    "consent": {
        "own": _l("本人办理"),
        "family": _l("家人代办"),
        "voice": _l("本人口头同意"),
        "signature": _l("本人签字"),
    },
}
TONES: Mapping[str, str] = {
    "high": "bad",
    "middle": "wait",
    "low": "plain",
    "well": "good",
    "needs_help": "bad",
    "not_reached": "wait",
    "yes": "good",
    "no": "plain",
    "asked": "wait",
    "planned": "info",
    "booking": "info",
    "closed": "wait",
    "held": "good",
    "cancelled": "plain",
}


def care(kind: str, code: Any) -> str:
    """The word of a code in the reader's language."""
    return str(WORDS[kind][str(code)])


def tone_of(code: Any) -> str:
    """The colour of a code's tag."""
    return TONES.get(str(code), "plain")


def choices(kind: str) -> list[tuple[str, Any]]:
    """The codes of a kind with their words, as a form's choices."""
    return list(WORDS[kind].items())


FOR_TEMPLATES: dict[str, Any] = {"care": care, "tone_of": tone_of}
