"""The second factor of whoever has an office: one-time codes of an app (TOTP, RFC 6238).

A code counts for its half minute and the one on either side, and once. Ten recovery codes open
the door when the telephone is gone, once each; an administrator can take the factor away at the
counter (:mod:`services.logins.resets`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, NoReturn
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from models.logins import SecondFactor
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict, Forbidden, RecordedRefusal, Throttled
from services.people import texts

#: What the secret is sealed for.
SECRET, RECOVERY = "second_factor.secret", "second_factor.recovery"
STEP_S = 30
#: Steps on either side of now, for a telephone whose clock is not quite right.
DRIFT_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_CHARS = 10
#: No letters or digits that are taken for one another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
#: So many wrong codes within so many minutes close the second door for a while.
WRONG_CODES, WRONG_WITHIN_MINUTES = 5, 15
#: How fresh the second factor has to be for a new password or token.
FRESH = timedelta(minutes=10)
#: A new secret waits so long for its first code.
PENDING_LASTS = timedelta(minutes=30)

ENROLLED = "您的账户已经设好第二步验证：登录时除了密码，还要填手机应用里的六位数字。"
RENEWED = "您的恢复码换了一组，以前的已经作废。如果不是您本人办理的，请马上联系管理员。"
TRIED = "有人知道您的密码，但第二步验证一直填错，登录已暂停一会儿。如果不是您本人，请马上改密码。"
RECOVERED = "您刚才用一个恢复码登录，还剩 {left} 个。如果不是您本人，请马上联系管理员。"


class FactorNeeded(Forbidden):
    """有岗位的账户要先通过第二步验证。"""

    code = "second_factor_needed"


class FactorStale(Forbidden):
    """办这件事要再验证一次：请先填写手机应用里的六位数字。"""

    code = "second_factor_stale"


class FactorWrong(RecordedRefusal):
    """没有对上。请填手机应用里现在显示的六位数字，用过一次的不能再用；也可以填一个恢复码。"""

    code = "second_factor_wrong"


class TooManyFactors(Throttled):
    """填错的次数太多了，请过 {minutes} 分钟再试。"""

    code = "too_many_factors"


class NothingPending(Conflict):
    """这一页放得太久了，请重新开始设置。"""

    code = "nothing_pending"


@dataclass(frozen=True, slots=True)
class FactorView:
    """What its owner may know of the second factor."""

    confirmed_at: datetime | None
    recovery_left: int

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret for the app: as text, and as the address that its QR code holds."""

    secret: str
    address: str

    @property
    def grouped(self) -> str:
        """In groups of four, to be typed by hand."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


def factor_of(session: Session, member_id: UUID) -> FactorView:
    """The second factor of a member; an empty view when there is none."""
    row = session.get(SecondFactor, member_id)
    if row is None or row.confirmed_at is None:
        return FactorView(None, 0)
    return FactorView(row.confirmed_at, len(row.recovery))


def require_fresh(ctx: Context) -> None:
    """Whoever has an office gives a new password or token only right after a second factor."""
    if not ctx.actor.roles:
        return
    if ctx.factor_at is None:
        raise FactorNeeded
    if ctx.now - ctx.factor_at > FRESH:
        raise FactorStale


def start(ctx: Context, issuer: str) -> NewSecret:
    """A secret that waits for its first code; asked for again it is the same one.

    Somebody who has a second factor already shows it first (the present one or a recovery code).
    """
    policy.require(ctx.actor, "account.use")
    row = _locked(ctx)
    if row.confirmed_at is not None:
        require_fresh(ctx)
    if row.pending_sealed is None or row.pending_at is None or _is_old(ctx, row.pending_at):
        row.pending_sealed = ctx.vault.seal(SECRET, pyotp.random_base32())
        row.pending_at = ctx.now
        ctx.session.flush()
    secret = ctx.vault.open(SECRET, row.pending_sealed)
    uri = pyotp.TOTP(secret).provisioning_uri(name=ctx.actor.number, issuer_name=issuer)
    return NewSecret(secret, uri)


def confirm(ctx: Context, code: str) -> tuple[str, ...]:
    """The first code of the waiting secret puts it in force; returns ten recovery codes, once.

    Raises :class:`FactorWrong` (counted) and :class:`TooManyFactors`.
    """
    policy.require(ctx.actor, "account.use")

    def do() -> dict[str, str]:
        row = _locked(ctx)
        if row.confirmed_at is not None:
            require_fresh(ctx)
        if row.pending_sealed is None or row.pending_at is None or _is_old(ctx, row.pending_at):
            raise NothingPending
        _require_few(ctx, row)
        secret = ctx.vault.open(SECRET, row.pending_sealed)
        step = _step_of(secret, code, ctx.now, after=None)
        if step is None:
            _refuse(ctx, row)
        row.secret_sealed = ctx.vault.seal(SECRET, secret)
        row.last_step, row.confirmed_at = step, ctx.now
        row.pending_sealed = row.pending_at = None
        row.tries, row.tries_since = 0, None
        _record(ctx, "factor.set", {"allowed": True})
        outbox.tell(ctx, ctx.actor.home_book, ctx.actor.id, ENROLLED)
        return _new_codes(ctx, row)

    content = {"code": ctx.vault.blind("act.factor", code)}
    return _opened_codes(ctx, once(ctx, ctx.actor.home_book, "factor.set", content, do))


def show(ctx: Context, code: str) -> None:
    """The actor shows a code of the app or a recovery code; either is taken once.

    Of two that come at the same time with one code exactly one is let in: the row is locked.
    Raises :class:`FactorWrong`, which is counted, and :class:`TooManyFactors`.
    """
    policy.require(ctx.actor, "account.use")
    row = _locked(ctx)
    if row.confirmed_at is None or row.secret_sealed is None:
        raise FactorNeeded
    _require_few(ctx, row)
    step = _step_of(ctx.vault.open(SECRET, row.secret_sealed), code, ctx.now, after=row.last_step)
    if step is not None:
        row.last_step = step
    elif not _use_recovery(ctx, row, code):
        _refuse(ctx, row)
    row.tries, row.tries_since = 0, None
    _record(ctx, "factor.show", {"allowed": True, "recovery": step is None})
    ctx.session.flush()


def new_recovery_codes(ctx: Context) -> tuple[str, ...]:
    """Ten new recovery codes, shown this once; the old ones are void."""
    policy.require(ctx.actor, "account.use")

    def do() -> dict[str, str]:
        row = _locked(ctx)
        if row.confirmed_at is None:
            raise FactorNeeded
        require_fresh(ctx)
        _record(ctx, "factor.codes", {})
        outbox.tell(ctx, ctx.actor.home_book, ctx.actor.id, RENEWED)
        return _new_codes(ctx, row)

    return _opened_codes(ctx, once(ctx, ctx.actor.home_book, "factor.codes", {}, do))


def _locked(ctx: Context) -> SecondFactor:
    """The actor's row, made when there is none; two at once wait for one another."""
    row = ctx.session.get(SecondFactor, ctx.actor.id, with_for_update=True, populate_existing=True)
    if row is None:
        row = SecondFactor(member_id=ctx.actor.id, recovery=[], tries=0)
        ctx.session.add(row)
        ctx.session.flush()
    return row


