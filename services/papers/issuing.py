"""Issuing a paper within the act that it is about, and withdrawing it when the act is undone."""

from __future__ import annotations

import json
import secrets
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.papers import Paper
from models.people import Member
from services import audit
from services.claims import claim_row
from services.context import Context
from services.rules.rule_set import canonical_json, hash_of

PURPOSE = "paper.content"
#: Twenty-nine, a prime, without look-alikes: what is read aloud or typed is not mistaken.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXY"
CODE_LENGTH = 12


class PaperKind(StrEnum):
    """What a paper says."""

    DESIGNATION = "designation"
    GIFT_DEED = "gift_deed"
    DONATION_CERTIFICATE = "donation_certificate"
    ESTATE_NOTICE = "estate_notice"
    DIVISION_PROTOCOL = "division_protocol"
    MOVE_RECEIPT = "move_receipt"
    SERVICE_PROOF = "service_proof"


def issue(
    ctx: Context,
    kind: PaperKind,
    book: str,
    subject_id: UUID,
    member: Member,
    content: dict[str, Any],
    *,
    numbered: bool = False,
) -> str:
    """Write a paper down and return its check code; the act's own transaction holds it.

    ``member`` is whose paper it is. ``content`` is canonical JSON: texts, whole numbers, days and
    moments as ISO text; the words around them are the edge's. An earlier paper of the same kind
    about the same subject is withdrawn. ``numbered``: the check code is the paper's number as well,
    its ``reference``.
    """
    withdraw(ctx, kind, book, subject_id, "replaced")
    # The digest is public: nobody shall find out by trying what a short paper says.
    content = {**content, "salt": secrets.token_hex(16)}
    row = {
        "book": book,
        "kind": kind.value,
        "subject_id": subject_id,
        "member_id": member.id,
        "branch_id": member.branch_id,
        "issued_at": ctx.now,
        "issued_by_id": ctx.actor.id,
        "withdrawn_at": None,
        "withdrawn_reason": None,
    }
    is_new = False
    while not is_new:
        code = new_code()
        said = {**content, "reference": spelled(code)} if numbered else content
        sealed = ctx.vault.seal(PURPOSE, canonical_json(said))
        filled = {"code": code, **row, "content_sealed": sealed, "content_hash": hash_of(said)}
        is_new = claim_row(ctx.session, Paper, filled)
    audit.record(ctx, "paper.issue", "paper", subject_id, book=book, after={"kind": kind.value})
    return code


def withdraw(ctx: Context, kind: PaperKind, book: str, subject_id: UUID, reason: str) -> None:
    """Say of every paper of this kind about the subject that it no longer holds."""
    rows = ctx.session.scalars(
        sa.select(Paper).where(
            Paper.book == book,
            Paper.subject_id == subject_id,
            Paper.kind == kind.value,
            Paper.withdrawn_at.is_(None),
        )
    )
    for row in rows:
        row.withdrawn_at, row.withdrawn_reason = ctx.now, reason
    ctx.session.flush()


def code_of(ctx: Context, kind: PaperKind, book: str, subject_id: UUID) -> str | None:
    """The check code of the paper that holds now."""
    return ctx.session.scalar(
        sa.select(Paper.code).where(
            Paper.book == book,
            Paper.subject_id == subject_id,
            Paper.kind == kind.value,
            Paper.withdrawn_at.is_(None),
        )
    )


def content_of(ctx: Context, row: Paper) -> dict[str, Any]:
    """What a paper says, as it was issued."""
    content: dict[str, Any] = json.loads(ctx.vault.open(PURPOSE, row.content_sealed))
    return content


def spelled(code: str) -> str:
    """A code in three groups of four, as it is read aloud."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def new_code() -> str:
    """Eleven drawn characters and one that checks them."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return drawn + check_of(drawn)


def check_of(drawn: str) -> str:
    """The check character: a weighted sum, so that a mistyped or swapped character shows."""
    total = sum((place + 2) * ALPHABET.index(char) for place, char in enumerate(drawn))
    return ALPHABET[total % len(ALPHABET)]
