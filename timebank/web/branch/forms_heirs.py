"""The counter's forms for heirs, their answers, and who is to inherit."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form, FormField

from services.designations.making import MOST_PARTS, RELATIONS
from services.estates.heirs import ACCEPTED, DISCLAIMED
from services.estates.listing import REMOVALS
from timebank.papers.sheet import RELATIONS as WORDS
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

_CHOOSE = _l("请选一项")
_NUMBER = _l("志愿者编号")
_SEEN = _l("请写看过的证明。")
REMOVAL_WORDS: dict[str, Any] = {
    "mistake": _l("写错了"),
    "duplicate": _l("同一个人写了两次"),
    "not_kin": _l("查明不是亲属，或者已经离婚"),
    "forfeited": _l("法院判决丧失继承权"),
    "will_invalid": _l("遗嘱或者指定无效"),
}
ANSWER_WORDS: dict[str, Any] = {ACCEPTED: _l("接受"), DISCLAIMED: _l("放弃")}


class HeirLineForm(PageForm):
    """Somebody who stands in the place of one who died before."""

    name = f.TextField(_l("姓名"), required=_l("请写姓名。"), max_length=40)
    number = f.TextField(_NUMBER, hint=_l("没有账户的不用填，以后开了户再关联。"), max_length=20)
    phone = f.PhoneField(_l("联系电话"), autocomplete="off")
    evidence = f.TextField(
        _l("凭什么证明？"), hint=_l("例如：户口簿、结婚证"), required=_SEEN, max_length=120
    )
    died_before = f.TickField(_l("先于逝者去世"))


class HeirForm(HeirLineForm):
    """Somebody who inherits by the law or by a will."""

    relation = f.SelectField(
        _l("是逝者的什么人？"),
        choices=[(code, WORDS[code]) for code in RELATIONS],
        required=_CHOOSE,
    )
    parts = f.NumberField(
        _l("遗嘱里的份数"),
        hint=_l("只有遗嘱或者指定写了他才填，法定继承不填。"),
        low=1,
        high=MOST_PARTS,
    )


class CorrectHeirForm(PageForm):
    """What papers say anew about an heir."""

    died_before = f.TickField(_l("先于逝者去世"))
    evidence = f.TextField(_l("凭什么证明？"), required=_SEEN, max_length=120)
    phone = f.PhoneField(_l("联系电话"), autocomplete="off")


class RemoveHeirForm(PageForm):
    """Why somebody is taken off the list."""

    reason = f.ChoiceField(
        _l("为什么删除？"),
        choices=[(code, REMOVAL_WORDS[code]) for code in REMOVALS],
        required=_CHOOSE,
    )


class LinkHeirForm(PageForm):
    """Which account an heir has opened."""

    number = f.TextField(_NUMBER, required=_l("请写志愿者编号。"), max_length=20)
    same_person = f.TickField(_l("姓名写法不同，看过证件，是同一个人"))


class HeirAnswerForm(PageForm):
    """What an heir has signed at the counter."""

    answer = f.ChoiceField(
        _l("本人怎样答复？"), choices=list(ANSWER_WORDS.items()), required=_CHOOSE
    )
    signed = f.TickField(_l("本人当面签了字，证件看过"), required=_l("请先看证件，让本人签字。"))


class NamedRowForm(Form):  # type: ignore[misc]
    """One beneficiary of a designation or a will; an empty row is left out."""

    name = f.TextField(_l("姓名"), max_length=40)
    number = f.TextField(_NUMBER, max_length=20)
    relation = f.SelectField(
        _l("是成员的什么人？"), choices=[(code, WORDS[code]) for code in RELATIONS]
    )
    parts = f.NumberField(_l("份数"), low=1, high=MOST_PARTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            # Whole rows may be left out; saying so beside each box would only be noise.
            field.optional_mark = False

    @property
    def is_empty(self) -> bool:
        """Whether nobody stands in this row."""
        return not (self.name.data or self.number.data)


#: How many beneficiaries the page takes.
NAMED_ROWS = 6


class DesignationForm(PageForm):
    """Whom a member names before staff, or in a will that staff have seen."""

    kind = f.ChoiceField(
        _l("登记什么？"),
        choices=[
            ("designation", _l("本人当面指定，签字")),
            ("will", _l("遗嘱，看过原件")),
        ],
        required=_CHOOSE,
    )
    reference = f.TextField(
        _l("遗嘱的编号和存放的地方"), hint=_l("例如：龙湾公证处 2026-018"), max_length=120
    )

    @property
    def rows(self) -> list[Any]:
        """The rows in the order of the page."""
        return [getattr(self, f"row{place}").form for place in range(NAMED_ROWS)]

    def problems(self) -> list[tuple[str | None, str]]:
        """Every error with the input that it is about, in whichever row."""
        found: list[tuple[str | None, str]] = [(None, str(each)) for each in self.form_errors]
        for part in ([self.kind, self.reference], *self.rows):
            for field in part:
                found.extend((field.first_id, str(each)) for each in field.errors)
        return found


for _place in range(NAMED_ROWS):
    setattr(DesignationForm, f"row{_place}", FormField(NamedRowForm))
