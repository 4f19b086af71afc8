"""A one-time code that confirms one act: whoever found an open telephone cannot give coins away.

The code goes to the telephone on record, or to a mailbox where the member reads no text messages.
Whoever can receive none does the act at the counter, where both sides are named.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import ActCode, Member
from services import audit, outbox
from services.context import Context
from services.errors import Conflict, RecordedRefusal, Throttled
from services.notices.ways import EMAIL, PHONE, SMS, is_mobile, ways_to
from services.people import texts

CODE_MINUTES = 10
CODE_ATTEMPTS = 5
CODES_AN_HOUR = 5
CODE_DIGITS = 6
PURPOSE = "act_code"


class NoCodeReaches(Conflict):
    """您没有登记手机，收不到验证码。请本人带身份证到网点办理，工作人员会帮您。"""

    code = "no_code_reaches"


class TooManyActCodes(Throttled):
    """一个小时里已经发了 {most} 次验证码，请过一会儿再试，或者到网点办理。"""

    code = "too_many_act_codes"


class ActCodeWrong(RecordedRefusal):
    """验证码不对。请看最新的那条短信，再填一次；还可以试 {left} 次。"""

    code = "act_code_wrong"


class ActCodeEnded(RecordedRefusal):
    """这个验证码已经不能用了，请重新发一次。"""

    code = "act_code_ended"


def can_receive(ctx: Context, member: Member) -> bool:
    """Whether a code can reach this member at all."""
    ways, _ = ways_to(ctx.session, ctx.vault, member.id, SMS, secret=True)
    if EMAIL in ways:
        return True
    return is_mobile(ctx.vault.open_or_none(PHONE, member.phone_sealed))


def send(ctx: Context, member: Member, act: str, subject_id: UUID, sentence: str) -> None:
    """Send a code for one act on one subject; only the newest one counts.

    ``sentence`` says what the code is for, with ``{code}`` and ``{minutes}``. Raises
    NoCodeReaches, or TooManyActCodes after the fifth code within an hour.
    """
    if not can_receive(ctx, member):
        raise NoCodeReaches
    # Codes asked for at the same time are counted one after the other.
    ctx.session.refresh(member, with_for_update={"key_share": True})
    if _sent_in_hour(ctx, member.id) >= CODES_AN_HOUR:
        raise TooManyActCodes(most=CODES_AN_HOUR)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    row = ActCode(
        member_id=member.id,
        id=ctx.new_id(),
        act=act,
        subject_id=subject_id,
        code_hash="",
        sent_at=ctx.now,
        expires_at=ctx.now + timedelta(minutes=CODE_MINUTES),
        attempts=0,
    )
    row.code_hash = _digest(ctx, row.id, code)
    ctx.session.add(row)
    outbox.tell(
        ctx,
        member.home_book,
        member.id,
        sentence,
        channel=SMS,
        urgent=True,
        until=row.expires_at,
        code=code,
        minutes=CODE_MINUTES,
    )
    audit.record(
        ctx, "code.send", "act_code", subject_id, book=member.home_book, after={"for": act}
    )
    ctx.session.flush()


def use(ctx: Context, member_id: UUID, act: str, subject_id: UUID, code: str) -> None:
    """Use the newest code up. Raises ActCodeWrong or ActCodeEnded; a wrong try is counted."""
    newest = ctx.session.scalar(
        sa.select(ActCode)
        .where(ActCode.member_id == member_id, ActCode.act == act, ActCode.subject_id == subject_id)
        .order_by(ActCode.sent_at.desc(), ActCode.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if (
        newest is None
        or newest.used_at is not None
        or newest.expires_at <= ctx.now
        or newest.attempts >= CODE_ATTEMPTS
    ):
        raise ActCodeEnded
    newest.attempts += 1
    typed = "".join(texts.plain(code).split())
    if not hmac.compare_digest(newest.code_hash, _digest(ctx, newest.id, typed)):
        ctx.session.flush()
        left = CODE_ATTEMPTS - newest.attempts
        if not left:
            raise ActCodeEnded
        raise ActCodeWrong(left=left)
    newest.used_at = ctx.now
    ctx.session.flush()


def _sent_in_hour(ctx: Context, member_id: UUID) -> int:
    wanted = sa.select(sa.func.count()).where(
        ActCode.member_id == member_id, ActCode.sent_at > ctx.now - timedelta(hours=1)
    )
    return ctx.session.scalar(wanted) or 0


def _digest(ctx: Context, code_id: UUID, code: str) -> str:
    return ctx.vault.blind(PURPOSE, f"{code_id}:{code}")
