"""How a member wants to be reached: ways, language, quiet hours, and a proved mail address."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from models.notices import ContactPreference
from models.people import Member
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.notices.errors import (
    EmailCodesTooMany,
    EmailCodeWrong,
    EmailNotProved,
    EmailWrong,
    LanguageUnknown,
    NoTelephone,
    NoWayLeft,
    QuietHoursWrong,
)
from services.notices.ways import EMAIL, EMAIL_PURPOSE, PHONE, Reach, is_mobile, reach_of, ways_of
from services.people.reading import member_row, subject_of
from services.rules.notices import A_DAY_MINUTES, QUIET_FROM_MINUTE, QUIET_TO_MINUTE

LANGUAGES = ("zh", "en")
#: Whoever is silent for longer than this hears of nothing in time.
LONGEST_QUIET_MINUTES = 14 * 60
CODE_MINUTES, CODE_TRIES, CODE_PAUSE_MINUTES = 30, 5, 2
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")

EMAIL_CODE = "您的邮箱验证码是 {code}，{minutes} 分钟内有效。如果不是您本人在设置，请不用理会。"
REACH_CHANGED = "您的通知方式已经更新。如果不是您本人办理的，请马上联系网点。"


@dataclass(frozen=True, slots=True)
class ReachForm:
    """What a member (or the counter, for the member) chooses."""

    by_sms: bool
    by_email: bool
    landline_only: bool
    language: str = "zh"
    quiet_from_minute: int = QUIET_FROM_MINUTE
    quiet_to_minute: int = QUIET_TO_MINUTE


@dataclass(frozen=True, slots=True)
class ReachView:
    """How a member is reached now, with the telephone and the addresses on record."""

    member_id: UUID
    name: str
    reach: Reach
    phone: str | None
    has_mobile: bool
    email: str | None
    #: An address that waits for the code that was sent to it.
    pending_email: str | None
    #: The ways that a message to the telephone takes now.
    ways: tuple[str, ...]


def reach_view(ctx: Context, member_id: UUID) -> ReachView:
    """For the member and for the counter of the member's branch."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "contact.update", subject_of(member))
    row = ctx.session.get(ContactPreference, member_id)
    phone = ctx.vault.open_or_none(PHONE, member.phone_sealed)
    pending = None
    if row is not None and row.email_code_until is not None and row.email_code_until > ctx.now:
        pending = ctx.vault.open_or_none(EMAIL_PURPOSE, row.pending_email_sealed)
    return ReachView(
        member_id=member_id,
        name=member.name,
        reach=reach_of(row),
        phone=phone,
        has_mobile=is_mobile(phone),
        email=ctx.vault.open_or_none(EMAIL_PURPOSE, row.email_sealed if row else None),
        pending_email=pending,
        ways=ways_of(reach_of(row), phone),
    )


def set_reach(ctx: Context, member_id: UUID, form: ReachForm) -> None:
    """Set the ways, the language and the quiet hours; the member is told of the change."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "contact.update", subject_of(member))
    _check_hours(form)

    def do() -> dict[str, str]:
        row = _row(ctx, member_id)
        _check_ways(ctx, member, row, form)
        before = _plain(row)
        for name, value in asdict(form).items():
            setattr(row, name, value)
        row.updated_at = ctx.now
        ctx.session.flush()
        _note(ctx, member, "contact.update", before, _plain(row))
        outbox.tell(ctx, member.home_book, member_id, REACH_CHANGED)
        return {}

    once(ctx, member.home_book, "contact.update", {"member_id": member_id, **asdict(form)}, do)


def _check_hours(form: ReachForm) -> None:
    if form.language not in LANGUAGES:
        raise LanguageUnknown(field="language")
    for field in ("quiet_from_minute", "quiet_to_minute"):
        if not 0 <= getattr(form, field) < A_DAY_MINUTES:
            raise QuietHoursWrong(field=field)
    quiet = (form.quiet_to_minute - form.quiet_from_minute) % A_DAY_MINUTES
    if quiet > LONGEST_QUIET_MINUTES:
        raise QuietHoursWrong(field="quiet_to_minute")


def _check_ways(ctx: Context, member: Member, row: ContactPreference, form: ReachForm) -> None:
    phone = ctx.vault.open_or_none(PHONE, member.phone_sealed)
    if form.by_email and row.email_sealed is None:
        raise EmailNotProved(field="by_email")
    if form.landline_only and phone is None:
        raise NoTelephone(field="landline_only")
    if not (form.by_sms or form.by_email or form.landline_only):
        raise NoWayLeft(field="by_sms")


def ask_email(ctx: Context, member_id: UUID, address: str) -> None:
    """Take down a mail address and send a code to it; until it is proved, nothing else goes there.

    Raises :class:`EmailCodesTooMany` when the last code is only a moment old.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "contact.update", subject_of(member))
    wanted = address.strip()
    if len(wanted) > 200 or not _EMAIL.fullmatch(wanted):
        raise EmailWrong(field="email")

    def do() -> dict[str, str]:
        row = _row(ctx, member_id)
        sent = row.email_code_until and row.email_code_until - timedelta(minutes=CODE_MINUTES)
        if sent and ctx.now < sent + timedelta(minutes=CODE_PAUSE_MINUTES):
            raise EmailCodesTooMany(field="email")
        code = f"{secrets.randbelow(10**6):06d}"
        row.pending_email_sealed = ctx.vault.seal(EMAIL_PURPOSE, wanted)
        row.email_code_digest = _digest(ctx, member_id, code)
        row.email_code_until = ctx.now + timedelta(minutes=CODE_MINUTES)
        row.email_code_tries = 0
        row.updated_at = ctx.now
        ctx.session.flush()
        outbox.tell(
            ctx,
            member.home_book,
            member_id,
            EMAIL_CODE,
            channel=EMAIL,
            urgent=True,
            until=row.email_code_until,
            code=code,
            minutes=CODE_MINUTES,
            address_to_prove=True,
        )
        _note(ctx, member, "contact.email", {}, {"asked": True})
        return {}

    content = {"member_id": member_id, "email": ctx.vault.blind("act.email", wanted)}
    once(ctx, member.home_book, "contact.email", content, do)


