"""An older time bank comes in: foreseen, published, signed by two, posted once, undone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from models.imports import Import, ImportState
from models.ledger import AccountKind, Transfer
from models.oversight import OutboxMessage
from models.people import Consent, Handle, MemberStatus, Sex
from services.context import Context
from services.countersigning import KinSigns
from services.errors import DomainError, Forbidden
from services.imports import errors, publishing, signing, working
from services.imports.finding import fingerprint
from services.imports.proposing import put_forward_account
from services.imports.reading import OldPerson
from services.issuing import SecondSignature
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.errors import TermsNeeded
from services.people.kin import record_kinship
from services.people.membership import check_identity
from services.people.records import record_consent
from services.policy import SYSTEM
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.imports.conftest import (
    AFTER,
    BORN,
    Bridge,
    identity,
    line,
    listed,
    people,
)


def known(bridge: Bridge) -> tuple[str, str]:
    """Name and ID number of the street's volunteer."""
    member = bridge.member(bridge.street.volunteer)
    return member.name, VAULT.open("member.id_number", member.id_number_sealed)


def test_a_list_comes_in_from_the_dry_run_to_the_balances(bridge: Bridge) -> None:
    name, id_number = known(bridge)
    import_id = bridge.propose(
        listed(
            line(
                "1", "林立春", identity(), earned=600, received=120, actual=900, phone="13911112222"
            ),
            line("2", name, id_number, earned=60, actual=30),
            line("3", "黄谷雨", identity(), earned=0),
        )
    )
    row = bridge.row(import_id)
    assert (row.state, row.rows, row.refused, row.minutes) == (ImportState.CHECKED, 3, 0, 780)
    assert bridge.fates(import_id) == [
        ("waiting", "new", 720),
        ("waiting", "known", 60),
        ("waiting", "new", 0),
    ]
    assert bridge.count(Transfer, Transfer.kind == "import") == 0
    served = bridge.member(bridge.street.volunteer).served_minutes
    bridge.publish(import_id)
    bridge.sign(import_id)
    assert bridge.work(import_id) is ImportState.DONE
    first, second, third = bridge.rows(import_id)
    assert bridge.holdings(first.member_id) == {"earned": 600, "received": 120}
    assert bridge.holdings(second.member_id) == {"earned": 60}
    assert second.member_id == bridge.street.volunteer
    assert third.transfer_id is None
    assert bridge.holdings(third.member_id) == {}
    made = bridge.member(first.member_id)
    assert (made.status, made.joined_how, made.sex) == (MemberStatus.PENDING, "import", Sex.FEMALE)
    assert (made.born_on, made.served_minutes) == (BORN, 900)
    assert bridge.member(bridge.street.volunteer).served_minutes == served + 30
    assert bridge.count(Consent, Consent.kind == "import") == 2
    assert bridge.count(Handle, Handle.member_id == made.id) == 3
    assert bridge.count(OutboxMessage, OutboxMessage.member_id == made.id) == 2
    assert bridge.breaches() == []


def test_terms_are_agreed_to_before_the_identity_is_checked(bridge: Bridge) -> None:
    import_id = bridge.done(people(1))
    member_id = bridge.rows(import_id)[0].member_id
    assert member_id is not None
    staff = bridge.street.staff
    with pytest.raises(TermsNeeded):
        bridge.street.act(staff, lambda ctx: check_identity(ctx, member_id, "card"), now=AFTER)
    bridge.street.act(
        staff,
        lambda ctx: record_consent(ctx, member_id, "terms", "signature", "林立春"),
        now=AFTER,
    )
    bridge.street.act(staff, lambda ctx: check_identity(ctx, member_id, "card"), now=AFTER)
    assert bridge.member(member_id).status is MemberStatus.ACTIVE


