"""What all our fields share: a label, a hint, one sentence for a missing answer."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import StopValidation, ValidationError

from timebank.web.forms import reading

_MISSING = _l("请填写这一项。")


class Needed:
    """Stops at an empty answer with a sentence, or quietly where the answer is optional."""

    def __init__(self, required: Any) -> None:
        self.sentence = _MISSING if required is True else required

    def __call__(self, form: Any, field: Field) -> None:
        if field.errors:
            raise StopValidation
        # Not ``in (…)``: nought is an answer, and 0 == False.
        if field.data is None or field.data is False or field.data == "" or field.data == []:
            raise StopValidation(str(self.sentence) if self.sentence else None)


class Asked:
    """What our fields share; stands before a WTForms field among the bases."""

    kind: ClassVar[str] = "text"
    inputmode: ClassVar[str] = ""
    id: str
    data: Any

    def __init__(
        self,
        label: Any = None,
        validators: Any = (),
        *,
        required: Any = None,
        hint: Any = "",
        autocomplete: str = "",
        **kwargs: Any,
    ) -> None:
        self.hint = hint
        self.autocomplete = autocomplete
        #: Whether the label says that the answer may be left out.
        self.optional_mark = not required
        super().__init__(label, [Needed(required), *validators], **kwargs)  # type: ignore[call-arg]

    @property
    def first_id(self) -> str:
        """The input that an error summary leads to."""
        return self.id


class TextField(Asked, StringField):  # type: ignore[misc]
    """One line of text, trimmed, figures in half width."""

    #: What an empty answer is kept as.
    empty: ClassVar[str | None] = ""
    #: What is said when :meth:`read` cannot.
    wrong: ClassVar[Any] = _l("这一项的写法不对，请改一改。")

    def __init__(self, *args: Any, max_length: int | None = None, **kwargs: Any) -> None:
        self.max_length = max_length
        super().__init__(*args, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        typed = reading.plain(valuelist[0])
        if not typed:
            self.data = self.empty
            return
        try:
            self.data = self.read(typed)
        except ValueError:
            self.data = None
            raise ValueError(str(self.wrong)) from None

    def read(self, typed: str) -> Any:
        """The value behind what was typed; raises ValueError."""
        return typed

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        length = len(self.data) if isinstance(self.data, str) else 0
        if self.max_length is not None and length > self.max_length:
            raise ValidationError(gettext("最多写 %(n)s 个字。", n=self.max_length))

    def _value(self) -> str:
        """As typed while it is being corrected, else as kept."""
        if self.data is None and self.raw_data:
            return str(self.raw_data[0])
        return self.shown(self.data)

    def shown(self, data: Any) -> str:
        """The value as it stands in the input."""
        return "" if data is None else str(data)


class NumberField(TextField):
    """A whole number between ``low`` and ``high``, both included."""

    inputmode = "numeric"
    empty = None
    wrong = _l("请填写整数，例如 2。")

    def __init__(
        self, *args: Any, low: int | None = None, high: int | None = None, **kwargs: Any
    ) -> None:
        self.low, self.high = low, high
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> int:
        return reading.read_whole(typed)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is None:
            return
        if self.low is not None and self.data < self.low:
            raise ValidationError(gettext("不能小于 %(low)s。", low=self.low))
        if self.high is not None and self.data > self.high:
            raise ValidationError(gettext("不能大于 %(high)s。", high=self.high))
