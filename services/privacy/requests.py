"""Asking for a correction or for erasure, taking it back, and what was asked so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.privacy import PrivacyKind, PrivacyRequest, PrivacyState
from services import outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import standings
from services.people import texts
from services.people.books import books_of
from services.people.identity import checked_id_number
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.places.branches import branch_row
from services.policy import Subject
from services.privacy import sentences as say
from services.privacy.access import side_of

WANTED, REASON = "privacy.wanted", "privacy.reason"
ASK, READ = "privacy.ask", "privacy.read"
#: Working days within which the branch answers.
ANSWER_DAYS = 15
#: What a correction may name; the rest changes by itself or follows from papers.
FIELDS = ("name", "sex", "born_on", "id_number", "phone", "address", "contact")
POOL = "pool"
_LIVE = (PrivacyState.OPEN, PrivacyState.GRANTED)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request as its reader sees it; ``wanted`` holds a correction's fields."""

    id: UUID
    member_id: UUID
    member_name: str
    member_number: str
    branch_id: UUID
    kind: str
    how: str
    state: str
    asked_at: datetime
    due_on: date
    is_late: bool
    wanted: Mapping[str, str]
    coins_to: str | None
    decided_at: datetime | None
    evidence: str | None
    reason: str | None
    run_after: datetime | None
    ended_at: datetime | None


def ask_correction(ctx: Context, member_id: UUID, wanted: Mapping[str, str]) -> UUID:
    """Ask that fields of the record be put right; the branch decides by evidence.

    Raises NothingToCorrect, CorrectionFieldUnknown, PrivacyRequestOpen and whatever is wrong with
    a name, a number or a day as it is written.
    """
    member = member_row(ctx.session, member_id)
    how = side_of(ctx, member, ASK)
    clean = _clean(member, wanted, local_date(ctx.now))
    sealed = ctx.vault.seal(WANTED, json.dumps(clean, ensure_ascii=False))
    content = {"wanted": ctx.vault.blind("act", json.dumps(clean, sort_keys=True))}
    return _ask(ctx, member, PrivacyKind.CORRECT, how, content, wanted_sealed=sealed)


def ask_erasure(ctx: Context, member_id: UUID, coins_to: str | None = None) -> UUID:
    """Ask to leave for good, and that everything that says who it was goes.

    What stands on the accounts may be given or donated before; the rest goes to the pool, which
    the member says with ``coins_to``. Raises CoinsLeft, AlreadyErased, PrivacyRequestOpen.
    """
    member = member_row(ctx.session, member_id)
    how = side_of(ctx, member, ASK)
    if member.erased_at is not None:
        raise say.AlreadyErased
    if coins_to not in (None, POOL) or (coins_to is None and has_coins(ctx, member)):
        raise say.CoinsLeft(field="coins_to")
    return _ask(ctx, member, PrivacyKind.ERASE, how, {"coins_to": coins_to}, coins_to=coins_to)


def withdraw(ctx: Context, member_id: UUID, request_id: UUID) -> None:
    """Take a request back, an erasure also in its days of grace."""
    member = member_row(ctx.session, member_id)
    side_of(ctx, member, ASK)

    def do() -> dict[str, str]:
        row = locked(ctx, member_id, request_id)
        if row.state not in _LIVE:
            raise say.PrivacyRequestDecided
        row.state, row.ended_at = PrivacyState.WITHDRAWN, ctx.now
        note(ctx, "privacy.withdraw", member, after={"kind": row.kind.value})
        outbox.tell(ctx, member.home_book, member.id, say.WITHDRAWN)
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "request_id": request_id}
    once(ctx, member.home_book, "privacy.withdraw", content, do)


def requests_of(ctx: Context, member_id: UUID) -> tuple[RequestLine, ...]:
    """What a member has asked, the newest first; the look of others is recorded."""
    member = member_row(ctx.session, member_id)
    side = side_of(ctx, member, READ)
    if side != "own":
        note(ctx, READ, member, after={"side": side})
        ctx.session.flush()
    rows = ctx.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.member_id == member_id)
        .order_by(PrivacyRequest.asked_at.desc(), PrivacyRequest.id.desc())
    )
    return tuple(_line(ctx, row, member) for row in rows)


def waiting(ctx: Context, branch_id: UUID) -> tuple[RequestLine, ...]:
    """What a branch still has to answer, the soonest due first; each look is recorded.

    Raises NotABranch, and Forbidden to whoever is not of this branch or above it.
    """
    branch = branch_row(ctx.session, branch_id)
    place = Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id)
    policy.require(ctx.actor, READ, place)
    rows = ctx.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.state == PrivacyState.OPEN, PrivacyRequest.branch_id == branch_id)
        .order_by(PrivacyRequest.due_on, PrivacyRequest.id)
        .limit(200)
    ).all()
    lines = []
    for row in rows:
        member = member_row(ctx.session, row.member_id)
        if not policy.can(ctx.actor, READ, subject_of(member)).allowed:
            continue
        note(ctx, READ, member, after={"request": str(row.id)})
        lines.append(_line(ctx, row, member))
    ctx.session.flush()
    return tuple(lines)


