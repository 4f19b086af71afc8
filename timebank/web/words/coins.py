"""Plain words for what came and went, what is set aside, and where coins come from.

One word for one thing on every face: elder, volunteer and counter read the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.ledger import AccountKind
from services.ledger.accounts import inherited_on
from services.origins import Origin, OriginKind, kind_of
from services.queries.behind import Behind, HeldFor
from timebank import wording
from timebank.i18n import is_english
from timebank.web.branch.words import named

#: What came in and what went out, where there is nothing more to say about it.
INCOMING: Mapping[str, Any] = {
    "gift": _l("别人送的"),
    "move": _l("搬家"),
    "follow": _l("搬家以后的更正"),
    "inheritance": _l("继承的"),
    "estate": _l("去世登记有误，还回来的"),
    "grant": _l("补助"),
    "issue": _l("发给您的"),
    "import": _l("从旧账户转来的"),
    "service": _l("做服务得到的"),
    "session": _l("带领集体活动"),
    "closed_door": _l("上门没有人开门，公益池补的"),
    "reversal": _l("更正"),
}
OUTGOING: Mapping[str, Any] = {
    "gift": _l("送给别人"),
    "donation": _l("捐出去的"),
    "grant_expiry": _l("补助到期没有用完，回到公益池"),
    "grant_expired": _l("补助到期没有用完，回到公益池"),
    "move": _l("搬家"),
    "follow": _l("搬家以后的更正"),
    "closing": _l("销户转出"),
    "erasure": _l("注销时归入公益池"),
    "inheritance": _l("继承的退回"),
    "estate": _l("身后留下的，等继承人"),
    "estate_pool": _l("身后没有用完的补助，回到公益池"),
    "service": _l("请人帮忙"),
    "session": _l("参加集体活动"),
    "reversal": _l("更正"),
}
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


def quarter(period: str) -> str:
    """A grant's quarter, as people say it."""
    found = _QUARTER.fullmatch(period)
    if found is None:
        return period
    return str(_("%(year)s 年第 %(n)s 季度", year=found[1], n=found[2]))


def line(about: Behind, amount_minutes: int, *, takes_back: bool, period: str) -> str:
    """What a line of a statement was, for every kind of transfer."""
    if takes_back and about.kind == "estate":
        return str(INCOMING["estate"])
    if takes_back:
        said = line(about, -amount_minutes, takes_back=False, period=period)
        return str(_("退回：%(what)s", what=said))
    said = _said(about, period, came=amount_minutes > 0)
    if about.elsewhere is None:
        return said
    return str(_("%(what)s（%(region)s）", what=said, region=named(about.elsewhere)))


def _said(about: Behind, period: str, *, came: bool) -> str:
    """The same where nothing is taken back, but for the region of the other side."""
    if about.moved_from is not None:
        return str(_("从%(from)s迁来", **{"from": named(about.moved_from)}))
    if about.paid_for is not None:
        return _paid(about.other, named(about.paid_for))
    if about.kind == "gift" and about.other:
        words = _("%(name)s送的") if came else _("送给%(name)s")
        return str(words) % {"name": about.other}
    if about.kind == "inheritance" and about.other and came:
        return str(_("继承%(name)s留下的", name=about.other))
    if about.kind == "donation" and about.fund is not None:
        return str(_("捐给%(fund)s", fund=named(about.fund)))
    if about.kind == "grant" and period:
        return str(_("%(quarter)s的补助", quarter=quarter(period)))
    words = (INCOMING if came else OUTGOING).get(about.kind)
    return str(words or _("其他往来"))


def _paid(name: str | None, service: str) -> str:
    if name is None:
        return str(_("替家人付：%(service)s", service=service))
    return str(_("替%(name)s付：%(service)s", name=name, service=service))


def held(about: HeldFor | None) -> str:
    """What minutes are set aside for, where it is no request of one's own."""
    if about is None:
        return str(_("已经留出来的"))
    if about.service is not None:
        service = named(about.service)
        if about.other is None:
            return str(_("替家人留出：%(service)s", service=service))
        return str(_("替%(name)s留出：%(service)s", name=about.other, service=service))
    if about.other is None:
        return str(_("准备送人的，现在还能撤回"))
    return str(_("准备送给%(name)s的，现在还能撤回", name=about.other))


def purpose(code: str) -> str:
    """What a hold of a member's coins is for, where nothing more is known."""
    return str(PURPOSES.get(code) or _("已经留出来的"))


def origin(found: Origin) -> str:
    """Where an account's coins come from, with the day or the quarter."""
    return _origin(found.kind, found.period, found.inherited_on)


def account(kind: AccountKind, period: str) -> str:
    """The same for an account as a statement's line names it."""
    return _origin(kind_of(kind, period), period, inherited_on(period))


def _origin(kind: OriginKind, period: str, day: date | None) -> str:
    if day is not None:
        return str(_("%(day)s继承的", day=wording.date_alone(day, is_english())))
    if kind is OriginKind.GRANTED and period:
        return str(_("%(quarter)s的补助", quarter=quarter(period)))
    return str(ORIGINS[kind])


def note(found: Origin) -> str:
    """What one must know of it: until when it can be used, or from which age; else empty."""
    if found.ends_on is not None:
        return str(_("最晚用到 %(day)s", day=wording.date_alone(found.ends_on, is_english())))
    if found.locked_until_age is not None:
        return str(_("锁到您 %(age)s 岁", age=found.locked_until_age))
    return ""


PURPOSES: Mapping[str, Any] = {
    "elder_share": _l("请人帮忙"),
    "group_share": _l("参加集体活动"),
    "gift": _l("准备送人的，现在还能撤回"),
    "complaint": _l("有投诉，办完再定"),
    "dispute": _l("有投诉，办完再定"),
}
ORIGINS: Mapping[OriginKind, Any] = {
    OriginKind.EARNED: _l("自己服务攒的"),
    OriginKind.GIFT: _l("别人送的"),
    OriginKind.INHERITED: _l("继承的"),
    OriginKind.GRANTED: _l("补助的"),
}
