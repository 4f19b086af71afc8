"""What is known here about the people of some rows: a handful of statements, however many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, RowState
from models.ledger import AccountKind
from models.people import Handle, Member, MemberStatus
from services.batches.standing import Stand, locked_stands, stands
from services.context import Context
from services.imports.layouts import ACCOUNT
from services.imports.reading import OldPerson
from services.ledger.accounts import account_id
from services.ledger.drafts import Stamp
from services.people import handles

ORIGINS = (AccountKind.EARNED, AccountKind.RECEIVED)


@dataclass(frozen=True, slots=True)
class KnownMember:
    """Somebody who is a member already."""

    id: UUID
    name: str
    home_book: str
    has_left: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Digest or number -> member, what stands on their accounts, and who has come before."""

    digests: Mapping[int, str]
    by_digest: Mapping[str, KnownMember]
    by_number: Mapping[str, KnownMember]
    #: Whether the telephone of a row is a member's; a hint, never an identity.
    phones: frozenset[int]
    stands: Mapping[UUID, Stand]
    brought: frozenset[UUID]

    def member(self, person: OldPerson) -> KnownMember | None:
        """Who the row's person is here, by identity first, by number else."""
        found = self.by_digest.get(self.digests.get(person.line, ""))
        if found is None and not person.id_number and person.number:
            return self.by_number.get(person.number)
        return found


def gather(
    ctx: Context,
    row: Import,
    people: Sequence[OldPerson],
    *,
    lock: bool = False,
) -> Known:
    """Look everything up. With ``lock`` the accounts' rows are locked, to be posted on."""
    vault, book = ctx.vault, row.book
    digests = {
        each.line: handles.digest(vault, "id_number", each.id_number)
        for each in people
        if each.id_number
    }
    numbers = {each.number for each in people if each.number}
    by_digest = _holders(ctx, "id_number", digests.values())
    by_number = _holders(ctx, "number", numbers)
    phones = {each.line: vault.blind("phone", each.phone) for each in people if each.phone}
    taken = set(_holders(ctx, "phone", phones.values()))
    members = _members(ctx, {*by_digest.values(), *by_number.values()})
    accounts = [
        account_id(book, kind, each.id)
        for each in members.values()
        if each.home_book == book
        for kind in ORIGINS
    ]
    if lock:
        found = locked_stands(ctx.session, book, accounts, Stamp(ctx.now, ctx.actor.id))
    else:
        found = stands(ctx.session, book, accounts, ctx.now)
    return Known(
        digests,
        {digest: members[key] for digest, key in by_digest.items() if key in members},
        {number: members[key] for number, key in by_number.items() if key in members},
        frozenset(line for line, value in phones.items() if value in taken),
        found,
        _brought(ctx, row, list(members)),
    )


def _holders(ctx: Context, kind: str, values: Iterable[str]) -> dict[str, UUID]:
    wanted = sorted(set(values))
    if not wanted:
        return {}
    # Whoever once held an identity holds it, whatever became of the name since.
    rows = ctx.session.execute(
        sa.select(Handle.value, Handle.member_id).where(
            Handle.value.in_(wanted), Handle.kind == kind
        )
    )
    return {row.value: row.member_id for row in rows}


def _members(ctx: Context, ids: set[UUID]) -> dict[UUID, KnownMember]:
    if not ids:
        return {}
    rows = ctx.session.execute(
        sa.select(Member.id, Member.name, Member.home_book, Member.status, Member.died_at).where(
            Member.id.in_(sorted(ids))
        )
    )
    return {
        row.id: KnownMember(
            row.id,
            row.name,
            row.home_book,
            row.status is MemberStatus.CLOSED or row.died_at is not None,
        )
        for row in rows
    }


def _brought(ctx: Context, row: Import, ids: list[UUID]) -> frozenset[UUID]:
    """Who has got a balance from the same source by another import that still stands.

    A closing statement is told apart by its own id: whoever goes back and leaves again later
    brings another one.
    """
    if not ids or row.layout == ACCOUNT:
        return frozenset()
    wanted = (
        sa.select(ImportRow.member_id)
        .join(Import, sa.and_(Import.book == ImportRow.book, Import.id == ImportRow.import_id))
        .where(
            ImportRow.book == row.book,
            ImportRow.import_id != row.id,
            ImportRow.member_id.in_(ids),
            ImportRow.state == RowState.POSTED,
            ImportRow.transfer_id.is_not(None),
            Import.source == row.source,
        )
    )
    return frozenset(key for key in ctx.session.scalars(wanted) if key is not None)
