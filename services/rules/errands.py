"""Errand money by its published terms: which services, how much, and why there is no receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from services.rules.names import Name
from services.rules.rule_set import RuleSet
from services.rules.tables import table

#: The reason that needs no choosing: all of it came back.
NOTHING_BOUGHT = "nothing_bought"


@dataclass(frozen=True, slots=True)
class ErrandTerms:
    """The published terms. Amounts are in fen."""

    version: str
    #: Services for which an elder may hand money over, beside those the rule set names.
    services: frozenset[str]
    limit_fen_a_visit: int
    #: After so many hours a sum that is still open stands in the branch's list.
    shown_open_after_hours: int
    #: Why there is no receipt, by code.
    no_receipt: Mapping[str, Name]


@cache
def terms() -> ErrandTerms:
    """The terms in force."""
    known = table("errands")
    content = known.content
    return ErrandTerms(
        version=known.version,
        services=frozenset(content["services"]),
        limit_fen_a_visit=content["limit_fen_a_visit"],
        shown_open_after_hours=content["shown_open_after_hours"],
        no_receipt={each["code"]: Name(each["zh"], each["en"]) for each in content["no_receipt"]},
    )


def takes_money(rules: RuleSet, service_code: str) -> bool:
    """Whether money may pass through the volunteer's hands on this service."""
    return rules.service(service_code).money_log or service_code in terms().services
