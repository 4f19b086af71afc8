"""Nobody goes to a home for the first time unscreened or alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.availability import Accompaniment, CheckKind
from models.oversight import OutboxMessage
from models.requests import RequestState
from services.availability import errors as say
from services.availability.safeguarding import (
    CheckForm,
    drop_companion,
    end_check,
    name_companion,
    record_check,
    safety_of,
)
from services.clock import local_date
from services.errors import DomainError, Forbidden
from services.people.errors import InFuture, MissingText
from services.people.kin import record_kinship
from services.visits.sentences import Ineligible
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street

TODAY = local_date(NOW)
SCREENING = CheckForm(
    kind=CheckKind.SCREENING,
    on_day=TODAY,
    reference="S-1",
    valid_to=TODAY + timedelta(days=365),
)
IN_COMPANY = CheckForm(kind=CheckKind.ACCOMPANIED, on_day=TODAY, reference="与陈静同行")


def newcomer(street: Street, level: str = "P1") -> UUID:
    """A volunteer with every paper but those of safeguarding."""
    return street.act(
        street.staff,
        lambda ctx: factories.create_volunteer(ctx.session, level, safeguarded=False),
    )


def codes(street: Street, request: UUID, who: UUID) -> list[str]:
    """Why somebody may not accept; what could be accepted is given back."""
    try:
        visit = street.accepted(request, by=who)
    except Ineligible as refused:
        return [each.code for each in refused.params["reasons"]]
    street.act(who, lambda ctx: withdraw(ctx, LONGWAN, visit, "改天"))
    return []


def record(street: Street, who: UUID, form: CheckForm) -> UUID:
    """Staff write a check down."""
    return street.act(street.staff, lambda ctx: record_check(ctx, who, form))


def test_both_are_needed_and_each_alone_is_not_enough(street: Street) -> None:
    street.issue(1_000)
    request, who = street.open_request(), newcomer(street)
    assert codes(street, request, who) == ["screening_missing", "first_visit_alone"]
    record(street, who, SCREENING)
    assert codes(street, request, who) == ["first_visit_alone"]
    record(street, who, IN_COMPANY)
    assert codes(street, request, who) == []


def test_a_call_by_telephone_is_no_home_visit(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request("A01", 30, remote=True)
    assert codes(street, request, newcomer(street)) == []


def test_a_screening_holds_through_the_visit(street: Street) -> None:
    street.issue(1_000)
    request, who = street.open_request(starts_at=START + timedelta(days=9)), newcomer(street)
    record(street, who, IN_COMPANY)
    # Past the first home visit in company, a screening that has run out is no bar.
    assert codes(street, request, who) == []
    other = newcomer(street)
    named(street, request, other)
    record(street, other, CheckForm(**{**_fields(SCREENING), "valid_to": TODAY}))
    assert codes(street, request, other) == ["screening_missing"]
    last = local_date(START + timedelta(days=9))
    record(street, other, CheckForm(**{**_fields(SCREENING), "valid_to": last}))
    assert codes(street, request, other) == []


def _fields(form: CheckForm) -> dict[str, object]:
    return {"kind": form.kind, "on_day": form.on_day, "reference": form.reference}


def named(street: Street, request: UUID, who: UUID, companion: str = "陈静") -> None:
    """The branch names who goes along."""
    street.act(street.staff, lambda ctx: name_companion(ctx, LONGWAN, request, who, companion))


def test_a_branch_names_a_companion_for_one_request(street: Street) -> None:
    street.issue(1_000)
    who = newcomer(street)
    record(street, who, SCREENING)
    request = street.open_request()
    other = street.open_request(starts_at=START + timedelta(hours=4))
    named(street, request, who)
    named(street, request, who, "张雪梅")
    assert street.count(Accompaniment) == 1
    assert codes(street, other, who) == ["first_visit_alone"]
    visit = street.accepted(request, by=who)
    with pytest.raises(say.CompanionPromised):
        street.act(street.staff, lambda ctx: drop_companion(ctx, LONGWAN, request, who))
    street.come(visit)
    # From the first home visit on, nobody has to go along.
    assert codes(street, other, who) == []


def test_a_companion_who_cannot_come_is_taken_off(street: Street) -> None:
    street.issue(1_000)
    who = newcomer(street)
    record(street, who, SCREENING)
    request = street.open_request()
    named(street, request, who)
    street.act(street.staff, lambda ctx: drop_companion(ctx, LONGWAN, request, who))
    assert codes(street, request, who) == ["first_visit_alone"]
    with pytest.raises(say.CheckUnknown):
        street.act(street.staff, lambda ctx: drop_companion(ctx, LONGWAN, request, who))


def test_the_second_of_two_may_be_new_but_not_the_first(street: Street) -> None:
    street.issue(5_000)
    who = newcomer(street, "P3")
    record(street, who, SCREENING)
    request = street.open_request("E01", 60)
    assert street.request(request).people_needed == 2
    assert codes(street, request, who) == ["first_visit_alone"]
    another = newcomer(street, "P3")
    record(street, another, SCREENING)
    old_hand = street.act(street.staff, lambda ctx: factories.create_volunteer(ctx.session, "P3"))
    street.accepted(request, by=old_hand)
    street.accepted(request, by=who)
    assert street.request(request).state is RequestState.FILLED


def test_a_record_ends_and_no_longer_counts(street: Street) -> None:
    street.issue(1_000)
    request, who = street.open_request(), newcomer(street)
    screening, company = record(street, who, SCREENING), record(street, who, IN_COMPANY)
    for check in (screening, company):
        street.act(street.staff, lambda ctx, c=check: end_check(ctx, who, c))
        with pytest.raises(say.CheckEnded):
            street.act(street.staff, lambda ctx, c=check: end_check(ctx, who, c))
    with pytest.raises(say.CheckUnknown):
        street.act(street.staff, lambda ctx: end_check(ctx, who, UUID(int=3)))
    assert codes(street, request, who) == ["screening_missing", "first_visit_alone"]
    found = street.act(street.staff, lambda ctx: safety_of(ctx, who))
    assert [each.valid for each in found.checks] == [False, False]
    assert found.is_first


def test_what_is_on_record(street: Street) -> None:
    found = street.act(street.volunteer, lambda ctx: safety_of(ctx, street.volunteer))
    assert (found.screened, found.accompanied, found.is_first) == (True, True, False)
    assert found.identity_checked
    assert not found.been_to_a_home
    with pytest.raises(Forbidden):
        street.act(street.elder, lambda ctx: safety_of(ctx, street.volunteer))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reference": " "}, MissingText),
        ({"valid_to": None}, say.ScreeningEndMissing),
        ({"valid_to": TODAY - timedelta(days=1)}, say.DaysWrong),
        ({"on_day": TODAY + timedelta(days=1)}, InFuture),
    ],
)
def test_wrong_records(
    street: Street, changes: dict[str, object], error: type[DomainError]
) -> None:
    form = CheckForm(**{**_fields(SCREENING), "valid_to": SCREENING.valid_to, **changes})
    with pytest.raises(error):
        record(street, street.volunteer, form)


def test_where_no_companion_can_be_named(street: Street) -> None:
    street.issue(1_000)
    who, request = newcomer(street), street.open_request()
    with pytest.raises(MissingText):
        named(street, request, who, " ")
    with pytest.raises(say.NotAProvider):
        named(street, request, street.admins[0])
    street.accepted(request)
    with pytest.raises(say.RequestEnded):
        named(street, request, who)


def test_staff_record_nothing_of_their_own_nor_of_kin(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    for who in (street.volunteer, street.elder, street.admins[0]):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: record_check(ctx, street.volunteer, SCREENING))
        with pytest.raises(Forbidden):
            street.act(
                who, lambda ctx: name_companion(ctx, LONGWAN, request, street.volunteer, "陈静")
            )
    colleague = street.act(street.staff, lambda ctx: factories.create_staff(ctx.session))
    street.act(
        colleague,
        lambda ctx: record_kinship(ctx, street.volunteer, street.staff, "sibling", "户口簿"),
    )
    with pytest.raises(Forbidden):
        record(street, street.volunteer, SCREENING)
    assert street.act(colleague, lambda ctx: record_check(ctx, street.volunteer, SCREENING))


def test_the_volunteer_is_told(street: Street) -> None:
    who = newcomer(street)
    record(street, who, SCREENING)
    told = street.look(
        lambda session: session.scalars(
            sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == who)
        ).all()
    )
    assert any(each.startswith("网点登记了您的安全审核") for each in told)
