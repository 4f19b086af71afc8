"""Two administrators at once, for real: one proposal, one signature, one fund record."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from models.corridors import Corridor
from models.reserve import FundRecord, ReserveReading
from services.corridors import agreement_sentences as say
from services.corridors.agreeing import propose, sign
from services.reserve import sentences
from services.reserve.recording import record
from services.reserve.recording import sign as sign_record
from tests.country import ONE, TWO, officer
from tests.factories import create_region_tree
from tests.services.corridors.test_agreeing import form
from tests.services.visits.conftest import Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]
TODAY = date(2026, 3, 10)


def test_both_sides_propose_at_once_and_two_sign_at_once(street: Street) -> None:
    street.uow.run(lambda session: create_region_tree(session, TWO))
    results = at_once(
        *(
            lambda who=who, wanted=wanted: street.act(who, lambda ctx: propose(ctx, wanted))
            for who, wanted in (
                (officer(ONE), form()),
                (officer(TWO), form(TWO, ONE)),
                (officer(ONE, 3), form(document="互认 2 号")),
            )
        )
    )
    assert succeeded(results) == 1
    assert sum(isinstance(each, say.ProposalWaiting) for each in results) == 2
    (row,) = [each for each in results if isinstance(each, UUID)]
    side = street.look(lambda session: session.get_one(Corridor, row)).other_code
    signed = at_once(
        *(
            lambda turn=turn: street.act(officer(side, turn), lambda ctx: sign(ctx, row))
            for turn in (5, 6, 7)
        )
    )
    assert succeeded(signed) == 1
    assert sum(isinstance(each, say.AgreementSigned) for each in signed) == 2


def test_a_fund_is_recorded_once_and_signed_once(street: Street) -> None:
    results = at_once(
        *(
            lambda turn=turn: street.act(
                officer(ONE, turn), lambda ctx: record(ctx, ONE, TODAY, 100, "1 号")
            )
            for turn in (1, 2, 3)
        )
    )
    assert succeeded(results) == 1
    assert sum(isinstance(each, sentences.FundRecordWaiting) for each in results) == 2
    (row,) = [each for each in results if isinstance(each, UUID)]
    signed = at_once(
        *(
            lambda turn=turn: street.act(officer(ONE, turn), lambda ctx: sign_record(ctx, ONE, row))
            for turn in (5, 6, 7)
        )
    )
    assert succeeded(signed) == 1
    assert sum(isinstance(each, sentences.FundRecordSigned) for each in signed) == 2
    assert (street.count(FundRecord), street.count(ReserveReading)) == (1, 1)
