"""Grants: from a list to each member's account, refused lines by line, all of it on record."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.batches import Batch, BatchKind, BatchState
from models.ledger import Account, AccountKind, Transfer
from models.oversight import AuditRecord, OutboxMessage
from services.batches import errors, signing
from services.batches.errors import OF_LINES
from services.errors import Forbidden, NotFound
from services.issuing import SecondSignature
from services.ledger.accounts import account_id
from services.people.kin import record_kinship
from tests import factories
from tests.factories import LONGWAN
from tests.services.batches.conftest import Office, grant_list

TERMS = {"period": "2026Q1"}
GRANT = BatchKind.GRANT


def test_everybody_on_the_list_is_granted(office: Office) -> None:
    elders = office.elders(3)
    office.street.issue(2_000)
    batch_id = office.propose(GRANT, TERMS, grant_list(office, *((each, 480) for each in elders)))
    assert office.batch(batch_id).terms["foreseen"] == {
        "posted": 3, "refused": 0, "minutes": 1_440,
    }  # fmt: skip
    assert office.count(Transfer, Transfer.kind == "grant") == 0
    office.sign(batch_id)
    progress = office.work(batch_id)
    assert (progress.posted, progress.refused, progress.state) == (3, 0, BatchState.DONE)
    assert [office.holdings(each) for each in elders] == [{"granted2026Q1": 480}] * 3
    assert office.pool() == 560
    assert office.breaches() == []


def test_the_terms_keep_the_day_on_which_the_grant_ends(office: Office) -> None:
    (elder,) = office.elders(1)
    batch_id = office.propose(GRANT, TERMS, grant_list(office, (elder, 60)))
    assert office.batch(batch_id).terms["expires_at"] == "2026-06-30T16:00:00+00:00"


@pytest.mark.parametrize("period", ["2025Q3", "2026Q2", "2026Q5", "2026", ""])
def test_only_a_running_quarter_is_granted_for(office: Office, period: str) -> None:
    with pytest.raises(errors.PeriodWrong):
        office.propose(GRANT, {"period": period}, grant_list(office, (office.street.elder, 60)))


def test_lines_after_the_pool_runs_dry_are_refused_with_the_shortfall(office: Office) -> None:
    elders = office.elders(4)
    office.street.issue(1_000)
    listed = grant_list(office, *zip(elders, (480, 600, 500, 30), strict=True))
    batch_id = office.propose(GRANT, TERMS, listed)
    foreseen = [(line.state.value, line.code) for line in office.lines(batch_id)]
    assert foreseen == [
        ("waiting", ""), ("waiting", "not_enough"), ("waiting", ""), ("waiting", "not_enough"),
    ]  # fmt: skip
    office.sign(batch_id)
    office.work(batch_id)
    assert office.fates(batch_id) == [
        ("posted", ""), ("refused", "not_enough"), ("posted", ""), ("refused", "not_enough"),
    ]  # fmt: skip
    assert [line.params.get("shortfall_minutes") for line in office.lines(batch_id)] == [
        None, 80, None, 10,
    ]  # fmt: skip
    assert office.pool() == 20
    # Nothing is opened for a line that is refused.
    empty = account_id(LONGWAN, AccountKind.GRANTED, elders[1], "2026Q1")
    assert office.count(Account, Account.id == empty) == 0
    assert office.breaches() == []


def test_the_refused_lines_come_first_and_say_why(office: Office) -> None:
    stranger = "V000000000000"
    pending = office.street.uow.run(lambda s: factories.create_member(s, is_checked=False))
    office.street.issue(1_000)
    listed = grant_list(office, (office.street.elder, 60), (stranger, 60), (pending, 60))
    rows = office.report(office.done(GRANT, TERMS, listed))
    assert [(row.line, row.code) for row in rows] == [
        (2, "member_unknown"), (3, "member_not_active"), (1, ""),
    ]  # fmt: skip
    assert rows[0].sentence == "没有这个编号的志愿者。"
    assert rows[2].transfer_id is not None


def test_a_member_of_another_region_is_not_granted_here(office: Office) -> None:
    def far(session: Session) -> UUID:
        branch = factories.create_branch(session, factories.WUMA)
        return factories.create_elder(session, grade=0, branch_id=branch)

    other = office.street.uow.run(far)
    batch_id = office.done(GRANT, TERMS, grant_list(office, (other, 60)))
    assert office.fates(batch_id) == [("refused", "member_elsewhere")]


def test_who_proposes_or_signs_is_not_on_the_list_nor_are_his_kin(office: Office) -> None:
    (mother,) = office.elders(1)

    def kin(session: Session) -> None:
        ctx = factories.make_ctx(session, factories.clerk(session, office.street.branch))
        record_kinship(ctx, office.second, mother, "parent", "户口簿")

    office.street.uow.run(kin)
    office.street.issue(1_000)
    listed = grant_list(office, (office.first, 60), (mother, 60), (office.street.elder, 60))
    batch_id = office.done(GRANT, TERMS, listed)
    assert office.fates(batch_id) == [
        ("refused", "own_line"), ("refused", "own_line"), ("posted", ""),
    ]  # fmt: skip


def test_a_second_grant_of_the_quarter_goes_to_the_same_account(office: Office) -> None:
    office.street.issue(1_000)
    for minutes in (60, 90):
        office.done(GRANT, TERMS, grant_list(office, (office.street.elder, minutes)))
    assert office.holdings(office.street.elder) == {"granted2026Q1": 150}
    assert office.breaches() == []


def test_members_are_told_once(office: Office) -> None:
    office.street.issue(1_000)
    before = office.count(OutboxMessage)
    batch_id = office.done(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    office.chunk(batch_id)
    assert office.count(OutboxMessage) == before + 1


def test_everything_is_on_record(office: Office) -> None:
    office.street.issue(1_000)
    batch_id = office.done(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    acts = ("batch.propose", "batch.sign", "batch.work", "batch.end")
    for act in acts:
        where = (AuditRecord.act == act, AuditRecord.subject_id == batch_id)
        assert office.count(AuditRecord, *where) == 1, act


def test_nobody_signs_what_he_proposed(office: Office) -> None:
    batch_id = office.propose(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    with pytest.raises(SecondSignature):
        office.sign(batch_id, office.first)
    assert office.batch(batch_id).state is BatchState.PROPOSED
    assert office.chunk(batch_id).state is BatchState.PROPOSED
    assert office.fates(batch_id) == [("waiting", "not_enough")]


def test_a_signature_is_under_the_list_that_was_seen(office: Office) -> None:
    batch_id = office.propose(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    with pytest.raises(errors.ListChanged):
        office.street.act(office.second, lambda ctx: signing.sign(ctx, LONGWAN, batch_id, "0" * 64))


def test_a_batch_is_signed_once(office: Office) -> None:
    batch_id = office.propose(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    office.sign(batch_id)
    with pytest.raises(errors.BatchEnded):
        office.sign(batch_id)


def test_only_administrators_of_the_region_act(office: Office) -> None:
    listed = grant_list(office, (office.street.elder, 60))
    for who in (office.street.staff, office.street.elder):
        with pytest.raises(Forbidden):
            office.propose(GRANT, TERMS, listed, who=who)
    batch_id = office.propose(GRANT, TERMS, listed)
    for who in (office.street.staff, office.street.volunteer):
        with pytest.raises(Forbidden):
            office.sign(batch_id, who)
        with pytest.raises(Forbidden):
            office.street.act(who, lambda ctx: signing.withdraw(ctx, LONGWAN, batch_id))


def test_a_batch_that_is_not_there_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.street.act(
            office.second, lambda ctx: signing.sign(ctx, LONGWAN, UUID(int=5), "0" * 64)
        )


def test_a_double_click_is_one_proposal(office: Office) -> None:
    listed = grant_list(office, (office.street.elder, 60))
    made = {office.propose(GRANT, TERMS, listed, key="click") for _ in range(2)}
    assert len(made) == 1
    assert office.count(Batch) == 1


def test_what_is_withdrawn_is_never_posted(office: Office) -> None:
    office.street.issue(1_000)
    batch_id = office.propose(GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    office.sign(batch_id)
    office.street.act(office.first, lambda ctx: signing.withdraw(ctx, LONGWAN, batch_id))
    assert office.work(batch_id).state is BatchState.WITHDRAWN
    assert office.holdings(office.street.elder) == {}
    with pytest.raises(errors.BatchEnded):
        office.street.act(office.first, lambda ctx: signing.withdraw(ctx, LONGWAN, batch_id))


def test_every_code_has_its_sentence() -> None:
    assert all(kind.__doc__ for kind in OF_LINES.values())