def _is_old(ctx: Context, since: datetime) -> bool:
    return ctx.now - since > PENDING_LASTS


def _step_of(secret: str, code: str, now: datetime, after: int | None) -> int | None:
    """The step that a code belongs to, if it is a right one and later than ``after``."""
    typed = "".join(texts.plain(code).split())
    totp, middle = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    found = None
    for step in range(middle - DRIFT_STEPS, middle + DRIFT_STEPS + 1):
        right = compare_digest(totp.generate_otp(step).encode(), typed.encode())
        if right and (after is None or step > after):
            found = step
    return found


def _use_recovery(ctx: Context, row: SecondFactor, code: str) -> bool:
    digest = _digest(ctx, row.member_id, code)
    left = [each for each in row.recovery if not compare_digest(each, digest)]
    if len(left) == len(row.recovery):
        return False
    row.recovery = left
    outbox.tell(ctx, ctx.actor.home_book, row.member_id, RECOVERED, channel="sms", left=len(left))
    return True


def _new_codes(ctx: Context, row: SecondFactor) -> dict[str, str]:
    """Ten codes, sealed for the answer of this act: a button pressed twice shows the same ten."""
    codes = [
        "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_CHARS))
        for _ in range(RECOVERY_CODES)
    ]
    row.recovery = [_digest(ctx, row.member_id, code) for code in codes]
    ctx.session.flush()
    return {"codes_sealed": ctx.vault.seal(RECOVERY, " ".join(codes))}


def _opened_codes(ctx: Context, result: dict[str, Any]) -> tuple[str, ...]:
    codes = ctx.vault.open(RECOVERY, result["codes_sealed"]).split()
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def _digest(ctx: Context, member_id: UUID, code: str) -> str:
    typed = "".join(each for each in texts.plain(code).upper() if each.isalnum())
    return ctx.vault.blind(RECOVERY, f"{member_id}:{typed}")


def _require_few(ctx: Context, row: SecondFactor) -> None:
    since = row.tries_since
    if since is None or ctx.now - since > timedelta(minutes=WRONG_WITHIN_MINUTES):
        row.tries, row.tries_since = 0, ctx.now
    if row.tries >= WRONG_CODES:
        raise TooManyFactors(minutes=WRONG_WITHIN_MINUTES)


def _refuse(ctx: Context, row: SecondFactor) -> NoReturn:
    """Count a wrong code, on record; the last one allowed is told to the owner."""
    row.tries += 1
    _record(ctx, "factor.show", {"allowed": False})
    if row.tries == WRONG_CODES:
        outbox.tell(ctx, ctx.actor.home_book, ctx.actor.id, TRIED, channel="sms")
    ctx.session.flush()
    raise FactorWrong(field="code")


def _record(ctx: Context, act: str, after: dict[str, Any]) -> None:
    audit.record(ctx, act, "member", ctx.actor.id, book=ctx.actor.home_book, after=after)
