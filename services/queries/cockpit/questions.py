"""The questions of the cockpit, and the first page with the large numbers of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services import audit, policy
from services.context import Context
from services.errors import NotFound
from services.policy import Subject
from services.queries.cockpit import care, flow, people
from services.queries.cockpit.answers import Answer
from services.queries.cockpit.scope import Scope, scope_at
from services.tallies.reading import Months

QUESTIONS: Mapping[str, Callable[[Context, Scope], Answer]] = {
    "elders": people.elders,
    "supply": flow.supply,
    "active": people.active,
    "redemption": flow.redemption,
    "waiting": flow.waiting,
    "welfare": care.welfare,
    "reserve": care.reserve,
    "ratings": care.ratings,
    "callbacks": care.callbacks,
}
#: Whoever looks at a street cannot be told what only a whole book has.
OF_BOOKS = frozenset({"reserve"})


def questions_of(scope: Scope) -> tuple[str, ...]:
    """The questions that can be asked of a place."""
    return tuple(each for each in QUESTIONS if scope.whole_books or each not in OF_BOOKS)


def overview(ctx: Context, code: str = "", months: Months | None = None) -> tuple[Answer, ...]:
    """Every question's answer; the first page shows their large numbers.

    Raises Forbidden for whoever oversees nothing, NotFound outside of what the actor oversees.
    """
    scope = scope_at(ctx, code, months)
    return tuple(QUESTIONS[each](ctx, scope) for each in questions_of(scope))


def answer(ctx: Context, question: str, code: str = "", months: Months | None = None) -> Answer:
    """One question's answer; NotFound for a question that there is not."""
    scope = scope_at(ctx, code, months)
    if question not in questions_of(scope):
        raise NotFound
    return QUESTIONS[question](ctx, scope)


def record_export(ctx: Context, found: Answer, table: str, form: str) -> None:
    """Put on record that somebody took a table away as a file, in every book that it is of."""
    policy.require(ctx.actor, "cockpit.export", Subject(region_code=found.scope.code))
    for book in found.scope.books:
        audit.record(
            ctx,
            "cockpit.export",
            "export",
            ctx.new_id(),
            book=book,
            after={
                "what": table,
                "form": form,
                "scope": found.scope.code,
                "first": found.scope.months.first,
                "last": found.scope.months.last,
            },
        )
