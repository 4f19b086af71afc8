"""Leaving for good: identity goes, the ledger and the hours stay as true as they were."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.base import Base
from models.ledger import Entry
from models.oversight import AuditRecord
from models.people import Handle, Member, MemberStatus
from models.privacy import PrivacyRequest, PrivacyState
from services.errors import Forbidden
from services.ledger.breaches import Tally
from services.people.register import register
from services.policy import SYSTEM
from services.privacy import deciding, erasing, requests
from services.privacy import sentences as say
from services.privacy.emptying import ERASED_NAME
from services.verification import verify
from services.visits.confirming import confirm
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import START, Street

LATER = START + timedelta(days=3)
AFTER = LATER + timedelta(days=deciding.GRACE_DAYS, minutes=1)


def words_of(street: Street, secret: str) -> list[str]:
    """Every column in the database in which a text still stands, opened where it is sealed."""
    found = []
    with street.uow.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)).mappings():
                found += [
                    f"{table.name}.{name}"
                    for name, value in row.items()
                    if isinstance(value, str | dict | list) and secret in str(value)
                ]
    return found


def served(street: Street) -> tuple[str, UUID]:
    """The volunteer has served the elder, who paid; returns the volunteer's name and the visit."""
    street.give_coins(street.elder, 600)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), START + timedelta(hours=2))
    with street.uow.read() as session:
        return session.get_one(Member, street.volunteer).name, visit


def ask_and_grant(street: Street, who: UUID, coins_to: str | None = "pool") -> UUID:
    made = street.act(who, lambda ctx: requests.ask_erasure(ctx, who, coins_to), LATER)
    street.act(street.staff, lambda ctx: deciding.grant(ctx, who, made, "card"), LATER)
    return made


def erase(street: Street, who: UUID, made: UUID) -> bool:
    return street.act(SYSTEM, lambda ctx: erasing.erase(ctx, who, made), AFTER)


def entries(street: Street) -> int:
    with street.uow.read() as session:
        return session.scalar(
            sa.select(sa.func.count()).select_from(Entry).where(Entry.book == LONGWAN)
        )


def test_identity_goes_and_the_ledger_stays(street_on_each: Street) -> None:
    street = street_on_each
    name, _visit = served(street)
    with street.uow.read() as session:
        member = session.get_one(Member, street.volunteer)
        id_number = VAULT.open("member.id_number", member.id_number_sealed)
        born_on, sex, minutes = member.born_on, member.sex, member.served_minutes
    before = entries(street)
    made = ask_and_grant(street, street.volunteer)
    assert street.act(SYSTEM, erasing.due, LATER) == []
    assert street.act(SYSTEM, erasing.due, AFTER) == [(street.volunteer, made)]
    assert erase(street, street.volunteer, made)
    assert not erase(street, street.volunteer, made)
    with street.uow.read() as session:
        member = session.get_one(Member, street.volunteer)
        assert (member.name, member.status) == (ERASED_NAME, MemberStatus.CLOSED)
        assert (member.sex, member.served_minutes) == (sex, minutes)
        assert member.born_on == born_on.replace(month=1, day=1)
        assert member.phone_sealed is member.address_sealed is member.contact_sealed is None
        assert (member.latitude_e6, member.skills) == (None, [])
        kinds = set(
            session.scalars(sa.select(Handle.kind).where(Handle.member_id == street.volunteer))
        )
        assert kinds == {"number"}
        assert session.get_one(PrivacyRequest, (member.id, made)).state is PrivacyState.DONE
    assert words_of(street, name) == []
    # One transfer more, to the pool; everything still adds up.
    assert entries(street) == before + 2
    found = street.act(SYSTEM, lambda ctx: list(verify(ctx, LONGWAN, Tally())), AFTER)
    # The scene's own coins come from nowhere.
    assert {each.code for each in found} <= {"issue_without_authorisation"}
    # The same person may come again, as somebody new.
    form = street.look(
        lambda session: factories.register_form(
            session, sex=sex, born_on=born_on, id_number=id_number
        )
    )
    again = street.act(street.staff, lambda ctx: register(ctx, form), AFTER)
    assert again.member_id != street.volunteer


def test_audit_records_hold_no_name(street: Street) -> None:
    name, _ = served(street)
    made = ask_and_grant(street, street.volunteer)
    erase(street, street.volunteer, made)
    with street.uow.read() as session:
        rows = session.execute(
            sa.select(AuditRecord.act, AuditRecord.before, AuditRecord.after).where(
                AuditRecord.book == LONGWAN
            )
        ).all()
        names = set(session.scalars(sa.select(Member.name))) | {name}
    assert {row.act for row in rows} >= {"privacy.erase", "privacy.erase.grant", "visit.accept"}
    assert [row.act for row in rows for each in names if each in f"{row.before}{row.after}"] == []


