"""The formula and what belongs to it, in one place for the acts that need it."""

from __future__ import annotations

from services.rules.explanation import Line, explain
from services.rules.formula import Valuation, VisitFacts, value
from services.rules.holds import (
    ElderHold,
    elder_hold,
    elder_share,
    largest_earn,
    largest_pool_share,
)
from services.rules.settlement import settle, settle_group, settle_pair
from services.rules.timeline import Band, Span, creditable_span, latest_end

__all__ = [
    "Band",
    "ElderHold",
    "Line",
    "Span",
    "Valuation",
    "VisitFacts",
    "creditable_span",
    "elder_hold",
    "elder_share",
    "explain",
    "largest_earn",
    "largest_pool_share",
    "latest_end",
    "settle",
    "settle_group",
    "settle_pair",
    "value",
]
