"""What a volunteer fills in about coming and going: one form for each page."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.places import BranchView
from services.rules.availability import AWAY, EXTRA, MOST_ASKS, MOST_WEEK_HOURS
from services.rules.languages import LANGUAGES
from timebank.i18n import is_english
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.forms.reading import compact
from timebank.web.volunteer.words import MODES, WEEKDAYS

#: Distances that stand as tiles, in metres.
RADII = (1_000, 2_000, 3_000, 4_000, 6_000, 10_000, 20_000)
TYPED = "typed"
_POINT = re.compile(r"(\d{1,3})(?:\.(\d{1,15}))?,+(\d{1,3})(?:\.(\d{1,15}))?")


def minute_of(clock: time | None) -> int:
    """Minutes since midnight."""
    return 0 if clock is None else clock.hour * 60 + clock.minute


class HoursForm(PageForm):
    """One span of hours on some days of the week."""

    days = f.ManyField(
        _l("哪几天？"),
        choices=[(str(day), word) for day, word in enumerate(WEEKDAYS)],
        required=_l("请至少选一天。"),
    )
    from_clock = f.TimeField(
        _l("从几点出门"), required=_l("请写上几点出门。"), hint=_l("例如 上午8:30。")
    )
    to_clock = f.TimeField(
        _l("到几点回到家"),
        required=_l("请写上几点回到家。"),
        hint=_l("例如 11:30。来回路上的时间也算在里面；过了半夜也可以。"),
    )


class DaysForm(PageForm):
    """Days on which the week does not hold."""

    kind = f.ChoiceField(
        _l("这几天怎么样？"),
        choices=[(AWAY, _l("来不了")), (EXTRA, _l("另外有空"))],
        required=_l("请选一项。"),
    )
    first_day = f.DateField(_l("从哪一天"), required=_l("请写上从哪一天。"))
    last_day = f.DateField(_l("到哪一天"), hint=_l("只有一天的，不用写。"))
    from_clock = f.TimeField(_l("从几点"), hint=_l("整天的，不用写时间。"))
    to_clock = f.TimeField(_l("到几点"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Half a span of hours is a question, not an answer."""
        whole = super().validate(extra_validators)
        if self.errors or (self.from_clock.data is None) == (self.to_clock.data is None):
            return bool(whole)
        missing = self.from_clock if self.from_clock.data is None else self.to_clock
        missing.errors = [*missing.errors, gettext("请把开始和结束的时间都写上，或者都空着。")]
        return False


class PauseForm(PageForm):
    """Until when nobody asks."""

    last_day = f.DateField(
        _l("暂停到哪一天？"),
        required=_l("请写上暂停到哪一天。"),
        hint=_l("到那一天为止没有人来问您；想早点回来，随时可以结束。"),
    )


class TravelForm(PageForm):
    """How and how far."""

    mode = f.ChoiceField(
        _l("平时怎么去？"), choices=list(MODES.items()), required=_l("请选一种出行方式。")
    )
    radius_m = f.ChoiceField(
        _l("最远愿意去多远？"),
        choices=[],
        coerce=str,
        hint=_l("从您出发的地方算起，直线距离。"),
        required=_l("请选一个距离。"),
    )

    def offer(self, current_m: int) -> None:
        """The usual distances, and the one that holds now."""
        self.radius_m.choices = [
            (str(each), gettext("%(km)s 公里", km=f"{each / 1000:g}"))
            for each in sorted({*RADII, current_m})
        ]


class LanguagesForm(PageForm):
    """What is spoken."""

    languages = f.ManyField(_l("会说哪些语言和方言？"), choices=[], hint=_l("能聊天就算会说。"))

    def offer(self) -> None:
        """Every language of the list."""
        self.languages.choices = language_choices()


def language_choices() -> list[tuple[str, str]]:
    """Every language and dialect, in the reader's language."""
    return [(code, name.en if is_english() else name.zh) for code, name in LANGUAGES.items()]


class DeclinedForm(PageForm):
    """What not to be asked for."""

    declined = f.ManyField(
        _l("哪些服务您不想做？"),
        choices=[],
        hint=_l("勾上的不会来问您。别的服务，还要看等级和证书。"),
    )


class AskingForm(PageForm):
    """Whether and how often to be asked, and how much a week."""

    may_be_asked = f.ChoiceField(
        _l("有合适的服务，可以来问您吗？"),
        choices=[("yes", _l("可以")), ("no", _l("先不要问，我自己看"))],
        required=_l("请选一项。"),
    )
    asks_per_day = f.ChoiceField(
        _l("一天最多问几次？"),
        choices=[(str(each), str(each)) for each in (1, 2, 3, 5, MOST_ASKS)],
        coerce=str,
        required=_l("请选一项。"),
    )
    weekly_hours = f.NumberField(
        _l("一周最多做几个小时？"),
        low=1,
        high=MOST_WEEK_HOURS,
        hint=_l("不写，就按规则的上限。您自己愿意多做，也可以。"),
    )


class PlaceForm(PageForm):
    """Somewhere else to set out from."""

    label = f.TextField(
        _l("这是什么地方？"),
        required=_l("请写一个您认得的名字。"),
        hint=_l("例如：单位、女儿家。只有您自己和网点看得到。"),
        max_length=40,
    )
    where = f.ChoiceField(_l("在哪里？"), choices=[], required=_l("请选一处。"))
    point = f.TextField(
        _l("坐标"),
        hint=_l(
            "选“自己写坐标”的才写。在手机地图上按住那个地方，会出现两个数字：28.0123, 120.6543。"
        ),
        max_length=40,
    )

    def offer(self, branches: tuple[BranchView, ...]) -> None:
        """The branches whose place is known, and typing one."""
        named = [
            (
                str(each.id),
                gettext("靠近%(name)s", name=each.name_en if is_english() else each.name),
            )
            for each in branches
        ]
        self.where.choices = [*named, (TYPED, gettext("自己写坐标"))]
        self.where.hints = {str(each.id): each.address for each in branches}


def read_point(text: str) -> tuple[int, int] | None:
    """Two figures with a comma or a blank between, latitude first: 28.0123, 120.6543."""
    found = _POINT.fullmatch(compact(text.replace("，", ",").strip().replace(" ", ",")))
    if found is None:
        return None
    latitude_e6, longitude_e6 = (
        int(whole) * 1_000_000 + int((part or "0").ljust(6, "0")[:6])
        for whole, part in (found.group(1, 2), found.group(3, 4))
    )
    return latitude_e6, longitude_e6


class IncidentForm(PageForm):
    """What happened; the words go to the branch and nowhere else."""

    kind = f.ChoiceField(_l("是哪一类事？"), choices=[], required=_l("请选一项。"))
    text = f.LongTextField(
        _l("发生了什么？"),
        required=_l("请写几句发生了什么。"),
        hint=_l("什么时候、做了什么、说了什么。只有网点的工作人员看得到。"),
        max_length=1_000,
    )
