"""What a volunteer reads: offers, promises, coins and honours. Everything comes out frozen."""

from __future__ import annotations

from services.queries.volunteer.abroad import AwayRegion, Quote, away_regions
from services.queries.volunteer.asked import Asked, asked, asked_one
from services.queries.volunteer.away import book_of_request, region_name
from services.queries.volunteer.cards import VisitCard, VisitList, visit_list
from services.queries.volunteer.coins import CoinLine, Coins, PendingVisit, coins
from services.queries.volunteer.home import Home, home
from services.queries.volunteer.honours import CertificateLine, Honours, NextStep, honours
from services.queries.volunteer.offers import Estimate, Offer, OfferList, OfferPage, offer, offers
from services.queries.volunteer.scans import Scan, scan
from services.queries.volunteer.visits import (
    Partner,
    VisitPage,
    calendar,
    own_visit,
    visit_page,
)

__all__ = [
    "Asked",
    "AwayRegion",
    "CertificateLine",
    "CoinLine",
    "Coins",
    "Estimate",
    "Home",
    "Honours",
    "NextStep",
    "Offer",
    "OfferList",
    "OfferPage",
    "Partner",
    "PendingVisit",
    "Quote",
    "Scan",
    "VisitCard",
    "VisitList",
    "VisitPage",
    "asked",
    "asked_one",
    "away_regions",
    "book_of_request",
    "calendar",
    "coins",
    "home",
    "honours",
    "offer",
    "offers",
    "own_visit",
    "region_name",
    "scan",
    "visit_list",
    "visit_page",
]
