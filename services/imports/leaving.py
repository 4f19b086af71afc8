"""A region leaves with everything: members, balances and transfers, in two formats, as one file.

The list in the template's format is read again by the same reader that takes older time banks
in. Because it names people with their ID numbers, it is asked for with a one-time code, and who
took it stands on record.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Balance, Entry, Transfer
from models.people import Member, MemberStatus
from models.places import Book
from services import audit, policy
from services.acts import once
from services.clock import local
from services.context import Context
from services.errors import NotFound
from services.ids import derived
from services.imports.layouts import MEMBERS, TRANSFERS, fields_of
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of, side_by_side
from services.people import second_factor
from services.people.reading import member_row
from services.policy import Subject

ACT = "region.export"
CODE = (
    "您要导出全区的成员和余额，验证码是 {code}，{minutes} 分钟内有效。不是您本人操作请马上改密码。"
)
#: Names of the files in the archive.
OWN_MEMBERS, OWN_TRANSFERS = "members.csv", "transfers.csv"
TO_MEMBERS, TO_TRANSFERS = "timeoverflow/members.csv", "timeoverflow/transfers.csv"
MANIFEST = "manifest.json"
_OWN = (AccountKind.EARNED, AccountKind.RECEIVED)
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Leaver:
    """A member with what stands on the own accounts."""

    id: UUID
    number: str
    name: str
    id_number: str
    sex: str
    born_on: str
    phone: str
    address: str
    serves: bool
    receives: bool
    earned_minutes: int
    received_minutes: int
    served_minutes: int
    status: str
    joined_at: str


def subject_id(book: str) -> UUID:
    """What the code is for: this region's export."""
    return derived(ACT, book)


def send_code(ctx: Context, book: str) -> None:
    """Send the administrator the code that the export asks for; refuses as ``send`` does."""
    _require(ctx, book)

    def do() -> dict[str, str]:
        member = member_row(ctx.session, ctx.actor.id)
        second_factor.send(ctx, member, ACT, subject_id(book), CODE)
        return {}

    once(ctx, book, "region.export_code", {"book": book}, do)


def leave(ctx: Context, book: str, code: str) -> None:
    """Use the code up and record that the export is taken; then stream :func:`archive`.

    Raises ActCodeWrong or ActCodeEnded.
    """
    _require(ctx, book)
    second_factor.use(ctx, ctx.actor.id, ACT, subject_id(book), code)
    audit.record(ctx, ACT, "book", subject_id(book), book=book, after={"how": "code"})
    ctx.session.flush()


def _require(ctx: Context, book: str) -> None:
    policy.require(ctx.actor, ACT, Subject(book=book, region_code=book))
    if ctx.session.get(Book, book) is None:
        raise NotFound


