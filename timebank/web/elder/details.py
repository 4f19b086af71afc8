"""What was asked for, in words, for the page of a request."""

from __future__ import annotations

from flask_babel import gettext as _

from services.queries.elder.requests import RequestPage
from services.queries.receipts import Receipt
from services.requests.asking import ALIVE
from timebank import wording
from timebank.i18n import is_english
from timebank.web.elder.whom import named


def details_of(page: RequestPage) -> list[dict[str, str]]:
    """The rows of a request's summary; what was left open is left out."""
    english = is_english()
    rows = [
        (_("要的服务"), named(page.service)),
        (_("什么时候"), _when(page)),
        (_("这次在哪里"), named(page.stays_in)),
        (_("在哪里"), _("打电话或视频") if page.remote else page.address),
        (_("希望谁来"), _wish(page.wished_sex)),
        (_("来几个人"), _("两个人") if page.people_needed > 1 else ""),
        (_("告诉来的人"), page.note),
        (_("要小心的"), page.risk_note),
        *_paying(page),
        (_("谁申请的"), _asker(page)),
        (_("申请时间"), wording.moment(page.submitted_at, english)),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _paying(page: RequestPage) -> list[tuple[str, str]]:
    """Who pays what, while the request still goes somewhere; afterwards the receipt says it."""
    if page.state not in ALIVE:
        return []
    english, short = is_english(), page.shortfall_minutes
    name = page.elder.name
    whose = _("用您的") if page.elder.acting == "own" else _("用%(name)s的", name=name)
    mine = min(page.payer_minutes, page.share_minutes - short)
    rows = [(whose, wording.duration(page.share_minutes - short - mine, english))]
    if mine:
        by = _("%(payer)s替%(name)s付", payer=page.payer_name or _("家人"), name=name)
        rows.insert(0, (by, wording.duration(mine, english)))
    if short:
        rows.append((_("公益池帮助"), wording.duration(short, english)))
    return rows


def _when(page: RequestPage) -> str:
    english = is_english()
    length = wording.duration(page.booked_minutes, english)
    comma = ", " if english else "，"
    return wording.moment(page.starts_at, english, year=True) + comma + length


def _wish(sex: str | None) -> str:
    return str({"female": _("女志愿者"), "male": _("男志愿者")}.get(sex or "", ""))


def _asker(page: RequestPage) -> str:
    if page.consent == "own":
        return str(_("本人"))
    how = {
        "family": _("家人代办"),
        "voice": _("工作人员代办，本人口头同意"),
        "signature": _("工作人员代办，本人签字"),
    }.get(page.consent, "")
    return str(_("%(name)s（%(how)s）", name=page.asked_by_name, how=how))


def sums_of(paper: Receipt) -> list[tuple[str, str]]:
    """The elder's part of the formula: the minutes, what they count for, the content."""
    if paper.worth is None:
        return []
    worth, english = paper.worth, is_english()
    rows = [
        (
            named(band.day) + _spaced(named(band.hour)),
            f"{wording.duration(band.minutes, english)} × {band.percent}%",
        )
        for band in worth.bands
    ]
    tier = _("服务内容：%(tier)s", tier=named(worth.tier))
    rows.append((tier, f"× {worth.valuation.factors.s_percent}%"))
    if worth.valuation.settled == "pair":
        rows.append((_("两个人来，您只付一份"), _("已由另一份付")))
    elif worth.valuation.settled == "hold":
        held = wording.duration(worth.valuation.elder_hold_minutes or 0, english)
        rows.append((_("不超过您留出的"), held))
    return rows


def _spaced(word: str) -> str:
    return f", {word}" if is_english() else word
