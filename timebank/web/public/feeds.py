"""Calendar feeds: the page that makes the secret link, and the file behind it."""

from __future__ import annotations

import hashlib

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.calendars.entries import entries_of
from services.calendars.links import end_link, link_of, make_link, reader_of
from timebank.calendar_file import written
from timebank.codes import qr_svg
from timebank.edge import declare, perform, reading, timebank
from timebank.i18n import LANGUAGES, choose_locale, is_english, speaking
from timebank.web.forms.keys import kept_key
from timebank.web.public import bp

#: Programs may keep the file so long before they ask again.
SECONDS_KEPT = 900


@bp.get("/me/calendar")
@declare("feed.manage")
def calendar_link() -> str:
    """The own link to copy or to scan, or how to make one."""
    with reading() as ctx:
        link = link_of(ctx)
    address = link and url_for(
        "public.feed", token=link.token, lang="en" if is_english() else None, _external=True
    )
    return render_template(
        "public/calendar_link.html",
        link=link,
        address=address,
        svg=address and qr_svg(address),
    )


@bp.post("/me/calendar")
@declare("feed.manage")
def calendar_link_make() -> ResponseReturnValue:
    """Make the link, or another one in its place."""
    perform(make_link, key=kept_key(request.form.get("idempotency_key")))
    flash(_("链接做好了。请复制到日历里，或者用手机扫一扫。"), "success")
    return redirect(url_for("public.calendar_link"), code=303)


@bp.post("/me/calendar/end")
@declare("feed.manage")
def calendar_link_end() -> ResponseReturnValue:
    """End the link at once."""
    perform(end_link, key=kept_key(request.form.get("idempotency_key")))
    flash(_("链接已经停用，用它的日历不会再更新。"), "success")
    return redirect(url_for("public.calendar_link"), code=303)


@bp.get("/feed/<token>.ics")
@declare("feed.read")
def feed(token: str) -> ResponseReturnValue:
    """The calendar itself, for whoever has the link; nothing tells an ended one from a wrong one.

    Calendar programs send no language of their own, so the link carries it.
    """
    with reading() as ctx:
        reader = reader_of(ctx, token)
        if reader is None:
            abort(404)
        entries = entries_of(ctx, reader)
    wanted = request.args.get("lang")
    settings = timebank().settings
    with speaking(wanted if wanted in LANGUAGES else choose_locale()):
        product = settings.product_name_en if is_english() else settings.product_name
        body = written(entries, product)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="timebank.ics"'
    response.headers["Cache-Control"] = f"private, max-age={SECONDS_KEPT}"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
