"""Taking in a closing statement of another installation: once, for the one person it names."""

from __future__ import annotations

import hmac
from uuid import UUID

import sqlalchemy as sa

from models.people import MemberStatus
from models.places import Book
from models.portable import Installation, TakenStatement
from services import audit, policy
from services.acts import once
from services.claims import claim_row
from services.context import Context
from services.errors import NotFound
from services.imports.proposing import put_forward_account
from services.imports.reading import OldPerson
from services.ledger.check.account import figures_wrong, is_genuine
from services.ledger.seals.account_file import CLOSING, AccountFile, read_account
from services.ledger.seals.headers import Malformed
from services.moving.acting import card_holder
from services.people import texts
from services.people.reading import member_row
from services.policy import Subject
from services.portable import sentences as say
from services.portable.content import identity_hash
from services.portable.installations import own_fingerprints

#: A file of one account is never as long as this.
LONGEST = 1 << 20
#: Where each origin goes: an inheritance is received here, its day belongs to another book.
TO_ACCOUNT = {"earned": "earned", "received": "received", "inherited": "received"}


def take_in(ctx: Context, book: str, branch_id: UUID, raw: bytes, id_number: str) -> UUID:
    """Put a closing statement forward as an import of one row; returns the import's id.

    Notice and second signature follow as for any import. Raises StatementBroken, NotAClosing,
    IssuerUnknown, NotForUs, TakenAlready, OtherPerson or NotAMemberHere: nothing is then changed.
    """
    policy.require(ctx.actor, "import.propose", Subject(book=book, region_code=book))
    if ctx.session.get(Book, book) is None:
        raise NotFound
    account = _read(raw)

    def do() -> dict[str, str]:
        issuer = _issuer(ctx, account)
        _require_for_us(ctx, account)
        person = _person(ctx, account, id_number)
        import_id = _put_forward(ctx, book, branch_id, account, person, issuer)
        return {"import_id": str(import_id)}

    content = {"statement": account.id, "branch_id": branch_id, "signature": account.signature}
    return UUID(once(ctx, book, "account.take_in", content, do)["import_id"])


def _read(raw: bytes) -> AccountFile:
    """The file, if every byte, the signature and every figure hold."""
    if len(raw) > LONGEST:
        raise say.StatementBroken(field="file")
    try:
        account = read_account(raw.decode())
    except (Malformed, ValueError, RecursionError):
        raise say.StatementBroken(field="file") from None
    sealed = all(account.ring.has_signed(head) for head in account.seals)
    holds = not account.ring.problems and is_genuine(account) and sealed
    if not holds or any(figures_wrong(account)):
        raise say.StatementBroken(field="file")
    if account.kind != CLOSING:
        raise say.NotAClosing(field="file")
    return account


def _issuer(ctx: Context, account: AccountFile) -> Installation:
    """The installation whose key signed it, or vouches for the one that did."""
    known = ctx.session.scalars(
        sa.select(Installation)
        .where(Installation.removed_at.is_(None))
        .order_by(Installation.fingerprint)
    )
    for each in known:
        if account.key_id in account.ring.vouched_by({each.fingerprint}):
            return each
    raise say.IssuerUnknown(field="file")


def _require_for_us(ctx: Context, account: AccountFile) -> None:
    if account.receiver not in own_fingerprints(ctx):
        raise say.NotForUs(field="file")


def _person(ctx: Context, account: AccountFile, id_number: str) -> OldPerson:
    """Who it is about: the number on the card fits the file's digest, and is a member's here."""
    who = account.given["member"]
    narrow = "".join(texts.plain(id_number).upper().split())
    found = identity_hash(narrow, str(who["identity_salt"]))
    if not hmac.compare_digest(found, str(who["identity_hash"])):
        raise say.OtherPerson(field="id_number")
    member_id = card_holder(ctx, narrow)
    member = member_row(ctx.session, member_id) if member_id is not None else None
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise say.NotAMemberHere(field="id_number")
    return OldPerson(
        line=1,
        key=str(who["number"]),
        name=member.name,
        id_number=narrow,
        sex=member.sex,
        born_on=member.born_on,
        actual_minutes=int(account.given["served_minutes"]),
    )


def _put_forward(
    ctx: Context,
    book: str,
    branch_id: UUID,
    account: AccountFile,
    person: OldPerson,
    issuer: Installation,
) -> UUID:
    """Claim the statement's id, of two who try at once for one of them, and put it forward."""
    balances: dict[str, int] = {}
    for coins in account.coins:
        to = TO_ACCOUNT.get(coins.origin)
        if to is not None:
            balances[to] = balances.get(to, 0) + coins.posted_minutes
    import_id = put_forward_account(ctx, book, branch_id, person, balances, issuer.name, account.id)
    taken = {
        "statement_id": account.id,
        "issuer": issuer.fingerprint,
        "book": book,
        "import_id": import_id,
        "taken_at": ctx.now,
    }
    if not claim_row(ctx.session, TakenStatement, taken):
        raise say.TakenAlready(field="file")
    after = {"statement": str(account.id), "minutes": account.carried_minutes}
    audit.record(ctx, "account.take_in", "import", import_id, book=book, after=after)
    ctx.session.flush()
    return import_id
