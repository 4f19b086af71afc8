"""Donations: where to, how much, a look at it, and afterwards what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.donations.funds import POOL
from services.donations.giving import DonationForm, donate
from services.donations.overflowing import set_overflow
from services.errors import NotFound
from services.queries import donated
from services.queries import donations as queries
from services.queries.donations import Donor, FundLine
from services.queries.reachable import reachable
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.giving import bp
from timebank.web.giving.acting import acted, page
from timebank.web.words.funds import FOR_TEMPLATES, choices, hints


class MinutesForm(PageForm):
    """How much to give."""

    minutes = f.MinutesField(_l("捐多少时间？"), low=1, required=_l("请写上几小时几分。"))


class AgreeForm(PageForm):
    """One button: the page has said everything."""


class OverflowForm(PageForm):
    """Where the overflow goes."""

    to = f.ChoiceField(_l("存满以后，多出来的时间给谁？"), choices=[], required=_l("请选一项。"))


class PlaceForm(FilterForm):
    """Which region, by a part of its name."""

    name = f.TextField(_l("地区名称"), max_length=40)


def _book() -> str | None:
    """The other region that the address names."""
    return request.args.get("book") or None


def _donor(book: str | None = None) -> Donor:
    with reading() as ctx:
        return queries.donor_of(ctx, current_actor().id, book)


@bp.get("/donations", endpoint="donations")
@declare("donation.read")
def donations() -> Any:
    """All that one gave, with what is left of it, and where the overflow goes."""
    with reading() as ctx:
        found = donated.donations_of(ctx, current_actor().id)
    return page("donations", it=found, donor=_donor(), **FOR_TEMPLATES)


@bp.get("/donations/<book>/<uuid:donation_id>", endpoint="donation")
@declare("donation.read")
def donation(book: str, donation_id: UUID) -> Any:
    """One donation: when it helped and with what, never whom."""
    found = perform(lambda ctx: donated.donation_of(ctx, book, donation_id))
    return page("donation", it=found, **FOR_TEMPLATES)


@bp.get("/donate", endpoint="donate")
@declare("donation.make")
def where_to() -> Any:
    """The first question: the pool, or which fund; here, or in the region of the address."""
    return page("donate", donor=_donor(_book()), book=_book(), **FOR_TEMPLATES)


@bp.get("/donate/elsewhere", endpoint="donate_elsewhere")
@declare("donation.make")
def elsewhere() -> Any:
    """Which other region: the nearest ones, and any by its name."""
    form = PlaceForm()
    with reading() as ctx:
        found = reachable(ctx, current_actor().id, form.name.data or "")
    return page("donate_elsewhere", form, found=found, named=named)


@bp.route("/donate/<to>", methods=["GET", "POST"], endpoint="donate_amount")
@declare("donation.make")
def amount(to: str) -> Any:
    """The second question: how much, of what one has."""
    form, donor = MinutesForm(), _donor(_book())
    fund = chosen(donor, to)
    if form.validate_on_submit():
        there = url_for(".donate_check", to=to, minutes=form.minutes.data, book=_book())
        return redirect(there, 303)
    return page("donate_amount", form, donor=donor, fund=fund, book=_book(), **FOR_TEMPLATES)


@bp.route("/donate/<to>/<int:minutes>", methods=["GET", "POST"], endpoint="donate_check")
@declare("donation.make")
def check(to: str, minutes: int) -> Any:
    """Everything once more: it is final, and it is for good."""
    form, donor = AgreeForm(), _donor(_book())
    fund = chosen(donor, to)
    made: list[UUID] = []
    wanted = DonationForm(donor.member_id, to, minutes, _book())
    if acted(form, lambda ctx: made.append(donate(ctx, wanted))):
        flash(_("捐好了，谢谢您。证书已经发给您。"), "success")
        there = url_for(".donation", book=donor.book, donation_id=made[-1])
        return redirect(there, 303)
    known = {"donor": donor, "fund": fund, "minutes": minutes, "to": to, "book": _book()}
    return page("donate_check", form, **known, **FOR_TEMPLATES)


@bp.route("/overflow", methods=["GET", "POST"], endpoint="overflow")
@declare("overflow.set")
def overflow() -> Any:
    """Where coins above the storage cap go from now on."""
    form, donor = OverflowForm(), _donor()
    form.to.choices, form.to.hints = choices(donor.funds), hints(donor.funds)
    to = form.to.data or ""
    if acted(form, lambda ctx: set_overflow(ctx, donor.member_id, to)):
        flash(_("记下了。以后存满多出来的时间，就照这个办。"), "success")
        return redirect(url_for(".donations"), 303)
    if not form.is_submitted():
        form.to.data = donor.overflow_to if donor.overflow_open else POOL
    return page("overflow", form, donor=donor)


def chosen(donor: Donor, to: str) -> FundLine | None:
    """The open fund of that address; None is the pool."""
    if to == POOL:
        return None
    for each in donor.funds:
        if str(each.id) == to:
            return each
    raise NotFound
