"""Open pages, coming in, joining, and everybody's own account."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

bp = Blueprint("public", __name__)

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("public.home", _l("首页")),
    ("public.rates", _l("换算标准")),
    ("public.regions", _l("找网点")),
    ("public.help", _l("帮助")),
]
#: Pages that everyone finds at the foot of every page.
FOOTER: list[tuple[str, object]] = [
    ("public.home", _l("首页")),
    ("public.help", _l("帮助和电话")),
    ("public.accessibility", _l("无障碍")),
    ("public.privacy", _l("个人信息")),
]
#: What is open to all and seldom asked for: folded away at the foot of every page.
FOOTER_MORE: list[tuple[object, list[tuple[str, object]]]] = [
    (
        _l("标准和日历"),
        [
            ("public.rates", _l("换算标准")),
            ("public.calculator", _l("算一算")),
            ("public.calendar", _l("放假安排")),
            ("public.promise", _l("我们从不出售时间")),
        ],
    ),
    (
        _l("账本和基金"),
        [
            ("public.published", _l("公开的事")),
            ("public.funds", _l("公益基金")),
            ("public.seals", _l("账本封存")),
            ("public.regions", _l("地区和网点")),
            ("public.corridors", _l("互认一览")),
        ],
    ),
    (
        _l("公示和查验"),
        [
            ("public.estates", _l("身后事公示")),
            ("public.import_notices", _l("旧余额转入公示")),
            ("public.stars", _l("星级公示")),
            ("public.check", _l("查验文书")),
        ],
    ),
]

from timebank.web.public import (  # noqa: E402
    account,
    accounts,
    calculator,
    corridors,
    demo,
    devices,
    estates,
    factors,
    feeds,
    funds,
    home,
    imports,
    joining,
    kept,
    login,
    my_data,
    pages,
    papers,
    places,
    published,
    rates,
    reaching,
    seals,
    standards,
    stars,
    tokens,
)

__all__ = [
    "FOOTER",
    "FOOTER_MORE",
    "NAV",
    "account",
    "accounts",
    "bp",
    "calculator",
    "corridors",
    "demo",
    "devices",
    "estates",
    "factors",
    "feeds",
    "funds",
    "home",
    "imports",
    "joining",
    "kept",
    "login",
    "my_data",
    "pages",
    "papers",
    "places",
    "published",
    "rates",
    "reaching",
    "seals",
    "standards",
    "stars",
    "tokens",
]
