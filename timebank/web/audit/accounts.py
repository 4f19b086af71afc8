"""A book's accounts, and one account with its running balance."""

from __future__ import annotations

from uuid import UUID

from flask import render_template

from services.queries.audit.accounts import account_page, accounts
from services.queries.audit.scope import require_book
from timebank.edge import declare, reading
from timebank.web.audit import bp
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import AccountFilterForm, AtForm, EntryFilterForm, want


@bp.get("/books/<book>/accounts", endpoint="accounts")
@declare("ledger.read")
def account_list(book: str) -> str:
    """Accounts that fit the filter, with totals over all of them."""
    filters = AccountFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book)
        page = accounts(ctx, book, filters.wanted(), want())
    return render_template(
        "audit/accounts.html",
        form=filters,
        place=place,
        page=page,
        export=export_action(place, "accounts"),
    )


@bp.get("/books/<book>/accounts/<uuid:account_id>")
@declare("ledger.read")
def account(book: str, account_id: UUID) -> str:
    """One account: limits, entries with the balance after each, holds."""
    form, filters = AtForm(), EntryFilterForm()
    with reading() as ctx:
        found = account_page(ctx, book, account_id, want(), form.moment(), filters.wanted())
    return render_template(
        "audit/account.html",
        it=found,
        form=form,
        filters=filters,
        place=found.place,
        export=export_action(found.place, "entries", account=account_id),
    )
