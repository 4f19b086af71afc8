"""Gifts: what moved is what both sides agreed to, of the right coins, and nothing else moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import Account, AccountKind, Entry, Hold, HoldLeg, HoldOutcome, Transfer
from models.oversight import AuditRecord
from services.context import Context
from services.ids import derived
from services.ledger.accounts import account_id, inherited_on
from services.ledger.breaches import Breach, Tally
from services.ledger.clearing import clearing_account
from services.ledger.linked import other_halves
from services.ledger.streams import rows_of

AT_ONCE = 200


def check_gifts(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each gift against the ledger, and each transfer of the kind against its gift."""
    rows = rows_of(ctx.session, sa.select(Gift).where(Gift.book == book).order_by(Gift.id))
    while some := [row.Gift for row in islice(rows, AT_ONCE)]:
        tally.add("gifts", len(some))
        holds = _holds(ctx, book, [each.hold_id for each in some if each.hold_id])
        moved = _moved(ctx, book, [each.transfer_id for each in some if each.transfer_id])
        _add_arrived(ctx, some, moved)
        recorded = _recorded(ctx, book, [each.id for each in some])
        for gift in some:
            yield from _check(book, gift, holds, moved)
            if not _as_recorded(gift, recorded.get(gift.id)):
                yield Breach("gift_differs_from_record", book, f"gift {gift.reference}")
            ctx.session.expunge(gift)
    yield from _strange(ctx, book)
    yield from _forgotten(ctx, book)


def _check(
    book: str, gift: Gift, holds: dict[UUID, tuple[int, bool]], moved: dict[UUID, Any]
) -> Iterator[Breach]:
    place = f"gift {gift.reference}"
    held, ended = holds.get(gift.hold_id, (0, True)) if gift.hold_id else (0, True)
    if gift.state is GiftState.HELD and (ended or held != gift.amount_minutes):
        yield Breach("gift_not_held", book, place)
    if gift.state is not GiftState.HELD and not ended:
        yield Breach("gift_still_held", book, place)
    found = moved.get(gift.transfer_id) if gift.transfer_id else None
    if gift.state is GiftState.FINAL and (found is None or not _as_agreed(book, gift, found)):
        yield Breach("gift_moved_otherwise", book, place)
    if gift.state is not GiftState.FINAL and found is not None and not found["reversed"]:
        yield Breach("gift_not_reversed", book, place)


def _as_recorded(gift: Gift, after: Any) -> bool:
    """Whether the gift is still to whom, and of what, the giver's act was."""
    return isinstance(after, dict) and after == {
        "gift_minutes": gift.amount_minutes,
        "relation": gift.relation,
        "how": gift.how,
        "receiver": str(gift.receiver_id),
        "origin": gift.origin.value,
    }


def _recorded(ctx: Context, book: str, ids: list[UUID]) -> dict[UUID, Any]:
    """What was written down when each gift was made."""
    rows = ctx.session.execute(
        sa.select(AuditRecord.subject_id, AuditRecord.after).where(
            AuditRecord.book == book,
            AuditRecord.act == "gift.make",
            AuditRecord.subject_id.in_(ids),
        )
    )
    return {row.subject_id: row.after for row in rows}


def _add_arrived(ctx: Context, gifts: Sequence[Gift], moved: dict[UUID, Any]) -> None:
    """What arrived in other books, beside what left: the half that has the same key there."""
    for to_book in sorted({each.receiver_book for each in gifts if each.receiver_book}):
        halves = {
            derived("transfer", to_book, moved[each.transfer_id]["key"]): each.transfer_id
            for each in gifts
            if each.receiver_book == to_book and each.transfer_id in moved
        }
        for key, found in _moved(ctx, to_book, list(halves)).items():
            moved[halves[key]]["arrived"] = found


def _as_agreed(book: str, gift: Gift, found: Any) -> bool:
    """From the giver's own coins of the agreed origin to the receiver's received ones.

    To another book it goes in two halves of one link over the pair of clearing accounts.
    """
    if gift.receiver_book is None:
        there, halves = book, found["link"] is None
    else:
        there = gift.receiver_book
        halves = _are_halves(book, there, gift.given_minutes, found)
    if not halves:
        return False
    cleared = {clearing_account(book, there), clearing_account(there, book)}
    legs = [*found["legs"], *found.get("arrived", {"legs": ()})["legs"]]
    own_legs = [leg for leg in legs if leg.account_id not in cleared]
    taken = [leg for leg in own_legs if leg.amount_minutes < 0]
    put = [leg for leg in own_legs if leg.amount_minutes > 0]
    earned = account_id(book, AccountKind.EARNED, gift.giver_id)
    received = account_id(there, AccountKind.RECEIVED, gift.receiver_id)

    def own(leg: Any) -> bool:
        if gift.origin is GiftOrigin.EARNED:
            return bool(leg.account_id == earned)
        is_received = leg.owner_id == gift.giver_id and leg.kind is AccountKind.RECEIVED
        return is_received and inherited_on(leg.period) is not None

    return (
        found["kind"] == "gift"
        and all(own(leg) for leg in taken)
        and [(leg.account_id, leg.amount_minutes) for leg in put]
        == [(received, gift.given_minutes)]
    )


