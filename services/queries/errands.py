"""Errand money as both sides, the branch and auditors see it: every sum of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.errands import ErrandMoney
from models.requests import Request, Visit, VisitState
from services import evidence, policy, rates
from services.context import Context
from services.errands.finding import sum_of, sums_of
from services.errands.handing import EVIDENCE
from services.evidence import FileLine, FileView
from services.people.reading import member_row
from services.rules.errands import takes_money, terms
from services.rules.names import Name
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown


@dataclass(frozen=True, slots=True)
class Sum:
    """One sum; amounts are in fen, None until they are known."""

    id: UUID
    handed_fen: int
    handed_at: datetime
    agreed_at: datetime | None
    agreed_how: str | None
    spent_fen: int | None
    change_fen: int | None
    returned_at: datetime | None
    no_receipt: Name | None
    receipts: tuple[FileLine, ...]
    closed_at: datetime | None
    closed_how: str | None
    disputed_at: datetime | None
    complaint_id: UUID | None

    @property
    def waits_for_provider(self) -> bool:
        """Whether what was spent is still to be written down."""
        return self.closed_at is None and self.spent_fen is None

    @property
    def asks_elder(self) -> bool:
        """Whether the elder's side has something to say to it now."""
        if self.closed_at is not None or self.disputed_at is not None:
            return False
        return self.spent_fen is not None or self.agreed_at is None


@dataclass(frozen=True, slots=True)
class Money:
    """The errand money of a visit."""

    book: str
    visit_id: UUID
    reference: str
    service: Name
    service_code: str
    provider_name: str
    #: Whether this service lets money pass through the volunteer's hands.
    takes_money: bool
    sums: tuple[Sum, ...]
    limit_fen: int
    left_fen: int
    #: agree, voice, hand, return: what the actor may do by who he is and by how things stand.
    can: frozenset[str]

    @property
    def open(self) -> Sum | None:
        """The sum that is under way; there is one at most."""
        return next((each for each in self.sums if each.closed_at is None), None)

    @property
    def unspoken(self) -> Sum | None:
        """The sum to which the elder's side has said neither yes nor no: the visit waits for it."""
        found = self.open
        return found if found is not None and found.disputed_at is None else None

    @property
    def asked(self) -> Sum | None:
        """The sum that the elder's side is asked about now."""
        return next((each for each in self.sums if each.asks_elder), None)


def money_of(ctx: Context, book: str, visit_id: UUID) -> Money:
    """The sums of a visit for both sides, its branch and those above it. Raises VisitUnknown."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    policy.require(ctx.actor, "errand.read", subject_of(request, visit))
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    line = rules.service(request.service_code)
    allowed = takes_money(rules, line.code) and not request.remote
    rows = sums_of(ctx.session, book, visit_id)
    sums = tuple(_sum(ctx, row) for row in rows)
    left_fen = terms().limit_fen_a_visit - sum(row.handed_fen for row in rows)
    return Money(
        book=book,
        visit_id=visit_id,
        reference=request.reference,
        service=line.name,
        service_code=line.code,
        provider_name=member_row(ctx.session, visit.provider_id).name,
        takes_money=allowed,
        sums=sums,
        limit_fen=terms().limit_fen_a_visit,
        left_fen=left_fen,
        can=_can(ctx, request, visit, sums, allowed=allowed),
    )


def _sum(ctx: Context, row: ErrandMoney) -> Sum:
    why = row.no_receipt_why
    return Sum(
        id=row.id,
        handed_fen=row.handed_fen,
        handed_at=row.handed_at,
        agreed_at=row.handed_agreed_at,
        agreed_how=row.handed_agreed_how,
        spent_fen=row.spent_fen,
        change_fen=row.change_fen,
        returned_at=row.returned_at,
        no_receipt=None if why is None else terms().no_receipt.get(why, Name(why, why)),
        receipts=evidence.files_of(ctx, row.book, EVIDENCE, row.id),
        closed_at=row.closed_at,
        closed_how=row.closed_how,
        disputed_at=row.disputed_at,
        complaint_id=row.complaint_id,
    )


def _can(
    ctx: Context, request: Request, visit: Visit, sums: tuple[Sum, ...], *, allowed: bool
) -> frozenset[str]:
    subject = subject_of(request, visit)
    current = next((each for each in sums if each.closed_at is None), None)
    there = visit.state is VisitState.CHECKED_IN and visit.checked_out_at is None
    fresh = current is None or (current.agreed_at is None and current.spent_fen is None)
    asked = current is not None and current.asks_elder
    stands = {
        "hand": ("errand.hand", allowed and there and fresh),
        "return": ("errand.return", current is not None),
        "agree": ("errand.agree", asked),
        "voice": ("errand.voice", asked),
    }
    return frozenset(
        name
        for name, (act, possible) in stands.items()
        if possible and policy.can(ctx.actor, act, subject).allowed
    )


def receipt_file(
    ctx: Context, book: str, visit_id: UUID, money_id: UUID, file_id: UUID
) -> FileView:
    """A receipt; the look is recorded: call it in a unit of work. Raises NotFound."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    policy.require(ctx.actor, "errand.read", subject_of(request, visit))
    row = sum_of(ctx.session, book, visit_id, money_id)
    return evidence.open_file(ctx, book, EVIDENCE, row.id, file_id)
