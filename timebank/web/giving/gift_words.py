"""Words of gifts: where one stands, and why it came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.queries.gifts import GiftLine, Giving, Relative
from services.rules.gifts import FRIEND
from timebank import wording
from timebank.i18n import is_english, say
from timebank.papers.sheet import RELATIONS
from timebank.web.branch.words import named

#: State of a gift -> (word, tone of its tag).
STATES: Mapping[str, tuple[Any, str]] = {
    "waiting": (_l("等您填验证码"), "wait"),
    "held": (_l("还可以收回"), "info"),
    "final": (_l("已经送到"), "good"),
    "taken_back": (_l("已经收回"), "plain"),
    "refused": (_l("对方退回了"), "plain"),
    "returned": (_l("已经退回"), "plain"),
    "lapsed": (_l("没有确认，没有送"), "plain"),
}
#: The same as the receiver reads it, where the words are others.
RECEIVED: Mapping[str, tuple[Any, str]] = {
    "held": (_l("快要到账"), "info"),
    "final": (_l("已经到账"), "good"),
    "taken_back": (_l("对方收回了"), "plain"),
    "refused": (_l("您退回了"), "plain"),
}
REASONS: Mapping[str, Any] = {
    "giver_died": _l("赠送人过世了，时间归到遗产里。"),
    "receiver_died": _l("对方过世了，时间退回给赠送人。"),
    "too_full": _l("对方的账户存不下，时间退回给赠送人。"),
    "corrected": _l("这笔赠送记错了，已经更正，时间退回给赠送人。"),
    "giver_ward": _l("赠送人现在有监护人，时间退回给本人。"),
    "receiver_left": _l("对方的账户关闭了，时间退回给赠送人。"),
    "out_of_reach": _l("对方搬了家，两地之间现在送不过去，时间退回给赠送人。"),
    "death_undone": _l("去世登记有误，继承的时间退还本人。"),
}


def state_of(line: GiftLine, *, received: bool) -> tuple[str, str]:
    """The word and the tone of a gift's state for one side."""
    code = line.state.value
    word, tone = RECEIVED.get(code, STATES[code]) if received else STATES[code]
    return str(word), tone


def reason_of(line: GiftLine) -> str:
    """Why a gift came back, where a reason stands on record."""
    return str(REASONS.get(line.reason or "", ""))


def relation_word(code: str) -> str:
    """What somebody is to the giver."""
    return str(RELATIONS.get(code, code))


def both(name: str, relation: str) -> str:
    """A name with what the person is to the giver."""
    return str(_("%(name)s（%(relation)s）", name=name, relation=relation_word(relation)))


def lives_in(relative: Relative) -> str:
    """A relative with the region, where that is another one."""
    said = both(relative.name, relative.relation)
    return f"{said} · {named(relative.region)}" if relative.region else said


def whom_hint(relative: Relative) -> str:
    """What a relative is to the giver, where another region is, and what stands in the way."""
    said = [relation_word(relative.relation), named(relative.region)]
    if relative.barrier is not None:
        said.append(say(relative.barrier.sentence, relative.barrier.params))
    return " · ".join(each for each in said if each)


def guard_words(name: str) -> dict[str, str]:
    """The guard questions, in the order in which they are asked."""
    return {
        "hurried": str(_("有没有人催您现在就送？")),
        "own_wish": str(_("是您自己想送给%(name)s的吗？", name=name)),
        "promised": str(_("有没有人答应给您钱或者东西，来换这些时间？")),
    }


def amount_hint(page: Giving, relation: str) -> str:
    """How much one may give now."""
    most = wording.duration(page.most_minutes(relation), is_english())
    if page.origin.value == "inherited":
        return str(_("您继承的时间里，现在可以转送 %(most)s。", most=most))
    if relation == FRIEND:
        return str(_("今年还可以送给朋友的，加起来 %(most)s。", most=most))
    return str(_("您现在可以送 %(most)s。", most=most))
