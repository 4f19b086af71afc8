"""The whole check of a book: the ledger itself, then what needs the rules and the visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from models.corridors import CrossClaim
from models.estates import Estate
from models.giving import Donation, Gift
from models.grants import GrantEntitlement
from models.imports import ImportRow
from models.ledger import ActKey, ValuationRecord
from models.moving import Move
from models.papers import Paper
from models.requests import Visit
from services import policy
from services.context import Context
from services.ledger import breaches as ledger_breaches
from services.ledger.breaches import Breach, Tally
from services.ledger.verify.whole import rows_to_check, verify_book
from services.verification.acts import check_act_keys, check_issues
from services.verification.callbacks import check_callbacks
from services.verification.complaints import check_complaints
from services.verification.crossings import check_crossings
from services.verification.donations import check_donations
from services.verification.entries import check_entries, check_reversals
from services.verification.errands import check_errands
from services.verification.estates import check_estates
from services.verification.gifts import check_gifts
from services.verification.grants import check_grants
from services.verification.imports import check_imports
from services.verification.moves import check_moves
from services.verification.papers import check_papers
from services.verification.payments import check_payments
from services.verification.proofs import check_proofs, check_stars
from services.verification.returns import check_returns
from services.verification.rules import check_rules
from services.verification.sentences import SENTENCES as OWN_SENTENCES
from services.verification.statements import check_statements
from services.verification.tallies import check_tallies
from services.verification.valuations import check_valuations
from services.verification.visits import check_visits
from services.verification.windows import check_clearing, check_windows

__all__ = ["SENTENCES", "check_clearing", "check_rules", "rows_in", "verify"]

#: Code -> the sentence for it, over the ledger and everything around it.
SENTENCES: Mapping[str, str] = {**ledger_breaches.SENTENCES, **OWN_SENTENCES}

_CHECKS: Mapping[str, Callable[[Context, str, Tally], Iterator[Breach]]] = {
    "valuations": check_valuations,
    "visits": check_visits,
    "payments": check_payments,
    "crossings": check_crossings,
    "windows": check_windows,
    "entries by hand": check_entries,
    "reversals by people": check_reversals,
    "issues": check_issues,
    "gifts": check_gifts,
    "donations": check_donations,
    "grants": check_grants,
    "estates": check_estates,
    "moves": check_moves,
    "imports": check_imports,
    "papers": check_papers,
    "returns": check_returns,
    "errands": check_errands,
    "proofs": check_proofs,
    "stars": check_stars,
    "statements": check_statements,
    "act keys": check_act_keys,
    "call-backs": check_callbacks,
    "complaints": check_complaints,
    "tallies": check_tallies,
}


#: Tables of which every row is looked at.
_COUNTED = (
    ValuationRecord,
    Visit,
    Donation,
    Gift,
    ActKey,
    GrantEntitlement,
    Estate,
    Paper,
    Move,
    CrossClaim,
    ImportRow,
)


def rows_in(ctx: Context, book: str) -> int:
    """About how many rows :func:`verify` will look at, for a progress bar."""
    counts = [
        sa.select(sa.func.count()).select_from(model).where(model.book == book).scalar_subquery()
        for model in _COUNTED
    ]
    return rows_to_check(ctx.session, book) + sum(ctx.session.execute(sa.select(*counts)).one())


def verify(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Every breach of one book as it is found; for the machine itself, not for a page.

    The caller takes a :func:`services.ledger.streams.snapshot` first.
    """
    policy.require(ctx.actor, "jobs.run")
    yield from verify_book(ctx.session, book, tally)
    for what, check in _CHECKS.items():
        try:
            yield from check(ctx, book, tally)
        except (ValueError, TypeError, LookupError):
            # A value that is no UUID, number or moment: the check cannot go on behind it.
            yield Breach("unreadable", book, what)