class _Sink(io.RawIOBase):
    """Takes what the archive writes and gives it on in parts."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        """It takes whatever comes."""
        return True

    def write(self, data: Any) -> int:
        """Keep a part."""
        part = bytes(data)
        self.parts.append(part)
        self.size += len(part)
        return len(part)

    def taken(self) -> bytes:
        """All since the last time."""
        found, self.parts, self.size = b"".join(self.parts), [], 0
        return found


def archive(ctx: Context, book: str) -> Iterator[bytes]:
    """The archive in parts. The caller takes a snapshot first, so that all files agree."""
    _require(ctx, book)
    sink = _Sink()
    told: dict[str, dict[str, Any]] = {}
    files: tuple[tuple[str, Callable[[], Iterable[list[Any]]]], ...] = (
        (OWN_MEMBERS, lambda: _own_members(ctx, book)),
        (OWN_TRANSFERS, lambda: _own_transfers(ctx, book)),
        (TO_MEMBERS, lambda: _to_members(ctx, book)),
        (TO_TRANSFERS, lambda: _to_transfers(ctx, book)),
    )
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, rows in files:
            digest, lines = hashlib.sha256(), 0
            with packed.open(_info(ctx, name), "w") as out:
                for text in _texts(rows()):
                    lines += 1
                    digest.update(text)
                    out.write(text)
                    if sink.size > _AT_ONCE:
                        yield sink.taken()
            told[name] = {"sha256": digest.hexdigest(), "rows": lines - 1}
        with packed.open(_info(ctx, MANIFEST), "w") as out:
            manifest = {
                "book": book,
                "at": ctx.now.isoformat(),
                "by": ctx.actor.number,
                "unit": {OWN_MEMBERS: "minutes", TO_MEMBERS: "seconds", TO_TRANSFERS: "hours"},
                "files": told,
            }
            out.write(json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
    yield sink.taken()


def _info(ctx: Context, name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, local(ctx.now).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _texts(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """One CSV line each, the headings first; a mark in front so that spreadsheets read Chinese."""
    buffer, mark = io.StringIO(newline=""), "\ufeff"
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([quoted(cell) if isinstance(cell, str) else cell for cell in row])
        yield (mark + buffer.getvalue()).encode()
        buffer.seek(0)
        buffer.truncate()
        mark = ""


def quoted(text: str) -> str:
    """With a quote before what a spreadsheet would run; the reader takes it off again."""
    return f"'{text}" if text.startswith(_RISKY) else text


def leavers(ctx: Context, book: str) -> Iterator[Leaver]:
    """Every member of the book who is one, or has anything left."""
    sums = rows_of(
        ctx.session,
        sa.select(
            Account.owner_id,
            _of(AccountKind.EARNED).label("earned"),
            _of(AccountKind.RECEIVED).label("received"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Account.kind.in_(_OWN))
        .group_by(Account.owner_id)
        .order_by(Account.owner_id),
    )
    members = rows_of(
        ctx.session, sa.select(Member).where(Member.home_book == book).order_by(Member.id)
    )
    pairs = side_by_side(
        ((row.owner_id, row) for row in sums), ((row[0].id, row[0]) for row in members)
    )
    for _key, (stands, member) in pairs:
        if member is None:
            continue
        earned, received = (stands.earned, stands.received) if stands is not None else (0, 0)
        if member.status is not MemberStatus.CLOSED or earned or received:
            yield _leaver(ctx, member, earned, received)
        ctx.session.expunge(member)


def _of(kind: AccountKind) -> Any:
    return whole_sum(sa.case((Account.kind == kind, Balance.posted_minutes), else_=0))


def _leaver(ctx: Context, member: Member, earned: int, received: int) -> Leaver:
    vault = ctx.vault
    status = "active" if member.status is not MemberStatus.CLOSED else "left"
    return Leaver(
        id=member.id,
        number=member.number,
        name=member.name,
        id_number=vault.open("member.id_number", member.id_number_sealed),
        sex=member.sex.value,
        born_on=member.born_on.isoformat(),
        phone=vault.open_or_none("member.phone", member.phone_sealed) or "",
        address=vault.open_or_none("member.address", member.address_sealed) or "",
        serves=member.is_provider,
        receives=member.is_recipient,
        earned_minutes=earned,
        received_minutes=received,
        served_minutes=member.served_minutes,
        status="dead" if member.died_at is not None else status,
        joined_at=f"{local(member.joined_at):%Y-%m-%d %H:%M:%S}",
    )


def _own_members(ctx: Context, book: str) -> Iterator[list[Any]]:
    """The template's columns; the key is the volunteer number, by which transfers name people."""
    yield [each.name.zh for each in fields_of(MEMBERS).values()]
    for each in leavers(ctx, book):
        said = {
            "old_key": each.number,
            "name": each.name,
            "id_number": each.id_number,
            "sex": each.sex,
            "born_on": each.born_on,
            "phone": each.phone,
            "address": each.address,
            "serves": "yes" if each.serves else "no",
            "receives": "yes" if each.receives else "no",
            "earned": each.earned_minutes,
            "received": each.received_minutes,
            "actual": each.served_minutes,
            "status": each.status,
        }
        yield [said.get(code, "") for code in fields_of(MEMBERS)]


def _legs(ctx: Context, book: str) -> Iterator[Any]:
    """Every leg on a member's own account, in the order of the ledger."""
    return rows_of(
        ctx.session,
        sa.select(
            Transfer.posted_at, Transfer.kind, Entry.amount_minutes, Member.number, Member.name
        )
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .join(Member, Member.id == Account.owner_id)
        .where(Transfer.book == book, Account.kind.in_(_OWN), Member.home_book == book)
        .order_by(Transfer.posted_at, Transfer.id, Entry.leg),
    )


def _own_transfers(ctx: Context, book: str) -> Iterator[list[Any]]:
    """One row for each leg; the other side is the time bank itself, and stays empty."""
    yield [each.name.zh for each in fields_of(TRANSFERS).values()]
    for leg in _legs(ctx, book):
        amount = abs(leg.amount_minutes)
        sides = ("", leg.number) if leg.amount_minutes > 0 else (leg.number, "")
        yield [f"{local(leg.posted_at):%Y-%m-%d %H:%M:%S}", *sides, amount, leg.kind]


def _to_members(ctx: Context, book: str) -> Iterator[list[Any]]:
    """As TimeOverflow writes them: balances in seconds. The ID number stands behind them."""
    yield [
        "N",
        "Name",
        "Email",
        "Phone",
        "Alternative Phone",
        "Created",
        "Last login",
        "Language",
        "Balance",
        "Identity Document",
    ]
    for each in leavers(ctx, book):
        seconds = (each.earned_minutes + each.received_minutes) * 60
        contact = ["", each.phone, "", each.joined_at, "", "zh"]
        yield [each.number, each.name, *contact, seconds, each.id_number]


def _to_transfers(ctx: Context, book: str) -> Iterator[list[Any]]:
    """As TimeOverflow writes them: hours, and 0 for the time bank itself."""
    yield ["Date", "from", "from ID", "to", "to ID", "post", "post ID", "Comments", "quantity"]
    for leg in _legs(ctx, book):
        hours = (Decimal(abs(leg.amount_minutes)) / 60).quantize(Decimal("0.01"))
        person, bank = [f"{leg.name} ({leg.number})", leg.number], [book, "0"]
        sides = [*bank, *person] if leg.amount_minutes > 0 else [*person, *bank]
        moment = f"{local(leg.posted_at):%Y-%m-%d %H:%M:%S}"
        yield [moment, *sides, "", "", leg.kind, str(hours)]


def name_of(book: str, ctx: Context) -> str:
    """The archive's file name."""
    return f"region-{book}-{local(ctx.now):%Y%m%d}.zip"