def test_what_is_open_is_in_the_way(street: Street) -> None:
    street.give_coins(street.elder, 600)
    street.accepted(street.open_request())
    made = street.act(street.elder, lambda ctx: requests.ask_erasure(ctx, street.elder, "pool"))
    with pytest.raises(say.ErasureHindered):
        street.act(street.staff, lambda ctx: deciding.grant(ctx, street.elder, made, "card"))
    with street.uow.read() as session:
        assert session.get_one(Member, street.elder).erased_at is None


def test_what_came_up_in_the_days_of_grace_stops_it(street: Street) -> None:
    street.give_coins(street.elder, 600)
    made = street.act(street.elder, lambda ctx: requests.ask_erasure(ctx, street.elder, "pool"))
    street.act(street.staff, lambda ctx: deciding.grant(ctx, street.elder, made, "card"))
    street.open_request(starts_at=NOW + timedelta(days=12))
    assert not street.act(
        SYSTEM, lambda ctx: erasing.erase(ctx, street.elder, made), NOW + timedelta(days=8)
    )
    with street.uow.read() as session:
        assert session.get_one(Member, street.elder).erased_at is None
        row = session.get_one(PrivacyRequest, (street.elder, made))
        assert row.state is PrivacyState.REFUSED


def test_coins_are_not_lost_unsaid(street: Street) -> None:
    street.give_coins(street.elder, 600)
    with pytest.raises(say.CoinsLeft):
        street.act(street.elder, lambda ctx: requests.ask_erasure(ctx, street.elder))
    made = street.act(street.elder, lambda ctx: requests.ask_erasure(ctx, street.elder, "pool"))
    with pytest.raises(say.PrivacyRequestOpen):
        street.act(street.elder, lambda ctx: requests.ask_erasure(ctx, street.elder, "pool"))
    street.act(street.elder, lambda ctx: requests.withdraw(ctx, street.elder, made))
    with pytest.raises(say.PrivacyRequestDecided):
        street.act(street.staff, lambda ctx: deciding.grant(ctx, street.elder, made, "card"))


def test_who_may_not(street: Street) -> None:
    elder, made = street.elder, None
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: requests.ask_erasure(ctx, elder, "pool"))
    made = street.act(elder, lambda ctx: requests.ask_erasure(ctx, elder, "pool"))
    for who in (elder, street.volunteer):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: deciding.grant(ctx, elder, made, "card"))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: erasing.erase(ctx, elder, made))
    auditor = street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session))
    with pytest.raises(Forbidden):
        street.act(auditor, lambda ctx: deciding.refuse(ctx, elder, made, "不行"))
    assert len(street.act(auditor, lambda ctx: requests.requests_of(ctx, elder))) == 1
    with pytest.raises(say.RefusalReasonNeeded):
        street.act(street.staff, lambda ctx: deciding.refuse(ctx, elder, made, " "))
    street.act(street.staff, lambda ctx: deciding.refuse(ctx, elder, made, "材料不全"))
    line = street.act(elder, lambda ctx: requests.requests_of(ctx, elder))[0]
    assert (line.state, line.reason) == ("refused", "材料不全")


def test_a_correction_is_decided_by_evidence(street: Street) -> None:
    elder = street.elder
    with pytest.raises(say.NothingToCorrect):
        street.act(elder, lambda ctx: requests.ask_correction(ctx, elder, {}))
    with pytest.raises(say.CorrectionFieldUnknown):
        street.act(elder, lambda ctx: requests.ask_correction(ctx, elder, {"status": "active"}))
    wanted = {"name": "王更正", "address": "永中街道 1 号"}
    made = street.act(elder, lambda ctx: requests.ask_correction(ctx, elder, wanted))
    line = street.act(street.staff, lambda ctx: requests.waiting(ctx, street.branch))[0]
    assert (line.id, dict(line.wanted), line.is_late) == (made, wanted, False)
    with pytest.raises(say.CorrectionEvidenceUnknown):
        street.act(street.staff, lambda ctx: deciding.grant(ctx, elder, made, "rumour"))
    street.act(street.staff, lambda ctx: deciding.grant(ctx, elder, made, "card"))
    with street.uow.read() as session:
        member = session.get_one(Member, elder)
        assert member.name == "王更正"
        assert VAULT.open("member.address", member.address_sealed) == "永中街道 1 号"
