"""Coming in: by password, or by a one-time code that is sent to the telephone on record.

Whoever is unknown gets the same answer, after the same work, as whoever mistyped.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from datetime import timedelta
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from models.notices import ContactPreference
from models.oversight import AuditRecord, OutboxMessage
from models.people import Credential, Handle, LoginCode, Member, MemberStatus
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import DomainError
from services.ids import derived
from services.logins import sessions
from services.logins.factors import require_fresh
from services.people import handles, passwords, texts
from services.people.errors import PasswordWrong, TooManyTries
from services.people.reading import member_row
from services.people.tokens import (
    TokenView,
    actor_of_token,
    api_tokens,
    end_tokens,
    holder_of_token,
    issue_api_token,
    revoke_api_token,
)
from services.policy import NATION, NOBODY
from services.rules.member_number import PREFIX, parse_number

CODE_MINUTES = 10
CODES_AN_HOUR = 5
CODE_ATTEMPTS = 5
CODE_DIGITS = 6
#: So many wrong passwords within so many minutes close the password way for a while; a
#: one-time code still lets the person in.
WRONG_PASSWORDS, WRONG_WITHIN_MINUTES = 10, 15

CODE_SENT = "您的验证码是 {code}，{minutes} 分钟内有效。工作人员不会向您要验证码，请不要告诉别人。"
PASSWORD_SET = "您的密码已经更新。如果不是您本人办理的，请马上联系网点。"  # noqa: S105

_HASHER = PasswordHasher()


def set_password(ctx: Context, password: str) -> None:
    """Set the actor's own password; it may not be common nor name what others know of him."""
    policy.require(ctx.actor, "account.use")
    member = member_row(ctx.session, ctx.actor.id)
    chosen = passwords.checked(password, _personal(ctx, member))

    def do() -> dict[str, str]:
        row = ctx.session.get(Credential, member.id)
        if row is None:
            row = Credential(member_id=member.id, password_hash="", changed_at=ctx.now)
            ctx.session.add(row)
        else:
            require_fresh(ctx)
            outbox.tell(ctx, member.home_book, member.id, PASSWORD_SET)
            # Whoever changes a password may have lost it: nothing that came before lives on.
            end_tokens(ctx, member.id)
        sessions.end_all(ctx, member.id, member.home_book, "password")
        row.password_hash, row.changed_at = _HASHER.hash(chosen), ctx.now
        audit.record(ctx, "login.set_password", "member", member.id, book=member.home_book)
        ctx.session.flush()
        return {}

    content = {"password": ctx.vault.blind("act.password", chosen)}
    once(ctx, member.home_book, "login.set_password", content, do)


def change_password(ctx: Context, current: str, password: str) -> None:
    """Set a new password after the present one was given once more."""
    policy.require(ctx.actor, "account.use")
    row = ctx.session.get(Credential, ctx.actor.id)
    if not _matches(row.password_hash if row else None, current):
        raise PasswordWrong(field="current")
    set_password(ctx, password)


def _personal(ctx: Context, member: Member) -> list[str]:
    """What others know of the person, and a password may therefore not contain."""
    logins = ctx.session.scalars(
        sa.select(Handle.value).where(Handle.member_id == member.id, Handle.kind == "login")
    )
    phone = ctx.vault.open_or_none("member.phone", member.phone_sealed)
    id_number = ctx.vault.open("member.id_number", member.id_number_sealed)
    return [member.number.removeprefix(PREFIX), id_number, phone or "", *logins]


def verify_password(ctx: Context, identifier: str, password: str) -> UUID | None:
    """Whose password this is, or None; ``identifier`` is a number, login name or telephone.

    Run it in a unit of work that commits: every attempt is recorded, known person or not.
    Raises :class:`TooManyTries` after too many wrong ones, for unknown people too.
    """
    member = _member_by(ctx, identifier)
    # Tries at the same time wait for one another, so that each is counted.
    whose = member.id if member else NOBODY.id
    row = ctx.session.get(Credential, whose, with_for_update=True)
    if _wrong_passwords(ctx, identifier, member) >= WRONG_PASSWORDS:
        raise TooManyTries(minutes=WRONG_WITHIN_MINUTES)
    matched = _matches(row.password_hash if row else None, password)
    if matched and row is not None and _HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = _HASHER.hash(passwords.normalised(password))
    return _answer(ctx, "login.password", identifier, member, matched)