def test_nobody_signs_alone_early_or_something_else(bridge: Bridge) -> None:
    import_id = bridge.propose(people(1))
    first, second = bridge.street.admins
    seen = fingerprint(bridge.row(import_id))

    def refused(who: object, print_: str, now: object, want: type[DomainError]) -> None:
        with pytest.raises(want):
            bridge.street.act(
                who,  # type: ignore[arg-type]
                lambda ctx: signing.sign(ctx, LONGWAN, import_id, print_),
                now=now,  # type: ignore[arg-type]
            )

    refused(second, seen, AFTER, errors.ImportElsewhere)
    bridge.publish(import_id)
    refused(first, seen, AFTER, SecondSignature)
    refused(second, seen, NOW + timedelta(days=7), errors.ImportNoticeRuns)
    refused(second, "0" * 64, AFTER, errors.ImportChanged)
    refused(bridge.street.volunteer, seen, AFTER, Forbidden)
    bridge.street.act(
        bridge.street.staff, lambda ctx: record_kinship(ctx, first, second, "spouse", "户口簿")
    )
    refused(second, seen, AFTER, KinSigns)
    assert bridge.row(import_id).state is ImportState.PUBLISHED


def test_a_double_click_is_one_import(bridge: Bridge) -> None:
    members = people(2)
    first = bridge.propose(members, key="one")
    assert bridge.propose(members, key="one") == first


def test_an_objection_stops_the_signature_and_takes_its_row_out(bridge: Bridge) -> None:
    street = bridge.street
    import_id = bridge.propose(people(2))

    def object_to(line: int | None, text: str = "余额不对", now: object = NOW) -> object:
        return street.act(
            street.volunteer,
            lambda ctx: publishing.object_to(ctx, LONGWAN, import_id, text, line),
            now=now,  # type: ignore[arg-type]
        )

    with pytest.raises(errors.NoticeNotOpen):
        object_to(1)
    bridge.publish(import_id)
    with pytest.raises(errors.ObjectionNeeded):
        object_to(1, " ")
    with pytest.raises(errors.RowUnknown):
        object_to(7)
    objection = object_to(1)
    with pytest.raises(errors.ObjectedToRow):
        object_to(1)
    with pytest.raises(errors.NoticeNotOpen):
        object_to(2, now=AFTER)
    with pytest.raises(errors.ImportObjectionsOpen):
        bridge.sign(import_id)

    def decide(reason: str, who: object = street.admins[0]) -> None:
        street.act(
            who,  # type: ignore[arg-type]
            lambda ctx: publishing.decide(
                ctx,
                LONGWAN,
                import_id,
                objection,  # type: ignore[arg-type]
                upheld=True,
                reason=reason,
            ),
        )

    with pytest.raises(errors.ImportReasonNeeded):
        decide("")
    with pytest.raises(Forbidden):
        decide("属实", street.volunteer)
    decide("属实")
    with pytest.raises(errors.RowObjectionDecided):
        decide("属实")
    bridge.sign(import_id)
    bridge.work(import_id)
    assert bridge.fates(import_id) == [
        ("refused", "objection_upheld", 0),
        ("posted", "new", 60),
    ]
    assert bridge.breaches() == []


