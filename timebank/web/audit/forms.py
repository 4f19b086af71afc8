"""Filters of the auditor's lists, read from the address, so that a view can be sent on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from models.ledger import AccountKind
from models.requests import RequestState, VisitState
from services.errors import Invalid
from services.queries.audit.accounts import AccountFilter
from services.queries.audit.entries import EntryFilter
from services.queries.audit.listing import SIZES, Want
from services.queries.audit.records import RecordFilter
from services.queries.audit.requests import RequestFilter, VisitFilter
from services.queries.audit.then import end_of
from services.queries.audit.transfers import KINDS, TransferFilter
from services.rules.member_number import parse_number
from services.rules.names import Name
from services.tallies.reading import Months
from timebank.web.audit.words import WORDS, word
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm
from timebank.web.paging import page_number
from timebank.web.words import states as words

ALL = _l("全部")


class NumberFilter(f.TextField):
    """A national volunteer number in any spelling."""

    wrong = _l("志愿者编号是字母 V 加 12 位数字，请核对。")

    def read(self, typed: str) -> str:
        try:
            return parse_number(typed)
        except Invalid:
            raise ValueError(typed) from None


class IdFilter(f.TextField):
    """The id of a thing on record."""

    empty = None
    wrong = _l("这里要完整的编号，可以从别的页面复制。")

    def read(self, typed: str) -> UUID:
        return UUID(typed)


def choices_of(kind: str, codes: Any = None) -> list[tuple[str, Any]]:
    """Codes with their words, as a filter's choices."""
    return [(code, WORDS[kind][code]) for code in codes or WORDS[kind]]


class ListFilter(FilterForm):
    """A filter that gives a service's own filter object."""

    def given(self) -> dict[str, Any]:
        """What was chosen and could be read; a box left empty chooses nothing."""
        return {name: value for name, value in self.chosen().items() if value is not False}

    def criteria(self) -> list[tuple[str, str]]:
        """What was chosen, in words, for the cover sheet of an export."""
        return [
            (str(self[name].label.text), self._said(name, v)) for name, v in self.given().items()
        ]

    def _said(self, name: str, value: Any) -> str:
        for choice in getattr(self[name], "choices", None) or ():
            if choice.value == value:
                return str(choice.label)
        return str(_l("是")) if value is True else str(value)


class MonthText(f.TextField):
    """A month as 2026-03."""

    empty = None
    wrong = _l("请写成年份和月份，例如 2026-03。")

    def read(self, typed: str) -> str:
        return f"{date.fromisoformat(f'{typed}-01'):%Y-%m}"


class MonthsForm(ListFilter):
    """From a month to a month, both included; the figures of all months without any."""

    from_month = MonthText(_l("从哪个月"), max_length=7, hint=_l("例如 2026-03"))
    to_month = MonthText(_l("到哪个月"), max_length=7, hint=_l("例如 2026-03"))

    def months(self) -> Months:
        """What was chosen."""
        given = self.given()
        return Months(given.get("from_month") or "", given.get("to_month") or "")


class AtForm(ListFilter):
    """The end of which day; today without one."""

    at = f.DateField(_l("看到哪一天结束时"), single=True)

    def moment(self) -> datetime | None:
        """The last moment of the day."""
        day = self.given().get("at")
        return end_of(day) if day else None


class DaysFilter(ListFilter):
    """From a day to a day, both included."""

    first = f.DateField(_l("从哪天"), single=True)
    last = f.DateField(_l("到哪天"), single=True)


class BooksFilter(DaysFilter):
    """The same over several counties, or of one of them."""

    book = f.TextField(_l("账本"), max_length=12)


class AccountFilterForm(ListFilter):
    """Accounts by kind, owner and what is held."""

    kind = f.SelectField(
        _l("账户类别"),
        choices=choices_of("origin", [each.value for each in AccountKind]),
        prompt=ALL,
    )
    number = NumberFilter(_l("志愿者编号"))
    branch_id = IdFilter(_l("网点编号"))
    held = f.TickField(_l("只看有预留的"))
    closed = f.TickField(_l("只看已关闭的"))

    def wanted(self) -> AccountFilter:
        given = self.given()
        kind = given.get("kind")
        return AccountFilter(**{**given, "kind": AccountKind(kind) if kind else None})


class EntryFilterForm(DaysFilter):
    """Entries of an account by the kind of transfer and by day."""

    kind = f.SelectField(_l("往来类别"), choices=choices_of("transfer", KINDS), prompt=ALL)

    def wanted(self) -> EntryFilter:
        return EntryFilter(**self.given())


class TransferFilterForm(DaysFilter):
    """Transfers by kind and day."""

    kind = f.SelectField(_l("往来类别"), choices=choices_of("transfer", KINDS), prompt=ALL)
    reversed_only = f.TickField(_l("只看冲正"))

    def wanted(self) -> TransferFilter:
        return TransferFilter(**self.given())


class ServiceFilter(DaysFilter):
    """Filters that requests and visits share; ``offer`` fills in the services."""

    service_code = f.SelectField(_l("服务"), choices=[], prompt=ALL)
    reference = f.TextField(_l("申请编号"), max_length=24)
    branch_id = IdFilter(_l("网点编号"))

    #: The states of the things in the list.
    states: ClassVar[Any]

    def __init__(self, services: Iterable[tuple[str, Name]], **kwargs: Any) -> None:
        """``services`` are those to choose from."""
        super().__init__(**kwargs)
        self.service_code.choices = [SelectChoice(code, named(name)) for code, name in services]
        self.state.choices = [
            SelectChoice(each.value, words.word(each.value)) for each in self.states
        ]


class RequestFilterForm(ServiceFilter):
    """Requests by state, service, consent and day."""

    state = f.SelectField(_l("状态"), choices=[], prompt=ALL)
    consent = f.SelectField(
        _l("同意方式"),
        choices=choices_of("consent", ("own", "family", "voice", "signature", "manual")),
        prompt=ALL,
    )
    states = RequestState

    def wanted(self) -> RequestFilter:
        given = self.given()
        state = given.get("state")
        return RequestFilter(**{**given, "state": RequestState(state) if state else None})


class VisitFilterForm(ServiceFilter):
    """Visits by state, service, either side, confirmation and day."""

    state = f.SelectField(_l("状态"), choices=[], prompt=ALL)
    number = NumberFilter(_l("志愿者编号（任一方）"))
    confirmed_how = f.SelectField(_l("确认方式"), choices=choices_of("confirmed"), prompt=ALL)
    states = VisitState

    def wanted(self) -> VisitFilter:
        given = self.given()
        state = given.get("state")
        return VisitFilter(**{**given, "state": VisitState(state) if state else None})


class RecordFilterForm(DaysFilter):
    """Audit records by act, actor, subject and day."""

    act = f.SelectField(_l("办理的事"), choices=[], prompt=ALL)
    number = NumberFilter(_l("办理人的志愿者编号"))
    subject_id = IdFilter(_l("对象编号"))

    def __init__(self, acts: Iterable[str], **kwargs: Any) -> None:
        """``acts`` are those on record."""
        super().__init__(**kwargs)
        self.act.choices = [SelectChoice(act, word("act", act)) for act in acts]

    def wanted(self) -> RecordFilter:
        return RecordFilter(**self.given())


def want(*, whole: bool = False) -> Want:
    """Which page of the list the address asks for; nonsense gives the first page."""
    size = request.args.get("size", type=int)
    return Want(
        page=page_number(),
        size=size if size in SIZES else SIZES[0],
        sort=request.args.get("sort", ""),
        whole=whole,
        bounded=not whole,
    )
