"""Gifts, donations, grants and what relatives pay: read by whoever audits, moved by nobody here."""

from __future__ import annotations

from flask import render_template

from services.queries.audit.given import donations, gifts
from services.queries.audit.scope import require_book
from services.queries.audit.supported import grants, payments
from timebank.edge import declare, perform, reading
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import want
from timebank.web.audit.giving_forms import (
    DonationFilterForm,
    GiftFilterForm,
    GrantFilterForm,
    PaymentFilterForm,
)
from timebank.web.audit.giving_words import FACTS, facts


@bp.get("/books/<book>/gifts", endpoint="gifts")
@declare("gift.read")
def gift_list(book: str) -> str:
    """Gifts that fit the filter, the newest first."""
    filters = GiftFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, "gift.read")
        page = gifts(ctx, book, filters.wanted(), want())
    export = export_action(place, "gifts")
    return render_template("audit/gifts.html", form=filters, place=place, page=page, export=export)


@bp.get("/books/<book>/donations", endpoint="donations")
@declare("donation.read")
def donation_list(book: str) -> str:
    """Donations that fit the filter, the newest first."""
    filters = DonationFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, "donation.read")
        page = donations(ctx, book, filters.wanted(), want())
    export = export_action(place, "donations")
    return render_template(
        "audit/donations.html", form=filters, place=place, page=page, export=export
    )


@bp.get("/books/<book>/grants", endpoint="grants")
@declare("grant.read")
def grant_list(book: str) -> str:
    """Who is granted what, by which recorded facts; the look is recorded."""
    filters = GrantFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, "grant.read")
    page = perform(lambda ctx: grants(ctx, book, filters.wanted(), want()))
    return render_template(
        "audit/grants.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "grants"),
        facts=facts,
        fact_words=FACTS,
    )


@bp.get("/books/<book>/payments", endpoint="payments")
@declare("payment.read")
def payment_list(book: str) -> str:
    """What children and grandchildren pay of their elders' services."""
    filters = PaymentFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book, "payment.read")
        page = payments(ctx, book, filters.wanted(), want())
    export = export_action(place, "payments")
    return render_template(
        "audit/payments.html", form=filters, place=place, page=page, export=export
    )
