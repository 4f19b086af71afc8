"""The read side of the elder's pages, for the elder and for whoever acts for the elder."""

from services.queries.elder.asking import asking_of, forecast, price_of
from services.queries.elder.coins import coins_of
from services.queries.elder.home import days_of, home_of
from services.queries.elder.near import branch_of, elder_view, note_look
from services.queries.elder.requests import request_page, requests_of
from services.queries.elder.visits import visit_page

__all__ = [
    "asking_of",
    "branch_of",
    "coins_of",
    "days_of",
    "elder_view",
    "forecast",
    "home_of",
    "note_look",
    "price_of",
    "request_page",
    "requests_of",
    "visit_page",
]
