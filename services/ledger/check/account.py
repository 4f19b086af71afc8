"""A member's account on paper or in a file, judged without a database."""

from __future__ import annotations

from collections.abc import Iterator

from services.ledger.check.verdicts import Pins, Verdicts, judge_pins
from services.ledger.seals.account_file import CLOSING, AccountFile
from services.ledger.seals.headers import OPERATOR
from services.ledger.seals.signing import is_signed


def judge_account(account: AccountFile, pins: Pins, verdicts: Verdicts) -> None:
    """The keys, the signature, the figures, and the seals that the account stands in."""
    for number, code in account.ring.problems:
        verdicts.wrong(f"key_{code}", place=number)
    verdicts.test(is_genuine(account), "account", "account_signature", place=account.id)
    judge_pins(account.ring, account.key_id, pins, verdicts)
    wrong = list(figures_wrong(account))
    for code in wrong:
        verdicts.wrong(code)
    if not wrong:
        verdicts.ok("account_figures", count=len(account.coins))
    for head in account.seals:
        verdicts.test(
            account.ring.has_signed(head) and head.sealed_at <= account.issued_at,
            "block",
            "block_signature",
            place=f"{head.book} {head.height}",
        )
    verdicts.open("account_closing" if account.kind == CLOSING else "account_proves")


def is_genuine(account: AccountFile) -> bool:
    """Whether an operator's key signed it while it was not retired."""
    held = account.ring.key(account.key_id, OPERATOR)
    if held is None or (held.until is not None and account.issued_at > held.until):
        return False
    return is_signed(held.public_key, account.message(), account.signature)


def figures_wrong(account: AccountFile) -> Iterator[str]:
    """What does not add up: the sum, impossible amounts, what a closing statement debited."""
    if sum(each.posted_minutes for each in account.coins) != account.total_minutes:
        yield "account_total"
    if any(not 0 <= each.held_minutes <= each.posted_minutes for each in account.coins):
        yield "account_amount"
    places = [(each.book, each.origin, each.period) for each in account.coins]
    if len(set(places)) < len(places):
        yield "account_twice"
    if not {each.book for each in account.coins} <= {head.book for head in account.seals}:
        yield "account_unsealed"
    if account.kind == CLOSING:
        if account.receiver is None or account.debited_minutes != account.carried_minutes:
            yield "account_not_closed"
    elif account.receiver is not None or account.debited_minutes:
        yield "account_not_closed"
