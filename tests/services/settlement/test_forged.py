"""Windows that somebody with the database's own password has changed: each change is named."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from models.corridors import Exposure
from models.ledger import Entry
from models.settlement import (
    NetPayment,
    PositionDispute,
    SettlementWindow,
    WindowPair,
    WindowState,
    WindowStatement,
)
from services.ledger.clearing import clearing_account
from services.policy import NATION
from services.settlement.disputing import dispute
from tests.country import FAR, ONE, TWO
from tests.services.ledger.tampering import Forgery, change, copy, each_alone, remove, together
from tests.services.settlement.conftest import Country, admin, found

FIRST = SettlementWindow.number == 1
PAIR = WindowPair.one_book == TWO
STATEMENT = WindowStatement.book == ONE
SETTLED = change(SettlementWindow, FIRST, state=WindowState.SETTLED)
FORGERIES: dict[str, Forgery] = {
    "window_missing": remove(SettlementWindow, SettlementWindow.number == 2),
    "window_cut_wrong": change(WindowPair, PAIR, one_cut={"0": 90}),
    "window_pair_differs": change(
        Entry, Entry.account_id == clearing_account(TWO, ONE), amount_minutes=-61
    ),
    "window_statement_missing": remove(WindowStatement, STATEMENT),
    "window_statement_differs": change(WindowStatement, STATEMENT, net_minutes=61),
    "window_payments_differ": change(NetPayment, owed_minutes=29),
    "window_hash_differs": change(SettlementWindow, FIRST, content_hash="0" * 64),
    "window_settled_early": SETTLED,
    "position_differs": change(Exposure, Exposure.book == ONE, debit_minutes=59),
}
#: Of a pair both its figures and its copy in another window are found out.
OTHERS: dict[str, tuple[Forgery, str]] = {
    "figure": (change(WindowPair, PAIR, owes_minutes=-59), "window_pair_differs"),
    "gross": (change(WindowPair, PAIR, one_paid_minutes=10), "window_pair_differs"),
    "twice": (copy(WindowPair, PAIR, window_number=2), "window_pair_differs"),
    "one payment more": (
        copy(NetPayment, NetPayment.to_book == TWO, from_book=FAR),
        "window_payments_differ",
    ),
    "closed before its time": (
        change(SettlementWindow, SettlementWindow.number == 3, content_hash="0" * 64),
        "window_hash_differs",
    ),
}


def test_every_window_that_was_changed_is_named(lite: Country) -> None:
    lite.pay(ONE, TWO, 60)
    lite.pay(TWO, FAR, 30)
    lite.open()
    lite.midnight()
    lite.close()
    lite.run(lambda ctx: dispute(ctx, TWO, 1, ONE, "少了一笔"), admin(TWO))
    lite.midnight()
    lite.close()
    assert lite.breaches() == []
    forgeries = {**FORGERIES, **{name: forgery for name, (forgery, _) in OTHERS.items()}}

    def check(session: Session) -> set[str]:
        return {each.code for each in found(session)}

    named = each_alone(lite.uow, lite.url, {"": together(()), **forgeries}, check)
    assert named.pop("") == set()
    assert [code for code in FORGERIES if code not in named[code]] == []
    assert [name for name, (_, code) in OTHERS.items() if code not in named[name]] == []


def test_a_settled_window_with_an_open_dispute_is_named(lite: Country) -> None:
    lite.pay(ONE, TWO, 60)
    lite.open()
    lite.midnight()
    lite.close()
    lite.acknowledge(1)
    disputed = PositionDispute(
        book=NATION,
        id=admin(TWO).id,
        window_number=1,
        one_book=TWO,
        other_book=ONE,
        by_book=TWO,
        opened_by_id=admin(TWO).id,
        opened_at=lite.now + timedelta(hours=1),
        reason_sealed="",
    )
    assert lite.breaches() == []
    named = each_alone(
        lite.uow,
        lite.url,
        {"dispute": lambda session: session.add(disputed)},
        lambda session: [(each.code, each.book) for each in found(session)],
    )
    assert named["dispute"] == [("window_settled_early", NATION)]
