"""Forms of entries by hand: what was done and why so late, the second name, and a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from services.clock import at_local, local
from services.entries import terms
from services.entries.proposing import LONGEST_REASON
from services.queries.two_hands.entries import Corrected, EntryFilter
from services.rules.names import Name
from timebank.web.audit.forms import ALL, BooksFilter, IdFilter
from timebank.web.branch.words import choices, named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class EntryFilterForm(BooksFilter):
    """Entries by state, kind and day of proposal."""

    state = f.SelectField(
        _l("状态"),
        choices=[*choices("entry_state"), ("all", _l("全部"))],
        prompt=_l("等签署的"),
    )
    kind = f.SelectField(_l("类别"), choices=choices("entry_kind"), prompt=ALL)
    branch_id = IdFilter(_l("网点编号"))

    def wanted(self) -> EntryFilter:
        """What was chosen, for the service."""
        return EntryFilter(**self.given())


class EntryNewForm(PageForm):
    """A service that was not recorded on the spot, with papers."""

    elder_id = f.TextField(
        _l("老人的编号"), hint=_l("字母 V 和 12 位数字。"), required=_l("请写老人的编号。")
    )
    provider_id = f.TextField(
        _l("志愿者编号"), hint=_l("字母 V 和 12 位数字。"), required=_l("请写志愿者编号。")
    )
    service_code = f.SelectField(_l("服务"), choices=[], required=_l("请选择服务。"))
    day = f.DateField(_l("哪一天"), single=True, required=_l("请写上是哪一天。"))
    starts_at = f.TimeField(_l("几点开始"), required=_l("请写上几点开始。"))
    ends_at = f.TimeField(_l("几点结束"), required=_l("请写上几点结束。"))
    remote = f.TickField(_l("是电话或者视频服务"))
    why = f.ChoiceField(
        _l("为什么没有当场记录？"), choices=[], required=_l("请从列表里选一个补录的原因。")
    )
    reason = f.LongTextField(
        _l("把经过写清楚"),
        hint=_l("谁告诉您的、怎么核实的。最多 500 个字。"),
        required=_l("请把经过写清楚。"),
        max_length=LONGEST_REASON,
    )
    files = f.FilesField(
        _l("证明材料（照片或 PDF）"),
        hint=_l("签过字的纸条、现场照片等，最多 6 个，每个不超过 8 MB。"),
        required=_l("补录要有证明材料。"),
    )

    @classmethod
    def of(cls, services: Iterable[tuple[str, Name]], old: Corrected | None) -> EntryNewForm:
        """A form for an entry, or for putting a credited visit right."""
        form = cls() if old is None else cls(data=_known(old))
        form.service_code.choices = [
            SelectChoice(code, f"{code} {named(name)}") for code, name in services
        ]
        kind = terms.ENTRY if old is None else terms.CORRECTION
        form.why.choices = [(each.code, named(each.name)) for each in terms.whys(kind)]
        return form

    def moments(self) -> tuple[datetime, datetime]:
        """When it began and ended, on a Chinese clock."""
        return _moment(self.day.data, self.starts_at.data), _moment(
            self.day.data, self.ends_at.data
        )


def _moment(day: date | None, at: time | None) -> datetime:
    assert day is not None
    assert at is not None
    return at_local(day, at)


def _known(old: Corrected) -> dict[str, object]:
    came, left = local(old.came_at), local(old.left_at)
    return {
        "elder_id": old.elder.number if old.elder else "",
        "provider_id": old.provider.number if old.provider else "",
        "service_code": old.service_code,
        "day": came.date(),
        "starts_at": came.time().replace(second=0, microsecond=0),
        "ends_at": left.time().replace(second=0, microsecond=0),
        "remote": old.remote,
    }


class SignEntryForm(PageForm):
    """The second name, after a look at the papers."""

    agree = f.TickField(
        _l("已经看过证明材料，也核对过双方和时间"), required=_l("请先看证明材料，核对双方和时间。")
    )


class NotEnteredForm(PageForm):
    """Why an entry is not credited."""

    reason = f.LongTextField(
        _l("为什么不同意？"),
        hint=_l("提出的人、老人和志愿者都会看到。"),
        required=_l("请写明为什么不同意，提出的人和双方都会看到。"),
        max_length=300,
    )
