"""The questions of a gift, one a page, and the code that confirms it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.queries.gifts import Giving
from timebank import wording
from timebank.i18n import is_english
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving.gift_words import amount_hint, guard_words, whom_hint

OTHER, FRIEND = "other", "friend"
YES, NO = "yes", "no"
#: Amounts that stand as tiles, as far as there is so much; any other is written down.
TILES = (60, 120, 300, 600, 1200)


class GiftForm(PageForm):
    """One button: the page has said everything."""


class FriendForm(PageForm):
    """Somebody who is no relative on record: both must be as registered."""

    number = f.TextField(
        _l("朋友的志愿者编号"),
        required=_l("请写上编号。"),
        hint=_l("请对方把编号念给您听。"),
    )
    name = f.TextField(_l("朋友的姓名"), required=_l("请写上姓名。"), max_length=40)


class CodeForm(PageForm):
    """The code from the text message."""

    code = f.CodeField(_l("短信里的六位数字"), required=_l("请填短信里的六位数字。"))


def question_form(name: str, page: Giving, answers: dict[str, str]) -> PageForm:
    """The form of a question, with what was answered before."""
    kind = type("Question", (PageForm,), {"answer": _FIELDS[name](page, answers)})
    kept = answers.get(name)
    default: Any = int(kept) if name == "minutes" and kept else kept
    form: PageForm = kind(data={"answer": default})
    return form


def _whom(page: Giving, _answers: dict[str, str]) -> Any:
    choices = [(str(each.member_id), each.name) for each in page.relatives]
    hints = {str(each.member_id): whom_hint(each) for each in page.relatives}
    if page.friends_allowed:
        choices.append((FRIEND, _("一位朋友")))
        hints[FRIEND] = _("要写对方的志愿者编号和姓名。")
    label = _("转送给谁？") if page.origin.value == "inherited" else _("送给谁？")
    return f.ChoiceField(label, choices=choices, hints=hints, required=_("请选一位。"))


def _amount(page: Giving, answers: dict[str, str]) -> Any:
    most = page.most_minutes(answers.get("relation", ""))
    tiles = [each for each in TILES if each <= most]
    english = is_english()
    return f.ChoiceField(
        _("送多少？"),
        choices=[
            *((str(each), wording.duration(each, english)) for each in tiles),
            (OTHER, _("别的数目")),
        ],
        hint=amount_hint(page, answers.get("relation", "")),
        required=_("请选一项。"),
    )


def _minutes(page: Giving, answers: dict[str, str]) -> Any:
    relation = answers.get("relation", "")
    return f.MinutesField(
        _("送几小时几分？"),
        low=1,
        high=page.most_minutes(relation),
        required=_("请写上几小时几分。"),
        hint=amount_hint(page, relation),
    )


def _yes_no(name: str) -> Any:
    def made(_page: Giving, answers: dict[str, str]) -> Any:
        return f.ChoiceField(
            guard_words(answers.get("name", ""))[name],
            choices=[(YES, _("是")), (NO, _("不是"))]
            if name == "own_wish"
            else [(NO, _("没有")), (YES, _("有"))],
            required=_("请选一项。"),
        )

    return made


_FIELDS = {
    "whom": _whom,
    "amount": _amount,
    "minutes": _minutes,
    **{name: _yes_no(name) for name in ("hurried", "own_wish", "promised")},
}
