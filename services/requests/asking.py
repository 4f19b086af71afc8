"""An elder asks for help, or somebody asks on the elder's behalf with consent recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus, Sex
from models.places import Branch
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy, rates
from services.acts import key_book, once
from services.availability.wishes import Wishes, check_wishes, columns_of
from services.batches import periods
from services.clock import age_on, local_date
from services.context import Context
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import hold_member
from services.people.books import books_of
from services.people.reading import current_grade, member_row
from services.places import regional_settings
from services.places.branches import branch_row
from services.policy import Subject
from services.references import new_reference
from services.requests import hosted, staying
from services.requests import sentences as say
from services.requests.payers import payers_leg, require_payer
from services.requests.shares import ELDER_SHARE, hold_from_afar
from services.requests.spending import require_within
from services.rules.booking import ASK_AHEAD_DAYS, ASK_NOTICE_MINUTES, on_quarter, spending_age
from services.rules.rule_set import RuleSet, ServiceLine
from services.rules.tasks import people_needed
from services.rules.valuation import elder_share
from services.visits.days import lock_members

#: Longest note or address, in characters.
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class AskForm:
    """What is asked for. ``address`` may be left out when the elder's own is on record."""

    elder_id: UUID
    service_code: str
    starts_at: datetime
    booked_minutes: int
    consent: str = "own"  # own, family, voice, signature
    remote: bool = False
    address: str | None = None
    note: str | None = None
    risk_note: str | None = None
    wished_sex: str | None = None
    #: For this once; None: as the elder wishes as a rule.
    wishes: Wishes | None = None
    #: Whether the relative who asks pays from own earned coins first.
    payer: bool = False
    #: A branch near which the elder stays, in another county; None: at home.
    place_branch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OfSeries:
    """Which date of which standing visit a request is, and who asked for all of them."""

    series_id: UUID
    rule_day: date
    asked_by_id: UUID


def subject_of(elder: Member) -> Subject:
    """The policy's view of an elder's affair."""
    return Subject(
        book=elder.home_book,
        region_code=elder.region_code,
        branch_id=elder.branch_id,
        elder_id=elder.id,
    )


def ask(ctx: Context, form: AskForm) -> UUID:
    """Take a request and hold the elder's share; returns its id.

    Raises a sentence for everything that cannot be: an unknown service, a length or time out
    of range, an elder below the spending age, the same request twice, a stay where no corridor
    leads. An elder without coins is not refused: what is missing waits for the pool.
    """
    elder = member_row(ctx.session, form.elder_id)
    _require_asker(ctx, form, elder)
    consent = _consent(ctx, form)
    content = {**asdict(form), "consent": consent}
    book = key_book(ctx, books_of(elder))
    result = once(ctx, book, "request.ask", content, lambda: _ask(ctx, form, elder, consent))
    return UUID(result["request_id"])


def _require_asker(ctx: Context, form: AskForm, elder: Member) -> None:
    """The elder's side, or the counter of where the service is to take place."""
    subject = subject_of(elder)
    if form.place_branch_id is not None:
        subject = staying.subject_at(elder, branch_row(ctx.session, form.place_branch_id))
    policy.require(ctx.actor, "request.ask", subject)


def _consent(ctx: Context, form: AskForm) -> str:
    """Who agreed, and how: it follows from who asks, except at the counter."""
    if ctx.actor.id == form.elder_id:
        return "own"
    if "ask" in ctx.actor.kin.get(form.elder_id, ()):
        return "family"
    if form.consent not in ("voice", "signature"):
        raise say.ConsentNeeded(field="consent")
    return form.consent


def ask_date(ctx: Context, form: AskForm, elder: Member, date_of: OfSeries) -> UUID:
    """Ask for one date of a standing visit: by the leave that was given for all of them."""
    return UUID(_ask(ctx, form, elder, form.consent, date_of)["request_id"])


