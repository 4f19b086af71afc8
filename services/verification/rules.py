"""Published rule sets and calendars: their content is still what its hash says."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from models.rules import CalendarRecord, RuleSetRecord
from services import policy
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.policy import NATION
from services.rules.checked import BadDocument
from services.rules.published import parse_document
from services.rules.rule_set import hash_of


def check_rules(ctx: Context, tally: Tally) -> Iterator[Breach]:
    """Every version that was ever published, whether a valuation cites it or not."""
    policy.require(ctx.actor, "jobs.run")
    for model in (RuleSetRecord, CalendarRecord):
        for row in ctx.session.execute(sa.select(model.version, model.content_hash, model.content)):
            tally.add("published rules")
            if _hash(row.content) != row.content_hash:
                place = f"{model.__tablename__} {row.version}"
                yield Breach("rules_changed", NATION, place)


def _hash(text: str) -> str:
    try:
        return hash_of(parse_document(text))
    except BadDocument:
        return ""
