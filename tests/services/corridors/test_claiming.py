"""Claims on the caps, and posting across books: every half balanced, every pair cancelled out."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CorridorMode, CrossClaim
from models.ledger import AccountKind
from services.corridors.claiming import ALL, claim, free, locked, open_claims
from services.corridors.crossing import post_across
from services.corridors.finding import corridor_between
from services.corridors.sentences import CapReached, CorridorShut, NotJoined
from services.ledger.accounts import account_id, pool_of, standing
from services.ledger.clearing import Crossing, clearing_account, gives, open_clearing, takes
from services.ledger.drafts import Draft, Leg, NotBalanced
from tests.country import CAP_MINUTES, FAR, ONE, SINCE, TWO, join_all, join_region, open_corridor
from tests.factories import NOW, create_region_tree, make_ctx


def halves(minutes: int, key: str = "act") -> list[Draft]:
    """The issue account of one book pays the pool of another."""
    issue = account_id(ONE, AccountKind.ISSUE)
    return [
        Draft(ONE, "gift", key, (Leg(issue, -minutes), gives(ONE, TWO, minutes)), NOW),
        Draft(TWO, "gift", key, (takes(TWO, ONE, minutes), Leg(pool_of(TWO), minutes)), NOW),
    ]


def test_a_claim_is_used_by_the_posting_and_both_positions_move(session: Session) -> None:
    join_all(session, ONE, TWO)
    ctx, subject = make_ctx(session), uuid4()
    claim(ctx, ONE, TWO, 100, purpose="gift", subject_id=subject)
    posted = post_across(
        ctx,
        halves(90),
        [Crossing(ONE, TWO, 90)],
        payer_book=ONE,
        key="act",
        subjects=[(ONE, subject)],
    )
    assert set(posted) == {ONE, TWO}
    assert standing(session, ONE, clearing_account(ONE, TWO)).posted_minutes == 90
    assert standing(session, TWO, clearing_account(TWO, ONE)).posted_minutes == -90
    rows = locked(session, [(ONE, ALL), (ONE, TWO), (TWO, ALL), (TWO, ONE)])
    assert [rows[ONE, ALL].debit_minutes, rows[ONE, TWO].debit_minutes] == [90, 90]
    assert [rows[TWO, ALL].debit_minutes, rows[TWO, ONE].debit_minutes] == [-90, -90]
    assert {row.claimed_minutes for row in rows.values()} == {0}
    (kept,) = session.query(CrossClaim).filter_by(book=ONE, subject_id=subject)
    assert (kept.state, kept.used_minutes) == (ClaimState.USED, 90)


def test_acts_share_what_the_cap_leaves(session: Session) -> None:
    join_all(session, ONE, TWO)
    ctx, first = make_ctx(session), uuid4()
    claim(ctx, ONE, TWO, CAP_MINUTES - 10, purpose="visit", subject_id=first)
    with pytest.raises(CapReached) as refused, session.begin_nested():
        claim(ctx, ONE, TWO, 11, purpose="visit", subject_id=uuid4())
    assert refused.value.params["missing_minutes"] == 1
    free(ctx, ONE, first)
    assert open_claims(session, ONE, first) == []
    claim(ctx, ONE, TWO, CAP_MINUTES, purpose="visit", subject_id=uuid4())


def test_a_region_without_a_fund_or_an_agreement_claims_nothing(session: Session) -> None:
    create_region_tree(session, ONE, TWO)
    ctx = make_ctx(session)
    with pytest.raises(NotJoined):
        claim(ctx, ONE, TWO, 1, purpose="visit", subject_id=uuid4())
    join_region(session, ONE)
    join_region(session, TWO)
    with pytest.raises(CorridorShut):
        claim(ctx, ONE, TWO, 1, purpose="visit", subject_id=uuid4())


def test_what_does_not_cancel_out_is_never_posted(session: Session) -> None:
    join_all(session, ONE, TWO, FAR)
    ctx = make_ctx(session)
    open_clearing(session, ONE, TWO, now=NOW)
    for crossings in ([Crossing(ONE, TWO, 89)], [Crossing(TWO, ONE, 90)], []):
        with pytest.raises(NotBalanced), session.begin_nested():
            post_across(ctx, halves(90), crossings, payer_book=ONE, key="act")
    one, other = halves(90)
    lame = [replace(one, legs=(one.legs[0], Leg(pool_of(ONE), 90))), other]
    with pytest.raises(NotBalanced), session.begin_nested():
        post_across(ctx, lame, [Crossing(ONE, TWO, 90)], payer_book=ONE, key="act")


def test_a_mode_opens_one_way_only_and_the_smaller_regions_agreement_governs(
    session: Session,
) -> None:
    for book in (ONE, TWO, FAR):
        join_region(session, book)
    open_corridor(session, "330300000000", "320100000000", CorridorMode.STORE)
    view = corridor_between(session, ONE, FAR, SINCE)
    # The first side's members store at the other: the other side's elders pay.
    assert (view.one_pays, view.other_pays) == (False, True)
    assert corridor_between(session, FAR, ONE, SINCE).one_pays
    open_corridor(session, ONE, FAR, CorridorMode.DRAW)
    assert corridor_between(session, ONE, FAR, SINCE).one_pays
    assert not corridor_between(session, TWO, FAR, SINCE).one_pays
    open_corridor(session, "330300000000", "330300000000")
    assert corridor_between(session, ONE, TWO, SINCE).one_pays
    open_corridor(session, ONE, TWO, CorridorMode.NONE)
    assert not corridor_between(session, ONE, TWO, SINCE).one_pays
