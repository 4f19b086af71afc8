"""One thing from the side of whoever asks, and what is found by a token or a member's id."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from models.people import ApiToken
from models.requests import Request, Visit
from services import audit, policy
from services.context import Context
from services.ledger.statement import ALWAYS, Mark, Period, Statement, statement
from services.origins import Origin, accounts_by_origin
from services.people import handles, tokens
from services.people.books import books_of
from services.people.errors import NotAToken
from services.people.reading import member_row
from services.people.reading import subject_of as subject_of_member
from services.policy import REGION_ADMIN, STAFF
from services.queries.branch.requests import RequestFile, request_file
from services.queries.branch.visits import VisitFile, visit_file
from services.queries.elder.requests import RequestPage, request_page
from services.queries.elder.visits import VisitPage as ElderVisitPage
from services.queries.elder.visits import visit_page as elder_visit_page
from services.queries.two_hands.marks import by_hand
from services.queries.volunteer.visits import VisitPage as OwnVisitPage
from services.queries.volunteer.visits import visit_page as own_visit_page
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown
from services.visits.sentences import VisitUnknown


def request_seen(ctx: Context, book: str, request_id: UUID) -> RequestPage | RequestFile:
    """A request as the elder's side reads it, or as the counter does.

    The counter's look is recorded: call it in a unit of work that commits.
    """
    row = ctx.session.get(Request, (book, request_id))
    if row is None:
        raise RequestUnknown
    if policy.relations(ctx.actor, subject_of(row)) & {"elder", "kin:see"}:
        return request_page(ctx, book, request_id)
    return request_file(ctx, book, request_id)


def visit_seen(
    ctx: Context, book: str, visit_id: UUID
) -> OwnVisitPage | ElderVisitPage | VisitFile:
    """A visit as its provider reads it, or the elder's side, or the counter.

    Looks at what is not one's own are recorded: call it in a unit of work that commits.
    """
    row = ctx.session.get(Visit, (book, visit_id))
    if row is None:
        raise VisitUnknown
    if row.provider_id == ctx.actor.id:
        return own_visit_page(ctx, visit_id)
    at_counter = ctx.actor.has_role(STAFF) or ctx.actor.has_role(REGION_ADMIN)
    if at_counter and row.elder_id != ctx.actor.id and row.elder_id not in ctx.actor.kin:
        return visit_file(ctx, book, visit_id)
    return elder_visit_page(ctx, book, visit_id)


def statement_of(
    ctx: Context,
    member_id: UUID,
    *,
    limit: int = 20,
    after: Mark | None = None,
    period: Period = ALWAYS,
) -> tuple[Statement, tuple[Origin, ...]]:
    """A member's statement, and the accounts by origin in the order in which they are spent.

    No names are on it, so auditors read it too. Others' looks are recorded.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "statement.read", subject_of_member(member))
    if ctx.actor.id != member.id:
        audit.record(ctx, "statement.read", "member", member.id, book=member.home_book)
    found = statement(
        ctx.session,
        member.home_book,
        member.id,
        now=ctx.now,
        limit=limit,
        after=after,
        period=period,
        left=books_of(member)[1:],
    )
    marked = by_hand(ctx, found.lines)
    lines = tuple(replace(each, by_hand=each.transfer_id in marked) for each in found.lines)
    return replace(found, lines=lines), accounts_by_origin(ctx, member)


def token_id(ctx: Context, token: str) -> UUID:
    """The id of a token of the actor's own; raises NotAToken."""
    found = ctx.session.scalar(
        sa.select(ApiToken.id).where(
            ApiToken.member_id == ctx.actor.id,
            ApiToken.digest == handles.digest(ctx.vault, tokens.KIND, token),
        )
    )
    if found is None:
        raise NotAToken
    return found


def home_book(ctx: Context, member_id: UUID) -> str:
    """The book in which a member's affairs are kept; for acts that have let the actor through."""
    return member_row(ctx.session, member_id).home_book
