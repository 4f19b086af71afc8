"""The elder's forms that are no question of a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.clock import at_local, local, local_date
from services.queries.schedule.elder import Known
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


class MomentForm(PageForm):
    """Another day and time."""

    day = f.DateField(_l("改到哪一天？"), required=_l("请写上年、月、日。"))
    clock = f.TimeField(
        _l("几点？"),
        required=_l("请写上几点几分。"),
        hint=_l("用整点、一刻、半点或三刻，例如 9:00、9:15。"),
    )

    @classmethod
    def beginning_at(cls, moment: datetime) -> Self:
        """The form as it is opened: with the time that holds now, to be changed in part."""
        return cls(day=local_date(moment), clock=local(moment).time())

    def moment(self) -> datetime:
        """Day and clock together."""
        return at_local(self.day.data, self.clock.data)


class PeopleForm(PageForm):
    """Who should come as a rule, or stand in."""

    place = f.ChoiceField(
        _l("请来做什么？"),
        choices=[("regular", _l("固定来")), ("substitute", _l("固定来的人来不了时替一替"))],
        required=_l("请选一项。"),
    )
    person = f.ChoiceField(_l("请哪一位？"), choices=[], required=_l("请选一位。"))

    def offer(self, known: Sequence[Known]) -> None:
        """Take those who have come before as choices."""
        self.person.choices = [
            *((str(each.id), each.name) for each in known),
            ("nobody", _l("先不请人，谁有空谁来")),
        ]
        self.person.hints = {
            str(each.id): gettext("来过 %(n)s 次", n=each.times)
            if each.times
            else gettext("约好了，还没来过")
            for each in known
        }

    def chosen(self) -> UUID | None:
        """The chosen member; None asks nobody."""
        said: Any = self.person.data
        return None if said == "nobody" else UUID(said)
