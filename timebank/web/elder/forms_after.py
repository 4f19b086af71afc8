"""The elder's forms about shopping money and about what one thought of a visit."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.errands.agreeing import Seen
from services.queries.errands import Sum
from services.rules.ratings import terms
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

#: What may be wrong with the money, in words that the branch reads.
WRONG = {
    "handed": _l("我给的钱不是这个数"),
    "change": _l("找回的钱不对"),
    "none": _l("没有把钱找回来"),
    "goods": _l("东西和小票对不上"),
    "other": _l("别的"),
}


class MoneyForm(PageForm):
    """Yes to the figures that stand on the page, and to no others."""

    money = f.HiddenField()
    handed_fen = f.HiddenField()
    spent_fen = f.HiddenField()

    def put(self, asked: Sum) -> None:
        """The figures that the page shows."""
        self.money.data, self.handed_fen.data = str(asked.id), str(asked.handed_fen)
        self.spent_fen.data = "" if asked.spent_fen is None else str(asked.spent_fen)

    @property
    def money_id(self) -> UUID:
        """Which sum; one that no page offered is none."""
        try:
            return UUID(self.money.data or "")
        except ValueError:
            return UUID(int=0)

    def seen(self) -> Seen:
        """What was in front of whoever answered."""
        return Seen(_fen(self.handed_fen.data) or 0, _fen(self.spent_fen.data))


class WrongForm(MoneyForm):
    """What is not right about it."""

    what = f.ChoiceField(
        _l("哪里不对？"), choices=list(WRONG.items()), required=_l("请选一项，差不多的也可以。")
    )
    text = f.LongTextField(
        _l("还想说什么？"),
        hint=_l("例如：我给了一百，不是五十。"),
        max_length=500,
    )

    def words(self) -> str:
        """The choice and the words, as the branch reads them."""
        chosen = str(WRONG.get(self.what.data or "", ""))
        return "：".join(each for each in (chosen, (self.text.data or "").strip()) if each)


class RateForm(PageForm):
    """Three large buttons; the button says which."""


class RateWordsForm(PageForm):
    """A few words, and whether the branch may hear of it."""

    words = f.LongTextField(
        _l("想说几句吗？"),
        hint=_l("网点会看。来的人只看到话，看不到是谁说的。"),
        max_length=terms().words_most,
    )
    quiet = f.TickField(_l("这次就算了，不用网点来问"))


def _fen(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isdecimal() and len(typed) <= 12 else None
