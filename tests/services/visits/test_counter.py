"""The counter's own acts and everything that its pages read, on each engine."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.oversight import AuditRecord, Dispute
from models.requests import VisitState
from services.errors import Forbidden
from services.policy import SYSTEM
from services.queries.admin.books import my_books, overview
from services.queries.admin.issuing import issue_file
from services.queries.admin.places import branches_file
from services.queries.admin.roles import holders, offices
from services.queries.admin.transfers import transfer_file
from services.queries.branch.desks import my_desks
from services.queries.branch.inbox import inbox
from services.queries.branch.listing import request_list
from services.queries.branch.members import find, member_file
from services.queries.branch.requests import request_file
from services.queries.branch.visits import visit_file
from services.visits import sentences as say
from services.visits.checking import Slip, enter_slip
from services.visits.complaints import note_words, take_complaint
from services.visits.disputes import decide_dispute
from services.visits.reviewing import follow_up
from services.visits.slips import print_slip, slip_codes, visit_of_slip
from services.visits.voice import HEARD, NotAllHeard, note_unanswered, record_voice
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street

AFTER = START + timedelta(minutes=70)


def promised(street: Street) -> UUID:
    street.issue(1_000)
    return street.accepted(street.open_request())


def done(street: Street) -> UUID:
    visit = promised(street)
    street.come(visit)
    street.go(visit)
    return visit


def test_a_slip_finds_its_visit_and_is_entered(street: Street) -> None:
    visit = promised(street)
    street.act(street.staff, lambda ctx: print_slip(ctx, LONGWAN, visit))
    codes = street.act(street.staff, lambda ctx: slip_codes(ctx, LONGWAN, visit))
    assert codes is not None
    assert codes.code_out is not None
    reference = street.request(street.visit(visit).request_id).reference
    found = street.act(
        street.staff,
        lambda ctx: visit_of_slip(ctx, LONGWAN, reference, str(codes.code_out).lower()),
    )
    assert (found.visit_id, found.starts_at) == (visit, START)
    slip = Slip(codes.code_in, codes.code_out, START, START + timedelta(minutes=50))
    street.act(street.staff, lambda ctx: enter_slip(ctx, LONGWAN, visit, slip), now=AFTER)
    assert street.visit(visit).actual_minutes == 50


@pytest.mark.parametrize("code", ["AAAAAA", "", "汉字"])
def test_a_wrong_code_finds_no_visit(street: Street, code: str) -> None:
    visit = promised(street)
    street.act(street.staff, lambda ctx: print_slip(ctx, LONGWAN, visit))
    reference = street.request(street.visit(visit).request_id).reference
    with pytest.raises(say.SlipCodeWrong):
        street.act(street.staff, lambda ctx: visit_of_slip(ctx, LONGWAN, reference, code))


def test_volunteers_make_no_slips(street: Street) -> None:
    visit = promised(street)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: print_slip(ctx, LONGWAN, visit))


def test_everything_has_to_be_heard(street: Street) -> None:
    visit = done(street)
    for heard in (frozenset[str](), frozenset({"came"}), frozenset({*HEARD, "more"})):
        with pytest.raises(NotAllHeard):
            street.act(
                street.staff, lambda ctx, h=heard: record_voice(ctx, LONGWAN, visit, h, "phone")
            )
    street.act(
        street.staff,
        lambda ctx: record_voice(ctx, LONGWAN, visit, frozenset(HEARD), "phone"),
        key="one call",
    )
    street.act(
        street.staff,
        lambda ctx: record_voice(ctx, LONGWAN, visit, frozenset(HEARD), "phone"),
        key="one call",
    )
    assert street.visit(visit).state is VisitState.CREDITED
    assert street.count(AuditRecord, AuditRecord.act == "visit.voice") == 1


def test_a_credited_visit_needs_no_call(street: Street) -> None:
    visit = promised(street)
    with pytest.raises(say.NotForConfirming):
        street.act(street.staff, lambda ctx: note_unanswered(ctx, LONGWAN, visit))


def test_both_sides_words_are_decided_together(street: Street) -> None:
    visit = done(street)
    dispute = street.act(
        street.staff, lambda ctx: take_complaint(ctx, LONGWAN, visit, "elder", "没有来")
    )
    street.act(
        street.staff,
        lambda ctx: note_words(ctx, LONGWAN, visit, "provider", "来过"),
        now=AFTER,
    )
    file = street.act(street.staff, lambda ctx: visit_file(ctx, LONGWAN, visit), now=AFTER)
    assert [(each.side, each.text) for each in file.words] == [
        ("elder", "没有来"),
        ("provider", "来过"),
    ]
    assert file.open_dispute_id == dispute
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="邻居作证"),
        now=AFTER,
    )
    assert street.count(Dispute, Dispute.decision == "credit") == 2
    assert street.visit(visit).state is VisitState.CREDITED


def test_the_inbox_counts_every_kind(street: Street) -> None:
    visit = promised(street)
    street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=AFTER)
    street.give_coins(street.elder, 500)
    street.ask(starts_at=START + timedelta(days=2))
    found = street.act(street.staff, lambda ctx: inbox(ctx, street.branch), now=AFTER)
    assert {pile.kind: pile.count for pile in found.piles if pile.count} == {
        "missed": 1,
        "review": 1,
    }
    assert [work.kind for work in found.works] == ["missed", "review"]
    assert {pile.oldest for pile in found.piles if pile.kind == "missed"} == {START}
    assert found.total == 2
    one = street.act(street.staff, lambda ctx: inbox(ctx, street.branch, "review"), now=AFTER)
    assert one.total == len(one.works) == 1


@pytest.mark.parametrize(
    "state",
    ["safety", "dispute", "missed", "review", "in_review", "identity", "unconfirmed", "pool"],
)
def test_each_kind_can_be_asked_for_alone(street: Street, state: str) -> None:
    found = street.act(street.staff, lambda ctx: inbox(ctx, street.branch, state, offset=10))
    assert found.works == ()


def test_the_counter_s_pages_are_read(street: Street) -> None:
    visit = done(street)
    request = street.visit(visit).request_id
    name = street.act(street.staff, lambda ctx: member_file(ctx, street.elder)).view.name

    def read(ctx: object) -> None:
        assert [desk.id for desk in my_desks(ctx)] == [street.branch]
        assert request_list(ctx, street.branch, state="filled").total == 1
        assert request_file(ctx, LONGWAN, request).visits[0].id == visit
        assert [hit.member_id for hit, _branch in find(ctx, name)] == [street.elder]

    street.act(street.staff, read)


def test_the_region_s_pages_are_read(street: Street) -> None:
    visit = done(street)
    street.act(
        street.staff,
        lambda ctx: record_voice(ctx, LONGWAN, visit, frozenset(HEARD), "phone"),
        now=AFTER,
    )
    transfer = street.visit(visit).transfer_id

    def read(ctx: object) -> None:
        assert [line.book for line in my_books(ctx)] == [LONGWAN]
        assert overview(ctx, LONGWAN).members.active == 5
        assert issue_file(ctx, LONGWAN).pool.issued_minutes == 1_000
        assert branches_file(ctx, LONGWAN).branches[0].members == 5
        assert holders(ctx).total == 3
        assert {scope.kind for scope in offices(ctx).scopes} == {"region", "branch"}
        file = transfer_file(ctx, LONGWAN, transfer)
        assert sum(leg.amount_minutes for leg in file.legs) == 0
        assert file.lacking_minutes == 0
        assert file.may_reverse.allowed

    street.act(street.admins[0], read, now=AFTER)