def _ask(
    ctx: Context, form: AskForm, elder: Member, consent: str, date_of: OfSeries | None = None
) -> dict[str, str]:
    # The elder and a relative may ask at once: the second finds what the first has asked. So does
    # whoever asks twice at once against one year's amount or one month's limit.
    lock_members(ctx.session, {elder.id, ctx.actor.id} if form.payer else {elder.id})
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    calendar = rates.calendar_on(ctx.session)
    place = staying.stay_at(ctx, elder, form.place_branch_id)
    line = check(ctx, form, elder, rules)
    if form.payer:
        require_payer(ctx, elder, consent)

    def share(minutes: int) -> int:
        return elder_share(line.code, form.starts_at, minutes, rules, calendar)

    request = _request(ctx, form, elder, consent, line, place)
    request.rule_set_version = rules.version
    request.elder_share_minutes = share(form.booked_minutes)
    request.payer_id = ctx.actor.id if form.payer else None
    if date_of is not None:
        request.series_id, request.rule_day = date_of.series_id, date_of.rule_day
        request.asked_by_id = date_of.asked_by_id
    ctx.session.add(request)
    hosted.point_at(ctx, request)
    if date_of is None:
        _tell(ctx, request, elder, line)
    _record(ctx, request)
    ctx.session.flush()
    with_overrun = share(form.booked_minutes + rules.overrun_minutes)
    hold_share(ctx, request, request.elder_share_minutes, with_overrun)
    require_within(ctx, request)
    return {"request_id": str(request.id)}


def _record(ctx: Context, request: Request) -> None:
    audit.record(
        ctx,
        "request.ask",
        "request",
        request.id,
        book=request.book,
        after={
            "service": request.service_code,
            "booked_minutes": request.booked_minutes,
            "consent": request.consent,
            **({"payer": str(request.payer_id)} if request.payer_id else {}),
            **({"place": request.place_book} if request.place_book else {}),
        },
        acting_for_id=None if request.consent == "own" else request.elder_id,
    )


def _request(
    ctx: Context,
    form: AskForm,
    elder: Member,
    consent: str,
    line: ServiceLine,
    place: Branch | None,
) -> Request:
    """The request as it will stand; what it costs is filled in by the caller."""
    grade = current_grade(ctx.session, elder.id, local_date(form.starts_at))

    def sealed(purpose: str, text: str | None) -> str | None:
        return ctx.vault.seal(purpose, text.strip()) if text and text.strip() else None

    return Request(
        book=elder.home_book,
        id=ctx.new_id(),
        reference=new_reference(ctx, elder.home_book, Request),
        place_book=place.book if place else None,
        region_code=place.region_code if place else elder.region_code,
        branch_id=place.id if place else elder.branch_id,
        elder_id=elder.id,
        asked_by_id=ctx.actor.id,
        consent=consent,
        service_code=line.code,
        starts_at=form.starts_at,
        ends_at=form.starts_at + timedelta(minutes=form.booked_minutes),
        booked_minutes=form.booked_minutes,
        people_needed=people_needed(
            line, grade, first_visit(ctx, elder, place.book if place else None)
        ),
        remote=form.remote,
        address_sealed=sealed("request.address", _address(ctx, form, elder)),
        note_sealed=sealed("request.note", form.note),
        risk_note_sealed=sealed("request.risk", form.risk_note),
        **columns_of(
            ctx.session, elder, form.wished_sex, form.wishes, place.book if place else None
        ),
        care_grade=grade,
        risk_tier=risk_tier(elder, grade, ctx.now),
        shortfall_minutes=0,
        pool_needed_minutes=0,
        state=RequestState.SUBMITTED,
        submitted_at=ctx.now,
    )


def hold_share(
    ctx: Context, request: Request, share: int, with_overrun: int, *, turn: str = ""
) -> None:
    """Hold the share of the booked minutes and of the overrun, as far as there are coins.

    Somebody who pays for the elder comes first, with what is left of the year's amount; whoever
    pays from another book does so as far as a corridor and its caps allow.
    ``turn`` tells a later hold from the first, once the visit has another time.
    """
    draft = HoldDraft(
        book=request.book,
        purpose=ELDER_SHARE,
        subject_id=request.id,
        key=f"request:{request.id}:elder{turn}",
        legs=(),
        # Whoever has not been promised help by then has the coins back at that moment.
        expires_at=request.starts_at,
    )
    stamp = Stamp(ctx.now, ctx.actor.id)
    from_afar = hold_from_afar(ctx, request, with_overrun, turn)
    hold_id, held = hold_member(
        ctx.session,
        request.book,
        request.elder_id,
        with_overrun - from_afar,
        draft,
        stamp,
        ended=periods.ended(ctx),
        first=payers_leg(ctx, request),
    )
    request.hold_id = hold_id
    request.shortfall_minutes = max(0, share - held - from_afar)


