"""What is in the way of a move, and who may not make one."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.batches import Batch, BatchKind, BatchLine, BatchState, LineState
from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import Refusal, Transfer
from models.people import Member, MemberStatus
from services.errors import Forbidden
from services.moving import sentences as say
from services.moving.acting import move
from services.moving.counter import NobodyWithCard, holder_of
from services.moving.reading import move_view
from services.people.kin import record_kinship
from services.people.second_factor import ActCodeEnded, ActCodeWrong
from services.requests.asking import AskForm, ask
from services.reversing.posting import reverse_posting
from services.reversing.sentences import OfMove
from services.visits.accepting import accept
from tests import factories
from tests.country import ONE, TWO
from tests.factories import NOW, WUMA
from tests.services.moving.conftest import HOUSE, Towns
from tests.services.visits.conftest import START

#: What is refused and told does not depend on the engine; what moves is proved on both.
pytestmark = pytest.mark.parametrize("towns", ["sqlite"], indirect=True)


def test_a_service_under_way_is_in_the_way_on_either_side(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    visit = towns.accepted(towns.open_request())
    towns.come(visit)
    for who in (towns.elder, towns.volunteer):
        with pytest.raises(say.MoveHindered) as refused:
            towns.moves(who, START + timedelta(minutes=5))
        assert [each.code for each in refused.value.params["reasons"]] == ["visit_under_way"]
    assert towns.member(towns.elder).home_book == ONE


def test_gifts_and_their_codes_are_in_the_way(towns: Towns) -> None:
    def gift(session: Session, state: GiftState, **dates: object) -> None:
        session.add(
            Gift(
                book=ONE,
                id=uuid4(),
                reference=f"G{uuid4().hex[:8]}",
                giver_id=towns.elder,
                receiver_id=towns.volunteer,
                relation="child",
                origin=GiftOrigin.EARNED,
                amount_minutes=60,
                year=2026,
                how="own",
                guard_answers={},
                state=state,
                made_at=NOW,
                given_minutes=0,
                **dates,
            )
        )

    later = NOW + timedelta(days=1)
    towns.uow.run(lambda s: gift(s, GiftState.WAITING))
    towns.uow.run(lambda s: gift(s, GiftState.HELD, confirmed_at=NOW, revocable_until=later))
    towns.uow.run(lambda s: gift(s, GiftState.FINAL, final_at=NOW, refusable_until=later))
    codes = [each.code for each in towns.preview(towns.elder).hindrances]
    assert sorted(codes) == ["gift_code_pending", "gift_open", "gift_open"]
    # What was not confirmed yet is not said to whom it would go.
    codes = [each.code for each in towns.preview(towns.volunteer).hindrances]
    assert codes == ["gift_open", "gift_open"]


def test_an_unfinished_batch_is_in_the_way(towns: Towns) -> None:
    def batch(session: Session) -> None:
        key, number = uuid4(), session.get_one(Member, towns.elder).number
        session.add(
            Batch(
                book=ONE,
                id=key,
                kind=BatchKind.GRANT,
                state=BatchState.SIGNED,
                terms={},
                content_hash="",
                lines=1,
                proposed_by_id=towns.admins[0],
                proposed_at=NOW,
            )
        )
        session.flush()
        session.add(
            BatchLine(
                book=ONE,
                batch_id=key,
                line=1,
                number=number,
                minutes=60,
                state=LineState.WAITING,
                params={},
            )
        )

    towns.uow.run(batch)
    assert [each.code for each in towns.preview(towns.elder).hindrances] == ["batch_open"]


def test_a_wrong_code_is_counted_and_another_branch_needs_another(towns: Towns) -> None:
    code = towns.code(towns.elder)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(ActCodeWrong):
        towns.act(towns.elder, lambda ctx: move(ctx, towns.form(towns.elder, code=wrong)))
    with pytest.raises(ActCodeEnded):
        towns.act(
            towns.elder,
            lambda ctx: move(ctx, towns.form(towns.elder, branch_id=towns.far_branch, code=code)),
        )
    assert towns.member(towns.elder).home_book == ONE


def test_who_may_not(towns: Towns) -> None:
    elder = towns.elder
    with pytest.raises(Forbidden):  # the branch that is left does not move anybody away
        towns.at_counter(elder, by=towns.staff)
    with pytest.raises(Forbidden):
        towns.at_counter(elder, by=towns.volunteer)
    with pytest.raises(say.NotThisPerson):
        towns.at_counter(elder, id_number=towns.id_number(towns.volunteer))
    with pytest.raises(say.SameBook):
        towns.preview(elder, towns.branch)
    with pytest.raises(say.NewAddressNeeded):
        towns.at_counter(elder, address=" ")
    with pytest.raises(say.RegionOfBranch):
        towns.at_counter(elder, region_code=factories.YONGZHONG)
    towns.act(towns.staff, lambda ctx: record_kinship(ctx, elder, towns.clerk, "child", "户口簿"))
    with pytest.raises(say.OwnOrKinMove):
        towns.at_counter(elder)
    card = towns.id_number(elder)
    with pytest.raises(say.OwnOrKinMove):
        towns.act(towns.clerk, lambda ctx: holder_of(ctx, card, towns.there))
    with pytest.raises(NobodyWithCard):
        towns.act(towns.clerk, lambda ctx: holder_of(ctx, "330302194001010017", towns.there))
    with pytest.raises(say.MoveUnknown):
        towns.act(elder, lambda ctx: move_view(ctx, ONE, uuid4()))

    def close(session: Session) -> None:
        session.get_one(Member, elder).status = MemberStatus.CLOSED

    towns.uow.run(close)
    other = towns.act(
        factories.SYSTEM, lambda ctx: factories.create_staff(ctx.session, towns.there)
    )
    with pytest.raises(say.MoveNotActive):
        towns.at_counter(elder, by=other)
    assert towns.member(elder).home_book == ONE


def test_a_counter_elsewhere_moves_whoever_shows_the_card(towns: Towns) -> None:
    towns.give_coins(towns.elder, 300)
    card = towns.id_number(towns.elder)
    assert towns.act(towns.clerk, lambda ctx: holder_of(ctx, card, towns.there)) == towns.elder
    moved = towns.at_counter(towns.elder, region_code=WUMA)
    row = towns.row(moved)
    assert (row.how, row.moved_by_id, row.to_region_code) == ("counter", towns.clerk, WUMA)
    assert towns.breaches() == []


def test_a_key_gives_the_first_answer_after_the_move_as_well(towns: Towns) -> None:
    towns.give_coins(towns.elder, 300)
    code = towns.code(towns.elder)
    form = towns.form(towns.elder, code=code)
    first = towns.act(towns.elder, lambda ctx: move(ctx, form), key="once")
    again = towns.act(towns.elder, lambda ctx: move(ctx, form), key="once")
    assert first == again
    assert towns.count(Refusal, Refusal.act == "member.move", Refusal.book.in_((ONE,))) == 0
    assert towns.act(towns.elder, lambda ctx: move_view(ctx, ONE, first.move_id)).check_code


def test_a_visit_that_no_corridor_pays_for_is_called_off_and_said_before(towns: Towns) -> None:
    """The elder moves on to the far county, which does not recognise the first one."""
    towns.give_coins(towns.elder, 600)
    towns.fill_pool(factories.LUCHENG)
    towns.moves(towns.elder)
    form = AskForm(towns.elder, "A04", START, 60, address=HOUSE)
    request = towns.act(towns.elder, lambda ctx: ask(ctx, form))
    from services.requests.reviewing import approve

    towns.act(towns.clerk, lambda ctx: approve(ctx, factories.LUCHENG, request))
    towns.act(towns.volunteer, lambda ctx: accept(ctx, factories.LUCHENG, request))
    (seen,) = towns.preview(towns.elder, towns.far_branch).bookings
    assert (seen.fate, len(seen.parted)) == ("anew", 1)
    later = NOW + timedelta(hours=2)
    moved = towns.moves(towns.elder, later, branch_id=towns.far_branch)
    (line,) = towns.row(moved).content["bookings"]
    assert (line["fate"], line["parted"]) == ("anew", 1)
    assert towns.breaches() == []


def test_what_a_move_has_carried_is_not_reversed_alone(towns: Towns) -> None:
    towns.give_coins(towns.volunteer, 60)
    towns.moves(towns.volunteer)
    (carried,) = towns.look(
        lambda s: s.scalars(
            sa.select(Transfer.id).where(Transfer.book == ONE, Transfer.kind == "move")
        ).all()
    )
    with pytest.raises(OfMove):
        towns.act(towns.admins[0], lambda c: reverse_posting(c, ONE, carried, "wrong_person"))
    assert towns.coins(TWO, towns.volunteer) == {("earned", ""): 60}
