"""Filters of the lists of gifts, donations, grants and payments."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from models.giving import GiftState
from services.queries.audit.given import DonationFilter, GiftFilter
from services.queries.audit.supported import GrantFilter, PaymentFilter
from timebank.web.audit.forms import ALL, DaysFilter, ListFilter, NumberFilter, choices_of
from timebank.web.forms import fields as f


class GiftFilterForm(DaysFilter):
    """Gifts by state, either side and day."""

    state = f.SelectField(_l("状态"), choices=choices_of("gift_state"), prompt=ALL)
    number = NumberFilter(_l("志愿者编号（任一方）"))

    def wanted(self) -> GiftFilter:
        given = self.given()
        state = given.get("state")
        return GiftFilter(**{**given, "state": GiftState(state) if state else None})


class DonationFilterForm(DaysFilter):
    """Donations by how, donor and day."""

    how = f.SelectField(_l("方式"), choices=choices_of("donation_how"), prompt=ALL)
    number = NumberFilter(_l("志愿者编号"))

    def wanted(self) -> DonationFilter:
        return DonationFilter(**self.given())


class GrantFilterForm(ListFilter):
    """Grants by month and elder."""

    month = f.TextField(_l("月份"), max_length=7, hint=_l("例如 2026-03"))
    number = NumberFilter(_l("志愿者编号"))

    def wanted(self) -> GrantFilter:
        return GrantFilter(**self.given())


class PaymentFilterForm(DaysFilter):
    """Payments by either side and day."""

    number = NumberFilter(_l("志愿者编号（任一方）"))

    def wanted(self) -> PaymentFilter:
        return PaymentFilter(**self.given())
