"""The questions of a request, each a form with one field named ``answer``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from flask_babel import gettext as _

from services.clock import local_date
from services.places import BranchView
from services.queries.elder.asking import Asking, ServiceOption
from services.rules.booking import ASK_AHEAD_DAYS
from services.rules.names import Name
from timebank import wording
from timebank.i18n import is_english
from timebank.web.elder.answers import (
    ELDERS,
    HOURS,
    NO_WISH,
    OTHER,
    OWN,
    REMOTE,
    RULE,
    hours_left,
    hours_suiting,
    is_away,
    is_remote,
    starts_at,
    visitors,
)
from timebank.web.elder.stay_questions import county_field, place_field, stay_field
from timebank.web.elder.whom import named
from timebank.web.elder.wish_words import wish_words
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

#: As many days from today stand as tiles; a later one is written down.
DAYS = 7


@dataclass(frozen=True, slots=True)
class Scene:
    """What a question is asked about."""

    asking: Asking
    answers: Mapping[str, str]
    now: datetime
    #: The elder's price of so many minutes of the chosen service at the chosen time.
    price: Callable[[int], int | None]
    #: Where the elder may stay: counties by book, and the branches of the chosen one.
    counties: Sequence[tuple[str, Name]] = ()
    branches: Sequence[BranchView] = ()

    @property
    def line(self) -> ServiceOption | None:
        """The chosen service."""
        return self.asking.service(self.answers.get("service"))

    @property
    def name(self) -> str:
        """The elder's name, where somebody else answers."""
        return "" if self.asking.elder.acting == "own" else self.asking.elder.name


def question_form(name: str, scene: Scene, default: str | None) -> PageForm:
    """The form of a question, with what was answered before."""
    kind = type("Question", (PageForm,), {"answer": _FIELDS[name](scene)})
    form: PageForm = kind(data={"answer": _typed(name, default)})
    return form


def kept(form: PageForm) -> str:
    """The answer as the draft keeps it."""
    answer = form.answer.data
    if isinstance(answer, date):
        return answer.isoformat()
    if isinstance(answer, time):
        return f"{answer:%H:%M}"
    return str(answer or "")


def _typed(name: str, text: str | None) -> Any:
    if not text:
        return None
    if name == "date":
        return date.fromisoformat(text)
    if name == "clock":
        return time.fromisoformat(text)
    return text


def _kind(scene: Scene) -> Any:
    groups = scene.asking.groups
    return f.ChoiceField(
        _("想请人帮什么忙？"),
        choices=[(each.code, named(each.name)) for each in groups],
        hints={each.code: _group_hint(each) for each in groups},
        required=_("请选一类。"),
    )


def _group_hint(group: Any) -> str:
    names = (", " if is_english() else "、").join(named(each.name) for each in group.services)
    hour = wording.duration(group.hour_minutes, is_english())
    return str(_("%(names)s。平日白天一小时用 %(hour)s。", names=names, hour=hour))


def _service(scene: Scene) -> Any:
    chosen = scene.answers.get("kind")
    options = [each for group in scene.asking.groups for each in group.services]
    options = [each for each in options if chosen in (None, each.group)]
    return f.ChoiceField(
        _("要哪一种？"),
        choices=[(each.code, named(each.name)) for each in options],
        hints={each.code: _service_hint(each) for each in options},
        required=_("请选一种。"),
    )


def _service_hint(option: ServiceOption) -> str:
    english = is_english()
    said = [
        _(
            "一次 %(least)s 到 %(most)s。",
            least=wording.duration(option.min_minutes, english),
            most=wording.duration(option.max_minutes, english),
        )
    ]
    if option.people_needed > 1:
        said.append(_("会来两个人，只付一份时间。"))
    if option.limits is not None:
        said.append(named(option.limits) + ("." if english else "。"))
    return (" " if english else "").join(said)


def _day(scene: Scene) -> Any:
    today = local_date(scene.now)
    days = [today + timedelta(days=ahead) for ahead in range(DAYS)]
    near = [_("今天"), _("明天"), _("后天")]
    english = is_english()
    choices = [
        (
            each.isoformat(),
            f"{near[ahead]} {wording.day(each, english)}"
            if ahead < len(near)
            else wording.day(each, english),
        )
        for ahead, each in enumerate(days)
    ]
    return f.ChoiceField(
        _("哪一天来？"),
        choices=[*choices, (OTHER, _("别的日子"))],
        required=_("请选一天。"),
    )


def _date(scene: Scene) -> Any:
    today = local_date(scene.now)
    last = today + timedelta(days=ASK_AHEAD_DAYS)
    return f.DateField(
        _("请写上日期"),
        required=_("请写上年、月、日。"),
        hint=_(
            "例如 %(example)s。最晚到 %(last)s。",
            example=wording.day(today + timedelta(days=DAYS + 3), is_english(), year=True),
            last=wording.day(last, is_english(), year=True),
        ),
        earliest=today,
        latest=last,
    )


def _time(scene: Scene) -> Any:
    # An hour that went by while the page lay open is refused with its reason, not as unknown.
    suiting = hours_suiting(scene.asking, hours_left(scene.answers, scene.now))
    left = {*suiting, request.form.get("answer")}
    hours = [each for each in HOURS if each in left]
    return f.ChoiceField(
        _("几点来？"),
        choices=[
            *((each, wording.clock(time.fromisoformat(each), is_english())) for each in hours),
            (OTHER, _("别的时间")),
        ],
        required=_("请选一个时间。"),
    )


