"""What a statement of account says: who, what stands where, what was served, and which seals."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Entry
from models.people import Certificate, Member
from models.seals import Unsealed
from services import rates
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import Standing, inherited_on, standings
from services.ledger.seals.account_file import VERSION
from services.ledger.seals.headers import as_json
from services.ledger.seals.keys import key_ring
from services.ledger.seals.sealer import newest_head
from services.people.books import books_of
from services.people.reading import held_certificates
from services.places.regions import full_name
from services.portable import sentences as say
from services.rules.levels import provider_level, valid_codes
from services.rules.rule_set import RuleSet
from services.stars.standing import stars_of

#: Work of one guess at an ID number: whoever finds a file shall not find the number by trying.
SCRYPT = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 1 << 26, "dklen": 32}


@dataclass(frozen=True, slots=True)
class Debited:
    """What a closing statement took off one account, by which transfer."""

    book: str
    transfer_id: UUID
    minutes: int


def identity_hash(id_number: str, salt: str) -> str:
    """A digest by which a counter confirms the person; the number itself is in no file."""
    return hashlib.scrypt(id_number.upper().encode(), salt=bytes.fromhex(salt), **SCRYPT).hex()


def origin_of(standing: Standing) -> str:
    """Earned, received, inherited or granted, as a statement names it."""
    if standing.kind is AccountKind.RECEIVED and inherited_on(standing.period) is not None:
        return "inherited"
    return standing.kind.value


def content_of(
    ctx: Context,
    member: Member,
    kind: str,
    *,
    receiver: str | None = None,
    debited: Sequence[Debited] = (),
    before: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The text that is signed, as it stands now.

    ``before`` are the balances that a closing statement has debited a moment ago. Raises
    AccountNotSealed while a transfer of the member's waits for its seal.
    """
    books = books_of(member)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    coins = list(before) if before is not None else coins_of(ctx, member)
    region_zh, region_en = full_name(ctx.session, member.region_code, local_date(ctx.now))
    salt = secrets.token_hex(16)
    id_number = ctx.vault.open("member.id_number", member.id_number_sealed)
    heads = [newest_head(ctx.session, book) for book in books]
    return {
        "version": VERSION,
        "kind": kind,
        "id": ctx.new_id(),
        "issued_at": ctx.now,
        "receiver": receiver,
        "member": {
            "number": member.number,
            "name": member.name,
            "sex": member.sex.value,
            "born_on": member.born_on,
            "region": member.region_code,
            "region_zh": region_zh,
            "region_en": region_en,
            "joined_on": local_date(member.joined_at),
            "identity_salt": salt,
            "identity_hash": identity_hash(id_number, salt),
        },
        "coins": coins,
        "total_minutes": sum(each["posted_minutes"] for each in coins),
        **_served(ctx, member, rules),
        "rule_set": {"version": rules.version, "hash": rules.content_hash},
        "transfers": [
            {"book": each.book, "id": each.transfer_id, "minutes": each.minutes} for each in debited
        ],
        "seals": [as_json(head) for head in heads if head is not None],
        "keys": [as_json(event) for event in key_ring(ctx.session).events],
    }


def coins_of(ctx: Context, member: Member) -> list[dict[str, Any]]:
    """Everything that stands on the member's accounts, book by book in spending order."""
    return [
        {
            "book": book,
            "origin": origin_of(each),
            "period": each.period,
            "posted_minutes": each.posted_minutes,
            "held_minutes": each.held_minutes,
        }
        for book in books_of(member)
        for each in standings(ctx.session, book, member.id, now=ctx.now)
        if each.posted_minutes
    ]


def require_sealed(ctx: Context, member: Member) -> None:
    """Raise AccountNotSealed while a transfer on the member's accounts waits for its seal."""
    books = books_of(member)
    waiting = (
        sa.select(Unsealed.transfer_id)
        .join(
            Entry,
            sa.and_(Entry.book == Unsealed.book, Entry.transfer_id == Unsealed.transfer_id),
        )
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Unsealed.book.in_(books), Account.owner_id == member.id)
        .limit(1)
    )
    if ctx.session.scalar(waiting) is not None:
        raise say.AccountNotSealed


def _served(ctx: Context, member: Member, rules: RuleSet) -> dict[str, Any]:
    """Actual hours, and the honours and papers that follow from them."""
    held = held_certificates(ctx.session, member.id)
    codes = valid_codes(held, local_date(ctx.now))
    rows = ctx.session.scalars(
        sa.select(Certificate)
        .where(Certificate.member_id == member.id)
        .order_by(Certificate.valid_from, Certificate.code)
    )
    return {
        "served_minutes": member.served_minutes,
        "stars": stars_of(ctx.session, member),
        "level": provider_level(codes, member.served_minutes, rules),
        "certificates": [
            {
                "code": each.code,
                "issuer": each.issuer,
                "from": each.valid_from,
                "to": each.valid_to,
            }
            for each in rows
        ],
    }