def _are_halves(book: str, there: str, minutes: int, found: Any) -> bool:
    """Whether the two transfers have one link, and each its leg of the pair over the minutes."""
    arrived = found.get("arrived")
    if arrived is None or found["link"] is None or arrived["link"] != found["link"]:
        return False

    def cleared(of: Any, account: UUID) -> list[int]:
        return [leg.amount_minutes for leg in of["legs"] if leg.account_id == account]

    return (
        arrived["kind"] == found["kind"]
        and arrived["reversed"] == found["reversed"]
        and cleared(found, clearing_account(book, there)) == [minutes]
        and cleared(arrived, clearing_account(there, book)) == [-minutes]
    )


def _holds(ctx: Context, book: str, ids: list[UUID]) -> dict[UUID, tuple[int, bool]]:
    """What holds keep, and whether they have ended."""
    same = sa.and_(HoldOutcome.book == HoldLeg.book, HoldOutcome.hold_id == HoldLeg.hold_id)
    rows = ctx.session.execute(
        sa.select(HoldLeg.hold_id, HoldLeg.amount_minutes, HoldOutcome.outcome)
        .outerjoin(HoldOutcome, same)
        .where(HoldLeg.book == book, HoldLeg.hold_id.in_(ids))
    )
    found: dict[UUID, tuple[int, bool]] = {}
    for row in rows:
        minutes, _ = found.get(row.hold_id, (0, False))
        found[row.hold_id] = (minutes + row.amount_minutes, row.outcome is not None)
    return found


def _moved(ctx: Context, book: str, ids: list[UUID]) -> dict[UUID, Any]:
    """The transfers by id, with their legs, and whether they have been reversed."""
    undone = set(
        ctx.session.scalars(
            sa.select(Transfer.reverses_id).where(
                Transfer.book == book, Transfer.reverses_id.in_(ids)
            )
        )
    )
    rows = ctx.session.execute(
        sa.select(
            Transfer.id,
            Transfer.kind.label("transfer_kind"),
            Transfer.idem_key,
            Transfer.link_id,
            Entry.account_id,
            Entry.amount_minutes,
            Account.kind,
            Account.owner_id,
            Account.period,
        )
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Transfer.book == book, Transfer.id.in_(ids))
    )
    found: dict[UUID, Any] = {}
    for row in rows:
        known = found.setdefault(
            row.id,
            {
                "kind": row.transfer_kind,
                "key": row.idem_key,
                "link": row.link_id,
                "legs": [],
                "reversed": row.id in undone,
            },
        )
        known["legs"].append(row)
    return found


def _strange(ctx: Context, book: str) -> Iterator[Breach]:
    """A transfer that calls itself a gift and belongs to none.

    One that a death has reversed may be named by no gift any more: where the death was a mistake,
    the gift was posted anew.
    """
    known = sa.exists().where(Gift.book == Transfer.book, Gift.transfer_id == Transfer.id)
    undone = sa.orm.aliased(Transfer)
    reversed_ = sa.exists().where(undone.book == Transfer.book, undone.reverses_id == Transfer.id)
    rows = rows_of(
        ctx.session,
        sa.select(Transfer.id)
        .where(Transfer.book == book, Transfer.kind == "gift", ~known, ~reversed_)
        .order_by(Transfer.id),
    )
    while some := [row.id for row in islice(rows, AT_ONCE)]:
        arrived = _of_gifts_elsewhere(ctx, book, some)
        for key in some:
            if key not in arrived:
                yield Breach("transfer_without_gift", book, f"transfer {key}")


def _of_gifts_elsewhere(ctx: Context, book: str, keys: list[UUID]) -> set[UUID]:
    """Those of the transfers whose other half a gift of the giver's book names."""
    halves = other_halves(ctx.session, book, keys)
    named = {
        (row.book, row.transfer_id)
        for row in ctx.session.execute(
            sa.select(Gift.book, Gift.transfer_id).where(
                Gift.book.in_({half.book for half in halves.values()}),
                Gift.transfer_id.in_([half.transfer_id for half in halves.values()]),
                Gift.receiver_book == book,
            )
        )
    }
    return {key for key, half in halves.items() if (half.book, half.transfer_id) in named}


def _forgotten(ctx: Context, book: str) -> Iterator[Breach]:
    """Coins that are set aside for a gift that nobody knows: they would never come free."""
    known = sa.exists().where(Gift.book == Hold.book, Gift.hold_id == Hold.id)
    ended = sa.exists().where(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
    rows = rows_of(
        ctx.session,
        sa.select(Hold.id)
        .where(Hold.book == book, Hold.purpose == "gift", ~known, ~ended)
        .order_by(Hold.id),
    )
    for row in rows:
        yield Breach("hold_without_gift", book, f"hold {row.id}")
