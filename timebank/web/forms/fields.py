"""Fields for people: one way to ask for each thing, forgiving in what they read.

Every field takes ``label``, ``required`` (a lazy sentence, or True for the usual one), ``hint``
and ``autocomplete``; validators of WTForms may follow. Nothing is checked in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import SelectField as _SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError

from timebank.web.forms import reading
from timebank.web.forms.asked import Asked, NumberField, TextField
from timebank.web.forms.moments import DateField, MinutesField, TimeField


class LongTextField(TextField, TextAreaField):  # type: ignore[misc]
    """Some lines of text."""

    kind = "textarea"


class SearchField(TextField):
    """Words to look for."""

    kind = "search"


class PhoneField(TextField):
    """A mobile or landline of mainland China, kept in one form."""

    kind = "tel"
    inputmode = "tel"
    empty = None
    wrong = _l("请写 11 位手机号，或带区号的座机号，例如 0577-88886666。")

    def __init__(self, *args: Any, autocomplete: str = "tel", **kwargs: Any) -> None:
        super().__init__(*args, autocomplete=autocomplete, **kwargs)

    def read(self, typed: str) -> str:
        return reading.read_phone(typed)


class IdNumberField(TextField):
    """A citizen's identity number; the check figure is the service's rule."""

    empty = None
    wrong = _l("身份证号码是 18 位，最后一位可能是 X，请对照证件再看一看。")

    def __init__(self, *args: Any, autocomplete: str = "off", **kwargs: Any) -> None:
        super().__init__(*args, autocomplete=autocomplete, **kwargs)

    def read(self, typed: str) -> str:
        return reading.read_id_number(typed)


class CodeField(TextField):
    """A one-time code; blanks inside are forgiven, so it may be pasted from a message."""

    inputmode = "numeric"
    wrong = _l("验证码只有数字，请再看一看。")

    def __init__(
        self, *args: Any, digits: int = 6, autocomplete: str = "one-time-code", **kwargs: Any
    ) -> None:
        self.digits = digits
        super().__init__(*args, autocomplete=autocomplete, **kwargs)

    def read(self, typed: str) -> str:
        code = reading.compact(typed).replace("-", "")
        if not code.isdecimal():
            raise ValueError
        return code

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data and len(self.data) != self.digits:
            raise ValidationError(gettext("这里要 %(n)s 位数字，请数一数。", n=self.digits))


class PasswordField(Asked, StringField):  # type: ignore[misc]
    """Kept exactly as typed and never written back into a page."""

    kind = "password"

    def __init__(self, *args: Any, autocomplete: str = "current-password", **kwargs: Any) -> None:
        super().__init__(*args, autocomplete=autocomplete, **kwargs)

    def _value(self) -> str:
        return ""


class UploadField(Asked, FileField):  # type: ignore[misc]
    """A file; its size and type are checked where it is stored."""

    kind = "file"


class FilesField(Asked, MultipleFileField):  # type: ignore[misc]
    """Some files at once, say photographs of a slip; they are checked where they are stored."""

    kind = "file"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"multiple": True, "accept": "image/jpeg,image/png,.pdf"})
        super().__init__(*args, **kwargs)


class TickField(Asked, BooleanField):  # type: ignore[misc]
    """One box to tick, its label beside it."""

    kind = "tick"


def _choices(given: Any) -> Any:
    """Pairs (value, label) as WTForms wants them; anything else as it is."""
    if given is None or callable(given) or isinstance(given, Mapping):
        return given
    return [SelectChoice(*each) if type(each) is tuple else each for each in given]


class _Choices(Asked):
    """Hints per choice, and one sentence for "nothing chosen" and "not on the list"."""

    def __init__(
        self,
        *args: Any,
        choices: Any = None,
        hints: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.hints = dict(hints or {})
        super().__init__(*args, choices=_choices(choices), **kwargs)

    def _choices_from_input(self, choices: Any) -> Any:
        # Choices set on a form, or made by a function, may be pairs too.
        return super()._choices_from_input(_choices(choices))  # type: ignore[misc]

    @property
    def first_id(self) -> str:
        return f"{self.id}-0"

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist == [""]:
            # The empty first line of a list: nothing chosen, whatever the type of the values.
            self.data = [] if isinstance(self, SelectMultipleField) else None
        else:
            super().process_formdata(valuelist)  # type: ignore[misc]

    def pre_validate(self, form: Any) -> None:
        if self.data not in (None, "", []):
            super().pre_validate(form)  # type: ignore[misc]


class ChoiceField(_Choices, RadioField):  # type: ignore[misc]
    """One of a few, as large tiles."""

    kind = "radios"


class ManyField(_Choices, SelectMultipleField):  # type: ignore[misc]
    """Any number of a few, as boxes to tick."""

    kind = "checks"


class SelectField(_Choices, _SelectField):  # type: ignore[misc]
    """One of many. ``prompt`` is the words of the empty first line; None leaves it out."""

    kind = "select"

    def __init__(self, *args: Any, prompt: Any = _l("请选择"), **kwargs: Any) -> None:
        self.prompt = prompt
        super().__init__(*args, **kwargs)

    @property
    def first_id(self) -> str:
        return self.id


__all__ = [
    "ChoiceField",
    "CodeField",
    "DateField",
    "FilesField",
    "HiddenField",
    "IdNumberField",
    "LongTextField",
    "ManyField",
    "MinutesField",
    "NumberField",
    "PasswordField",
    "PhoneField",
    "SearchField",
    "SelectField",
    "TextField",
    "TickField",
    "TimeField",
    "UploadField",
]
