"""Fields for days, times of day and lengths of time: several boxes, or one text, same value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.utils import unset_value
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from timebank import wording
from timebank.i18n import is_english
from timebank.web.forms import reading
from timebank.web.forms.asked import Asked, TextField


@dataclass(frozen=True, slots=True)
class Part:
    """One box of a field that has several."""

    name: str
    id: str
    label: str
    value: str
    width: int  # characters
    autocomplete: str = ""


class _Parts(Asked, Field):  # type: ignore[misc]
    """A field of several boxes that also reads one text under its own name."""

    widget = TextInput()
    #: (ending of the name, label, width in characters)
    boxes: ClassVar[tuple[tuple[str, Any, int], ...]] = ()
    wrong: ClassVar[Any] = ""

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.typed: dict[str, str] | None = None
        super().process(formdata, data, extra_filters)
        if formdata is None:
            return
        names = {ending: f"{self.name}-{ending}" for ending, _label, _width in self.boxes}
        if self.name not in formdata and any(name in formdata for name in names.values()):
            self.typed = {key: formdata.get(name, "").strip() for key, name in names.items()}
            self._read(self.from_boxes, {k: reading.compact(v) for k, v in self.typed.items()})

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.typed = self.typed_text(valuelist[0])
            self._read(self.from_text, reading.plain(valuelist[0]))

    def _read(self, reader: Any, typed: Any) -> None:
        self.data = None
        if typed if isinstance(typed, str) else any(typed.values()):
            try:
                self.data = reader(typed)
            except ValueError:
                self.process_errors.append(str(self.wrong))

    @property
    def first_id(self) -> str:
        return f"{self.id}-{self.boxes[0][0]}"

    @property
    def parts(self) -> list[Part]:
        """The boxes as they should stand in the page: as typed, else as kept."""
        shown = self.typed if self.typed is not None else self.to_boxes(self.data)
        return [
            Part(
                f"{self.name}-{ending}",
                f"{self.id}-{ending}",
                str(label),
                shown.get(ending, ""),
                width,
                f"bday-{ending}" if self.autocomplete == "bday" else "",
            )
            for ending, label, width in self.boxes
        ]

    def typed_text(self, text: str) -> dict[str, str] | None:
        """Where a single text came in, its value fills the boxes if it can be read."""
        try:
            return self.to_boxes(self.from_text(reading.plain(text)))
        except ValueError:
            return {self.boxes[0][0]: text}

    def from_boxes(self, typed: dict[str, str]) -> Any:
        raise NotImplementedError

    def from_text(self, typed: str) -> Any:
        raise NotImplementedError

    def to_boxes(self, data: Any) -> dict[str, str]:
        raise NotImplementedError


class DateField(_Parts):
    """A day. Three boxes by default; ``single=True`` is one date box for staff.

    Birthdays take ``autocomplete="bday"``. ``earliest`` and ``latest`` are included.
    """

    boxes = (("year", _l("年"), 4), ("month", _l("月"), 2), ("day", _l("日"), 2))
    wrong = _l("请写上年、月、日，例如 2026年3月5日。")

    def __init__(
        self,
        *args: Any,
        single: bool = False,
        earliest: date | None = None,
        latest: date | None = None,
        **kwargs: Any,
    ) -> None:
        self.single, self.earliest, self.latest = single, earliest, latest
        super().__init__(*args, **kwargs)

    @property
    def kind(self) -> str:  # type: ignore[override]
        return "native-date" if self.single else "parts"

    @property
    def first_id(self) -> str:
        return self.id if self.single else super().first_id

    def _value(self) -> str:
        return str(self.data.isoformat() if self.data else (self.raw_data or [""])[0])

    def from_boxes(self, typed: dict[str, str]) -> date:
        if len(typed["year"]) != 4:
            raise ValueError
        return reading.real_date(int(typed["year"]), int(typed["month"]), int(typed["day"]))

    def from_text(self, typed: str) -> date:
        return reading.read_date(typed)

    def to_boxes(self, data: date | None) -> dict[str, str]:
        if data is None:
            return {}
        return {"year": str(data.year), "month": str(data.month), "day": str(data.day)}

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is None:
            return
        if self.earliest and self.data < self.earliest:
            said = wording.day(self.earliest, is_english(), year=True)
            raise ValidationError(gettext("不能早于 %(day)s。", day=said))
        if self.latest and self.data > self.latest:
            said = wording.day(self.latest, is_english(), year=True)
            raise ValidationError(gettext("不能晚于 %(day)s。", day=said))


class TimeField(TextField):
    """A time of day on a Chinese clock, in one box."""

    empty = None
    wrong = _l("请写上几点几分，例如 上午 9:30。")

    def read(self, typed: str) -> time:
        return reading.read_time(typed)

    def shown(self, data: time | None) -> str:
        return "" if data is None else f"{data.hour}:{data.minute:02d}"


class MinutesField(_Parts):
    """A length of time in whole minutes, asked as hours and minutes.

    ``low`` and ``high`` are minutes, both included.
    """

    kind = "parts"
    boxes = (("h", _l("小时"), 3), ("m", _l("分"), 2))
    wrong = _l("请写上几小时几分，例如 1 小时 30 分。")

    def __init__(
        self, *args: Any, low: int | None = 0, high: int | None = None, **kwargs: Any
    ) -> None:
        self.low, self.high = low, high
        super().__init__(*args, **kwargs)

    def from_boxes(self, typed: dict[str, str]) -> int:
        return reading.read_whole(typed["h"] or "0") * 60 + reading.read_whole(typed["m"] or "0")

    def from_text(self, typed: str) -> int:
        return reading.read_minutes(typed)

    def to_boxes(self, data: int | None) -> dict[str, str]:
        if data is None:
            return {}
        return {"h": str(data // 60), "m": str(data % 60)}

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is None:
            return
        if self.low is not None and self.data < self.low:
            said = wording.duration(self.low, is_english())
            raise ValidationError(gettext("不能少于 %(length)s。", length=said))
        if self.high is not None and self.data > self.high:
            said = wording.duration(self.high, is_english())
            raise ValidationError(gettext("不能多于 %(length)s。", length=said))
