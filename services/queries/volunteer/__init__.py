"""What a volunteer reads: offers, promises, coins and honours. Everything comes out frozen."""

from __future__ import annotations

from services.queries.volunteer.asked import Asked, asked, asked_one
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
    "Scan",
    "VisitCard",
    "VisitList",
    "VisitPage",
    "asked",
    "asked_one",
    "calendar",
    "coins",
    "home",
    "honours",
    "offer",
    "offers",
    "own_visit",
    "scan",
    "visit_list",
    "visit_page",
]