def locked(ctx: Context, member_id: UUID, request_id: UUID) -> PrivacyRequest:
    """A request, locked; raises PrivacyRequestUnknown."""
    row = ctx.session.get(
        PrivacyRequest, (member_id, request_id), with_for_update=True, populate_existing=True
    )
    if row is None:
        raise say.PrivacyRequestUnknown
    return row


def has_coins(ctx: Context, member: Member) -> bool:
    """Whether anything stands on the member's accounts, in whatever book."""
    return any(
        each.posted_minutes
        for book in books_of(member)
        for each in standings(ctx.session, book, member.id, now=ctx.now)
    )


def _ask(
    ctx: Context,
    member: Member,
    kind: PrivacyKind,
    how: str,
    content: Mapping[str, object],
    *,
    wanted_sealed: str | None = None,
    coins_to: str | None = None,
) -> UUID:
    act = f"privacy.{kind.value}"

    def do() -> dict[str, str]:
        ctx.session.refresh(member, with_for_update=True)
        if member.status is MemberStatus.CLOSED and kind is PrivacyKind.CORRECT:
            raise say.AlreadyErased
        _require_no_other(ctx, member.id, kind)
        today = local_date(ctx.now)
        due_on = rates.calendar_on(ctx.session).add_working_days(today, ANSWER_DAYS)
        row = PrivacyRequest(
            member_id=member.id,
            id=ctx.new_id(),
            branch_id=member.branch_id,
            kind=kind,
            how=how,
            state=PrivacyState.OPEN,
            asked_at=ctx.now,
            asked_by_id=ctx.actor.id,
            due_on=due_on,
            wanted_sealed=wanted_sealed,
            coins_to=coins_to,
        )
        ctx.session.add(row)
        note(ctx, act, member, after={"request": str(row.id), "due": str(due_on), "how": how})
        outbox.tell(ctx, member.home_book, member.id, say.ASKED[kind.value], due_on=str(due_on))
        ctx.session.flush()
        return {"request_id": str(row.id)}

    asked = {"member_id": member.id, **content}
    return UUID(once(ctx, member.home_book, act, asked, do)["request_id"])


def _require_no_other(ctx: Context, member_id: UUID, kind: PrivacyKind) -> None:
    other = sa.select(PrivacyRequest.id).where(
        PrivacyRequest.member_id == member_id,
        PrivacyRequest.kind == kind,
        PrivacyRequest.state.in_(_LIVE),
    )
    if ctx.session.scalar(other.limit(1)) is not None:
        raise say.PrivacyRequestOpen


def _clean(member: Member, wanted: Mapping[str, str], today: date) -> dict[str, str]:
    """The fields as they would stand, each read as at joining."""
    given = {name: text.strip() for name, text in wanted.items() if text and text.strip()}
    if set(given) - set(FIELDS):
        raise say.CorrectionFieldUnknown(field=min(set(given) - set(FIELDS)))
    if not given:
        raise say.NothingToCorrect(field="name")
    if "name" in given:
        given["name"] = texts.name(given["name"])
    if "phone" in given:
        given["phone"] = texts.phone(given["phone"]) or ""
    for name, most in (("address", 120), ("contact", 80)):
        if name in given:
            given[name] = texts.short(given[name], name, most) or ""
    if "sex" in given and given["sex"] not in ("female", "male"):
        raise say.CorrectionFieldUnknown(field="sex")
    if "born_on" in given:
        given["born_on"] = _day(given["born_on"], today)
    if "id_number" in given:
        sex = type(member.sex)(given.get("sex", member.sex.value))
        born_on = date.fromisoformat(given.get("born_on", member.born_on.isoformat()))
        given["id_number"] = checked_id_number(given["id_number"], sex, born_on, today)
    return given


def _day(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise say.CorrectionFieldUnknown(field="born_on") from None
    if not date(1890, 1, 1) <= day <= today:
        raise say.CorrectionFieldUnknown(field="born_on")
    return day.isoformat()


def wanted_of(ctx: Context, row: PrivacyRequest) -> dict[str, str]:
    """The fields of a correction as they should be."""
    text = ctx.vault.open_or_none(WANTED, row.wanted_sealed)
    found: dict[str, str] = json.loads(text) if text else {}
    return found


def _line(ctx: Context, row: PrivacyRequest, member: Member) -> RequestLine:
    return RequestLine(
        id=row.id,
        member_id=row.member_id,
        member_name=member.name,
        member_number=member.number,
        branch_id=row.branch_id,
        kind=row.kind.value,
        how=row.how,
        state=row.state.value,
        asked_at=row.asked_at,
        due_on=row.due_on,
        is_late=row.state is PrivacyState.OPEN and row.due_on < local_date(ctx.now),
        wanted=wanted_of(ctx, row),
        coins_to=row.coins_to,
        decided_at=row.decided_at,
        evidence=row.evidence,
        reason=ctx.vault.open_or_none(REASON, row.reason_sealed),
        run_after=row.run_after,
        ended_at=row.ended_at,
    )
