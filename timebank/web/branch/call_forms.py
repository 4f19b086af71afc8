"""The call sheet's form: a note, and four buttons."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class AnswerForm(PageForm):
    """The button that was pressed is the answer.

    The answer is no hidden field: an empty one would stand before the button's own value.
    """

    answer = StringField()
    note = f.TextField(_l("记一笔"), max_length=200, hint=_l("例如：下周三上午方便。"))
