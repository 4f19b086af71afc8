"""Coins given and left: gifts, donations, who inherits, and what follows a death.

The pages are every member's own, elder or volunteer, in large print. Nobody gives for another:
at the counter a branch does it with both parties named (``timebank.web.branch``).
"""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from timebank.web.more import More

bp = Blueprint("giving", __name__, url_prefix="/giving")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("public.me", _l("我的")),
    ("giving.home", _l("赠送和传承")),
]
#: What the first page leads to, in this order: while one lives, afterwards, and the account.
GIVING: list[More] = [
    More("giving.gifts", _l("送时间给家人"), _l("送出去、收到的，都在这里；可以收回或退回")),
    More("giving.donations", _l("捐时间"), _l("捐给公益池或一类老人，看看用到了哪里")),
    More(
        "giving.origins",
        _l("我的时间从哪里来"),
        _l("哪些能送人，哪些能留给家人，哪些会到期"),
    ),
]
AFTERWARDS: list[More] = [
    More("giving.designation", _l("身后留给谁"), _l("写明时间币由谁继承，随时可以改、可以撤回")),
    More("giving.inheriting", _l("我可以继承的"), _l("家人去世后留给我的时间币：接受，或者放弃")),
    More("giving.estates", _l("我的继承和异议"), _l("分到的一份、怎样领，我提出的异议和决定")),
    More("giving.deaths", _l("报告亲人去世"), _l("网点核实以后冻结账户，时间币由继承人继承")),
]
ACCOUNT: list[More] = [
    More("giving.moving", _l("搬家"), _l("搬到别的县（市、区）住，时间和约好的事一起带走")),
    More(
        "giving.account", _l("带走我的账户"), _l("开一份签了名的对账单；销户，把时间带到别的平台")
    ),
    More("giving.papers", _l("我的文书"), _l("赠与书、捐赠证书、受益人指定书：看、打印、存下来")),
]

from timebank.web.giving import (  # noqa: E402, F401
    account,
    deaths,
    designations,
    donations,
    estate_notices,
    gift_new,
    gifts,
    home,
    inheriting,
    moving,
    origins,
    papers,
)