def check(ctx: Context, form: AskForm, elder: Member, rules: RuleSet) -> ServiceLine:
    """The catalogue line, unless something of the request cannot be: then its sentence."""
    line = rules.services.get(form.service_code)
    if line is None:
        raise say.ServiceUnknown(field="service_code")
    if elder.status is not MemberStatus.ACTIVE or not elder.is_recipient:
        raise say.NotARecipient
    _check_age(ctx, elder, rules)
    if not line.min_minutes <= form.booked_minutes <= line.max_minutes:
        raise say.LengthOutOfRange(
            field="booked_minutes", min_minutes=line.min_minutes, max_minutes=line.max_minutes
        )
    if form.remote and not line.remote:
        raise say.NotRemote(field="remote")
    _check_words(ctx, form, elder)
    if form.starts_at < ctx.now + timedelta(minutes=ASK_NOTICE_MINUTES):
        raise say.TooSoon(field="starts_at", notice_minutes=ASK_NOTICE_MINUTES)
    if form.starts_at > ctx.now + timedelta(days=ASK_AHEAD_DAYS):
        raise say.TooFar(field="starts_at", days=ASK_AHEAD_DAYS)
    if not on_quarter(form.starts_at):
        raise say.OffQuarter(field="starts_at")
    require_new(ctx, elder.home_book, elder.id, line.code, form.starts_at)
    return line


def require_new(
    ctx: Context, book: str, elder_id: UUID, service_code: str, starts_at: datetime
) -> None:
    """Raise AskedAlready where the elder has the same service at the same time."""
    same = ctx.session.scalar(
        sa.select(Request.reference).where(
            Request.book == book,
            Request.elder_id == elder_id,
            Request.service_code == service_code,
            Request.starts_at == starts_at,
            Request.state.in_(ALIVE),
        )
    )
    if same is not None:
        raise say.AskedAlready(reference=same)


def _check_words(ctx: Context, form: AskForm, elder: Member) -> None:
    """Who is wished for, and what is written beside it."""
    if form.wished_sex not in (None, *Sex):
        raise say.SexUnknown(field="wished_sex")
    if form.wishes is not None:
        if form.wishes.preferred_sex not in (None, *Sex):
            raise say.SexUnknown(field="preferred_sex")
        check_wishes(ctx.session, elder, form.wishes)
    for name in ("address", "note", "risk_note"):
        if len(getattr(form, name) or "") > LONGEST_TEXT:
            raise say.TextTooLong(field=name, most=LONGEST_TEXT)


#: States in which a request still goes somewhere.
ALIVE = (
    RequestState.SUBMITTED,
    RequestState.WAITING_POOL,
    RequestState.OPEN,
    RequestState.FILLED,
)


def _check_age(ctx: Context, elder: Member, rules: RuleSet) -> None:
    """Spending begins at 60, or at 65 where the region says so (60 in hardship)."""
    if elder.spends_under_age:
        return
    settings = regional_settings(ctx.session, elder.region_code, local_date(ctx.now))
    age = spending_age(rules, settings, in_hardship=elder.in_hardship)
    if age_on(elder.born_on, local_date(ctx.now)) < age:
        raise say.TooYoungToSpend(spending_age=age)


def risk_tier(elder: Member, grade: int, now: datetime) -> int:
    """How urgently the pool should serve somebody without coins, from recorded facts only."""
    return sum(
        (
            elder.lives_alone,
            elder.in_hardship,
            grade >= 3,
            age_on(elder.born_on, local_date(now)) >= 80,
        )
    )


def first_visit(ctx: Context, elder: Member, place_book: str | None = None) -> bool:
    """Whether nobody has yet come to this elder's home, or to where the elder stays."""
    return (
        ctx.session.scalar(
            sa.select(Visit.id)
            .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
            .where(Visit.book == elder.home_book, Visit.elder_id == elder.id)
            .where(Visit.state == VisitState.CREDITED, Request.remote.is_(False))
            .where(Visit.reversed_at.is_(None))
            .where(Request.place_book.is_not_distinct_from(place_book))
            .limit(1)
        )
        is None
    )


def _address(ctx: Context, form: AskForm, elder: Member) -> str | None:
    """Where to go: what was given, or the elder's own address; nowhere for a remote service."""
    if form.remote:
        return None
    if form.place_branch_id is not None:
        if not (form.address or "").strip():
            raise say.NoAddressThere(field="address")
        return form.address
    address = form.address or ctx.vault.open_or_none("member.address", elder.address_sealed)
    if not address:
        raise say.NoAddress(field="address")
    return address


def _tell(ctx: Context, request: Request, elder: Member, line: ServiceLine) -> None:
    if ctx.actor.id != elder.id:
        outbox.tell(
            ctx,
            request.book,
            elder.id,
            say.ASKED_FOR_YOU,
            asker=ctx.actor.name,
            **line.name.params("service"),
            start_at=request.starts_at,
            reference=request.reference,
        )
