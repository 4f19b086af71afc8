"""A region's fund against what its members have earned, and what a thin reserve stops."""

from __future__ import annotations

from services.rules.factors import PremiumStop
from services.rules.rule_set import RuleSet


def backed_percent(fund_fen: int, outstanding_minutes: int, rules: RuleSet) -> int | None:
    """Fund by outstanding earned coins at the guide rate, in whole percent; None: none are out."""
    owed = outstanding_minutes * rules.reserve.guide_rate_fen_per_coin
    return fund_fen * rules.minutes_per_coin * 100 // owed if owed > 0 else None


def premium_stop(fund_fen: int, outstanding_minutes: int, rules: RuleSet) -> PremiumStop:
    """Which premiums of new acceptances stop until the reserve is restored."""
    percent = backed_percent(fund_fen, outstanding_minutes, rules)
    # Rounded down, a percentage is below a whole threshold exactly when the true one is.
    if percent is None or percent >= rules.reserve.stop_pt_below_percent:
        return "none"
    return "pt" if percent >= rules.reserve.stop_ptr_below_percent else "ptr"
