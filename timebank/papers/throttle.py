"""Codes that fit nothing, by one address: nobody mistypes that often, and who guesses gives up."""

from __future__ import annotations

from flask_limiter import RouteLimit

from timebank.security import limiter

WRONG_CODES_AN_ADDRESS = "30 per hour"


def wrong_codes(*methods: str) -> RouteLimit:
    """Count a view's answers that found no paper; one count for pages and programs together.

    Checks that find their paper take nothing from it.
    """
    return limiter.shared_limit(
        WRONG_CODES_AN_ADDRESS,
        scope="paper codes",
        methods=list(methods) or None,
        deduct_when=lambda response: response.status_code in (404, 422),
    )
