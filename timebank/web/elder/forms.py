"""The elder's forms that are no question of a request."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class PlainForm(PageForm):
    """One button: the page has said everything."""

    #: The question whose answer would mend a refusal, where there is one.
    mend: str | None = None


class DisputeForm(PageForm):
    """What was not so."""

    text = f.LongTextField(
        _l("哪里不对？"),
        required=_l("请说一说哪里不对，几个字也可以。"),
        hint=_l("例如：只来了半小时；来的不是他；没有做完。"),
        max_length=500,
    )


class DoorWordForm(PageForm):
    """The word that a visitor says at the door."""

    door_word = f.TextField(
        _l("敲门时说什么话？"),
        required=_l("请写一个您记得住的词。"),
        hint=_l("2 到 12 个字，只有您和来的人知道。例如：桂花香。"),
        max_length=12,
    )
