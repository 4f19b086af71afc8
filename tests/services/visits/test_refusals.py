"""Refusals that the path gives before anything has changed, each provoked once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.people import Certificate, Member
from models.requests import RequestState, VisitState
from services import issuing
from services.errors import DomainError
from services.people.reading import INSURANCE
from services.policy import SYSTEM
from services.requests import sentences as asking
from services.requests.reviewing import approve, refuse
from services.visits import sentences
from services.visits.checking import Proof, check_in
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street


@pytest.mark.parametrize(
    ("minutes", "backing", "refusal"),
    [
        (0, "样例资金", issuing.AmountOutOfRange),
        (-60, "样例资金", issuing.AmountOutOfRange),
        (issuing.LARGEST_MINUTES + 1, "样例资金", issuing.AmountOutOfRange),
        (600, "  ", issuing.BackingNeeded),
    ],
)
def test_an_issue_has_an_amount_and_a_backing(
    street: Street, minutes: int, backing: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        street.act(street.admins[0], lambda ctx: issuing.propose(ctx, LONGWAN, minutes, backing))
    assert street.pool() == (0, 0)


def test_an_issue_is_signed_once_and_by_another(street: Street) -> None:
    one, two = street.admins
    row = street.act(one, lambda ctx: issuing.propose(ctx, LONGWAN, 600, "样例资金"))
    with pytest.raises(issuing.SecondSignature):
        street.act(one, lambda ctx: issuing.sign(ctx, LONGWAN, row))
    assert street.pool() == (0, 0)
    street.act(two, lambda ctx: issuing.sign(ctx, LONGWAN, row))
    with pytest.raises(issuing.SignedAlready):
        street.act(two, lambda ctx: issuing.sign(ctx, LONGWAN, row))
    assert street.pool() == (600, 0)


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"wished_sex": "either"}, asking.SexUnknown),
        ({"note": "长" * 501}, asking.TextTooLong),
        ({"address": "长" * 501}, asking.TextTooLong),
    ],
)
def test_what_is_written_has_its_bounds(
    street: Street, answers: dict[str, str], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        street.ask(**answers)


def test_only_recipients_are_asked_for(street: Street) -> None:
    with pytest.raises(asking.NotARecipient):
        street.ask(elder_id=street.volunteer)


def test_a_request_is_decided_once(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    for again in (
        lambda ctx: approve(ctx, LONGWAN, request),
        lambda ctx: refuse(ctx, LONGWAN, request, "来不及了"),
    ):
        with pytest.raises(asking.StateChanged):
            street.act(street.staff, again)
    assert street.request(request).state is RequestState.OPEN


def test_a_visit_begins_at_the_door(street: Street) -> None:
    """Some eleven kilometres away the digits alone do not do, and they are not used up."""
    street.issue(1_000)
    here = (28_000_000, 120_700_000)

    def move_in(ctx: object) -> None:
        member = ctx.session.get_one(Member, street.elder)
        member.latitude_e6, member.longitude_e6 = here

    street.act(SYSTEM, move_in)
    visit = street.accepted(street.open_request())
    code = street.digits(visit)["in"]

    def come(latitude_e6: int) -> None:
        proof = Proof(digits=code, latitude_e6=latitude_e6, longitude_e6=here[1])
        street.act(street.volunteer, lambda ctx: check_in(ctx, LONGWAN, visit, proof), now=START)

    with pytest.raises(sentences.TooFarAway) as refused:
        come(here[0] + 100_000)
    assert 11_000 < refused.value.params["distance_m"] < 11_300
    come(here[0] + 1_000)
    row = street.visit(visit)
    assert row.state is VisitState.CHECKED_IN
    assert row.checked_in_distance_m == 111


def test_an_insured_service_is_not_begun_without_insurance(street: Street) -> None:
    """The policy was valid at acceptance and has been ended since."""
    street.issue(5_000)
    escort = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(
            ctx.session, "P2", certificates=("skilled-escort",), branch_id=street.branch
        ),
    )
    visit = street.accepted(street.open_request("D01", 120), by=escort)

    def end_policy(ctx: object) -> None:
        rows = ctx.session.query(Certificate).filter_by(member_id=escort, code=INSURANCE)
        for row in rows:
            row.valid_to = (START - timedelta(days=1)).date()

    street.act(SYSTEM, end_policy)
    with pytest.raises(sentences.InsuranceEnded):
        street.come(visit)
    assert street.visit(visit).state is VisitState.ACCEPTED
