"""Plain words for funds and donations, the same on every face."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from services.donations.funds import POOL
from services.donations.writing import COUNTER, OVERFLOW
from services.queries.donated import DonationLine
from services.queries.donations import FundLine
from services.rules.names import Name
from timebank.i18n import is_english
from timebank.papers.sheet import criteria_words
from timebank.web.branch.words import named


def whom(fund: FundLine) -> str:
    """Which elders a fund is for."""
    branches = (", " if is_english() else "、").join(named(each) for each in fund.branches)
    said = [criteria_words(fund.criteria)]
    if branches:
        said.append(str(_("%(branches)s的老人", branches=branches)))
    return ("; " if is_english() else "，").join(each for each in said if each)


def to(fund: Name | None, region: Name | None = None) -> str:
    """Where a donation went; ``region`` is that of a fund or pool elsewhere."""
    said = named(fund) if fund else str(_("公益池"))
    return str(_("%(region)s的%(to)s", region=named(region), to=said)) if region else said


def how(line: DonationLine) -> str:
    """By which way it was given."""
    if line.how == OVERFLOW:
        return str(_("存满以后多出来的"))
    return str(_("在网点办的")) if line.how == COUNTER else str(_("自己捐的"))


def choices(funds: Iterable[FundLine]) -> list[tuple[str, str]]:
    """The pool, then every open fund, as a form offers them."""
    return [(POOL, str(_("公益池"))), *((str(each.id), named(each.name)) for each in funds)]


def hints(funds: Iterable[FundLine]) -> dict[str, str]:
    """What each of them is for."""
    return {
        POOL: str(_("哪位老人没有时间了，就先帮哪位。")),
        **{str(each.id): whom(each) for each in funds},
    }


#: What the pages of every audience call them by.
FOR_TEMPLATES: dict[str, Any] = {
    "named": named,
    "fund_whom": whom,
    "fund_to": to,
    "donation_how": how,
}
