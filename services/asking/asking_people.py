"""A branch asks somebody itself, or lets the search begin anew."""

from __future__ import annotations

from uuid import UUID

from models.matching import Asking, AskingState, OfferKind
from models.requests import Request, RequestState
from services import audit, policy, rates
from services.acts import once
from services.asking import sentences as say
from services.asking.beginning import BRANCH, begin
from services.asking.gate import open_gate
from services.asking.offering import Approach, is_out, offers_of, write
from services.asking.waves import known_candidate
from services.clock import local_date
from services.context import Context
from services.corridors.foreseeing import require_room
from services.people.reading import member_row
from services.requests.pauses import most_minutes
from services.requests.reviewing import locked_request, subject_of
from services.rules import asking as rules
from services.visits.fitness import fitness_of
from services.visits.sentences import Ineligible


def ask_person(ctx: Context, book: str, request_id: UUID, provider_id: UUID) -> UUID:
    """Ask one volunteer for an open request; returns the offer. Nobody is assigned by it.

    Raises NotSearching, AskedBefore, NotAsked, AskedEnough, QuietNow, Ineligible or CapReached.
    """
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "match.ask", subject_of(request))

    def do() -> dict[str, str]:
        if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
            raise say.NotSearching
        if not rules.may_ask_now(ctx.now, request.starts_at):
            raise say.QuietNow(from_at=rules.next_asking(ctx.now, request.starts_at))
        provider = member_row(ctx.session, provider_id)
        out = [each for each in offers_of(ctx, request) if is_out(each, ctx.now)]
        if any(each.provider_id == provider_id for each in out):
            raise say.AskedBefore
        approach = Approach(OfferKind.BRANCH, known_candidate(provider_id))
        # Eight visits that all want this person ask one after the other.
        gate = open_gate(ctx, book, {provider_id}, cannot_wait=True)
        fitness = fitness_of(
            ctx, request, provider, rates.rule_set_on(ctx.session, local_date(ctx.now))
        )
        if not gate.may_be_asked[provider_id] or fitness.barred or not provider.is_provider:
            raise say.NotAsked
        if fitness.refusals:
            first = fitness.refusals[0]
            raise Ineligible(first.sentence, reasons=fitness.refusals, **first.params)
        if provider.home_book != request.book:
            require_room(ctx, book, provider.home_book, _most(ctx, request))
        if not gate.lets(approach):
            raise say.AskedEnough(asked=gate.asked[provider_id])
        asking = ctx.session.get(Asking, (book, request_id))
        [offer] = write(ctx, request, [approach], asking.wave if asking else 0, gate)
        audit.record(ctx, "match.ask", "offer", offer.id, book=book, after={"kind": "branch"})
        return {"offer_id": str(offer.id)}

    content = {"request_id": request_id, "provider_id": provider_id}
    return UUID(once(ctx, book, "match.ask", content, do)["offer_id"])


def _most(ctx: Context, request: Request) -> int:
    """The most that this person's visit may bring the elder's region to owe."""
    rules_now = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return most_minutes(request, rules_now, rates.calendar_on(ctx.session))


def ask_again(ctx: Context, book: str, request_id: UUID) -> None:
    """Let the search for an open request begin anew, at once; raises NotSearching.

    Whoever said no is left in peace; whoever did not answer is asked once more.
    """
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "match.ask", subject_of(request))

    def do() -> dict[str, str]:
        if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
            raise say.NotSearching
        before = ctx.session.get(Asking, (book, request_id))
        state = before.state.value if before else None
        begin(ctx, request, BRANCH)
        audit.record(
            ctx,
            "match.ask",
            "request",
            request.id,
            book=book,
            before={"search": state},
            after={"search": AskingState.ACTIVE.value},
        )
        return {}

    once(ctx, book, "match.ask_again", {"request_id": request_id}, do)
