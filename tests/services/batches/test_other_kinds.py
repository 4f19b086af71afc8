"""Opening balances, group sessions and dormant accounts, and what each refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchLine
from models.ledger import Account, AccountKind, Transfer
from models.people import Member, MemberStatus
from services.batches import errors
from services.ledger.accounts import account_id
from services.ledger.drafts import HoldDraft, Leg, Stamp
from services.ledger.holds import hold
from services.policy import SYSTEM
from tests.factories import LONGWAN, NOW
from tests.services.batches.conftest import Office, grant_list
from tests.services.ledger.tampering import change

IMPORT, SESSION, CLOSING = BatchKind.IMPORT, BatchKind.SESSION, BatchKind.CLOSING
OLDER = {"source": "永中时间银行，公证的账册", "limit_minutes": 10_000}


def opening_list(*lines: str) -> str:
    return "\n".join(["number,minutes,effective_on,account,reference", *lines])


# Opening balances


def test_older_balances_come_in_under_two_signatures(office: Office) -> None:
    number = office.number(office.street.elder)
    listed = opening_list(
        f"{number},600,2024-05-06,earned,A-1", f"{number},30,2025-01-02,received,A-2"
    )
    batch_id = office.done(IMPORT, OLDER, listed)
    assert office.holdings(office.street.elder) == {"earned": 600, "received": 30}
    moments = office.street.look(
        lambda s: s.scalars(
            sa.select(Transfer.effective_at)
            .where(Transfer.kind == "import")
            .order_by(Transfer.effective_at)
        ).all()
    )
    assert moments[0] == datetime(2024, 5, 5, 16, tzinfo=UTC)
    assert office.lines(batch_id)[0].params == {"account": "earned", "reference": "A-1"}
    assert office.breaches() == []


def test_more_than_was_to_be_signed_is_no_proposal(office: Office) -> None:
    listed = opening_list(f"{office.number(office.street.elder)},10001,2024-05-06,earned,A-1")
    with pytest.raises(errors.LimitExceeded):
        office.propose(IMPORT, OLDER, listed)
    assert (office.count(Batch), office.count(BatchLine)) == (0, 0)


def test_what_passes_the_storage_cap_is_for_people_to_decide(office: Office) -> None:
    number = office.number(office.street.elder)
    listed = opening_list(
        f"{number},89000,2024-05-06,earned,A-1", f"{number},2000,2024-05-06,earned,A-2"
    )
    batch_id = office.done(IMPORT, {**OLDER, "limit_minutes": 100_000}, listed)
    assert office.fates(batch_id) == [("posted", ""), ("refused", "above_ceiling")]
    assert office.lines(batch_id)[1].params["excess_minutes"] == 1_000


FORGERIES = {
    "one administrator signed alone": change(
        Batch, Batch.kind == IMPORT, signed_by_id=Batch.proposed_by_id
    ),
    "nobody signed": change(Batch, Batch.kind == IMPORT, signed_by_id=None),
    "less was signed": change(
        Batch, Batch.kind == IMPORT, terms={"source": "", "limit_minutes": 599}
    ),
    "the line says less": change(BatchLine, BatchLine.line == 1, minutes=599),
    "the line was refused": change(BatchLine, BatchLine.line == 1, state="refused"),
    "it was no import": change(Batch, Batch.kind == IMPORT, kind="grant"),
}


def test_the_check_names_an_import_that_was_not_signed(office: Office) -> None:
    number = office.number(office.street.elder)
    office.done(IMPORT, OLDER, opening_list(f"{number},600,2024-05-06,earned,A-1"))
    assert office.breaches() == []
    named = office.forged(FORGERIES)
    codes = {name: [found.split()[0] for found in all_of] for name, all_of in named.items()}
    assert codes == {name: ["issue_without_authorisation"] for name in FORGERIES}


# Group sessions


def session_list(office: Office, *lines: tuple[UUID, str, str]) -> str:
    rows = [f"{office.number(who)},{part},{minutes}" for who, part, minutes in lines]
    return "\n".join(["number,part,minutes", *rows])


def test_a_session_is_one_transfer_that_keeps_the_books_exact(office: Office) -> None:
    rich, poor, away = office.street.elder, *office.elders(2)
    office.street.issue(1_000)
    office.street.give_coins(rich, 100)
    office.street.give_coins(poor, 10)
    office.street.give_coins(away, 100)
    lines = (
        (office.street.volunteer, "provider", "100"),
        (rich, "recipient", ""),
        (poor, "recipient", ""),
        (away, "absent", ""),
    )
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    batch_id = office.done(SESSION, terms, session_list(office, *lines))
    # 100 over three who had booked: 34 each; the pool pays for who lacks and who stayed away.
    assert office.batch(batch_id).terms["share_minutes"] == 34
    assert office.holdings(rich) == {"earned": 66}
    assert office.holdings(poor) == {}
    assert office.holdings(away) == {"earned": 100}
    assert office.holdings(office.street.volunteer) == {"earned": 100}
    assert office.pool() == 1_000 - (100 - 34 - 10)
    assert office.count(Transfer, Transfer.kind == "session") == 1
    assert len({line.transfer_id for line in office.lines(batch_id)}) == 1


def test_the_rounding_goes_to_the_pool(office: Office) -> None:
    elders = [office.street.elder, *office.elders(2)]
    for each in elders:
        office.street.give_coins(each, 100)
    lines = [(each, "recipient", "") for each in elders]
    lines.append((office.street.volunteer, "provider", "100"))
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    office.done(SESSION, terms, session_list(office, *lines))
    assert (office.pool(), office.holdings(elders[0])) == (2, {"earned": 66})


def test_granted_coins_are_spent_first(office: Office) -> None:
    elder = office.street.elder
    office.street.issue(1_000)
    office.street.give_coins(elder, 100)
    office.done(BatchKind.GRANT, {"period": "2026Q1"}, grant_list(office, (elder, 40)))
    lines = ((elder, "recipient", ""), (office.street.volunteer, "provider", "60"))
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    office.done(SESSION, terms, session_list(office, *lines))
    assert office.holdings(elder) == {"earned": 80}


def test_a_session_stands_as_a_whole_or_not_at_all(office: Office) -> None:
    lines = (
        (office.street.elder, "recipient", ""),
        (office.street.staff, "provider", "60"),
        (office.street.volunteer, "provider", "60"),
    )
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    batch_id = office.done(SESSION, terms, session_list(office, *lines))
    codes = [code for _, code in office.fates(batch_id)]
    assert codes == ["session_refused", "not_of_this_side", "session_refused"]
    assert office.count(Transfer, Transfer.kind == "session") == 0


def test_a_dry_pool_refuses_the_session(office: Office) -> None:
    lines = (
        (office.street.elder, "recipient", ""),
        (office.street.volunteer, "provider", "60"),
    )
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    batch_id = office.done(SESSION, terms, session_list(office, *lines))
    assert office.fates(batch_id) == [("refused", "not_enough")] * 2
    assert office.lines(batch_id)[0].params["shortfall_minutes"] == 60


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ({"title": "", "held_on": "2026-03-09"}, errors.TitleWrong),
        ({"title": "手机课", "held_on": "2026-03-11"}, errors.DayWrong),
        ({"title": "手机课", "held_on": "昨天"}, errors.DayWrong),
    ],
)
def test_a_session_has_a_name_and_a_past_day(
    office: Office, terms: dict[str, str], kind: type[Exception]
) -> None:
    lines = ((office.street.elder, "recipient", ""),)
    with pytest.raises(kind):
        office.propose(SESSION, terms, session_list(office, *lines))


def test_a_session_has_two_sides(office: Office) -> None:
    lines = ((office.street.elder, "recipient", ""),)
    terms = {"title": "手机课", "held_on": "2026-03-09"}
    with pytest.raises(errors.SessionSides):
        office.propose(SESSION, terms, session_list(office, *lines))


# Dormant accounts


def granted_then_later(office: Office) -> UUID:
    """A grant of which the quarter after has ended."""
    office.street.issue(1_000)
    elder = office.street.elder
    office.done(BatchKind.GRANT, {"period": "2026Q1"}, grant_list(office, (elder, 40)))
    office.now = datetime(2026, 6, 30, 16, tzinfo=UTC)
    return elder


def closed_at(office: Office, key: UUID) -> datetime | None:
    return office.street.look(lambda s: s.get_one(Account, (LONGWAN, key)).closed_at)


def test_a_grant_that_ended_goes_back_and_its_account_is_closed(office: Office) -> None:
    elder = granted_then_later(office)
    batch_id = office.done(CLOSING, {"years": 3})
    assert office.fates(batch_id) == [("posted", "")]
    assert (office.holdings(elder), office.pool()) == ({}, 1_000)
    key = account_id(LONGWAN, AccountKind.GRANTED, elder, "2026Q1")
    assert closed_at(office, key) == office.now
    assert office.breaches() == []
    with pytest.raises(errors.NothingDormant):
        office.propose(CLOSING, {"years": 3})


def test_a_grant_that_still_runs_is_left_alone(office: Office) -> None:
    granted_then_later(office)
    office.now -= timedelta(minutes=1)
    with pytest.raises(errors.NothingDormant):
        office.propose(CLOSING, {"years": 3})


def test_what_is_held_for_a_service_waits(office: Office) -> None:
    elder = granted_then_later(office)
    key = account_id(LONGWAN, AccountKind.GRANTED, elder, "2026Q1")
    draft = HoldDraft(LONGWAN, "test", UUID(int=1), "a hold", (Leg(key, 10),))
    office.street.uow.run(lambda s: hold(s, draft, Stamp(NOW, SYSTEM.id)))
    batch_id = office.done(CLOSING, {"years": 3})
    assert office.fates(batch_id) == [("refused", "still_held")]
    assert closed_at(office, key) is None


def test_a_hold_that_has_run_out_does_not_wait(office: Office) -> None:
    elder = granted_then_later(office)
    key = account_id(LONGWAN, AccountKind.GRANTED, elder, "2026Q1")
    ends = NOW + timedelta(days=1)
    draft = HoldDraft(LONGWAN, "test", UUID(int=1), "a hold", (Leg(key, 10),), ends)
    office.street.uow.run(lambda s: hold(s, draft, Stamp(NOW, SYSTEM.id)))
    batch_id = office.done(CLOSING, {"years": 3})
    assert office.fates(batch_id) == [("posted", "")]
    assert office.breaches() == []


def test_coins_of_who_left_never_expire_and_empty_accounts_close(office: Office) -> None:
    elder = office.street.elder
    office.street.give_coins(elder, 60)

    def leave(session: object) -> None:
        session.get_one(Member, elder).status = MemberStatus.CLOSED  # type: ignore[attr-defined]

    office.street.uow.run(leave)
    office.now = NOW + timedelta(days=2 * 365)
    with pytest.raises(errors.NothingDormant):
        office.propose(CLOSING, {"years": 3})
    office.now = NOW + timedelta(days=4 * 365)
    batch_id = office.done(CLOSING, {"years": 3})
    fates = {
        line.params["account"]: (line.state.value, line.code) for line in office.lines(batch_id)
    }
    assert fates == {"earned": ("refused", "coins_never_expire"), "received": ("posted", "")}
    assert office.holdings(elder) == {"earned": 60}
    assert closed_at(office, account_id(LONGWAN, AccountKind.EARNED, elder)) is None
    received = account_id(LONGWAN, AccountKind.RECEIVED, elder)
    assert closed_at(office, received) == office.now
    # Whoever is still a member keeps his accounts, however long he rests.
    resting = account_id(LONGWAN, AccountKind.RECEIVED, office.street.volunteer)
    assert closed_at(office, resting) is None


def test_a_line_is_judged_by_what_stands_when_it_is_worked_off(office: Office) -> None:
    elder = granted_then_later(office)
    first, second = (office.propose(CLOSING, {"years": 3}) for _ in range(2))
    office.sign(first)
    office.sign(second)
    office.work(first)
    office.work(second)
    assert office.fates(second) == [("refused", "not_dormant")]
    assert office.pool() == 1_000
    assert office.holdings(elder) == {}


def test_years_are_asked_for(office: Office) -> None:
    with pytest.raises(errors.YearsWrong):
        office.propose(CLOSING, {"years": 0})


def test_a_number_of_nobodys_is_refused(office: Office) -> None:
    listed = opening_list("V000000000000,60,2024-05-06,earned,A-1")
    batch_id = office.done(IMPORT, OLDER, listed)
    assert office.fates(batch_id) == [("refused", "member_unknown")]
