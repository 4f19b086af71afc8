"""The counter's forms for requests and visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.clock import at_local, local_date
from services.visits.voice import HEARD
from timebank.web.branch.words import choices
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.words.states import word as state_word

STATES = (
    "submitted",
    "waiting_pool",
    "open",
    "filled",
    "closed",
    "refused",
    "cancelled",
    "expired",
)


class RequestFilter(FilterForm):
    """Which of the branch's requests to list."""

    reference = f.TextField(_l("编号"))
    day = f.DateField(_l("哪一天"), single=True)
    state = f.SelectField(_l("状态"), choices=[], prompt=_l("全部"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = [(code, state_word(code)) for code in STATES]


class ReasonForm(PageForm):
    """A reason that somebody will read."""

    reason = f.LongTextField(_l("理由"), required=_l("请写明理由，对方会看到。"), max_length=300)


class OptionalReasonForm(PageForm):
    """A reason that may be left out."""

    reason = f.LongTextField(_l("理由"), max_length=300)


class MissedForm(PageForm):
    """Nobody checked in: what it was."""

    outcome = f.ChoiceField(
        _l("怎样认定？"),
        choices=[("no_show", _l("爽约")), ("excused", _l("情有可原"))],
        hints={
            "no_show": _l("志愿者没有来，也没有说明。会计入爽约次数。"),
            "excused": _l("有正当理由，或者不是志愿者的原因。不计次数。"),
        },
        required=_l("请选一项"),
    )
    reason = f.LongTextField(_l("理由"), required=_l("请写明理由，对方会看到。"), max_length=300)


class VoiceForm(PageForm):
    """What the elder said when asked; every part is needed for a confirmation."""

    reached = f.ChoiceField(
        _l("怎样联系到老人的？"),
        choices=choices("reached"),
        required=_l("请选择是怎样联系到老人的。"),
    )
    heard = f.ManyField(
        _l("老人亲口说了哪些？"),
        choices=[
            (HEARD[0], _l("这位志愿者来过")),
            (HEARD[1], _l("做的就是这项服务")),
            (HEARD[2], _l("时间对得上")),
        ],
        hint=_l("三样都说对了才能确认。说得不一样，请不要确认，改记异议。"),
        required=_l("老人把每一样都说对了，才能记为确认；说得不一样，请记为异议。"),
    )


class LeftForm(PageForm):
    """When the visitor left, as the elder says."""

    reached = f.ChoiceField(
        _l("怎样联系到老人的？"),
        choices=choices("reached"),
        required=_l("请选择是怎样联系到老人的。"),
    )
    clock = f.TimeField(
        _l("老人说，志愿者几点走的？"),
        required=_l("请写上几点几分。"),
        hint=_l("老人记不清，就不要猜：有纸条的录入纸条，都没有的认定不入账。"),
    )

    def moment(self, came_at: datetime) -> datetime:
        """The first such time after the visitor came; past midnight is the next day."""
        day = local_date(came_at)
        found = at_local(day, self.clock.data)
        return found if found > came_at else at_local(day + timedelta(days=1), self.clock.data)


class WordsForm(PageForm):
    """What one side says, written down by staff."""

    side = f.ChoiceField(
        _l("这是谁说的？"), choices=choices("side"), required=_l("请选择是哪一方说的。")
    )
    text = f.LongTextField(
        _l("原话是怎么说的？"),
        hint=_l("照他说的写，不写您的判断。"),
        required=_l("请写下对方的话。"),
        max_length=1000,
    )


class DecideForm(PageForm):
    """The decision on a dispute; which one it is comes back with the form."""

    dispute = f.HiddenField()
    decision = f.ChoiceField(
        _l("怎样处理？"),
        choices=choices("decision"),
        hints={
            "credit": _l("服务照记录入账，双方都会收到通知。"),
            "reject": _l("这次服务不入账，预留的时间全部放回。"),
        },
        required=_l("请选一项"),
    )
    reason = f.LongTextField(
        _l("理由"),
        hint=_l("双方都会看到。"),
        required=_l("请写明理由，对方会看到。"),
        max_length=300,
    )

    @property
    def dispute_id(self) -> UUID | None:
        """The dispute that was on the page when it was sent."""
        try:
            return UUID(self.dispute.data or "")
        except ValueError:
            return None


class CallForm(PageForm):
    """One call on a safety sheet."""

    whom = f.ChoiceField(_l("联系了谁？"), choices=choices("whom"), required=_l("请选择联系了谁。"))
    note = f.LongTextField(
        _l("结果怎样？"), required=_l("请写下联系的结果。"), max_length=300, hint=_l("几句话就够。")
    )


class OutcomeForm(PageForm):
    """How a safety sheet ends."""

    outcome = f.LongTextField(
        _l("老人现在怎样？"),
        hint=_l("例如：电话联系上了，老人在女儿家，平安。"),
        required=_l("请写明老人的情况。"),
        max_length=300,
    )


class ClosedDoorForm(PageForm):
    """A volunteer rings from a door that nobody opens."""

    agree = f.TickField(
        _l("志愿者就在门口，敲过门，也按约定说了暗号"), required=_l("请先问清楚再登记。")
    )