def _wrong_passwords(ctx: Context, identifier: str, member: Member | None) -> int:
    """Wrong passwords of late: for this person, or else for this unknown name."""
    since = ctx.now - timedelta(minutes=WRONG_WITHIN_MINUTES)
    wanted = sa.select(sa.func.count()).where(
        AuditRecord.book == (member.home_book if member else NATION),
        AuditRecord.subject_id == (member.id if member else derived("login", "nobody")),
        AuditRecord.act == "login.password",
        AuditRecord.at > since,
        AuditRecord.after["allowed"].as_boolean().is_(False),
    )
    if member is None:
        asked = ctx.vault.blind("login", texts.plain(identifier))
        wanted = wanted.where(AuditRecord.after["asked"].as_string() == asked)
    return ctx.session.scalar(wanted) or 0


def has_password(session: Session, member_id: UUID) -> bool:
    """Whether the member can come in by password at all; most elders cannot."""
    return session.get(Credential, member_id) is not None


def _matches(stored: str | None, password: str) -> bool:
    """Compare with the stored hash, or as slowly with nobody's."""
    nobody = _nobodys_hash()
    try:
        _HASHER.verify(stored or nobody, passwords.normalised(password)[: passwords.MOST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def send_code(ctx: Context, identifier: str) -> None:
    """Send a six-digit code to the telephone on record; says nothing about whether it did.

    An unknown person, somebody without a telephone and the sixth code within an hour are passed
    over in silence, so that the answer tells nobody who is a member.
    """
    member = _member_by(ctx, identifier)
    _answer(ctx, "login.send_code", identifier, member, member is not None)
    member_id = member.id if member else NOBODY.id
    # Codes asked for at the same time are counted one after the other.
    ctx.session.execute(sa.select(Member.id).where(Member.id == member_id).with_for_update())
    too_many = _codes_in_hour(ctx, member_id) >= CODES_AN_HOUR
    if member is None or member.phone_sealed is None or too_many:
        _as_long_as_sending(ctx)
        return
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    made = LoginCode(
        member_id=member.id,
        id=ctx.new_id(),
        code_hash="",
        expires_at=ctx.now + timedelta(minutes=CODE_MINUTES),
        attempts=0,
    )
    made.code_hash = _code_digest(ctx, made.id, code)
    ctx.session.add(made)
    outbox.tell(
        ctx,
        member.home_book,
        member.id,
        CODE_SENT,
        channel="sms",
        urgent=True,
        until=made.expires_at,
        code=code,
        minutes=CODE_MINUTES,
    )
    ctx.session.flush()


def _as_long_as_sending(ctx: Context) -> None:
    """The statements and the sealing of a code that goes out, for one that does not."""
    ctx.session.get(ContactPreference, NOBODY.id)
    _code_digest(ctx, NOBODY.id, "0" * CODE_DIGITS)
    ctx.vault.seal(outbox.PURPOSE, CODE_SENT)
    # As slow as a row that is written, as far as the server and the way to it go.
    own, nobody = LoginCode.member_id == NOBODY.id, {"attempts": CODE_ATTEMPTS}
    ctx.session.execute(sa.update(LoginCode).where(own).values(nobody))
    queued = sa.and_(OutboxMessage.book == NATION, OutboxMessage.member_id == NOBODY.id)
    ctx.session.execute(sa.update(OutboxMessage).where(queued).values(urgent=True))


def _codes_in_hour(ctx: Context, member_id: UUID) -> int:
    """How many codes were sent to the member within the last hour."""
    since = ctx.now - timedelta(hours=1) + timedelta(minutes=CODE_MINUTES)
    wanted = sa.select(sa.func.count()).where(
        LoginCode.member_id == member_id, LoginCode.expires_at > since
    )
    return ctx.session.scalar(wanted) or 0


def _code_digest(ctx: Context, code_id: UUID, code: str) -> str:
    return ctx.vault.blind("login_code", f"{code_id}:{code}")


def verify_code(ctx: Context, identifier: str, code: str) -> UUID | None:
    """Whose code this is, or None. Only the newest code counts, five tries at most, once.

    Run it in a unit of work that commits: a wrong try must be counted.
    """
    member = _member_by(ctx, identifier)
    right = member is not None and _use_code(ctx, member, texts.plain(code).replace(" ", ""))
    return _answer(ctx, "login.code", identifier, member, right)


def _use_code(ctx: Context, member: Member, code: str) -> bool:
    newest = ctx.session.scalar(
        sa.select(LoginCode)
        .where(LoginCode.member_id == member.id)
        .order_by(LoginCode.expires_at.desc(), LoginCode.id.desc())
        .limit(1)
    )
    if newest is None or newest.expires_at <= ctx.now:
        return False
    this_one = sa.and_(LoginCode.member_id == member.id, LoginCode.id == newest.id)
    # Counted by the database, so that tries at the same time cannot share one count.
    counted = sa.update(LoginCode).where(
        this_one, LoginCode.attempts < CODE_ATTEMPTS, LoginCode.used_at.is_(None)
    )
    ctx.session.flush()
    connection = ctx.session.connection()
    if not connection.execute(counted.values(attempts=LoginCode.attempts + 1)).rowcount:
        return False
    if not hmac.compare_digest(newest.code_hash, _code_digest(ctx, newest.id, code)):
        return False
    used = sa.update(LoginCode).where(this_one, LoginCode.used_at.is_(None))
    return bool(connection.execute(used.values(used_at=ctx.now)).rowcount)


def _member_by(ctx: Context, identifier: str) -> Member | None:
    """The member that a number, telephone or login name stands for; closed ones are gone.

    Two statements whatever was typed and whoever is known by it.
    """
    asked = _readings(ctx, texts.plain(identifier))
    pairs = sa.tuple_(Handle.kind, Handle.value).in_(asked)
    rows = ctx.session.execute(
        sa.select(Handle.kind, Handle.value, Handle.member_id).where(
            pairs, Handle.revoked_at.is_(None)
        )
    )
    found = {(row.kind, row.value): row.member_id for row in rows}
    first = next((found[each] for each in asked if each in found), NOBODY.id)
    member = ctx.session.get(Member, first)
    return None if member is None or member.status is MemberStatus.CLOSED else member


def _readings(ctx: Context, asked: str) -> list[tuple[str, str]]:
    """What the text may be in the directory; a landline can look like a number."""
    readings = [("login", asked.lower()[:80])]
    with suppress(DomainError):
        readings.insert(0, ("number", parse_number(asked)))
    with suppress(DomainError):
        if digits := texts.phone(asked):
            readings.append(("phone", handles.digest(ctx.vault, "phone", digits)))
    return readings


def _answer(
    ctx: Context, act: str, identifier: str, member: Member | None, allowed: bool
) -> UUID | None:
    """Record the attempt, the same for known and unknown people, and give the answer."""
    audit.record(
        ctx,
        act,
        "login",
        member.id if member else derived("login", "nobody"),
        book=member.home_book if member else NATION,
        after={"allowed": allowed, "asked": ctx.vault.blind("login", texts.plain(identifier))},
    )
    ctx.session.flush()
    return member.id if member is not None and allowed else None


__all__ = [
    "TokenView",
    "actor_of_token",
    "api_tokens",
    "change_password",
    "has_password",
    "holder_of_token",
    "issue_api_token",
    "revoke_api_token",
    "send_code",
    "set_password",
    "verify_code",
    "verify_password",
]
