"""Forms of agreements, caps and funds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from services.corridors.agreeing import LARGEST_MINUTES, LONGEST_DOCUMENT
from services.corridors.ending import END_REASONS as CODES
from timebank.web.admin.forms import COIN_MINUTES
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.forms.money import YuanField
from timebank.web.words.corridors import END_REASONS, MODE_MEANINGS, MODES

MOST_COINS = LARGEST_MINUTES // COIN_MINUTES
_CHOOSE = _l("请从列表里选一项。")
_NUMBER = _l("请写文件编号。")
_DAY = _l("请写上日期。")


class _Dated(PageForm):
    """What begins on a day and names its paper."""

    valid_from = f.DateField(_l("从哪天起？"), required=_DAY, hint=_l("今天或以后。"))
    document = f.TextField(
        _l("协议或文件的编号"), required=_NUMBER, max_length=LONGEST_DOCUMENT, autocomplete="off"
    )


class AgreementProposal(_Dated):
    """What one's own region proposes to another one."""

    other_code = f.SelectField(_l("和哪个地区？"), choices=[], required=_CHOOSE)
    mode = f.ChoiceField(
        _l("本地成员在对方那里可以怎样？"),
        choices=list(MODES.items()),
        hints=MODE_MEANINGS,
        required=_CHOOSE,
    )
    pair_cap_coins = f.NumberField(
        _l("一个区县最多欠另一个区县多少个时间币？"),
        hint=_l("1 个时间币是 1 小时。两地之间没有结清的，加上已经答应的，不会超过它。"),
        required=_l("请填写时间币的个数。"),
        low=0,
        high=MOST_COINS,
    )


class EndAgreement(PageForm):
    """From when it holds no longer, and why."""

    valid_to = f.DateField(_l("从哪天起不再办理新的？"), required=_DAY, hint=_l("最早是明天。"))
    reason = f.ChoiceField(
        _l("为什么结束？"),
        choices=[(code, END_REASONS[code]) for code in CODES],
        required=_CHOOSE,
    )
    agree = f.TickField(
        _l("知道已经答应的服务照旧办理、照旧清算"), required=_l("请先看清楚结束以后怎样。")
    )


class CapForm(_Dated):
    """The most that a region may owe all others together."""

    cap_coins = f.NumberField(
        _l("最多欠其他地区多少个时间币？"),
        hint=_l("1 个时间币是 1 小时。"),
        required=_l("请填写时间币的个数。"),
        low=0,
        high=MOST_COINS,
    )


class FundRecordForm(PageForm):
    """What the fund holds on a day."""

    on_day = f.DateField(_l("哪一天的金额？"), required=_DAY, hint=_l("不晚于今天。"))
    fund_fen = YuanField(_l("基金有多少元？"), required=_l("请写金额。"))
    document = f.TextField(
        _l("文件的编号"),
        hint=_l("专户对账单或者拨款文件的编号。"),
        required=_NUMBER,
        max_length=LONGEST_DOCUMENT,
        autocomplete="off",
    )
