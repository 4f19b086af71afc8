"""What a certificate of volunteer service says: how long, what, and whose record it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services.records.lines import hours_text
from services.rules.member_number import grouped
from timebank import wording
from timebank.i18n import is_english

Facts = list[tuple[str, str]]


def proof_of(content: Mapping[str, Any]) -> Any:
    """The parts of the certificate: a lead, facts, a table of services, what one should know."""
    facts: Facts = [
        (str(_("姓名")), content["volunteer"]),
        (str(_("志愿者编号")), grouped(content["number"])),
        (str(_("服务时间")), served_words(content["minutes"])),
        (str(_("起止日期")), period_words(content)),
        (str(_("服务次数")), str(content["times"])),
        (str(_("记录单位")), _either(content["branch"])),
        (str(_("出具单位")), issuer_words(content)),
        *([(str(_("负责人")), content["in_charge"])] if content["in_charge"] else []),
        (str(_("联系电话")), content["phone"]),
    ]
    rows = [
        [_either(each), str(each["times"]), _duration(each["minutes"])]
        for each in content["services"]
    ]
    heads = [str(_("服务内容")), str(_("次数")), str(_("实际服务时间"))]
    lead = _(
        "兹证明%(name)s在 %(days)s参加志愿服务，记录在案的服务时间一共 %(time)s。",
        name=content["volunteer"],
        days=period_words(content),
        time=_duration(content["minutes"]),
    )
    notes = [
        str(_("服务时间是实际服务的时间，按小时计，每个人的一小时都一样长，和时间币的多少无关。")),
        str(_("开这份证明不收钱。里面的服务如有更正，这份证明作废，可以再开一份。")),
    ]
    return str(lead), facts, (heads, rows), notes


def open_facts(facts: Mapping[str, Any]) -> Facts:
    """What everybody reads who checks a certificate."""
    if not facts:
        return []
    return [
        (str(_("编号")), facts["reference"]),
        (str(_("起止日期")), period_words(facts)),
        (str(_("服务时间")), served_words(facts["minutes"])),
    ]


def served_words(minutes: int) -> str:
    """Hours as the law counts them, and the same in hours and minutes."""
    return str(_("%(hours)s 小时（%(time)s）", hours=hours_text(minutes), time=_duration(minutes)))


def period_words(content: Mapping[str, Any]) -> str:
    """From the first day to the last."""
    return str(_("%(first)s 到 %(last)s", first=_day(content["from"]), last=_day(content["until"])))


def issuer_words(content: Mapping[str, Any]) -> str:
    """The civil-affairs body whose record it is."""
    return str(_("%(region)s民政部门", region=_either(content["issuer"])))


def _either(name: Mapping[str, str]) -> str:
    return name["en"] if is_english() else name["zh"]


def _duration(minutes: int) -> str:
    return wording.duration(minutes, is_english())


def _day(value: str) -> str:
    return wording.date_alone(date.fromisoformat(value), is_english())
