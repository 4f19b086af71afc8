"""A signed statement of account: it proves what stands where, and carries no value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.people import Member
from models.portable import AccountStatement, StatementKind
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.ledger.check.account import is_genuine
from services.ledger.seals.account_file import STATEMENT, read_account, write_account
from services.ledger.seals.headers import content_hash
from services.ledger.seals.signing import SigningKey
from services.people.reading import member_row, subject_of
from services.portable import sentences as say
from services.portable.content import content_of, require_sealed

PURPOSE = "account.statement"


@dataclass(frozen=True, slots=True)
class Issued:
    """A statement as it went out: ``text`` is the file, byte for byte."""

    id: UUID
    book: str
    text: str


def state(ctx: Context, member_id: UUID, key: SigningKey) -> UUID:
    """Sign a statement of a member's account as it stands now; returns its id.

    By the own login or at the counter. Raises AccountNotSealed while a transfer waits for its
    seal: a minute later it has one.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "account.export", subject_of(member))

    def do() -> dict[str, str]:
        require_sealed(ctx, member)
        issued = keep(ctx, member, content_of(ctx, member, STATEMENT), key)
        outbox.tell(ctx, member.home_book, member.id, say.STATEMENT_TAKEN)
        return {"statement_id": str(issued.id)}

    content = {"member_id": member_id}
    return UUID(once(ctx, member.home_book, "account.export", content, do)["statement_id"])


def keep(ctx: Context, member: Member, given: dict[str, Any], key: SigningKey) -> Issued:
    """Sign a text and store the file as it goes out, sealed: it names a person.

    Raises NoSigningKey where the key was retired since the edge read it.
    """
    text = write_account(given, key)
    account = read_account(text)
    if not is_genuine(account):
        raise say.NoSigningKey
    ctx.session.add(
        AccountStatement(
            book=member.home_book,
            id=account.id,
            member_id=member.id,
            kind=StatementKind(account.kind),
            receiver=account.receiver,
            issued_at=ctx.now,
            issued_by_id=ctx.actor.id,
            content_sealed=ctx.vault.seal(PURPOSE, text),
            content_hash=content_hash(text),
            key_id=account.key_id,
            signature=account.signature,
            transfers={each["id"]: each["minutes"] for each in account.given["transfers"]},
        )
    )
    audit.record(
        ctx,
        f"account.{account.kind}",
        "account_statement",
        account.id,
        book=member.home_book,
        after={"kind": account.kind, "minutes": account.total_minutes},
        acting_for_id=member.id if ctx.actor.id != member.id else None,
    )
    ctx.session.flush()
    return Issued(account.id, member.home_book, text)
