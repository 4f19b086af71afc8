"""A membership's own acts: the identity check, contact details, the door word, a pause."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Consent, Member, MemberStatus
from services import outbox, policy, rates
from services.acts import once
from services.clock import age_on, local_date
from services.context import Context
from services.errors import Forbidden
from services.logins import sessions
from services.people import handles, texts
from services.people.errors import (
    BranchElsewhere,
    CheckedAlready,
    ConsentHow,
    EndsInPast,
    GuardianNeeded,
    MoveNeeded,
    PauseShorter,
    TermsNeeded,
    UnknownHow,
)
from services.people.family_errors import SpendOutOfRange
from services.people.forms import FAMILY, IMPORTED, OWN, SCOPES, WITNESSED, ContactForm
from services.people.kin import INVERSE, add_delegation, add_kinship
from services.people.reading import has_consent, member_row, subject_of
from services.people.trail import note
from services.places.books import book_of
from services.places.branches import open_row
from services.places.regions import region_on
from services.policy import OWN_AFFAIR
from services.privacy.effects import PLACE, has_refused
from services.rules.booking import SPEND_MOST_MINUTES

#: How a branch has checked an identity: the card seen, read by a machine, the household book.
CHECKS = ("card", "reader", "household_book")
#: Why a sign-up came to nothing.
REFUSALS = ("another_person", "mistake", "never_came")
#: A relative who signed an elder up acts for him for a year; then it is asked for again.
DELEGATION_DAYS = 365

CHECKED = "您的身份已经核验，现在可以使用互助时间服务了。"
CONTACT_CHANGED = "您的联系方式已经更新。如果不是您本人或网点办理的，请马上联系网点。"


def check_identity(
    ctx: Context,
    member_id: UUID,
    how: str,
    *,
    delegate_consent: str | None = None,
    delegate_spend_minutes: int = 0,
) -> None:
    """Record that staff have seen who the member is: the membership becomes active.

    For somebody whom a relative signed up, ``delegate_consent`` (signature, voice, document)
    says how the elder agreed that the relative may act: kinship and delegation are recorded in
    the same act, with how much of the elder's coins may be used in a month. Without it the
    relative gets neither. A minor's guardian must have agreed before staff (``record_consent``),
    not only in the words of the form.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "identity.check", subject_of(member))
    if how not in CHECKS:
        raise UnknownHow(field="how")
    if delegate_consent is not None:
        _check_relative(ctx, member, delegate_consent, delegate_spend_minutes)

    def do() -> dict[str, str]:
        ctx.session.refresh(member, with_for_update=True)
        if member.status is not MemberStatus.PENDING:
            raise CheckedAlready
        _check_guardian(ctx, member)
        _see_terms(ctx, member)
        _check_terms(ctx, member)
        member.status = MemberStatus.ACTIVE
        member.identity_checked_at = ctx.now
        member.identity_checked_by_id = ctx.actor.id
        note(ctx, "identity.check", member, after={"how": how})
        outbox.tell(ctx, member.home_book, member.id, CHECKED)
        if delegate_consent is not None and member.joined_by_id is not None:
            _confirm_relative(
                ctx, member, member.joined_by_id, delegate_consent, delegate_spend_minutes
            )
        ctx.session.flush()
        return {}

    content = {
        "member_id": member_id,
        "how": how,
        "delegate_consent": delegate_consent,
        "delegate_spend_minutes": delegate_spend_minutes,
    }
    once(ctx, member.home_book, "identity.check", content, do)


def _check_guardian(ctx: Context, member: Member) -> None:
    today = local_date(ctx.now)
    adult_age = rates.rule_set_on(ctx.session, today).earning.adult_age
    if age_on(member.born_on, today) < adult_age and not has_consent(
        ctx.session, member.id, "guardian"
    ):
        raise GuardianNeeded(adult_age=adult_age)


def _see_terms(ctx: Context, member: Member) -> None:
    """Agreement to the terms that a relative passed on: the member is here and confirms it."""
    for consent in ctx.session.scalars(
        sa.select(Consent).where(
            Consent.member_id == member.id,
            Consent.kind == "terms",
            Consent.how != OWN,
            Consent.recorded_by_id.is_(None),
        )
    ):
        consent.recorded_by_id = ctx.actor.id


def _check_terms(ctx: Context, member: Member) -> None:
    """Whoever an older time bank brought along has not been asked yet."""
    if member.joined_how == IMPORTED and not has_consent(ctx.session, member.id, "terms"):
        raise TermsNeeded


def _check_relative(ctx: Context, member: Member, consent: str, spend_minutes: int) -> None:
    """Whether the leave of the relative who signed somebody up can be taken down here."""
    by_family = member.joined_how == FAMILY and member.joined_by_id is not None
    if not by_family or consent not in WITNESSED:
        raise ConsentHow(field="delegate_consent")
    if member.joined_by_id in {ctx.actor.id} | ctx.actor.relatives:
        raise Forbidden(OWN_AFFAIR)
    if not 0 <= spend_minutes <= SPEND_MOST_MINUTES:
        raise SpendOutOfRange(field="delegate_spend_minutes", most_minutes=SPEND_MOST_MINUTES)


