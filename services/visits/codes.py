"""Codes that prove presence: six digits told at the door, or torn off a printed slip."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

import sqlalchemy as sa

from models.requests import Visit, VisitCode
from services.context import Context
from services.visits.sentences import CodeLocked, CodeWrong, SlipCodeWrong

PURPOSE = "visit.code"
MAX_ATTEMPTS = 5
#: Letters and digits that nobody confuses when reading a slip.
SLIP_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_digits(ctx: Context, visit: Visit) -> None:
    """Two six-digit codes, one for coming and one for going; they always differ."""
    coming = secrets.randbelow(10**6)
    going = (coming + 1 + secrets.randbelow(10**6 - 1)) % 10**6
    for purpose, number in (("in", coming), ("out", going)):
        _add(ctx, visit, purpose, "digits", f"{number:06d}")


def make_slip(ctx: Context, visit: Visit) -> None:
    """Two one-use codes to print; a slip printed before is no longer valid."""
    ctx.session.execute(
        sa.delete(VisitCode).where(
            VisitCode.book == visit.book,
            VisitCode.visit_id == visit.id,
            VisitCode.channel == "slip",
            VisitCode.used_at.is_(None),
        )
    )
    for purpose in ("in", "out"):
        code = "".join(secrets.choice(SLIP_ALPHABET) for _ in range(6))
        _add(ctx, visit, purpose, "slip", code)


def _add(ctx: Context, visit: Visit, purpose: str, channel: str, code: str) -> None:
    ctx.session.add(
        VisitCode(
            book=visit.book,
            visit_id=visit.id,
            purpose=purpose,
            channel=channel,
            code_sealed=ctx.vault.seal(PURPOSE, code),
            attempts=0,
        )
    )


def codes_of(ctx: Context, book: str, visit_id: UUID, channel: str) -> dict[str, str]:
    """The unused codes of a visit by purpose, for the elder's page or for printing."""
    rows = ctx.session.scalars(
        sa.select(VisitCode).where(
            VisitCode.book == book,
            VisitCode.visit_id == visit_id,
            VisitCode.channel == channel,
            VisitCode.used_at.is_(None),
        )
    )
    return {row.purpose: ctx.vault.open(PURPOSE, row.code_sealed) for row in rows}


def use_digits(ctx: Context, visit: Visit, purpose: str, code: str) -> None:
    """Use up the digits the elder told. Raises CodeWrong or CodeLocked, both counted."""
    row = _row(ctx, visit, purpose, "digits")
    if row is None or row.used_at is not None:
        raise CodeLocked
    if row.attempts >= MAX_ATTEMPTS:
        raise CodeLocked
    if not same_code(ctx, row, code):
        row.attempts += 1
        ctx.session.flush()
        left = MAX_ATTEMPTS - row.attempts
        raise CodeWrong(left=left) if left else CodeLocked
    row.used_at = ctx.now


def use_slip(ctx: Context, visit: Visit, purpose: str, code: str) -> None:
    """Use up a tear-off code at the counter; raises SlipCodeWrong."""
    row = _row(ctx, visit, purpose, "slip")
    if row is None or row.used_at is not None or not same_code(ctx, row, code):
        raise SlipCodeWrong(field=f"code_{purpose}")
    row.used_at = ctx.now


def _row(ctx: Context, visit: Visit, purpose: str, channel: str) -> VisitCode | None:
    return ctx.session.scalar(
        sa.select(VisitCode)
        .where(
            VisitCode.book == visit.book,
            VisitCode.visit_id == visit.id,
            VisitCode.purpose == purpose,
            VisitCode.channel == channel,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def same_code(ctx: Context, row: VisitCode, code: str) -> bool:
    """Whether what was typed is the code; blanks, hyphens and small letters are forgiven."""
    plain = "".join(code.upper().split()).replace("-", "")
    # Compared as bytes: whatever people type, Chinese too, is only ever wrong.
    return hmac.compare_digest(ctx.vault.open(PURPOSE, row.code_sealed).encode(), plain.encode())
