"""The program edge: the same acts as the pages, with bearer tokens, under ``/api/v1``."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.wrappers import Response

from timebank.api import (
    accounts,
    availability,
    batches,
    calendars,
    callbacks,
    care,
    clearing,
    complaints,
    corridors,
    desk,
    docs,
    donations,
    estate_notices,
    estates,
    family,
    flags,
    forecast,
    gifts,
    grants,
    heirs,
    imports,
    jobs,
    ledger,
    logins,
    matching,
    me,
    members,
    membership,
    moving,
    notices,
    offers,
    papers,
    places,
    privacy,
    public,
    records,
    requests,
    reserve,
    returns,
    reviews,
    safety,
    schedule,
    seals,
    slips,
    standards,
    tokens,
    training,
    two_hands,
    visits,
)
from timebank.api.wiring import BookConverter, describe, make_api
from timebank.edge import Timebank

AREAS = (
    public.area,
    tokens.area,
    logins.area,
    me.area,
    notices.area,
    requests.area,
    offers.area,
    papers.area,
    records.area,
    visits.area,
    reviews.area,
    safety.area,
    slips.area,
    standards.area,
    schedule.area,
    family.area,
    forecast.area,
    moving.area,
    accounts.area,
    gifts.area,
    donations.area,
    estates.area,
    estate_notices.area,
    heirs.area,
    ledger.area,
    two_hands.area,
    clearing.area,
    corridors.area,
    reserve.area,
    returns.area,
    desk.area,
    seals.area,
    batches.area,
    imports.area,
    grants.area,
    members.area,
    membership.area,
    places.area,
    availability.area,
    privacy.area,
    matching.area,
    training.area,
    calendars.area,
    care.area,
    flags.area,
    callbacks.area,
    complaints.area,
    jobs.area,
)


def init_app(app: Flask) -> None:
    """Register every area, the document and its page."""
    held: Timebank = app.extensions["timebank"]
    app.url_map.converters["book"] = BookConverter
    api = make_api(f"{held.settings.product_name_en} API")
    api.init_app(app)
    describe(api)
    for area in AREAS:
        api.register_area(area)
    app.register_blueprint(docs.bp)
    app.after_request(_challenge)


def _challenge(response: Response) -> Response:
    """A 401 says how to come in, and whether the token that came was no good."""
    if response.status_code == 401 and request.path.startswith("/api/"):
        told = ', error="invalid_token"' if "Authorization" in request.headers else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="timebank"{told}'
    return response