def prove_email(ctx: Context, member_id: UUID, code: str) -> None:
    """The code that arrived: from now on messages go to that address.

    A wrong one is counted and refused (:class:`EmailCodeWrong`); after five the code is spent.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "contact.update", subject_of(member))

    def do() -> dict[str, str]:
        row = _row(ctx, member_id)
        row.email_code_tries += 1
        known = row.email_code_digest if row.email_code_tries <= CODE_TRIES else None
        alive = row.email_code_until is not None and row.email_code_until > ctx.now
        given = _digest(ctx, member_id, code.strip())
        if known is None or not alive or not hmac.compare_digest(known, given):
            _note(ctx, member, "contact.email", {}, {"proved": False})
            raise EmailCodeWrong(field="code")
        row.email_sealed, row.by_email = row.pending_email_sealed, True
        _forget_code(row)
        row.updated_at = ctx.now
        ctx.session.flush()
        _note(ctx, member, "contact.email", {}, {"proved": True})
        outbox.tell(ctx, member.home_book, member_id, REACH_CHANGED)
        return {}

    content = {"member_id": member_id, "code": ctx.vault.blind("act.email_code", code)}
    once(ctx, member.home_book, "contact.prove_email", content, do)


def drop_email(ctx: Context, member_id: UUID) -> None:
    """Forget the mail address, proved or not; text messages go on."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "contact.update", subject_of(member))

    def do() -> dict[str, str]:
        row = _row(ctx, member_id)
        had = row.email_sealed is not None
        row.email_sealed, row.by_email = None, False
        row.by_sms = row.by_sms or not row.landline_only
        # The pause before the next code stays: or else strangers' mailboxes could be filled.
        sent_until = row.email_code_until
        _forget_code(row)
        row.email_code_until = sent_until
        row.updated_at = ctx.now
        ctx.session.flush()
        if had:
            outbox.tell(ctx, member.home_book, member_id, REACH_CHANGED)
        _note(ctx, member, "contact.email", {"had": had}, {"dropped": True})
        return {}

    once(ctx, member.home_book, "contact.drop_email", {"member_id": member_id}, do)


def _row(ctx: Context, member_id: UUID) -> ContactPreference:
    row = ctx.session.get(ContactPreference, member_id, with_for_update=True)
    if row is None:
        default = Reach()
        row = ContactPreference(
            member_id=member_id,
            landline_only=default.landline_only,
            by_sms=default.by_sms,
            by_email=default.by_email,
            language=default.language,
            quiet_from_minute=default.quiet_from_minute,
            quiet_to_minute=default.quiet_to_minute,
            email_code_tries=0,
            updated_at=ctx.now,
        )
        ctx.session.add(row)
        ctx.session.flush()
    return row


def _forget_code(row: ContactPreference) -> None:
    row.pending_email_sealed = row.email_code_digest = row.email_code_until = None
    row.email_code_tries = 0


def _digest(ctx: Context, member_id: UUID, code: str) -> str:
    return ctx.vault.blind("email_code", f"{member_id}:{code}")


def _plain(row: ContactPreference) -> dict[str, object]:
    return {name: getattr(row, name) for name in ReachForm.__dataclass_fields__}


def _note(
    ctx: Context, member: Member, act: str, before: dict[str, object], after: dict[str, object]
) -> None:
    audit.record(ctx, act, "member", member.id, book=member.home_book, before=before, after=after)