def refuse_identity(ctx: Context, member_id: UUID, reason: str) -> None:
    """End a sign-up that was somebody else's, a mistake, or never followed up.

    The ID number, telephone and login name are free again for whoever they belong to; the
    volunteer number is never given out a second time.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "identity.check", subject_of(member))
    if reason not in REFUSALS:
        raise UnknownHow(field="reason")

    def do() -> dict[str, str]:
        ctx.session.refresh(member, with_for_update=True)
        if member.status is not MemberStatus.PENDING:
            raise CheckedAlready
        member.status = MemberStatus.CLOSED
        sessions.end_all(ctx, member.id, member.home_book, "closed")
        handles.release(ctx, member.id, "id_number", "phone", "login")
        note(ctx, "identity.refuse", member, after={"reason": reason})
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "reason": reason}
    once(ctx, member.home_book, "identity.refuse", content, do)


def _confirm_relative(
    ctx: Context, member: Member, relative_id: UUID, consent: str, spend_minutes: int
) -> None:
    relative = member_row(ctx.session, relative_id)
    if member.joined_relation in INVERSE:
        add_kinship(ctx, member, relative, member.joined_relation, evidence=f"identity:{consent}")
    until = local_date(ctx.now) + timedelta(days=DELEGATION_DAYS)
    add_delegation(ctx, member, relative, frozenset(SCOPES), consent, until, spend_minutes)


def update_contact(ctx: Context, member_id: UUID, form: ContactForm) -> None:
    """Set the contact details as the form has them; the member is told.

    Another region or branch of the same county may be chosen; another county is
    :class:`MoveNeeded`.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "member.update", subject_of(member))
    phone = texts.phone(form.phone)
    address = texts.short(form.address, "address")
    contact = texts.short(form.contact, "contact", 80)
    texts.place(form.latitude_e6, form.longitude_e6)
    region_code, branch_id = _place(ctx, member, form)

    def do() -> dict[str, str]:
        changed = _set_contact(ctx, member, phone, address, contact)
        member.latitude_e6, member.longitude_e6 = form.latitude_e6, form.longitude_e6
        if has_refused(ctx.session, member.id, PLACE):
            member.latitude_e6 = member.longitude_e6 = None
        before = {"region": member.region_code, "branch": str(member.branch_id)}
        member.region_code, member.branch_id = region_code, branch_id
        after = {"region": region_code, "branch": str(branch_id), "changed": changed}
        note(ctx, "member.contact", member, before=before, after=after)
        if changed:
            outbox.tell(ctx, member.home_book, member.id, CONTACT_CHANGED)
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, **asdict(form), "phone": ctx.vault.blind("act", phone or "")}
    once(ctx, member.home_book, "member.contact", content, do)


def _place(ctx: Context, member: Member, form: ContactForm) -> tuple[str, UUID]:
    today = local_date(ctx.now)
    region_code = form.region_code or member.region_code
    if region_code != member.region_code:
        region_on(ctx.session, region_code, today)
        if book_of(ctx.session, region_code, today) != member.home_book:
            raise MoveNeeded(field="region_code")
    branch_id = form.branch_id or member.branch_id
    moved = branch_id != member.branch_id
    if moved and open_row(ctx.session, branch_id).book != member.home_book:
        raise BranchElsewhere(field="branch_id")
    return region_code, branch_id


def _set_contact(
    ctx: Context, member: Member, phone: str | None, address: str | None, contact: str | None
) -> list[str]:
    """Seal what has changed and keep the directory in step; returns which fields changed."""
    changed = []
    for field, text in (("phone", phone), ("address", address), ("contact", contact)):
        column, purpose = f"{field}_sealed", f"member.{field}"
        if ctx.vault.open_or_none(purpose, getattr(member, column)) == text:
            continue
        setattr(member, column, ctx.vault.seal(purpose, text) if text else None)
        changed.append(field)
    if "phone" in changed:
        handles.release(ctx, member.id, "phone")
        if phone:
            handles.claim_phone(ctx, phone, member.id)
    return changed


def set_door_word(ctx: Context, member_id: UUID, word: str) -> None:
    """Set the word that a visitor says at the door; the elder chooses it."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "member.update", subject_of(member))
    chosen = texts.door_word(word)

    def do() -> dict[str, str]:
        member.door_word = chosen
        note(ctx, "member.door_word", member)
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "member.door_word", {"member_id": member_id, "word": word}, do)


def set_wishes(ctx: Context, member_id: UUID, *, to_serve: bool, to_receive: bool) -> None:
    """Say whether the member wants to serve and to be served; what is under way goes on."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "member.update", subject_of(member))

    def do() -> dict[str, str]:
        before = {"serve": member.is_provider, "receive": member.is_recipient}
        member.is_provider, member.is_recipient = to_serve, to_receive
        after = {"serve": to_serve, "receive": to_receive}
        note(ctx, "member.wishes", member, before=before, after=after)
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "serve": to_serve, "receive": to_receive}
    once(ctx, member.home_book, "member.wishes", content, do)


def declare_pause(ctx: Context, member_id: UUID, until: date | None) -> None:
    """Take no new service up to and including a day; None ends a pause.

    A volunteer may lengthen a pause that runs; only staff may shorten one, because it may be
    the consequence of missed visits.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "member.update", subject_of(member))
    today = local_date(ctx.now)
    if until is not None and until < today:
        raise EndsInPast(field="until")
    running = member.paused_until if member.paused_until and member.paused_until >= today else None
    if ctx.actor.id == member_id and running and (until is None or until < running):
        raise PauseShorter(field="until", until=running)

    def do() -> dict[str, str]:
        before = {"until": str(member.paused_until)}
        member.paused_until = until
        note(ctx, "member.pause", member, before=before, after={"until": str(until)})
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "member.pause", {"member_id": member_id, "until": until}, do)
