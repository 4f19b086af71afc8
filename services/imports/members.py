"""People of an older system become members, by the thousand: a few statements for all of them.

They are pending, as anybody is whose identity card no branch has seen. That their data came over
is on record as a consent of its own kind; the terms are agreed to before the identity is checked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import
from models.ledger import Account, AccountKind, Balance
from models.people import Consent, Handle, Member, MemberStatus
from models.places import Branch
from services.claims import claim_rows
from services.context import Context
from services.imports.reading import OldPerson
from services.ledger.accounts import account_id
from services.ledger.rows import insert_rows
from services.people import handles
from services.people.errors import NoFreeNumber
from services.people.forms import DOCUMENT, IMPORTED
from services.people.register import NUMBER_TRIES
from services.rules import member_number

#: The consent under which the data came.
CONSENT = "import"
#: What entitles, which no list of an older system proves.
_FACTS = ("in_hardship", "lives_alone", "spends_under_age", "special_family")


def make_members(
    ctx: Context,
    row: Import,
    branch: Branch,
    ceiling_minutes: int,
    people: Sequence[OldPerson],
    digests: Mapping[int, str],
) -> dict[int, UUID]:
    """Make members of these people; returns line -> member, without those who were faster.

    Whoever joined by himself in the same moment keeps the identity: that line is left out.
    """
    wanted = {person.line: ctx.new_id() for person in people}
    mine = _claim_identities(ctx, wanted, digests)
    made = [person for person in people if person.line in mine]
    numbers = _claim_numbers(ctx, [mine[person.line] for person in made])
    _insert_members(ctx, row, branch, made, mine, numbers)
    _claim_phones(ctx, made, mine)
    _open_accounts(ctx, row.book, list(mine.values()), ceiling_minutes)
    return mine


def _claim_identities(
    ctx: Context, wanted: Mapping[int, UUID], digests: Mapping[int, str]
) -> dict[int, UUID]:
    """The identity's digest belongs to whoever writes it first."""
    lines = {digests[line]: line for line in wanted}
    claim_rows(
        ctx.session,
        Handle,
        [_handle(ctx, "id_number", digest, wanted[line]) for digest, line in sorted(lines.items())],
    )
    held = ctx.session.execute(
        sa.select(Handle.value, Handle.member_id).where(
            Handle.kind == "id_number", Handle.value.in_(list(lines))
        )
    )
    found = {}
    for digest, member_id in held:
        line = lines[digest]
        if wanted[line] == member_id:
            found[line] = member_id
    return found


def _claim_numbers(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, str]:
    """A national number by chance for each; another try for one that is taken."""
    found: dict[UUID, str] = {}
    left = list(ids)
    for _ in range(NUMBER_TRIES):
        if not left:
            return found
        tried = {member_number.new_number(secrets.randbelow): each for each in left}
        rows = [_handle(ctx, "number", number, each) for number, each in sorted(tried.items())]
        claim_rows(ctx.session, Handle, rows)
        held = ctx.session.execute(
            sa.select(Handle.value, Handle.member_id).where(
                Handle.kind == "number", Handle.value.in_(list(tried))
            )
        )
        found |= {key: value for value, key in held if tried[value] == key}
        left = [each for each in left if each not in found]
    raise NoFreeNumber


def _insert_members(
    ctx: Context,
    row: Import,
    branch: Branch,
    people: Sequence[OldPerson],
    ids: Mapping[int, UUID],
    numbers: Mapping[UUID, str],
) -> None:
    members = [
        _member(ctx, row, branch, person, ids[person.line], numbers[ids[person.line]])
        for person in people
    ]
    insert_rows(ctx.session, Member, members)
    consents = [
        {
            "member_id": each["id"],
            "id": ctx.new_id(),
            "kind": CONSENT,
            "how": DOCUMENT,
            "given_by": row.reference,
            "recorded_by_id": row.signed_by_id,
            "at": ctx.now,
        }
        for each in members
    ]
    insert_rows(ctx.session, Consent, consents)


def _member(
    ctx: Context, row: Import, branch: Branch, person: OldPerson, key: UUID, number: str
) -> dict[str, Any]:
    """The row of a member; whoever comes in new has an ID number, which says sex and birth."""
    vault = ctx.vault
    assert person.sex is not None
    assert person.born_on is not None

    def sealed(purpose: str, text: str | None) -> str | None:
        return vault.seal(purpose, text) if text else None

    return {
        "id": key,
        "number": number,
        "home_book": row.book,
        "other_books": [],
        "region_code": branch.region_code,
        "branch_id": branch.id,
        "name": person.name,
        "sex": person.sex.value,
        # As text: SQLite's driver knows no days, and PostgreSQL casts.
        "born_on": person.born_on.isoformat(),
        "id_number_sealed": vault.seal("member.id_number", person.id_number),
        "phone_sealed": sealed("member.phone", person.phone),
        "address_sealed": sealed("member.address", person.address),
        "skills": [],
        "service_codes": [],
        "is_provider": person.serves,
        "is_recipient": person.receives,
        "status": MemberStatus.PENDING.value,
        **dict.fromkeys(_FACTS, False),
        "overflow_to": "pool",
        "served_minutes": 0,
        "joined_at": ctx.now,
        "joined_by_id": row.signed_by_id,
        "joined_how": IMPORTED,
    }


def _claim_phones(ctx: Context, people: Sequence[OldPerson], ids: Mapping[int, UUID]) -> None:
    """A telephone number, or a sharer's place beside those who have it already."""
    places = {
        ids[person.line]: handles.phone_values(ctx.vault, person.phone)
        for person in people
        if person.phone
    }
    for turn in range(handles.PHONE_SHARERS):
        if not places:
            return
        tried: dict[str, UUID] = {}
        for key, values in places.items():
            tried.setdefault(values[turn], key)
        rows = [_handle(ctx, "phone", value, key) for value, key in sorted(tried.items())]
        claim_rows(ctx.session, Handle, rows)
        held = ctx.session.execute(
            sa.select(Handle.value, Handle.member_id).where(
                Handle.kind == "phone", Handle.value.in_(list(tried))
            )
        )
        got = {key for value, key in held if tried[value] == key}
        places = {key: values for key, values in places.items() if key not in got}


def _handle(ctx: Context, kind: str, value: str, member_id: UUID) -> dict[str, Any]:
    return {"value": value, "kind": kind, "member_id": member_id, "created_at": ctx.now}


def _open_accounts(ctx: Context, book: str, ids: Sequence[UUID], ceiling_minutes: int) -> None:
    """Earned coins under the storage cap, and received ones."""
    kinds = ((AccountKind.EARNED, ceiling_minutes), (AccountKind.RECEIVED, None))
    accounts = [
        {
            "book": book,
            "id": account_id(book, kind, key),
            "kind": kind.value,
            "owner_id": key,
            "period": "",
            "floor_minutes": 0,
            "ceiling_minutes": ceiling,
            "slots": 1,
            "opened_at": ctx.now,
        }
        for key in ids
        for kind, ceiling in kinds
    ]
    insert_rows(ctx.session, Account, accounts)
    balances = [
        {
            "book": book,
            "account_id": each["id"],
            "slot": 0,
            "posted_minutes": 0,
            "held_minutes": 0,
            "floor_minutes": 0,
            "version": 0,
        }
        for each in accounts
    ]
    insert_rows(ctx.session, Balance, balances)
