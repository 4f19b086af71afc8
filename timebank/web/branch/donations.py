"""Donations at the counter: the donor is there, hears it all once more, and it is done."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.donations.funds import POOL
from services.donations.giving import DonationForm, donate
from services.donations.overflowing import set_overflow
from services.errors import NotFound
from services.queries import donated
from services.queries import donations as queries
from services.queries.donations import Donor, FundLine
from services.queries.reachable import reachable
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.words.funds import FOR_TEMPLATES, choices, hints

Answer = tuple[str, int] | Response
MEMBER = "/members/<uuid:member_id>"


class DonorForm(PageForm):
    """Where to, and how much."""

    to = f.ChoiceField(_l("捐给谁？"), choices=[], required=_l("请选一项。"))
    minutes = f.MinutesField(_l("捐多少时间？"), low=1, required=_l("请写上几小时几分。"))


class PresentForm(PageForm):
    """The donor is there and agrees."""

    present = f.TickField(
        _l("捐赠人本人在场，看过身份证；已经念给本人听，本人知道收不回来"),
        required=_l("要本人在场，念给本人听过，才能办。"),
    )


class WishForm(PageForm):
    """Where the overflow goes."""

    to = f.ChoiceField(_l("存满以后，多出来的时间给谁？"), choices=[], required=_l("请选一项。"))


class PlaceForm(FilterForm):
    """Which region, by a part of its name."""

    name = f.TextField(_l("地区名称"), max_length=40)


def _book() -> str | None:
    """The other region that the address names."""
    return request.args.get("book") or None


def _donor(member_id: UUID, book: str | None = None) -> Donor:
    with reading() as ctx:
        return queries.donor_of(ctx, member_id, book)


def _back(member_id: UUID) -> Response:
    return redirect(url_for("branch.member_donations", member_id=member_id), code=303)


@bp.get(f"{MEMBER}/donations")
@declare("donation.read")
def member_donations(member_id: UUID) -> Answer:
    """What a member gave; the look is recorded."""
    found = perform(lambda ctx: donated.donations_of(ctx, member_id))
    it = _donor(member_id)
    return page("branch/donations.html", None, it=it, lines=found, **FOR_TEMPLATES)


@bp.route(f"{MEMBER}/donate", methods=["GET", "POST"])
@declare("donation.make")
def donation_new(member_id: UUID) -> Answer:
    """Where to, and how much; here, or in the region of the address."""
    form, it = DonorForm(), _donor(member_id, _book())
    form.to.choices, form.to.hints = choices(it.funds), hints(it.funds)
    if form.validate_on_submit():
        said = {"to": form.to.data, "minutes": form.minutes.data, "book": _book()}
        return redirect(url_for("branch.donation_check", member_id=member_id, **said), code=303)
    return page("branch/donation_new.html", form, it=it, named=named)


@bp.get(f"{MEMBER}/donate/elsewhere")
@declare("donation.make")
def donation_elsewhere(member_id: UUID) -> Answer:
    """Which other region."""
    form = PlaceForm()
    with reading() as ctx:
        found = reachable(ctx, member_id, form.name.data or "")
    return page(
        "branch/donation_elsewhere.html", form, found=found, member_id=member_id, named=named
    )


@bp.route(f"{MEMBER}/donate/<to>/<int:minutes>", methods=["GET", "POST"])
@declare("donation.make")
def donation_check(member_id: UUID, to: str, minutes: int) -> Answer:
    """Read out to the donor; then it is final."""
    form, it = PresentForm(), _donor(member_id, _book())
    fund = _chosen(it, to)
    wanted = DonationForm(member_id, to, minutes, _book())
    if acted(form, lambda ctx: donate(ctx, wanted)):
        flash(_("已经捐出，捐赠人会收到通知和证书。"), "success")
        return _back(member_id)
    return page(
        "branch/donation_check.html", form, it=it, fund=fund, minutes=minutes, **FOR_TEMPLATES
    )


@bp.route(f"{MEMBER}/overflow", methods=["GET", "POST"])
@declare("overflow.set")
def member_overflow(member_id: UUID) -> Answer:
    """The standing instruction, as the member says it."""
    form, it = WishForm(), _donor(member_id)
    form.to.choices, form.to.hints = choices(it.funds), hints(it.funds)
    to = form.to.data or ""
    if acted(form, lambda ctx: set_overflow(ctx, member_id, to)):
        flash(_("已记录。"), "success")
        return _back(member_id)
    if not form.is_submitted():
        form.to.data = it.overflow_to if it.overflow_open else POOL
    return page("branch/overflow.html", form, it=it)


def _chosen(it: Donor, to: str) -> FundLine | None:
    for each in it.funds:
        if str(each.id) == to:
            return each
    if to != POOL:
        raise NotFound
    return None
