"""Before somebody goes to a home alone: a screening, and the first time in company."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.availability import Accompaniment, CheckKind, SafeguardingCheck
from models.people import Member
from models.requests import Request, RequestState
from services import audit, outbox, policy
from services.acts import once
from services.availability import errors as say
from services.availability.facts import been_to_a_home
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.matching.marks import mark
from services.people import texts
from services.people.errors import InFuture
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.requests.reviewing import locked_request
from services.requests.reviewing import subject_of as request_subject
from services.requests.sentences import RequestUnknown
from services.visits.fitness import coming_to

SCREENED = "网点登记了您的安全审核，有效到{valid_to}。"
ACCOMPANIED = "网点登记了您已有人陪同完成第一次上门，以后可以自己上门。"
CHECK_ENDED = "您的一条安全审核记录从今天起不再有效，请联系网点。"
COMPANION_NAMED = "网点安排了{companion}陪您第一次上门，现在可以接编号{reference}的服务。"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckForm:
    """What staff have seen: the paper or the visit, its day, its number or who was there."""

    kind: CheckKind
    on_day: date
    reference: str
    #: A screening ends; a visit made in company does not.
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One record; ``valid`` is as of the day of reading."""

    id: UUID
    kind: CheckKind
    on_day: date
    valid_to: date | None
    reference: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Safety:
    """Whether somebody may go to a home alone, and what is on record for it."""

    checks: tuple[CheckView, ...]
    identity_checked: bool
    screened: bool
    #: Has begun a visit at a home.
    been_to_a_home: bool
    accompanied: bool

    @property
    def is_first(self) -> bool:
        """Whether the next home visit would be the first one that counts."""
        return not (self.been_to_a_home or self.accompanied)


def record_check(ctx: Context, member_id: UUID, form: CheckForm) -> UUID:
    """Record a screening, or that the first home visit was made in company; returns its id."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "safeguarding.record", subject_of(member))
    _check_form(ctx, form)
    reference = texts.needed(form.reference, "reference", 80)

    def do() -> dict[str, str]:
        row = SafeguardingCheck(
            member_id=member.id,
            id=ctx.new_id(),
            kind=form.kind,
            on_day=form.on_day,
            valid_to=form.valid_to if form.kind is CheckKind.SCREENING else None,
            reference=reference,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
        ctx.session.add(row)
        after = {"kind": form.kind.value, "on": str(form.on_day), "to": str(row.valid_to)}
        note(ctx, "safeguarding.record", member, after=after)
        sentence = SCREENED if form.kind is CheckKind.SCREENING else ACCOMPANIED
        outbox.tell(ctx, member.home_book, member.id, sentence, valid_to=str(row.valid_to))
        return {"check_id": str(row.id)}

    content = {"member_id": member_id, **asdict(form)}
    return UUID(once(ctx, member.home_book, "safeguarding.record", content, do)["check_id"])


def _check_form(ctx: Context, form: CheckForm) -> None:
    if form.on_day > local_date(ctx.now):
        raise InFuture(field="on_day")
    if form.kind is CheckKind.SCREENING:
        if form.valid_to is None:
            raise say.ScreeningEndMissing(field="valid_to")
        if form.valid_to < max(form.on_day, local_date(ctx.now)):
            raise say.DaysWrong(field="valid_to")


def end_check(ctx: Context, member_id: UUID, check_id: UUID) -> None:
    """End a record before its time: it no longer counts from today on."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "safeguarding.record", subject_of(member))
    yesterday = local_date(ctx.now) - timedelta(days=1)

    def do() -> dict[str, str]:
        row = ctx.session.get(SafeguardingCheck, (member_id, check_id))
        if row is None:
            raise say.CheckUnknown
        if row.valid_to is not None and row.valid_to <= yesterday:
            raise say.CheckEnded
        before = {"kind": row.kind.value, "to": str(row.valid_to)}
        row.valid_to = yesterday
        note(ctx, "safeguarding.end", member, before=before, after={"to": str(yesterday)})
        outbox.tell(ctx, member.home_book, member.id, CHECK_ENDED)
        return {}

    content = {"member_id": member_id, "check_id": check_id}
    once(ctx, member.home_book, "safeguarding.end", content, do)


