"""What is over goes, once, in chunks; what is not yet over, and what is for good, stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.audit_seals import UnsealedRecord
from models.oversight import AuditRecord, OutboxMessage
from models.people import LoginCode, Member, MemberStatus
from models.requests import Request, VisitCode
from services import evidence
from services.context import Context
from services.errors import Forbidden
from services.ids import uuid7
from services.policy import NATION
from services.privacy import retention
from services.privacy.data_map import days_of
from services.privacy.emptying import ERASED_NAME
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import START, Street
from timebank.edge import Timebank
from timebank.jobs import privacy as jobs

DAY = timedelta(days=1)


def run(street: Street, days: int) -> int:
    """The job as it runs so many days after the visit."""
    held = Timebank(settings=None, uow=street.uow, vault=VAULT, clock=lambda: START + days * DAY)
    return jobs.keep_to_terms(held)


def counts(street: Street) -> dict[str, int]:
    """What the newest run has written down."""
    rows = street.look(
        lambda session: session.scalars(
            sa.select(AuditRecord.after)
            .where(AuditRecord.book == NATION, AuditRecord.act == "retention.run")
            .order_by(AuditRecord.at.desc())
        ).all()
    )
    return dict(rows[0]) if rows else {}


def test_what_is_over_goes_and_once(
    street_on_each: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = street_on_each
    monkeypatch.setattr(retention, "CHUNK", 2)
    street.give_coins(street.elder, 600)
    request = street.open_request(note="请带伞", address="永中街道 8 号")
    street.accepted(request)
    pending = street.act(
        street.staff, lambda ctx: factories.create_member(ctx.session, is_checked=False)
    )
    with street.uow.read() as session:
        name = session.get_one(Member, pending).name
    code = LoginCode(
        member_id=street.elder,
        id=uuid7(NOW),
        code_hash="x",
        expires_at=START - 6 * DAY,
        attempts=0,
        used_at=None,
    )
    street.uow.run(lambda session: session.add(code))
    run(street, 0)
    assert street.count(LoginCode) == 1
    run(street, 2)
    assert street.count(LoginCode) == 0
    assert street.request(request).note_sealed is not None
    assert run(street, days_of("request") + 1) > 0
    found = counts(street)
    assert found["requests"] == 1
    assert found["sign_ups"] == 1
    assert found["outbox"] == street.count(OutboxMessage) > retention.CHUNK
    assert run(street, days_of("request") + 1) == 0
    row = street.request(request)
    assert row.note_sealed is row.address_sealed is None
    messages = street.look(lambda s: s.scalars(sa.select(OutboxMessage)).all())
    assert {each.sentence for each in messages} == {retention.OVER}
    with street.uow.read() as session:
        gone = session.get_one(Member, pending)
        assert (gone.status, gone.name) == (MemberStatus.CLOSED, ERASED_NAME) != name
        assert session.get_one(Member, street.elder).name != ERASED_NAME


def test_evidence_that_is_over_cannot_be_opened_and_says_so(street: Street) -> None:
    street.give_coins(street.elder, 600)
    paper = evidence.Upload("a.pdf", b"%PDF-1.4\n%EOF\n")
    visit = street.accepted(street.open_request())
    here = (LONGWAN, "visit", visit)
    [kept] = street.act(street.staff, lambda ctx: evidence.attach(ctx, *here, [paper]), START)

    def open_it(ctx: Context) -> evidence.FileView:
        return evidence.open_file(ctx, *here, kept)

    run(street, days_of("evidence") - 1)
    assert street.act(street.staff, open_it, START).content == paper.content
    run(street, days_of("evidence") + 1)
    with pytest.raises(evidence.EvidenceOver):
        street.act(street.staff, open_it, START)


def test_every_step_names_a_term_that_ends(street: Street) -> None:
    for step in retention.steps():
        assert days_of(step.term) > 0
    assert street.count(VisitCode) == street.count(Request) == 0
    assert run(street, 1) >= 0
    assert street.count(UnsealedRecord) > 0


def test_nobody_but_the_job_does_it(street: Street) -> None:
    def work(ctx: Context) -> int:
        return retention.run_step(ctx, retention.steps()[0], NATION)

    for who in (street.elder, street.staff, street.admins[0]):
        with pytest.raises(Forbidden):
            street.act(who, work)
