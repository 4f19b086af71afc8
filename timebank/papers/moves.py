"""The words of a move: its receipt, and the same sentences where a move is still to come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.ledger.accounts import inherited_on
from services.moving import bookings as kinds
from timebank import wording
from timebank.i18n import is_english

QUARTER = re.compile(r"(\d{4})Q([1-4])")
#: What becomes of a booking, by its kind and its fate.
FATES: Mapping[tuple[str, str], Any] = {
    (kinds.REQUEST, kinds.ANEW): _l("到新地区重新登记，时间不变"),
    (kinds.REQUEST, kinds.CARRIED): _l("照旧，约好的志愿者还是他"),
    (kinds.VISIT, kinds.CARRIED): _l("照旧由您去"),
    (kinds.VISIT, kinds.GIVEN_BACK): _l("退回，另外找人"),
    (kinds.SERIES, kinds.CARRIED): _l("长期安排带到新地区"),
    (kinds.PLACE, kinds.GIVEN_BACK): _l("退出这次集体活动"),
    (kinds.PAYMENT, kinds.GIVEN_BACK): _l("您不再替家人付，改用家人自己的时间和公益池"),
}
ORIGINS: Mapping[str, Any] = {
    "earned": _l("自己挣的"),
    "received": _l("别人赠的"),
    "granted": _l("补助"),
}


def origin_of(kind: str, period: str) -> str:
    """Where coins come from, with the day of an inheritance or the quarter of a grant."""
    day = inherited_on(period)
    if day is not None:
        return str(_("%(day)s继承的", day=wording.date_alone(day, is_english())))
    if kind == "granted" and (found := QUARTER.fullmatch(period)):
        quarter = _("%(year)s 年第 %(n)s 季度", year=found[1], n=found[2])
        return str(_("%(quarter)s的补助", quarter=quarter))
    return str(ORIGINS[kind])


def fate_of(kind: str, fate: str, parted: int | list[str]) -> str:
    """What becomes of a booking, and that somebody who had promised will not come."""
    said = str(FATES[kind, fate])
    many = parted if isinstance(parted, int) else len(parted)
    if not many:
        return said
    apart = str(_("两地没有互认，原来约好的志愿者去不了，另外找人"))
    return f"{said}; {apart}" if is_english() else f"{said}；{apart}"


def receipt_of(content: Mapping[str, Any]) -> Any:
    """The parts of the receipt: a lead, facts, a table and what one should know."""
    facts = [
        (str(_("搬家的人")), content["mover"]),
        (str(_("志愿者编号")), content["number"]),
        (str(_("从哪里")), f"{_either(content['from'])} · {_either(content['from_branch'])}"),
        (str(_("到哪里")), f"{_either(content['to'])} · {_either(content['to_branch'])}"),
        (str(_("一共带来")), _duration(content["minutes"])),
    ]
    rows = [
        *([origin_of(e["kind"], e["period"]), _duration(e["minutes"])] for e in content["coins"]),
        *([*_staying(each)] for each in content["stays"]),
        *([*_booking(each)] for each in content["bookings"]),
    ]
    notes = [str(_("原来的账户只能看，不能再用；往来记录在新地区接着看。"))]
    if content["stays"]:
        notes.append(str(_("补助由原来的地区发给，留在那里，到期为止，新地区不能用。")))
    if content["overflow_fell_back"]:
        notes.append(str(_("您原来说的“超出上限捐给哪里”是原地区的，现在改为公益池，可以再改。")))
    notes.append(str(_("时间是请人帮忙的凭据，不是钱，不能买卖，也不能换钱。")))
    lead = _("%(name)s的时间账户已经搬家，下面这些一起搬了过来。", name=content["mover"])
    return str(lead), facts, ([str(_("什么")), str(_("怎么样了"))], rows), notes


def _staying(line: Mapping[str, Any]) -> tuple[str, str]:
    left = str(_("%(time)s留在原地区", time=_duration(line["minutes"])))
    return origin_of(line["kind"], line["period"]), left


def _booking(line: Mapping[str, Any]) -> tuple[str, str]:
    service = line["service_en"] if is_english() else line["service_zh"]
    words = [service]
    if line.get("start_at"):
        at = datetime.fromisoformat(line["start_at"])
        words.append(wording.moment(at, is_english()))
    if line.get("reference"):
        words.append(line["reference"])
    return " · ".join(words), fate_of(line["kind"], line["fate"], line.get("parted", ()))


def _either(name: Mapping[str, str]) -> str:
    return name["en"] if is_english() else name["zh"]


def _duration(minutes: int) -> str:
    return wording.duration(minutes, is_english())
