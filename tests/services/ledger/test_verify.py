"""Tampering behind the application's back: every breach is named, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import (
    Account,
    ActKey,
    Balance,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Refusal,
    Transfer,
)
from services.ids import derived
from services.ledger.breaches import SENTENCES
from services.ledger.drafts import Stamp
from services.ledger.expiry import expire_due
from services.ledger.holds import hold, release
from services.ledger.post import post
from services.ledger.reverse import reverse
from services.ledger.verify import suspects
from services.ledger.verify.whole import Tally, books, rows_to_check, verify_book
from tests.services.ledger.kit import (
    BOOK,
    CEILING,
    CLERK,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
    hold_draft,
    received,
)
from tests.services.ledger.tampering import (
    Forgery,
    change,
    copy,
    each_alone,
    remove,
    tamper,
    together,
)


def transfer(key: str) -> UUID:
    """The id of the transfer with this key."""
    return derived("transfer", BOOK, key)


def held(key: str) -> UUID:
    """The id of the hold with this key."""
    return derived("hold", BOOK, key)


NOBODY = UUID(int=404)
PAID, GIVEN, TAKEN, BACK = (transfer(key) for key in ("pay", "give", "take", "back"))
OPEN, USED, FREED = (held(key) for key in ("open", "used", "freed"))
LATE = held("late")
#: When the late hold ran out.
EXPIRY = NOW + timedelta(days=30)
OF_POOL = Balance.account_id == POOL
ELDERS = Entry.account_id == earned(ELDER)
OF_ELDER = Balance.account_id == earned(ELDER)


@pytest.fixture
def scene(ledger: Ledger) -> Ledger:
    """A payment out of a hold, an open hold, a released one, and a payment reversed."""
    ledger.give(earned(ELDER), 100, key="give")
    ledger.give(earned(OTHER), 20, key="give other")
    ledger.give(POOL, 50, key="give pool")
    open_until = hold_draft((earned(ELDER), 10), key="open", expires_at=NOW + timedelta(days=60))
    ledger.run(lambda session: hold(session, open_until, STAMP))
    ledger.hold((earned(ELDER), 40), key="used")
    ledger.hold((earned(OTHER), 5), key="freed")
    ledger.post((earned(ELDER), -30), (earned(PROVIDER), 30), key="pay", captures=(USED,))
    ledger.run(lambda session: release(session, BOOK, [FREED], STAMP))
    ledger.post((earned(OTHER), -5), (POOL, 5), key="take")
    ledger.run(
        lambda session: reverse(
            session, BOOK, TAKEN, key="back", reason="wrong", stamp=STAMP, effective_at=NOW
        )
    )

    late = hold_draft((earned(OTHER), 3), key="late", expires_at=EXPIRY)
    ledger.run(lambda session: hold(session, late, STAMP))
    ledger.run(lambda session: expire_due(session, BOOK, Stamp(EXPIRY, CLERK)))

    def key(session: Session) -> None:
        session.add(
            ActKey(book=BOOK, key="k", act="a", request_hash="h", result={}, actor_id=CLERK, at=NOW)
        )

    ledger.run(key)
    return ledger


def forged_transfer(session: Session) -> None:
    """A transfer row out of nowhere."""
    row: dict[str, Any] = {column.name: None for column in Transfer.__table__.columns}
    row |= {
        "book": BOOK,
        "id": transfer("forged"),
        "kind": "forged",
        "idem_key": "forged",
        "request_hash": "0",
        "effective_at": NOW,
        "posted_at": NOW,
        "actor_id": CLERK,
        "reason": "",
    }
    session.connection().execute(sa.insert(Transfer).values(**row))


def overdraw(session: Session) -> None:
    """A transfer that is right in everything but the floor."""
    session.connection().execute(sa.update(Balance).where(OF_ELDER).values(floor_minutes=None))
    one = draft((earned(ELDER), -90), (POOL, 90), key="too much")
    post(session, [one], STAMP)
    session.connection().execute(sa.update(Balance).where(OF_ELDER).values(floor_minutes=0))


def overfill(session: Session) -> None:
    """A transfer that is right in everything but the ceiling."""
    of_other = sa.update(Account).where(Account.id == earned(OTHER))
    session.connection().execute(of_other.values(ceiling_minutes=None))
    post(session, [draft((ISSUE, -CEILING), (earned(OTHER), CEILING), key="too much")], STAMP)
    session.connection().execute(of_other.values(ceiling_minutes=CEILING))


def reverse_the_reversal(session: Session) -> None:
    """The same money once more, as the reversal of a reversal."""
    legs = ((earned(OTHER), -5), (POOL, 5))
    post(session, [draft(*legs, key="again", reverses_id=BACK)], STAMP)


def reverse_again(session: Session) -> None:
    """A second transfer with the opposite legs, made to reverse the same one."""
    session.connection().execute(
        sa.update(Transfer).where(Transfer.id == BACK).values(reverses_id=NOBODY)
    )
    post(session, [draft((earned(OTHER), 5), (POOL, -5), key="x", reverses_id=TAKEN)], STAMP)
    session.connection().execute(
        sa.update(Transfer).where(Transfer.id == BACK).values(reverses_id=TAKEN)
    )


def refusal(key: str) -> Forgery:
    """A refusal of what was not refused."""

    def forge(session: Session) -> None:
        row: dict[str, Any] = {
            "book": BOOK,
            "idem_key": key,
            "act": "a",
            "request_hash": "h",
            "code": "no",
        }
        row |= {"params": {}, "actor_id": CLERK, "at": NOW}
        session.connection().execute(sa.insert(Refusal).values(**row))

    return forge


def spend_from_pool(session: Session) -> None:
    """An honest payment out of another slot than the one that was filled."""
    post(session, [draft((POOL, -30), (earned(PROVIDER), 30), key="pay it out")], STAMP)


def of(transfer_id: UUID, account: UUID) -> sa.ColumnElement[bool]:
    """The entries of one transfer on one account."""
    return sa.and_(Entry.transfer_id == transfer_id, Entry.account_id == account)


CASES: dict[str, tuple[list[Forgery], set[str]]] = {
    "an amount is raised": (
        [change(Entry, of(PAID, earned(PROVIDER)), amount_minutes=31)],
        {
            "transfer_not_balanced",
            "book_not_balanced",
            "running_balance_broken",
            "balance_differs",
        },
    ),
    "a leg is taken away": (
        [remove(Entry, of(PAID, earned(PROVIDER)))],
        {
            "transfer_too_few_legs",
            "transfer_not_balanced",
            "book_not_balanced",
            "balance_differs",
            "version_differs",
        },
    ),
    "a transfer without entries": (
        [forged_transfer],
        {"transfer_without_entries", "not_sealed"},
    ),
    "a transfer is taken away": (
        [remove(Transfer, Transfer.id == GIVEN)],
        {"entry_without_transfer", "waiting_without_content"},
    ),
    "a transfer with a hold is taken away": (
        [remove(Transfer, Transfer.id == PAID)],
        {"entry_without_transfer", "capture_without_transfer", "waiting_without_content"},
    ),
    "a leg is renumbered": ([change(Entry, of(PAID, earned(PROVIDER)), leg=5)], {"leg_missing"}),
    "a leg of nothing": (
        [
            copy(
                Entry,
                of(PAID, earned(PROVIDER)),
                leg=2,
                version=2,
                amount_minutes=0,
            )
        ],
        {"amount_zero", "version_differs"},
    ),
    "a transfer's key is changed": (
        [change(Transfer, Transfer.id == PAID, idem_key="other")],
        {"transfer_key_differs"},
    ),
    "a transfer's key is used twice": (
        [copy(Transfer, Transfer.id == PAID, id=NOBODY)],
        {"key_used_twice", "transfer_key_differs", "transfer_without_entries", "not_sealed"},
    ),
    "an act's key is used twice": ([copy(ActKey, ActKey.key == "k")], {"key_used_twice"}),
    "less of a hold was used": (
        [change(HoldOutcome, HoldOutcome.hold_id == USED, captured_minutes=29)],
        {"capture_differs"},
    ),
    "a hold was used by nobody": (
        [change(HoldOutcome, HoldOutcome.hold_id == USED, transfer_id=NOBODY)],
        {"capture_without_transfer"},
    ),
    "an account is taken away": (
        [remove(Account, Account.id == received(OTHER))],
        {"account_unknown"},
    ),
    "an entry is moved to nobody": (
        [change(Entry, of(PAID, earned(PROVIDER)), account_id=NOBODY)],
        {"account_unknown", "balance_missing", "balance_differs", "version_differs"},
    ),
    "a hold's leg is moved to nobody": (
        [change(HoldLeg, HoldLeg.hold_id == FREED, account_id=NOBODY)],
        {"account_unknown"},
    ),
    "an entry's version jumps": (
        [change(Entry, of(PAID, earned(ELDER)), version=7)],
        {"sequence_gap"},
    ),
    "a running balance is changed": (
        [change(Entry, of(GIVEN, earned(ELDER)), balance_after_minutes=101)],
        {"running_balance_broken"},
    ),
    "a balance is taken away": (
        [remove(Balance, OF_ELDER)],
        {"balance_missing", "slots_differ"},
    ),
    "a balance is raised": ([change(Balance, OF_ELDER, posted_minutes=71)], {"balance_differs"}),
    "a version is raised": ([change(Balance, OF_ELDER, version=9)], {"version_differs"}),
    "what is held is lowered": ([change(Balance, OF_ELDER, held_minutes=0)], {"held_differs"}),
    "an account is overdrawn": ([overdraw], {"below_floor"}),
    "more is held than there is": (
        [
            change(Balance, OF_ELDER, held_minutes=80),
            change(HoldLeg, HoldLeg.hold_id == OPEN, amount_minutes=80),
        ],
        {"below_floor"},
    ),
    "an account is filled above its ceiling": ([overfill], {"above_ceiling"}),
    "a floor is lowered": ([change(Balance, OF_ELDER, floor_minutes=-50)], {"floor_differs"}),
    "a floor is taken away": ([change(Balance, OF_ELDER, floor_minutes=None)], {"floor_differs"}),
    "a slot is missing": ([change(Account, Account.id == POOL, slots=2)], {"slots_differ"}),
    "an account was closed before": (
        [change(Account, Account.id == earned(PROVIDER), closed_at=NOW - timedelta(days=1))],
        {"entry_after_closing"},
    ),
    "a hold loses its legs": (
        [remove(HoldLeg, HoldLeg.hold_id == OPEN)],
        {"hold_without_legs", "held_differs"},
    ),
    "a hold is taken away": ([remove(Hold, Hold.id == OPEN)], {"hold_leg_without_hold"}),
    "a hold's key is changed": (
        [change(Hold, Hold.id == OPEN, idem_key="other")],
        {"hold_key_differs"},
    ),
    "an outcome without a hold": (
        [remove(Hold, Hold.id == FREED), remove(HoldLeg, HoldLeg.hold_id == FREED)],
        {"outcome_without_hold"},
    ),
    "a hold ends twice": (
        [copy(HoldOutcome, HoldOutcome.hold_id == FREED)],
        {"hold_ended_twice"},
    ),
    "more is used than was held": (
        [change(HoldOutcome, HoldOutcome.hold_id == USED, captured_minutes=41)],
        {"captured_exceeds_hold", "capture_differs"},
    ),
    "a used hold is called released": (
        [change(HoldOutcome, HoldOutcome.hold_id == USED, outcome="released")],
        {"outcome_wrong"},
    ),
    "a hold is used for nothing": (
        [change(HoldOutcome, HoldOutcome.hold_id == FREED, outcome="captured")],
        {"outcome_wrong"},
    ),
    "a reversal gives more back": (
        [
            change(Entry, of(BACK, earned(OTHER)), amount_minutes=6),
            change(Entry, of(BACK, POOL), amount_minutes=-6),
        ],
        {"reversal_not_opposite", "running_balance_broken", "balance_differs"},
    ),
    "a reversal of nothing": (
        [change(Transfer, Transfer.id == BACK, reverses_id=NOBODY)],
        {"reversal_of_unknown"},
    ),
    "a reversal is reversed": ([reverse_the_reversal], {"reversal_of_reversal"}),
    "a transfer is reversed twice": ([reverse_again], {"reversed_twice"}),
    "the last entry was posted later": (
        [change(Transfer, Transfer.id == PAID, posted_at=NOW + timedelta(days=1))],
        {"posted_at_differs"},
    ),
    "an entry was posted before the one before it": (
        [change(Transfer, Transfer.id == GIVEN, posted_at=NOW + timedelta(days=1))],
        {"posted_at_runs_back"},
    ),
    "a balance says another moment": (
        [change(Balance, OF_ELDER, posted_at=NOW - timedelta(days=1))],
        {"posted_at_differs"},
    ),
    "a balance without entries has a moment": (
        [change(Balance, Balance.account_id == received(ELDER), posted_at=NOW)],
        {"posted_at_differs"},
    ),
    "a slot lags behind its entries": (
        [change(Balance, OF_POOL, Balance.version > 0, posted_at=NOW - timedelta(days=1))],
        {"posted_at_differs"},
    ),
    "an open hold runs out unseen": (
        [change(Balance, OF_ELDER, expires_at=None)],
        {"expires_at_differs"},
    ),
    "an open hold runs out earlier": (
        [change(Hold, Hold.id == OPEN, expires_at=NOW)],
        {"expires_at_differs"},
    ),
    "a hold is called expired before it was": (
        [change(HoldOutcome, HoldOutcome.hold_id == LATE, at=EXPIRY - timedelta(seconds=1))],
        {"expired_too_early"},
    ),
    "a hold that never expires is called expired": (
        [change(Hold, Hold.id == LATE, expires_at=None)],
        {"expired_too_early"},
    ),
    "an expired hold was used": (
        [change(HoldOutcome, HoldOutcome.hold_id == LATE, captured_minutes=1)],
        {"outcome_wrong"},
    ),
    "what was posted had been refused": ([refusal("give")], {"refused_and_posted"}),
    "what was held had been refused": ([refusal("open")], {"refused_and_posted"}),
    "floors of slots are no longer the account's": (
        [change(Balance, OF_POOL, Balance.slot == 0, floor_minutes=-1)],
        {"floor_differs"},
    ),
    "a slot is below its floor": (
        [
            change(Balance, OF_POOL, Balance.slot == 0, floor_minutes=Balance.floor_minutes + 60),
            change(Balance, OF_POOL, Balance.slot == 1, floor_minutes=Balance.floor_minutes - 60),
        ],
        {"below_floor"},
    ),
    "all slots together were below the floor": (
        [
            spend_from_pool,
            change(Transfer, Transfer.id == transfer("give pool"), posted_at=EXPIRY),
            change(Balance, Balance.account_id.in_((POOL, ISSUE)), posted_at=EXPIRY),
        ],
        {"below_floor"},
    ),
}
#: Codes of checks that have tests, and forgeries, of their own.
ELSEWHERE = (
    *(
        "closing_",
        "leaf_",
        "block_",
        "list_",
        "root_",
        "node_",
        "key_history_",
        "sealed_",
        "record_",
    ),
    "unreadable",
)


def test_what_was_tampered_with_is_named(scene: Ledger) -> None:
    scene.assert_clean()
    forgeries = {name: together(each) for name, (each, _) in CASES.items()}
    found = each_alone(scene.uow, scene.url, forgeries, scene.codes_in)
    assert found == {name: expected for name, (_, expected) in CASES.items()}


def test_taking_the_guards_away_is_no_breach_by_itself(scene: Ledger) -> None:
    tamper(scene.uow, scene.url)
    scene.assert_clean()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("entries", "amount_minutes", "'many'"),
        ("entries", "account_id", "'nobody'"),
        ("hold_legs", "amount_minutes", "'many'"),
        ("transfers", "reverses_id", "'nobody'"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_too(
    scene: Ledger, table: str, column: str, value: str
) -> None:
    """SQLite takes any text in any column."""
    tamper(
        scene.uow,
        scene.url,
        lambda session: session.connection().exec_driver_sql(
            f"UPDATE {table} SET {column} = {value}"
        ),
    )
    assert "unreadable" in scene.breaches()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_halves_that_add_up_are_named_too(scene: Ledger) -> None:
    """Everything is consistent, but no amount is a whole minute any more."""
    half = "UPDATE {} SET {} = {} / 2.0"
    columns = {
        "entries": ("amount_minutes", "balance_after_minutes"),
        "balances": ("posted_minutes", "held_minutes"),
        "hold_legs": ("amount_minutes",),
        "hold_outcomes": ("captured_minutes",),
    }

    def forge(session: Session) -> None:
        for table, names in columns.items():
            for name in names:
                session.connection().exec_driver_sql(half.format(table, name, name))

    tamper(scene.uow, scene.url, forge)
    assert "unreadable" in scene.breaches()


def test_too_many_suspects_mean_that_everything_is_walked(
    scene: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "MOST", 1)
    forgeries = [
        change(Balance, posted_at=NOW - timedelta(days=9)),
        change(Entry, Entry.leg == 1, leg=7),
        change(HoldLeg, amount_minutes=1),
    ]
    tamper(scene.uow, scene.url, *forgeries)
    with scene.read() as session:
        every = sorted((b.code, b.place) for b in verify_book(session, BOOK, Tally()))
    monkeypatch.setattr(suspects, "MOST", 10_000)
    with scene.read() as session:
        some = sorted((b.code, b.place) for b in verify_book(session, BOOK, Tally()))
    assert every == some
    assert {"posted_at_differs", "leg_missing", "held_differs"} <= {code for code, _ in some}


def test_every_code_has_its_forgery() -> None:
    named = set().union(*(expected for _, expected in CASES.values()))
    assert {code for code in SENTENCES if not code.startswith(ELSEWHERE)} == named


def test_a_breach_names_its_place_and_its_figures(scene: Ledger) -> None:
    tamper(scene.uow, scene.url, change(Balance, OF_ELDER, posted_minutes=71))
    with scene.read() as session:
        found = list(verify_book(session, BOOK, Tally()))
    assert [(b.code, b.book, b.place, dict(b.detail)) for b in found] == [
        (
            "balance_differs",
            BOOK,
            f"account {earned(ELDER)}/0",
            {"entries_minutes": 70, "kept_minutes": 71},
        )
    ]
    assert SENTENCES["balance_differs"].format(**found[0].detail)


def test_one_broken_row_is_one_breach_not_one_for_all_that_follow(ledger: Ledger) -> None:
    for turn in range(10):
        ledger.give(earned(ELDER), 10, key=f"give {turn}")
    wrong = sa.and_(ELDERS, Entry.version == 3)
    tamper(ledger.uow, ledger.url, change(Entry, wrong, balance_after_minutes=31))
    with ledger.read() as session:
        places = [breach.place for breach in verify_book(session, BOOK, Tally())]
    # The row itself, and the one that counts on it.
    assert places == [f"account {earned(ELDER)}/0 v3", f"account {earned(ELDER)}/0 v4"]


def test_everything_is_counted(scene: Ledger) -> None:
    tally = Tally()
    balances = scene.count(Balance)
    with scene.read() as session:
        assert list(verify_book(session, BOOK, tally)) == []
        assert rows_to_check(session, BOOK) == 6 + 2 * 12 + 8 + balances + 4 + 4 + 6
    assert tally.counts == {
        "transfers": 6,
        "entries": 12,
        "accounts": 8,
        "balances": balances,
        "running balances": 12,
        "open hold legs": 1,
        "holds": 4,
        "reversals": 1,
        "closings": 0,
        "unsealed": 6,
    }


def test_a_book_that_only_entries_know_is_found(scene: Ledger) -> None:
    tamper(scene.uow, scene.url, change(Entry, of(PAID, earned(PROVIDER)), book="elsewhere"))
    with scene.read() as session:
        assert books(session) == [BOOK, "elsewhere"]
        codes = {breach.code for breach in verify_book(session, "elsewhere", Tally())}
    assert codes == {
        "account_unknown",
        "balance_missing",
        "book_not_balanced",
        "entry_without_transfer",
    }