def _clock(_scene: Scene) -> Any:
    return f.TimeField(
        _("请写上几点几分"),
        required=_("请写上几点几分。"),
        hint=_("例如 上午9点半，或者 9:30。"),
    )


def _length(scene: Scene) -> Any:
    english = is_english()
    lengths = lengths_of(scene.line)
    return f.ChoiceField(
        _("大约要多久？"),
        choices=[(str(each), wording.duration(each, english)) for each in lengths],
        hints={
            str(each): _("用 %(time)s", time=wording.duration(price, english))
            for each in lengths
            if (price := scene.price(each)) is not None
        },
        required=_("请选一个时长。"),
    )


def lengths_of(line: ServiceOption | None) -> list[int]:
    """A handful of lengths within the service's bounds: quarters, halves or whole hours."""
    if line is None:
        return []
    step = 15 if line.max_minutes <= 60 else 30 if line.max_minutes <= 180 else 60
    first = -(-line.min_minutes // step) * step
    return sorted({line.min_minutes, *range(first, line.max_minutes + 1, step), line.max_minutes})


def _manner(_scene: Scene) -> Any:
    return f.ChoiceField(
        _("上门来，还是打电话？"),
        choices=[("visit", _("上门来")), (REMOTE, _("打电话或视频"))],
        required=_("请选一种。"),
    )


def _where(scene: Scene) -> Any:
    return f.ChoiceField(
        _("在哪里？"),
        choices=[("home", _("在家里")), (OTHER, _("在别的地方"))],
        hints={"home": scene.asking.address or ""},
        required=_("请选一处。"),
    )


def _address(scene: Scene) -> Any:
    return f.LongTextField(
        _("请写上在那里住的地址") if is_away(scene.answers, scene.asking) else _("请写上地址"),
        required=_("请写上地址，来的人才找得到。"),
        hint=_("写清街道、门牌和房间。"),
        max_length=100,
    )


def _who(scene: Scene) -> Any:
    rule = scene.asking.wishes
    usual = [(RULE, _("照平时的希望"))] if rule is not None else []
    names = [(str(each.id), each.name) for each in visitors(scene.answers, scene.asking)]
    return f.ChoiceField(
        _("这次想请谁来？"),
        choices=[*usual, *names, (NO_WISH, _("谁来都可以"))],
        hints={
            RULE: wish_words(rule) if rule is not None else "",
            **{code: _("以前来过。会先问他，他不一定有空。") for code, _name in names},
        },
        required=_("请选一项。"),
    )


def _sex(_scene: Scene) -> Any:
    return f.ChoiceField(
        _("希望谁来？"),
        choices=[(NO_WISH, _("男女都可以")), ("female", _("女志愿者")), ("male", _("男志愿者"))],
        required=_("请选一项。"),
    )


def _note(scene: Scene) -> Any:
    return f.LongTextField(
        _("有什么要告诉来的人？"),
        hint=_("例如：爱说话；耳朵不好，请大声一点；带一双拖鞋。")
        if not is_remote(scene.answers, scene.asking)
        else _("例如：爱说话；耳朵不好，请大声一点。"),
        max_length=200,
    )


def _risk(_scene: Scene) -> Any:
    return f.LongTextField(
        _("有什么要小心的？"),
        hint=_("例如：家里有狗；容易摔跤；正在感冒。没有就不用写。"),
        max_length=200,
    )


def _consent(scene: Scene) -> Any:
    return f.ChoiceField(
        _("%(name)s怎样同意的？", name=scene.name),
        choices=[
            ("voice", _("口头同意（电话或当面）")),
            ("signature", _("当面签字")),
        ],
        required=_("请选一项：没有本人同意不能代办。"),
    )


def _payer(scene: Scene) -> Any:
    english, purse, month = is_english(), scene.asking.purse, scene.asking.month
    assert purse is not None, "only asked of those who may pay"
    left = month.left_minutes if month is not None else None
    hints = {
        OWN: _(
            "您自己最多可以付 %(most)s，不够的用%(name)s的。今年还能替长辈付 %(left)s。",
            most=wording.duration(purse.most_minutes, english),
            name=scene.name,
            left=wording.duration(purse.left_minutes, english),
        )
    }
    if purse.crosses:
        hints[OWN] += _("时间从您的地区转过去。")
    if left is not None:
        hints[ELDERS] = _("这个月您还可以用 %(left)s。", left=wording.duration(left, english))
    return f.ChoiceField(
        _("用谁的时间付？"),
        choices=[(ELDERS, _("用%(name)s的时间", name=scene.name)), (OWN, _("用我自己挣的时间"))],
        hints=hints,
        required=_("请选一项。"),
    )


_FIELDS: Mapping[str, Callable[[Scene], Any]] = {
    "kind": _kind,
    "service": _service,
    "day": _day,
    "date": _date,
    "time": _time,
    "clock": _clock,
    "length": _length,
    "manner": _manner,
    "stay": stay_field,
    "county": county_field,
    "place": place_field,
    "where": _where,
    "address": _address,
    "who": _who,
    "sex": _sex,
    "note": _note,
    "risk": _risk,
    "payer": _payer,
    "consent": _consent,
}


def price_at(
    answers: Mapping[str, str], price: Callable[[datetime, int], int]
) -> Callable[[int], int | None]:
    """The price of so many minutes once the moment is known."""
    moment = starts_at(answers)

    def of(minutes: int) -> int | None:
        return None if moment is None else price(moment, minutes)

    return of