def name_companion(
    ctx: Context, book: str, request_id: UUID, provider_id: UUID, companion: str
) -> None:
    """Name who goes along with somebody on the first home visit; the last word stands."""
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "accompaniment.record", request_subject(request, provider_id))
    provider = member_row(ctx.session, provider_id)
    words = texts.needed(companion, "companion", 60)

    def do() -> dict[str, str]:
        _check_request(ctx, request, provider)
        values = {
            "book": book,
            "request_id": request_id,
            "provider_id": provider_id,
            "companion": words,
            "recorded_by_id": ctx.actor.id,
            "recorded_at": ctx.now,
        }
        if not claim_row(ctx.session, Accompaniment, values):
            row = ctx.session.get_one(Accompaniment, (book, request_id, provider_id))
            row.companion, row.recorded_by_id = words, ctx.actor.id
            row.recorded_at = ctx.now
        outbox.tell(
            ctx,
            book,
            provider_id,
            COMPANION_NAMED,
            companion=words,
            reference=request.reference,
        )
        _record(ctx, request, provider_id, "accompaniment.record")
        mark(ctx.session, [provider_id], ctx.now)
        return {}

    content = {"request_id": request_id, "provider_id": provider_id, "companion": words}
    once(ctx, book, "accompaniment.record", content, do)


def drop_companion(ctx: Context, book: str, request_id: UUID, provider_id: UUID) -> None:
    """Nobody goes along after all: who has not accepted yet can no longer do so alone."""
    request = locked_request(ctx, book, request_id)
    policy.require(ctx.actor, "accompaniment.record", request_subject(request, provider_id))

    def do() -> dict[str, str]:
        row = ctx.session.get(Accompaniment, (book, request_id, provider_id))
        if row is None:
            raise say.CheckUnknown
        if any(v.provider_id == provider_id for v in coming_to(ctx, [request]).get(request.id, ())):
            raise say.CompanionPromised
        ctx.session.execute(
            sa.delete(Accompaniment).where(
                Accompaniment.book == book,
                Accompaniment.request_id == request_id,
                Accompaniment.provider_id == provider_id,
            )
        )
        _record(ctx, request, provider_id, "accompaniment.end")
        mark(ctx.session, [provider_id], ctx.now)
        return {}

    content = {"request_id": request_id, "provider_id": provider_id}
    once(ctx, book, "accompaniment.end", content, do)


@dataclass(frozen=True, slots=True)
class CompanionView:
    """Who goes along with whom, for one request."""

    provider_id: UUID
    provider: str
    companion: str


def companions_of(ctx: Context, book: str, request_id: UUID) -> tuple[CompanionView, ...]:
    """Whom the branch has named for a request, for its staff."""
    request = ctx.session.get(Request, (book, request_id))
    if request is None:
        raise RequestUnknown
    policy.require(ctx.actor, "accompaniment.record", request_subject(request))
    rows = ctx.session.execute(
        sa.select(Accompaniment.provider_id, Accompaniment.companion, Member.name)
        .join(Member, Member.id == Accompaniment.provider_id)
        .where(Accompaniment.book == book, Accompaniment.request_id == request_id)
        .order_by(Member.name, Member.id)
    )
    return tuple(CompanionView(row.provider_id, row.name, row.companion) for row in rows)


def _check_request(ctx: Context, request: Request, provider: Member) -> None:
    looking = (RequestState.SUBMITTED, RequestState.WAITING_POOL, RequestState.OPEN)
    if request.state not in looking or request.starts_at <= ctx.now:
        raise say.RequestEnded
    if not provider.is_provider:
        raise say.NotAProvider(field="provider_id")


def _record(ctx: Context, request: Request, provider_id: UUID, act: str) -> None:
    after = {"provider": str(provider_id)}
    audit.record(ctx, act, "request", request.id, book=request.book, after=after)
    ctx.session.flush()


def safety_of(ctx: Context, member_id: UUID) -> Safety:
    """What is on record of somebody's safeguarding."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "safeguarding.read", subject_of(member))
    today = local_date(ctx.now)
    rows = ctx.session.scalars(
        sa.select(SafeguardingCheck)
        .where(SafeguardingCheck.member_id == member_id)
        .order_by(SafeguardingCheck.on_day.desc(), SafeguardingCheck.id.desc())
    )
    checks = tuple(
        CheckView(
            row.id,
            row.kind,
            row.on_day,
            row.valid_to,
            row.reference,
            row.on_day <= today and (row.valid_to is None or today <= row.valid_to),
        )
        for row in rows
    )

    def holds(kind: CheckKind) -> bool:
        return any(each.valid and each.kind is kind for each in checks)

    return Safety(
        checks=checks,
        identity_checked=member.identity_checked_at is not None,
        screened=holds(CheckKind.SCREENING),
        been_to_a_home=bool(been_to_a_home(ctx.session, [member_id], [member.home_book])),
        accompanied=holds(CheckKind.ACCOMPANIED),
    )
