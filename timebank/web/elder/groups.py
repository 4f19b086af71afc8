"""Group sessions for an elder: what there is, a place in one, and giving it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from services.groups import booking
from services.groups import reading as query
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import done, page, read, show, whom
from timebank.web.words.care import FOR_TEMPLATES

ONE = "/groups/<book>/<uuid:session_id>"


@page("/groups", "group.places")
def groups() -> Any:
    """What is booked, and what could be."""
    return show("groups", read(lambda ctx: query.for_elder(ctx, whom())), **FOR_TEMPLATES)


@page(ONE, "group.places")
def group(book: str, session_id: UUID) -> Any:
    """One session: when, where, what it may cost at most."""
    return show("group", _found(book, session_id), **FOR_TEMPLATES)


@page(f"{ONE}/book", "group.book", ("GET", "POST"))
def group_book(book: str, session_id: UUID) -> Any:
    """Take a place: everything is said first, and one press does it."""
    form = PlainForm()
    found = _found(book, session_id)
    if found.elder.acting not in ("own", "family"):
        # At the counter it is asked and written down how the elder agreed.
        return redirect(url_for("branch.group_book", book=book, session_id=session_id), 303)
    if done(form, lambda ctx: booking.book_place(ctx, book, session_id, whom())):
        flash(_("报上名了，位子给您留着。"), "success")
        return redirect(url_for(".group", book=book, session_id=session_id), 303)
    if found.session.is_booked and not form.errors:
        return redirect(url_for(".group", book=book, session_id=session_id), 303)
    return show("group_book", found, form, **FOR_TEMPLATES)


@page(f"{ONE}/cancel", "group.book", ("GET", "POST"))
def group_cancel(book: str, session_id: UUID) -> Any:
    """Give the place back."""
    form = PlainForm()
    if done(form, lambda ctx: booking.cancel_place(ctx, book, session_id, whom())):
        flash(_("位子取消了，留出的时间已全部退回。"), "success")
        return redirect(url_for(".groups"), 303)
    found = _found(book, session_id)
    if not found.session.may_cancel and not form.errors:
        return redirect(url_for(".group", book=book, session_id=session_id), 303)
    return show("group_cancel", found, form, **FOR_TEMPLATES)


def _found(book: str, session_id: UUID) -> Any:
    return read(lambda ctx: query.elder_page(ctx, whom(), book, session_id))
