"""Training by the rules: how long a certificate's course is, and when its end is warned of."""

from __future__ import annotations

from datetime import date, timedelta

from services.rules.rule_set import RuleSet

#: Days before a certificate's end at which its holder is told; 0 is the day after its last.
WARN_DAYS = (30, 7, 0)
#: A session's longest span and largest room, and a certificate's longest life.
LONGEST_SESSION_DAYS, MOST_PLACES, MOST_VALID_DAYS = 14, 500, 3650
#: Signing in opens and closes around the session.
SIGN_IN_BEFORE_MINUTES, SIGN_IN_AFTER_MINUTES = 30, 60


def least_study_minutes(certificate_code: str, rules: RuleSet) -> int:
    """How long a course must take that gives the certificate; 0 where the rules ask nothing."""
    kind = rules.certificates.get(certificate_code)
    return kind.hours * 60 if kind is not None else 0


def may_be_taught(certificate_code: str, rules: RuleSet) -> bool:
    """Whether a course of ours may give it: licences, titles and insurances come from others."""
    kind = rules.certificates.get(certificate_code)
    if kind is None:
        return False
    return kind.kind == "course" or certificate_code == "food-hygiene"


def warning_due(valid_to: date, today: date, warned_days: int | None) -> int | None:
    """The step of ``WARN_DAYS`` that is due now and has not been given; None: none is."""
    left = (valid_to - today).days
    reached = [days for days in WARN_DAYS if left < days or (days and left == days)]
    if not reached:
        return None
    step = min(reached)
    return step if warned_days is None or step < warned_days else None


def valid_until(first: date, valid_days: int | None) -> date | None:
    """The last day of a certificate that begins on ``first``."""
    return None if valid_days is None else first + timedelta(days=valid_days - 1)