def test_what_is_undone_is_reversed_and_what_is_spent_stays(bridge: Bridge) -> None:
    street = bridge.street
    name, id_number = known(bridge)
    import_id = bridge.done(
        listed(
            line("1", "林立春", identity(), earned=600, actual=60, phone="13911113333"),
            line("2", name, id_number, earned=60),
        )
    )
    first, second = bridge.rows(import_id)
    # The volunteer spends some of it: what is left does not cover the row.
    spend(bridge, street.volunteer, 10)
    with pytest.raises(errors.UndoNotAsked):
        street.act(
            street.admins[1], lambda ctx: signing.sign_undo(ctx, LONGWAN, import_id), now=AFTER
        )
    street.act(
        street.admins[0],
        lambda ctx: signing.ask_undo(ctx, LONGWAN, import_id, "来源有误"),
        now=AFTER,
    )
    with pytest.raises(SecondSignature):
        street.act(
            street.admins[0], lambda ctx: signing.sign_undo(ctx, LONGWAN, import_id), now=AFTER
        )
    bridge.undo(import_id)
    assert [state for state, _, _ in bridge.fates(import_id)] == ["undone", "posted"]
    left = bridge.rows(import_id)[1]
    assert (left.code, left.params) == ("spent_meanwhile", {"shortfall_minutes": 10})
    assert bridge.holdings(first.member_id) == {}
    gone = bridge.member(first.member_id)
    assert (gone.status, gone.served_minutes) == (MemberStatus.CLOSED, 0)
    assert bridge.count(Handle, Handle.member_id == gone.id) == 1
    assert bridge.holdings(second.member_id) == {"earned": 50}
    assert bridge.row(import_id).state is ImportState.UNDONE
    assert bridge.breaches() == []


def spend(bridge: Bridge, member_id: object, minutes: int) -> None:
    """Some coins go to the pool, straight through the ledger."""
    earned = account_id(LONGWAN, AccountKind.EARNED, member_id)  # type: ignore[arg-type]
    draft = Draft(
        book=LONGWAN,
        kind="issue",
        key=f"test:spend:{member_id}",
        legs=(Leg(earned, -minutes), Leg(pool_of(LONGWAN), minutes)),
        effective_at=NOW,
    )
    bridge.street.uow.run(lambda session: post(session, [draft], Stamp(AFTER, SYSTEM.id)))


def test_the_same_balance_does_not_come_twice(bridge: Bridge) -> None:
    members = people(1)
    bridge.done(members)
    again = bridge.propose(members)
    assert bridge.fates(again) == [("refused", "brought_before", 0)]
    with pytest.raises(errors.NothingToBring):
        bridge.publish(again)


def test_an_account_with_a_closing_statement_goes_the_same_way(bridge: Bridge) -> None:
    person = OldPerson(1, "V123", "林立春", identity(), sex=Sex.FEMALE, born_on=BORN)
    balances = {"earned": 300, "received": 60}

    def put(ctx: Context) -> object:
        return put_forward_account(
            ctx, LONGWAN, bridge.street.branch, person, balances, "样例装置", uuid4()
        )

    import_id = bridge.street.act(bridge.street.staff, put)
    bridge.publish(import_id)  # type: ignore[arg-type]
    bridge.sign(import_id)  # type: ignore[arg-type]
    bridge.work(import_id)  # type: ignore[arg-type]
    row = bridge.rows(import_id)[0]  # type: ignore[arg-type]
    assert bridge.holdings(row.member_id) == balances
    # Another statement of the same system is another balance; a wrong person is none at all.
    bridge.street.act(bridge.street.staff, put)
    person = OldPerson(1, "V123", "黄谷雨", person.id_number, sex=Sex.FEMALE, born_on=BORN)
    before = bridge.count(Import)
    with pytest.raises(errors.NameDiffers):
        bridge.street.act(bridge.street.staff, put)
    assert bridge.count(Import) == before
    assert bridge.breaches() == []


def test_only_the_job_works_an_import_off(bridge: Bridge) -> None:
    import_id = bridge.signed(people(1))
    with pytest.raises(Forbidden):
        bridge.street.act(
            bridge.street.admins[0], lambda ctx: working.work_chunk(ctx, LONGWAN, import_id)
        )


def test_withdrawing_forgets_whom_it_was_about(bridge: Bridge) -> None:
    import_id = bridge.propose(people(2))
    bridge.street.act(
        bridge.street.admins[0],
        lambda ctx: publishing.withdraw(ctx, LONGWAN, import_id, "名单有误"),
    )
    assert bridge.row(import_id).state is ImportState.WITHDRAWN
    assert {row.data_sealed for row in bridge.rows(import_id)} == {""}
