"""From valuations to what is charged: the elder's hold, two providers, a group."""

from __future__ import annotations

from dataclasses import replace

from services.rules.formula import OutOfRange, Valuation


def settle(valuation: Valuation, elder_hold_minutes: int) -> Valuation:
    """Charge the elder the share, never above what was held; the pool covers the rest."""
    share = valuation.elder_share_minutes
    elder = min(share, max(0, elder_hold_minutes))
    return replace(
        valuation,
        elder_minutes=elder,
        pool_minutes=valuation.earn_minutes - elder,
        settled="hold" if elder < share else "formula",
        elder_hold_minutes=elder_hold_minutes,
    )


def settle_pair(
    earlier: Valuation, later: Valuation, elder_hold_minutes: int
) -> tuple[Valuation, Valuation]:
    """Two providers of one visit, in order of acceptance: each earns, the elder pays once.

    The larger share is charged; on a tie the later acceptance is the one stored with elder 0.
    """
    if later.elder_share_minutes > earlier.elder_share_minutes:
        return paid_by_the_other(earlier), settle(later, elder_hold_minutes)
    return settle(earlier, elder_hold_minutes), paid_by_the_other(later)


def paid_by_the_other(valuation: Valuation) -> Valuation:
    """The valuation of a second provider: the pool pays all of it."""
    return replace(valuation, elder_minutes=0, pool_minutes=valuation.earn_minutes, settled="pair")


def settle_group(valuation: Valuation, present: int) -> Valuation:
    """Each recipient who came pays an equal share rounded up; the pool bears the absent ones."""
    booked = valuation.facts.recipients
    if not 0 <= present <= booked:
        raise OutOfRange(field="present", name="present", least=0, most=booked, given=present)
    elder = valuation.elder_share_minutes * present
    return replace(
        valuation,
        elder_minutes=elder,
        pool_minutes=valuation.earn_minutes - elder,
        settled="group",
    )
