"""Statements as they are read again: by the member, at the counter, and by whoever holds a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.portable import AccountStatement, Installation, StatementKind
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.ledger.seals.account_file import CARRIED, AccountFile, read_account
from services.people import second_factor
from services.people.books import books_of
from services.people.guardians import guardianship_of
from services.people.reading import member_row, subject_of
from services.places.regions import full_name
from services.portable import sentences as say
from services.portable.content import coins_of
from services.portable.leaving import in_the_way
from services.portable.stating import PURPOSE
from services.rules.names import Name
from services.rules.refusals import Refusal

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: How long the browser in which an account was closed may fetch the closing statement.
AT_ONCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A statement in a list; ``receiver`` is the installation that a closing one names."""

    id: UUID
    kind: StatementKind
    issued_at: datetime
    receiver: Name | None
    #: SHA-256 of the file's bytes, in hexadecimal digits.
    digest: str


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement as it went out: ``text`` is the file, byte for byte."""

    line: StatementLine
    member_id: UUID
    text: str
    account: AccountFile
    #: What books, certificates and levels are called, by their codes.
    books: Mapping[str, Name]
    certificates: Mapping[str, Name]
    level: Name | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A member's statements, the newest first."""

    member_id: UUID
    name: str
    is_active: bool
    statements: tuple[StatementLine, ...]


@dataclass(frozen=True, slots=True)
class LeavingView:
    """What would go out and what would lapse, and every reason in the way."""

    member_id: UUID
    name: str
    is_active: bool
    carried_minutes: int
    granted_minutes: int
    reasons: tuple[Refusal, ...]
    #: Whether a one-time code can reach the member: without it the counter closes.
    has_code: bool


def account_page(ctx: Context, member_id: UUID) -> AccountPage:
    """A member's statements, the newest first; for the member and for staff."""
    member = _member(ctx, member_id, "account.export")
    rows = ctx.session.scalars(
        sa.select(AccountStatement)
        .where(AccountStatement.book.in_(books_of(member)), AccountStatement.member_id == member_id)
        .order_by(AccountStatement.issued_at.desc(), AccountStatement.id.desc())
    ).all()
    names = _receivers(ctx, rows)
    lines = tuple(_line(row, names) for row in rows)
    return AccountPage(member_id, member.name, _open(member), lines)


def leaving(ctx: Context, member_id: UUID) -> LeavingView:
    """A look at closing the account before anything is done."""
    member = _member(ctx, member_id, "account.close")
    coins = coins_of(ctx, member)
    carried = sum(each["posted_minutes"] for each in coins if each["origin"] in CARRIED)
    return LeavingView(
        member_id=member_id,
        name=member.name,
        is_active=_open(member),
        carried_minutes=carried,
        granted_minutes=sum(each["posted_minutes"] for each in coins) - carried,
        reasons=in_the_way(ctx, member),
        has_code=guardianship_of(ctx.session, member_id) is None
        and second_factor.can_receive(ctx, member),
    )


def statement_file(ctx: Context, member_id: UUID, statement_id: UUID) -> StatementFile:
    """One statement as it went out; somebody else's look is recorded: run it in a unit of work."""
    member = _member(ctx, member_id, "account.export")
    row = _row(ctx, member, statement_id)
    if ctx.actor.id != member_id:
        audit.record(
            ctx,
            "account.read",
            "account_statement",
            row.id,
            book=row.book,
            after={"kind": row.kind},
            acting_for_id=member_id,
        )
    return _file(ctx, row)


def handed_out(ctx: Context, member_id: UUID, statement_id: UUID) -> StatementFile:
    """The file for whoever has made it in this unit of work, which asked for the right and the
    audit record already: a member who has just closed the account has no right to it any more.
    """
    return _file(ctx, _row(ctx, member_row(ctx.session, member_id), statement_id))


def just_closed(ctx: Context, member_id: UUID, statement_id: UUID) -> StatementFile:
    """A closing statement for the browser that closed the account: nobody can log in any more.

    The edge answers for who asks, by a session that the closing itself has opened.
    """
    policy.require(ctx.actor, "account.check")
    row = _row(ctx, member_row(ctx.session, member_id), statement_id)
    if row.kind is not StatementKind.CLOSING or ctx.now >= row.issued_at + AT_ONCE:
        raise NotFound
    return _file(ctx, row)


def issued_here(ctx: Context, digest: str) -> StatementLine | None:
    """Whether a file with this SHA-256 went out from here: its kind and its day, and no name."""
    policy.require(ctx.actor, "account.check")
    row = ctx.session.scalars(
        sa.select(AccountStatement)
        .where(AccountStatement.content_hash == digest)
        .limit(1)
        .execution_options(cross_book=True)
    ).first()
    return _line(row, _receivers(ctx, [row])) if row is not None else None


def issued(ctx: Context, typed: str) -> StatementLine:
    """The same from whatever somebody copied; NotFound where no such file went out."""
    digest = "".join(typed.split()).lower()
    line = issued_here(ctx, digest) if _DIGEST.fullmatch(digest) else None
    if line is None:
        raise say.StatementUnknown(field="digest")
    return line


def _member(ctx: Context, member_id: UUID, act: str) -> Member:
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, act, subject_of(member))
    return member


def _open(member: Member) -> bool:
    return member.status.value == "active"


def _row(ctx: Context, member: Member, statement_id: UUID) -> AccountStatement:
    row = ctx.session.scalars(
        sa.select(AccountStatement).where(
            AccountStatement.book.in_(books_of(member)),
            AccountStatement.id == statement_id,
            AccountStatement.member_id == member.id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _file(ctx: Context, row: AccountStatement) -> StatementFile:
    text = ctx.vault.open(PURPOSE, row.content_sealed)
    account = read_account(text)
    day = local_date(row.issued_at)
    rules = rates.rule_set_on(ctx.session, day)
    books = {each.book for each in account.coins} | {head.book for head in account.seals}
    level: Any = account.given["level"]
    return StatementFile(
        line=_line(row, _receivers(ctx, [row])),
        member_id=row.member_id,
        text=text,
        account=account,
        books={book: Name(*full_name(ctx.session, book, day)) for book in sorted(books)},
        certificates={code: each.name for code, each in rules.certificates.items()},
        level=rules.levels[level].name if level in rules.levels else None,
    )


def _receivers(ctx: Context, rows: Sequence[AccountStatement]) -> Mapping[str, Name]:
    wanted = {row.receiver for row in rows if row.receiver is not None}
    found = ctx.session.scalars(sa.select(Installation).where(Installation.fingerprint.in_(wanted)))
    return {each.fingerprint: Name(each.name, each.name_en) for each in found}


def _line(row: AccountStatement, names: Mapping[str, Name]) -> StatementLine:
    receiver = names.get(row.receiver) if row.receiver is not None else None
    return StatementLine(row.id, row.kind, row.issued_at, receiver, row.content_hash)
