"""Taking a posting back: an auditor proposes, two administrators sign, nobody touched by it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.entries import Reversal, ReversalState
from models.honours import StarBan
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.people import Member, RoleAssignment
from models.requests import ProviderDay
from models.sheets import SheetKind, WorkSheet
from services.complaints.opening import open_complaint
from services.complaints.sentences import ComplaintUnknown
from services.context import Context
from services.errors import Forbidden
from services.flags.sentences import FlagUnknown
from services.ledger.drafts import AlreadyReversed
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.reversing import sentences as say
from services.reversing.proposing import propose_reversal, withdraw_reversal
from services.reversing.signing import refuse_reversal, sign_reversal
from services.sheets.closing import close
from services.sheets.sentences import SheetUnknown
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street, street

__all__ = ["street"]

pytestmark = pytest.mark.parametrize("street", ["sqlite"], indirect=True)


def credited(street: Street) -> tuple[UUID, UUID]:
    """A visit that was paid, and its transfer."""
    street.give_coins(street.elder, 300)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=START)
    transfer = street.visit(visit).transfer_id
    assert transfer is not None
    return visit, transfer


def auditor(street: Street) -> UUID:
    return street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session))


def proposed(street: Street, who: UUID, transfer: UUID, reason: str = "false_record") -> UUID:
    return street.act(
        who, lambda ctx: propose_reversal(ctx, LONGWAN, transfer, reason, "回访说没有来过"), START
    )


def signs(street: Street, who: UUID, row: UUID, key: str | None = None) -> UUID | None:
    return street.act(who, lambda ctx: sign_reversal(ctx, LONGWAN, row), START, key)


def stored(street: Street, row: UUID) -> Reversal:
    return street.look(lambda session: session.get_one(Reversal, (LONGWAN, row)))


def told(street: Street, who: UUID) -> set[str]:
    rows = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == who)
    return street.look(lambda session: set(session.scalars(rows)))


def test_an_auditor_proposes_and_two_administrators_sign(street: Street) -> None:
    visit, transfer = credited(street)
    watcher = auditor(street)
    row = proposed(street, watcher, transfer)
    assert street.earned(street.volunteer)[0] == 62
    assert say.WAITS_FOR_TWO in told(street, street.admins[0])
    assert signs(street, street.admins[0], row) is None
    assert street.earned(street.volunteer)[0] == 62
    back = signs(street, street.admins[1], row)
    assert street.earned(street.volunteer) == (0, 0)
    assert street.earned(street.elder) == (300, 0)
    found = stored(street, row)
    assert (found.state, found.reversing_id, found.proposed_by_id) == (
        ReversalState.DONE,
        back,
        watcher,
    )
    assert {found.first_signed_by_id, found.second_signed_by_id} == set(street.admins)
    assert say.WAS_REVERSED in told(street, watcher)
    acts = sa.select(AuditRecord.act).where(AuditRecord.subject_id == row)
    assert sorted(street.look(lambda s: s.scalars(acts).all())) == [
        "reversal.propose",
        "reversal.sign",
        "reversal.sign",
    ]
    assert street.visit(visit).reversed_at == START


def test_the_hours_do_not_count_any_more(street: Street) -> None:
    visit, transfer = credited(street)
    minutes = street.visit(visit).actual_minutes

    def hours() -> int:
        return street.look(lambda s: s.get_one(Member, street.volunteer).served_minutes)

    assert hours() == minutes
    day = street.look(lambda s: s.scalars(sa.select(ProviderDay)).one())
    assert (day.credit_minutes, day.actual_minutes) == (62, minutes)
    row = proposed(street, street.admins[0], transfer, "wrong_time")
    signs(street, street.admins[0], row)
    signs(street, street.admins[1], row)
    assert hours() == 0
    day = street.look(lambda s: s.scalars(sa.select(ProviderDay)).one())
    assert (day.credit_minutes, day.actual_minutes) == (0, 0)
    assert street.count(StarBan) == 0


def test_a_false_record_bans_stars(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    signs(street, street.admins[0], row)
    signs(street, street.admins[1], row)
    ban = street.look(lambda s: s.scalars(sa.select(StarBan)).one())
    assert (ban.member_id, ban.transfer_id) == (street.volunteer, transfer)


def test_one_administrator_is_not_two(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    assert signs(street, street.admins[0], row) is None
    with pytest.raises(say.SignedBefore):
        signs(street, street.admins[0], row)
    assert street.count(Transfer, Transfer.kind == "reversal") == 0


def test_who_is_kin_of_a_signer_or_of_the_proposer_does_not_sign(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    signs(street, street.admins[0], row)
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.admins[1], street.admins[0], "sibling", "户口簿"),
    )
    with pytest.raises(say.KinHasSigned):
        signs(street, street.admins[1], row)


@pytest.mark.parametrize("side", ["elder", "volunteer"])
def test_whoever_it_touches_and_kin_keep_away(street: Street, side: str) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.admins[1], getattr(street, side), "child", "户口簿"),
    )
    for act in (
        lambda ctx: sign_reversal(ctx, LONGWAN, row),
        lambda ctx: refuse_reversal(ctx, LONGWAN, row, "是我家的事"),
        lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "wrong_time"),
    ):
        with pytest.raises(Forbidden):
            street.act(street.admins[1], act)


def test_auditors_and_staff_sign_nothing(street: Street) -> None:
    _visit, transfer = credited(street)
    watcher = auditor(street)
    row = proposed(street, watcher, transfer)
    for who in (watcher, street.staff, street.volunteer):
        with pytest.raises(Forbidden):
            signs(street, who, row)
    with pytest.raises(Forbidden):
        proposed(street, street.staff, transfer)


def test_what_waits_is_not_proposed_again(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, auditor(street), transfer)
    with pytest.raises(say.ReversalOpen):
        proposed(street, street.admins[0], transfer)
    street.act(street.admins[0], lambda ctx: refuse_reversal(ctx, LONGWAN, row, "老人说来过"))
    again = proposed(street, street.admins[0], transfer)
    signs(street, street.admins[0], again)
    signs(street, street.admins[1], again)
    with pytest.raises(AlreadyReversed):
        proposed(street, street.admins[0], transfer)


def test_what_led_to_it_is_there_and_is_about_it(street: Street) -> None:
    """A complaint's hold ends with the second name: nobody frees another's by naming it."""
    _visit, transfer = credited(street)
    other, watcher = START + timedelta(days=1), auditor(street)
    visit = street.accepted(street.open_request(starts_at=other))
    made = street.act(
        street.elder,
        lambda ctx: open_complaint(
            ctx, book=LONGWAN, kind="charged", text="问我要钱", visit_id=visit
        ),
        START,
    )
    for error, because in (
        (FlagUnknown, {"flag_id": visit}),
        (SheetUnknown, {"sheet_id": visit}),
        (ComplaintUnknown, {"complaint_id": visit}),
        (ComplaintUnknown, {"complaint_id": made}),
    ):
        with pytest.raises(error):
            street.act(
                watcher,
                lambda ctx, because=because: propose_reversal(
                    ctx, LONGWAN, transfer, "false_record", **because
                ),
                START,
            )
    assert street.count(Reversal) == 0


def test_a_refusal_has_a_reason_that_the_proposer_reads(street: Street) -> None:
    _visit, transfer = credited(street)
    watcher = auditor(street)
    row = proposed(street, watcher, transfer)
    with pytest.raises(say.ReversalReasonMissing):
        street.act(street.admins[0], lambda ctx: refuse_reversal(ctx, LONGWAN, row, "  "))
    street.act(street.admins[0], lambda ctx: refuse_reversal(ctx, LONGWAN, row, "老人说来过"))
    assert say.NOT_REVERSED in told(street, watcher)
    assert stored(street, row).end_reason == "老人说来过"
    with pytest.raises(say.ReversalEnded):
        signs(street, street.admins[0], row)


def test_the_proposer_may_drop_it_and_nobody_else(street: Street) -> None:
    _visit, transfer = credited(street)
    watcher = auditor(street)
    row = proposed(street, watcher, transfer)
    with pytest.raises(say.OthersProposal):
        street.act(street.admins[0], lambda ctx: withdraw_reversal(ctx, LONGWAN, row))
    street.act(watcher, lambda ctx: withdraw_reversal(ctx, LONGWAN, row))
    assert stored(street, row).state is ReversalState.WITHDRAWN
    with pytest.raises(say.ReversalEnded):
        street.act(watcher, lambda ctx: withdraw_reversal(ctx, LONGWAN, row))
    with pytest.raises(say.ReversalUnknown):
        street.act(watcher, lambda ctx: withdraw_reversal(ctx, LONGWAN, transfer))


def test_coins_that_are_spent_open_one_sheet_and_move_nothing(street: Street) -> None:
    visit, transfer = credited(street)

    def grow_old(ctx: Context) -> None:
        member = ctx.session.get_one(Member, street.volunteer)
        member.spends_under_age, member.is_recipient = True, True

    street.act(SYSTEM, grow_old)
    later = START + timedelta(days=1)
    street.ask(elder_id=street.volunteer, code="B01", minutes=50, starts_at=later)
    row = proposed(street, street.admins[0], transfer)
    signs(street, street.admins[0], row)
    for key in ("k", "k", "other", None):
        with pytest.raises(say.CoinsSpent) as spent:
            signs(street, street.admins[1], row, key)
        assert spent.value.params["shortfall_minutes"] > 0
    assert street.earned(street.volunteer)[0] == 62
    assert street.visit(visit).reversed_at is None
    assert stored(street, row).state is ReversalState.SIGNED
    sheet = street.look(lambda s: s.scalars(sa.select(WorkSheet)).one())
    assert (sheet.kind, sheet.about, sheet.subject_id) == (
        SheetKind.SUPERVISION,
        "reversal_spent",
        row,
    )
    assert street.count(StarBan) == 0
    # Whoever stands to lose by it does not close the sheet, whatever office he holds.
    office = {"role": "region_admin", "scope_kind": "region", "scope": LONGWAN}
    street.act(
        SYSTEM,
        lambda ctx: ctx.session.add(
            RoleAssignment(id=ctx.new_id(), member_id=street.volunteer, granted_at=START, **office)
        ),
    )
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: close(ctx, LONGWAN, sheet.id, "done", "好"), START)


def test_a_double_click_signs_once(street: Street) -> None:
    _visit, transfer = credited(street)
    row = proposed(street, street.admins[0], transfer)
    assert signs(street, street.admins[0], row, "k") is signs(street, street.admins[0], row, "k")
    back = signs(street, street.admins[1], row, "k")
    assert back == signs(street, street.admins[1], row, "k")
    assert back is not None
