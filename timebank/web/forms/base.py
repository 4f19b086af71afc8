"""The base of every page form: CSRF, an idempotency key, and sentences people can act on."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField

from services.errors import DomainError
from timebank.edge import is_spent
from timebank.i18n import say
from timebank.web.forms.keys import kept_key, new_key

_EXPIRED = _l("这一页打开得太久了。您填的内容还在，请再按一次按钮。")

#: WTForms' own English sentences, said in ours. Our catalogue carries them into English again.
_SENTENCES = {
    "This field is required.": _l("请填写这一项。"),
    "Not a valid choice.": _l("请从列出的选项里选一项。"),
    "Invalid Choice: could not coerce.": _l("请从列出的选项里选一项。"),
    "Not a valid integer value.": _l("请填写整数，例如 2。"),
    "Not a valid decimal value.": _l("请填写数字，例如 2.5。"),
    "Not a valid float value.": _l("请填写数字，例如 2.5。"),
    "Not a valid date value.": _l("请写上年、月、日，例如 2026年3月5日。"),
    "Not a valid time value.": _l("请写上几点几分，例如 上午 9:30。"),
    "Invalid input.": _l("这一项的写法不对，请改一改。"),
    "Invalid email address.": _l("请写完整的邮箱地址，例如 name@example.cn。"),
    "Number must be at least %(min)s.": _l("不能小于 %(min)s。"),
    "Number must be at most %(max)s.": _l("不能大于 %(max)s。"),
    "Number must be between %(min)s and %(max)s.": _l("请填写 %(min)s 到 %(max)s 之间的数。"),
    "Field cannot be longer than %(max)d character.": _l("最多写 %(max)d 个字。"),
    "Field cannot be longer than %(max)d characters.": _l("最多写 %(max)d 个字。"),
    "Field must be equal to %(other_name)s.": _l("两次填写的不一样，请再看一看。"),
    "The CSRF token is missing.": _EXPIRED,
    "The CSRF session token is missing.": _EXPIRED,
    "The CSRF token has expired.": _EXPIRED,
    "The CSRF token is invalid.": _EXPIRED,
    "The CSRF tokens do not match.": _EXPIRED,
}


class _Sentences:
    """What WTForms calls a translations object."""

    def gettext(self, string: str) -> str:
        return str(_SENTENCES.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form that is posted once: its key makes the second press of a button harmless."""

    class Meta:
        # Nobody is hurried: a page may stay open overnight and still be sent.
        csrf_time_limit = None

        def get_translations(self, form: Any) -> _Sentences:
            return _Sentences()

    idempotency_key = HiddenField(default=new_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.idempotency_key is not None:
            # Kept while the same page is corrected, fresh when a page is opened.
            self.idempotency_key.data = kept_key(self.idempotency_key.data)

    @property
    def key(self) -> str:
        """The key for ``Context.key`` of the act behind this form."""
        return str(self.idempotency_key.data)

    @property
    def next_key(self) -> str:
        """The key that the page carries: what was refused stays refused, the next try is new."""
        return new_key() if is_spent(self.key) else self.key

    def refuse(self, error: DomainError) -> None:
        """Put a refusal where the person can mend it: at its field, or above the form."""
        sentence = say(error.sentence, error.params)
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]

    def problems(self) -> list[tuple[str | None, str]]:
        """Every error as (id of the field's first input, sentence), in the order of the page."""
        found: list[tuple[str | None, str]] = [(None, str(each)) for each in self.form_errors]
        for field in self:
            target = None if _is_hidden(field) else getattr(field, "first_id", field.id)
            found.extend((target, str(each)) for each in _flat(field.errors))
        return found


class FilterForm(PageForm):
    """A form in the address line: read from the query, without token or key."""

    class Meta:
        csrf = False

    idempotency_key = None

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(request.args if formdata is None else formdata, **kwargs)
        for field in self:
            # Every filter may be left empty; saying so beside each would only be noise.
            field.optional_mark = False

    def chosen(self) -> dict[str, Any]:
        """The filters that hold a value and no error, by name; for services and cover sheets."""
        self.validate()
        return {
            name: field.data
            for name, field in self._fields.items()
            if not field.errors and field.data not in (None, "", [])
        }


def _is_hidden(field: Any) -> bool:
    return isinstance(field, HiddenField)


def _flat(errors: Any) -> list[Any]:
    """Errors of enclosed forms come as dicts and lists; people read sentences."""
    if isinstance(errors, dict):
        return [each for part in errors.values() for each in _flat(part)]
    if isinstance(errors, list | tuple):
        return [each for part in errors for each in _flat(part)]
    return [errors]
