"""A roll put forward by one administrator and signed by another, who is no kin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.returns import EntitlementRoll, RollChange, RollEntry
from services import audit, outbox
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.corridors.warning import administrators_of
from services.countersigning import require_second
from services.imports.files import file_hash
from services.ledger.rows import insert_rows
from services.reserve.reading import lock_book
from services.reserve.recording import require_region
from services.rolls import sentences as say
from services.rolls.comparing import ASKED, FACTS, JOINED, LEFT, Compared, compare, last_signed
from services.rolls.reading_files import Listed, people_in, sealed

LONGEST_SOURCE = 120
#: Rows written at once.
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class RollForm:
    """What an administrator uploads. ``rest_why`` is for those of whom nothing is known."""

    kind: str
    month: str
    source: str
    content: bytes = field(repr=False)
    rest_why: str = ""
    #: Reasons by person (the digest), before ``rest_why``.
    said: Mapping[str, str] = field(default_factory=dict)


def try_roll(ctx: Context, book: str, form: RollForm) -> Compared:
    """What a file would bring; nothing is written but that it was looked at.

    RollRowsBad and its like, RollKindUnknown, RollMonthWrong.
    """
    require_region(ctx, "roll.propose", book)
    found = _compared(ctx, book, form)
    after = {"kind": form.kind, "month": form.month, "rows": len(found.listed)}
    audit.record(ctx, "roll.read", "roll", ctx.new_id(), book=book, after=after)
    ctx.session.flush()
    return found


def propose_roll(ctx: Context, book: str, form: RollForm) -> UUID:
    """Put a roll forward; returns its id. RollWaiting, RollWhyNeeded, what ``try_roll`` raises."""
    require_region(ctx, "roll.propose", book)
    content = {
        "kind": form.kind,
        "month": form.month,
        "source": form.source,
        "file_hash": file_hash(form.content),
        "rest_why": form.rest_why,
        "said": dict(form.said),
    }

    def do() -> dict[str, str]:
        return {"roll_id": str(_propose(ctx, book, form))}

    return UUID(once(ctx, book, "roll.propose", content, do)["roll_id"])


def _propose(ctx: Context, book: str, form: RollForm) -> UUID:
    lock_book(ctx.session, book)
    if not 0 < len(form.source.strip()) <= LONGEST_SOURCE:
        raise say.RollSourceNeeded(field="source")
    if waiting(ctx, book, form.kind) is not None:
        raise say.RollWaiting
    found = _compared(ctx, book, form)
    if found.unknown:
        raise say.RollWhyNeeded(field="rest_why", count=found.unknown)
    key = ctx.new_id()
    ctx.session.add(
        EntitlementRoll(
            book=book,
            id=key,
            kind=form.kind,
            month=form.month,
            source=form.source.strip(),
            file_hash=file_hash(form.content),
            rows=len(found.listed),
            proposed_by_id=ctx.actor.id,
            proposed_at=ctx.now,
        )
    )
    ctx.session.flush()
    _write(ctx, book, key, found)
    after = {
        "kind": form.kind,
        "month": form.month,
        "rows": len(found.listed),
        "joined": found.count(JOINED),
        "left": found.count(LEFT),
        "file_hash": file_hash(form.content),
    }
    audit.record(ctx, "roll.propose", "roll", key, book=book, after=after)
    for member_id in administrators_of(ctx, book):
        if member_id != ctx.actor.id:
            outbox.tell(
                ctx,
                book,
                member_id,
                say.PROPOSED,
                proposer=ctx.actor.name,
                month=form.month,
                rows=len(found.listed),
            )
    ctx.session.flush()
    return key


def _compared(ctx: Context, book: str, form: RollForm) -> Compared:
    if form.kind not in FACTS:
        raise say.RollKindUnknown(field="kind")
    if form.rest_why and form.rest_why not in ASKED:
        raise say.RollWhyNeeded(field="rest_why", count=1)
    if any(why not in ASKED for why in form.said.values()):
        raise say.RollWhyNeeded(field="said", count=len(form.said))
    today = local_date(ctx.now)
    before = last_signed(ctx.session, book, form.kind)
    if form.month not in _months(today) or (before is not None and form.month < before.month):
        raise say.RollMonthWrong(field="month")
    listed = people_in(form.content, ctx.vault, today)
    return compare(ctx, book, form.kind, listed, form.said, form.rest_why)


def _months(today: date) -> tuple[str, str, str]:
    """The last month, this one and the next."""
    first = today.replace(day=1)
    near = (first - timedelta(days=1), first, first + timedelta(days=31))
    return f"{near[0]:%Y-%m}", f"{near[1]:%Y-%m}", f"{near[2]:%Y-%m}"


def _write(ctx: Context, book: str, roll_id: UUID, found: Compared) -> None:
    people: dict[str, Listed] = dict(found.listed)
    entries = [
        {
            "book": book,
            "roll_id": roll_id,
            "person": person,
            "name_sealed": sealed(ctx.vault, each),
            "member_id": found.members.get(person),
        }
        for person, each in people.items()
    ]
    changes = [
        {
            "book": book,
            "roll_id": roll_id,
            "person": each.person,
            "member_id": each.member_id,
            "name_sealed": sealed(ctx.vault, Listed(each.person, each.name, each.region)),
            "change": each.change,
            "why": each.why,
        }
        for each in found.changes
    ]
    for first in range(0, len(entries), CHUNK):
        insert_rows(ctx.session, RollEntry, entries[first : first + CHUNK])
    for first in range(0, len(changes), CHUNK):
        insert_rows(ctx.session, RollChange, changes[first : first + CHUNK])


def waiting(ctx: Context, book: str, kind: str) -> UUID | None:
    """The roll of a kind that waits for its second name; there is never more than one."""
    return ctx.session.scalar(
        sa.select(EntitlementRoll.id).where(
            EntitlementRoll.book == book,
            EntitlementRoll.kind == kind,
            EntitlementRoll.signed_at.is_(None),
            EntitlementRoll.withdrawn_at.is_(None),
        )
    )


def sign_roll(ctx: Context, book: str, roll_id: UUID) -> None:
    """The second administrator signs; the job then lets the members' facts follow.

    NoSuchRoll, RollSigned, RollWithdrawn, SecondSignature, KinSigns.
    """
    require_region(ctx, "roll.sign", book)

    def do() -> dict[str, str]:
        row = _unsigned(ctx, book, roll_id)
        require_second(ctx, row.proposed_by_id)
        row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
        after = {"kind": row.kind, "month": row.month, "rows": row.rows, "state": "signed"}
        before = {"state": "proposed"}
        audit.record(ctx, "roll.sign", "roll", row.id, book=book, before=before, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "roll.sign", {"roll_id": roll_id}, do)


def withdraw_roll(ctx: Context, book: str, roll_id: UUID) -> None:
    """Take a roll back that nobody has signed; NoSuchRoll, RollSigned, RollWithdrawn."""
    require_region(ctx, "roll.withdraw", book)

    def do() -> dict[str, str]:
        row = _unsigned(ctx, book, roll_id)
        row.withdrawn_at = ctx.now
        before, after = {"state": "proposed"}, {"state": "withdrawn"}
        audit.record(ctx, "roll.withdraw", "roll", row.id, book=book, before=before, after=after)
        ctx.session.flush()
        return {}

    once(ctx, book, "roll.withdraw", {"roll_id": roll_id}, do)


def _unsigned(ctx: Context, book: str, roll_id: UUID) -> EntitlementRoll:
    lock_book(ctx.session, book)
    row = ctx.session.scalar(
        sa.select(EntitlementRoll)
        .where(EntitlementRoll.book == book, EntitlementRoll.id == roll_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise say.NoSuchRoll
    if row.withdrawn_at is not None:
        raise say.RollWithdrawn
    if row.signed_at is not None:
        raise say.RollSigned
    return row
