"""One book of an export, line by line: leaves, running balances, holds, kept balances."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from services.ids import derived
from services.ledger.check.facts import note_facts, transfer_facts
from services.ledger.check.slots import Slots
from services.ledger.check.state import AccountState, Posted, Slot
from services.ledger.check.words import Report, maybe, uuid_in
from services.ledger.seals.canonical import EntryLine, TransferFacts, note_bytes, transfer_bytes
from services.ledger.seals.headers import (
    ZEROS,
    BlockHead,
    Malformed,
    hex_in,
    items_in,
    mapping_in,
    moment_in,
    number_in,
    text_in,
)
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.merkle import Frontier, leaf_hash

#: The order of the kinds of lines within a book.
ORDER = (
    "account",
    "closing",
    "closing-kind",
    "closing-line",
    "sealed",
    "unsealed transfer",
    "unsealed note",
    "hold",
    "balance",
)
#: Told of every block as it ends: book, height, head.
Sealed = Callable[[BlockHead], None]
#: An account may not be spread wider than this, whatever a line says.
MOST_SLOTS = 4096


class BookCheck:
    """Takes the lines of one book in their order; every breach goes to the report."""

    def __init__(self, book: str, report: Report, ring: KeyRing, sealed: Sealed) -> None:
        self.book = book
        self._report, self._ring, self._sealed = report, ring, sealed
        self._slots = Slots(book, report)
        self._frontier, self._position, self._torn = Frontier(), 0, False
        self._stage, self._last = 0, ""
        self._height, self._prev, self._size = 1, ZEROS, 0
        self._rows: list[tuple[AccountState, int, Slot]] | None = None
        self._kept: dict[UUID, list[int | None]] = {}
        self._takers: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "account": self._account,
            "closing": self._closing,
            "closing-kind": self._closing_kind,
            "closing-line": self._closing_line,
            "transfer": self._transfer,
            "note": self._note,
            "leaf": self._leaf,
            "block": self._block,
            "hold": self._hold,
            "balance": self._balance,
        }

    def take(self, kind: str, row: Mapping[str, Any]) -> None:
        """One line. ValueError (Malformed) when it does not hold what its kind must."""
        take = self._takers.get(kind)
        if take is None:
            self._report.breach("line_out_of_order", found=kind)
            return
        take(row)

    def finish(self) -> None:
        """The book has no further line."""
        for account in self._slots.accounts.values():
            for slot in range(len(self._kept.get(account.id, [])), len(account.slots)):
                self._report.breach("balance_missing", account=account.place(slot))
            self._check_floors(account)
        total = sum(row.total_minutes for _, _, row in self._ended())
        if total:
            self._report.breach("book_not_balanced", book=self.book, sum_minutes=total)

    def _check_floors(self, account: AccountState) -> None:
        floors = self._kept.get(account.id, [])
        known = [floor for floor in floors if floor is not None]
        if account.floor_minutes is None:
            agree = not known
        else:
            agree = len(known) == len(floors) and sum(known) == account.floor_minutes
        if floors and not agree:
            self._report.breach("floors_differ", account=account.id)

    def _enter(self, stage: str, order: str) -> None:
        """Lines come kind by kind, and within a kind in strictly ascending order."""
        at = ORDER.index(stage)
        if at < self._stage:
            self._report.breach("line_out_of_order", found=stage)
            return
        if at > self._stage:
            if self._stage <= ORDER.index("sealed") < at:
                self._leave_sealed()
            self._stage, self._last = at, ""
        if order <= self._last:
            self._report.breach("not_ascending", found=order)
        self._last = order

    def _leave_sealed(self) -> None:
        if self._position > self._size:
            self._report.breach("leaf_without_block", found=self._size)

    # accounts and closings

    def _account(self, line: Mapping[str, Any]) -> None:
        row = mapping_in(line, "account")
        account_id = uuid_in(row, "id")
        self._enter("account", str(account_id))
        slots = number_in(row, "slots")
        if not 1 <= slots <= MOST_SLOTS:
            raise Malformed("slots")
        self._slots.accounts[account_id] = AccountState(
            account_id,
            text_in(row, "kind"),
            maybe(number_in, row, "floor_minutes"),
            maybe(number_in, row, "ceiling_minutes"),
            moment_in(row, "opened_at"),
            maybe(moment_in, row, "closed_at"),
            [Slot() for _ in range(slots)],
        )

    def _closing(self, line: Mapping[str, Any]) -> None:
        order = self._slots.closings.take_month(mapping_in(line, "closing"))
        self._enter("closing", order)

    def _closing_kind(self, line: Mapping[str, Any]) -> None:
        order = self._slots.closings.take_kind(mapping_in(line, "closing_kind"))
        self._enter("closing-kind", order)

    def _closing_line(self, line: Mapping[str, Any]) -> None:
        order = self._slots.closings.take_line(mapping_in(line, "closing_line"))
        self._enter("closing-line", order)

    # transfers, notes and their seals

    def _transfer(self, line: Mapping[str, Any]) -> None:
        facts = transfer_facts(self.book, line)
        order = f"{line['transfer']['posted_at']} {facts.id}"
        self._place(line, "unsealed transfer", order, transfer_bytes(facts))
        if facts.id != derived("transfer", self.book, facts.idem_key):
            self._report.breach("id_differs")
        if (facts.valuation_id is None) != (facts.valuation_hash is None):
            self._report.breach("valuation_differs")
        self._entries(facts)

    def _entries(self, facts: TransferFacts) -> None:
        amounts = [entry.amount_minutes for entry in facts.entries]
        if sum(amounts):
            self._report.breach("not_balanced", sum_minutes=sum(amounts))
        if len(amounts) < 2:
            self._report.breach("too_few_legs", legs=len(amounts))
        if 0 in amounts:
            self._report.breach("amount_zero")
        ends: dict[UUID, EntryLine] = {}
        for entry in facts.entries:
            account = self._slots.accounts.get(entry.account_id)
            if account is None or not 0 <= entry.slot < len(account.slots):
                found = f"{entry.account_id}/{entry.slot}"
                self._report.breach("account_unknown", account=found)
                continue
            if account.closed_at is not None and facts.posted_at > account.closed_at:
                self._report.breach("entry_after_closing", account=account.id)
            self._slots.post(
                account,
                entry.slot,
                Posted(
                    entry.version,
                    entry.amount_minutes,
                    entry.balance_after_minutes,
                    facts.posted_at,
                    self._report.line,
                ),
            )
            # The limits hold after a whole transfer: what is paid may come before what flows back.
            if entry.account_id not in ends or ends[entry.account_id].version < entry.version:
                ends[entry.account_id] = entry
        for account_id, entry in ends.items():
            self._limits(self._slots.accounts[account_id], entry, facts)

    def _limits(self, account: AccountState, entry: EntryLine, facts: TransferFacts) -> None:
        """Of accounts in one row: a floor that is spread over slots shifts between them."""
        after, floor, ceiling = (
            entry.balance_after_minutes,
            account.floor_minutes,
            account.ceiling_minutes,
        )
        if len(account.slots) > 1:
            return
        if floor is not None and after < floor and entry.amount_minutes < 0:
            self._report.breach("below_floor", account=account.id, found=after, limit=floor)
        # A reversal may pass the ceiling: what was taken by mistake comes back whole.
        over = ceiling is not None and after > ceiling and entry.amount_minutes > 0
        if over and facts.reverses_id is None:
            self._report.breach("above_ceiling", account=account.id, found=after, limit=ceiling)

    def _note(self, line: Mapping[str, Any]) -> None:
        facts = note_facts(self.book, line)
        order = f"{line['note']['at']} {facts.id}"
        self._place(line, "unsealed note", order, note_bytes(facts))

    def _leaf(self, line: Mapping[str, Any]) -> None:
        """A leaf whose content is gone; its hash still has its place in the tree."""
        self._report.breach("leaf_without_content")
        self._append(number_in(line, "position"), bytes.fromhex(hex_in(line, "leaf_hash")))

    def _place(self, line: Mapping[str, Any], stage: str, order: str, data: bytes) -> None:
        """Among the leaves when it has a position, else among what is not sealed yet."""
        if "position" not in line:
            self._enter(stage, order)
            return
        found = leaf_hash(data)
        if found.hex() != hex_in(line, "leaf_hash"):
            self._report.breach("leaf_differs")
        self._append(number_in(line, "position"), found)

    def _append(self, position: int, leaf: bytes) -> None:
        self._enter("sealed", f"{self._frontier.size:020}")
        if position != self._position:
            self._report.breach("position_differs", expected=self._position, found=position)
        # From here on as told: what is missing is named once, and again by the block's root.
        self._position = position + 1
        self._frontier.append(leaf)

    def _block(self, line: Mapping[str, Any]) -> None:
        head = BlockHead.from_json({**mapping_in(line, "block"), "book": self.book})
        if self._stage > ORDER.index("sealed"):
            self._report.breach("line_out_of_order", found="block")
        known = {"height": (self._height, head.height), "prev_hash": (self._prev, head.prev_hash)}
        if not self._torn:
            # Behind the first root that differs every other differs too.
            known["size"] = (self._frontier.size, head.size)
            known["root"] = (self._frontier.root().hex(), head.root)
        for what, (expected, found) in known.items():
            if expected != found:
                self._report.breach("block_differs", what=what, expected=expected, found=found)
                self._torn = self._torn or what in {"size", "root"}
        if not self._ring.has_signed(head):
            self._report.breach("block_unsigned", why=head.key_id)
        self._height, self._prev, self._size = head.height + 1, head.hash(), head.size
        self._sealed(head)

    # holds and kept balances

    def _hold(self, line: Mapping[str, Any]) -> None:
        row = mapping_in(line, "hold")
        hold_id = uuid_in(row, "id")
        self._enter("hold", str(hold_id))
        if hold_id != derived("hold", self.book, text_in(row, "idem_key")):
            self._report.breach("id_differs")
        legs = items_in(line, "legs")
        outcome = None if line.get("outcome") is None else mapping_in(line, "outcome")
        held = 0
        for leg in legs:
            minutes = number_in(leg, "amount_minutes")
            account_id, slot = uuid_in(leg, "account_id"), number_in(leg, "slot")
            kept = self._slots.row(account_id, slot)
            if kept is None:
                self._report.breach("account_unknown", account=f"{account_id}/{slot}")
            elif outcome is None:
                kept.held_minutes += minutes
            if minutes <= 0:
                self._report.breach("hold_wrong")
            held += minutes
        if not legs or (outcome is not None and not _may_end(outcome, held)):
            self._report.breach("hold_wrong")

    def _balance(self, line: Mapping[str, Any]) -> None:
        row = mapping_in(line, "balance")
        account_id, slot = uuid_in(row, "account_id"), number_in(row, "slot")
        self._enter("balance", f"{account_id} {slot:08}")
        self._ended()
        kept, place = self._slots.row(account_id, slot), f"{account_id}/{slot}"
        floor = maybe(number_in, row, "floor_minutes")
        if kept is None:
            self._report.breach("balance_unknown", account=place)
            return
        self._kept.setdefault(account_id, []).append(floor)
        posted, held = number_in(row, "posted_minutes"), number_in(row, "held_minutes")
        for what, expected, found in (
            ("posted_minutes", kept.total_minutes, posted),
            ("held_minutes", kept.held_minutes, held),
            ("version", kept.version, number_in(row, "version")),
        ):
            if expected != found:
                self._report.breach(
                    "balance_differs", account=place, what=what, expected=expected, found=found
                )
        if floor is not None and posted - held < floor:
            self._report.breach("below_floor", account=place, found=posted - held, limit=floor)

    def _ended(self) -> list[tuple[AccountState, int, Slot]]:
        """Every balance row, now that no further entry comes."""
        if self._rows is None:
            if self._stage <= ORDER.index("sealed"):
                self._leave_sealed()
            self._rows = list(self._slots.finish())
        return self._rows


def _may_end(outcome: Mapping[str, Any], held_minutes: int) -> bool:
    """A capture takes something and no more than was held; any other end takes nothing."""
    captured = number_in(outcome, "captured_minutes")
    if text_in(outcome, "outcome") == "captured":
        return 0 < captured <= held_minutes and maybe(uuid_in, outcome, "transfer_id") is not None
    return captured == 0
