"""Certificates of service: what they say, who checks them, and when they no longer hold."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.honours import StarAward, StarState
from models.oversight import OutboxMessage
from models.papers import Paper
from models.requests import Visit
from services.context import Context
from services.errors import Forbidden
from services.ledger.breaches import Tally
from services.papers.issuing import PURPOSE
from services.papers.reading import checked, paper
from services.policy import NOBODY, SYSTEM
from services.proofs import sentences as say
from services.proofs.issuing import issue_proof
from services.proofs.withdrawing import withdraw_for_visit
from services.reversing.proposing import propose_reversal
from services.reversing.signing import sign_reversal
from services.verification import SENTENCES
from services.verification.proofs import check_proofs, check_stars
from tests import factories
from tests.factories import LONGWAN, VAULT
from tests.services.records.conftest import DONE, served
from tests.services.stars.test_banning import award
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]
WEEK = timedelta(days=7)


def issued(road: Street, *days: date | None, who: UUID | None = None) -> str:
    return road.act(
        who or road.volunteer, lambda ctx: issue_proof(ctx, road.volunteer, *days), now=DONE + WEEK
    )


def test_a_stranger_learns_whether_it_holds_and_no_more_than_needed(rich: Street) -> None:
    served(rich, 62)
    served(rich, 60, START + timedelta(days=1))
    code = issued(rich)
    found = rich.act(NOBODY, lambda ctx: checked(ctx, code))
    assert found.line.holds
    assert found.facts == {
        "reference": f"{code[:4]}-{code[4:8]}-{code[8:]}",
        "from": "2026-03-11",
        "until": "2026-03-18",
        "minutes": 122,
    }
    ((part, name),) = found.persons
    assert part == "volunteer"
    assert name.endswith("*")
    whole = rich.act(rich.volunteer, lambda ctx: paper(ctx, code)).content
    (line,) = whole["services"]
    assert (line["code"], line["minutes"], line["times"]) == ("A04", 122, 2)
    said = json.dumps(whole, ensure_ascii=False)
    id_number = rich.look(
        lambda session: VAULT.open(
            "member.id_number",
            factories.member_row(session, rich.volunteer).id_number_sealed,
        )
    )
    assert id_number not in said
    with pytest.raises(Forbidden):
        rich.act(rich.elder, lambda ctx: paper(ctx, code))


def test_only_the_days_that_were_chosen_count(rich: Street) -> None:
    served(rich, 62)
    served(rich, 60, START + timedelta(days=1))
    day = date(2026, 3, 12)
    code = issued(rich, day, day)
    assert rich.act(NOBODY, lambda ctx: checked(ctx, code)).facts["minutes"] == 60
    again = issued(rich, day, day, who=rich.staff)
    lines = [rich.act(NOBODY, lambda ctx, one=one: checked(ctx, one)).line for one in (code, again)]
    assert [line.withdrawn_reason for line in lines] == ["replaced", None]
    assert rich.count(OutboxMessage, OutboxMessage.sentence == say.PROOF_ISSUED) == 1


def test_what_cannot_be_certified_is_refused(rich: Street) -> None:
    with pytest.raises(say.NothingToProve):
        issued(rich)
    with pytest.raises(say.ProofPeriodWrong):
        issued(rich, date(2026, 3, 12), date(2026, 3, 11))
    with pytest.raises(say.ProofPeriodWrong):
        issued(rich, None, date(2027, 1, 1))
    with pytest.raises(Forbidden):
        issued(rich, who=rich.elder)
    with pytest.raises(Forbidden):
        issued(rich, who=rich.admins[0])


def test_a_reversed_visit_withdraws_it_and_another_is_issued(rich: Street) -> None:
    visit = served(rich, 62)
    served(rich, 60, START + timedelta(days=1))
    code, other = issued(rich), issued(rich, date(2026, 3, 12))
    transfer = rich.visit(visit).transfer_id
    assert transfer is not None
    reverse(rich, transfer)
    assert not rich.act(NOBODY, lambda ctx: checked(ctx, code)).line.holds
    assert rich.act(NOBODY, lambda ctx: checked(ctx, other)).line.holds
    assert rich.count(OutboxMessage, OutboxMessage.sentence == say.PROOF_WITHDRAWN) == 1
    assert rich.act(NOBODY, lambda ctx: checked(ctx, issued(rich))).facts["minutes"] == 60
    assert rich.act(SYSTEM, lambda ctx: withdraw_for_visit(ctx, LONGWAN, visit)) == 0
    assert breaches(rich, check_proofs) == []


def reverse(road: Street, transfer: UUID) -> None:
    """Two administrators take a posting back as a false record."""
    first, second = road.admins
    key = road.act(
        first,
        lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "false_record", "查实没有去"),
        now=DONE + WEEK,
    )
    for who in (first, second):
        road.act(who, lambda ctx: sign_reversal(ctx, LONGWAN, key), now=DONE + WEEK)


def test_a_certificate_and_the_reversal_of_its_visit_at_once(street: Street) -> None:
    street.give_coins(street.elder, 600)
    visit = served(street, 62)
    served(street, 60, START + timedelta(days=1))
    transfer = street.visit(visit).transfer_id
    assert transfer is not None
    first, second = street.admins
    later = DONE + WEEK
    key = street.act(
        first,
        lambda ctx: propose_reversal(ctx, LONGWAN, transfer, "false_record", "查实没有去"),
        now=later,
    )
    street.act(first, lambda ctx: sign_reversal(ctx, LONGWAN, key), now=later)
    results = at_once(
        lambda: street.act(second, lambda ctx: sign_reversal(ctx, LONGWAN, key), now=later),
        lambda: street.act(
            street.volunteer, lambda ctx: issue_proof(ctx, street.volunteer), now=later
        ),
    )
    assert succeeded(results) == 2
    assert breaches(street, check_proofs) == []


def test_the_check_finds_a_certificate_that_says_more_and_a_star_given_early(rich: Street) -> None:
    visit = served(rich, 62)
    code = issued(rich)
    assert breaches(rich, check_proofs) == []

    def forge(ctx: Context) -> None:
        ctx.session.get_one(Visit, (LONGWAN, visit)).actual_minutes = 60
        key = award(ctx, rich.volunteer, 1)
        row = ctx.session.get_one(StarAward, (LONGWAN, key))
        row.decided_at, row.state = ctx.now, StarState.GRANTED

    rich.act(SYSTEM, forge, now=START - timedelta(days=3))
    assert breaches(rich, check_proofs) == ["proof_differs"]
    assert breaches(rich, check_stars) == ["star_without_notice"]
    assert {"proof_differs", "star_without_notice"} <= SENTENCES.keys()
    sealed = rich.look(
        lambda session: session.scalar(sa.select(Paper.content_sealed).where(Paper.code == code))
    )
    assert json.loads(VAULT.open(PURPOSE, sealed))["minutes"] == 62


def breaches(road: Street, check: object) -> list[str]:
    return road.act(
        SYSTEM,
        lambda ctx: [each.code for each in check(ctx, LONGWAN, Tally())],  # type: ignore[operator]
    )
