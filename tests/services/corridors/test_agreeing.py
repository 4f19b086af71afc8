"""Agreements: proposed, signed by the other side, ended, replaced; and caps from above."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Corridor, CorridorMode, Phase
from models.oversight import AuditRecord, OutboxMessage
from services.context import Context
from services.corridors import agreement_sentences as say
from services.corridors import caps
from services.corridors.agreeing import AgreementForm, propose, sign, withdraw
from services.corridors.claiming import cap_of, claim
from services.corridors.crossing import post_across
from services.corridors.ending import end
from services.corridors.finding import corridor_between
from services.corridors.sentences import CorridorShut
from services.countersigning import KinSigns
from services.errors import Forbidden, NotFound
from services.issuing import SecondSignature
from services.ledger.clearing import Crossing
from services.places.errors import NotARegion
from services.policy import AUDITOR, NATION, Actor, Role
from tests.country import FAR, ONE, TWO, join_all, join_region, officer
from tests.factories import NOW, create_region_admin, create_region_tree, make_ctx
from tests.services.corridors.test_claiming import halves

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
WENZHOU, NANJING, ZHEJIANG, JIANGSU = (
    "330300000000",
    "320100000000",
    "330000000000",
    "320000000000",
)


def form(one: str = ONE, other: str = TWO, **overrides: object) -> AgreementForm:
    return AgreementForm(
        **{
            "one_code": one,
            "other_code": other,
            "phase": Phase.DISTRICT,
            "mode": CorridorMode.BOTH,
            "pair_cap_minutes": 600,
            "valid_from": TODAY,
            "document": "互认 1 号",
            **overrides,
        }
    )


def by(session: Session, who: Actor, days: int = 0, key: str | None = None) -> Context:
    return make_ctx(session, who, NOW + days * DAY, key=key)


def agreed(session: Session, wanted: AgreementForm, days: int = 0) -> UUID:
    row = propose(by(session, officer(wanted.one_code), days), wanted)
    sign(by(session, officer(wanted.other_code, 2), days), row)
    return row


@pytest.fixture(autouse=True)
def books(session: Session) -> None:
    create_region_tree(session, ONE, TWO, FAR)


def test_it_opens_nothing_until_the_other_side_has_signed(session: Session) -> None:
    there = create_region_admin(session, TWO)
    first = by(session, officer(ONE), key="a")
    row = propose(first, form())
    assert propose(first, form()) == row
    assert not corridor_between(session, ONE, TWO, TODAY).one_pays
    told = sa.select(OutboxMessage.sentence).where(
        OutboxMessage.book == TWO, OutboxMessage.member_id == there
    )
    assert say.PROPOSED in session.scalars(told).all()
    sign(by(session, officer(TWO)), row)
    view = corridor_between(session, ONE, TWO, TODAY)
    assert (view.one_pays, view.other_pays, view.pair_cap_minutes) == (True, True, 600)
    acts = sa.select(AuditRecord.act).where(
        AuditRecord.book.in_((ONE, TWO)), AuditRecord.subject_id == row
    )
    assert sorted(session.scalars(acts)) == ["corridor.propose"] * 2 + ["corridor.sign"] * 2


def test_only_somebody_else_of_the_other_side_signs(session: Session) -> None:
    row = propose(by(session, officer(WENZHOU)), form(phase=Phase.DISTRICT))
    with pytest.raises(SecondSignature):
        sign(by(session, officer(WENZHOU)), row)
    kin = replace(officer(TWO), relatives=frozenset({officer(WENZHOU).id}))
    with pytest.raises(KinSigns):
        sign(by(session, kin), row)
    auditor = Actor(id=uuid4(), name="监督", roles=(Role(AUDITOR, "region", TWO),))
    for stranger in (officer(ONE, 3), officer(FAR), auditor):
        with pytest.raises(Forbidden):
            sign(by(session, stranger), row)
    with pytest.raises(NotFound):
        sign(by(session, officer(TWO)), uuid4())
    sign(by(session, officer(NATION)), row)
    with pytest.raises(say.AgreementSigned):
        sign(by(session, officer(TWO)), row)
    with pytest.raises(say.AgreementSigned):
        withdraw(by(session, officer(TWO)), row)


def test_one_region_agrees_with_itself_by_two_people(session: Session) -> None:
    within = form(WENZHOU, WENZHOU, phase=Phase.CITY)
    row = propose(by(session, officer(WENZHOU)), within)
    with pytest.raises(SecondSignature):
        sign(by(session, officer(WENZHOU)), row)
    sign(by(session, officer(WENZHOU, 2)), row)
    assert corridor_between(session, ONE, TWO, TODAY).phase is Phase.CITY
    nation = form(NATION, NATION, phase=Phase.NATION)
    with pytest.raises(Forbidden):
        propose(by(session, officer(ZHEJIANG)), nation)
    agreed(session, nation)
    assert corridor_between(session, ONE, FAR, TODAY).phase is Phase.NATION
    assert corridor_between(session, ONE, TWO, TODAY).phase is Phase.CITY
    agreed(session, form(ZHEJIANG, JIANGSU, phase=Phase.PROVINCE))
    assert corridor_between(session, FAR, TWO, TODAY).phase is Phase.PROVINCE


WRONG: list[tuple[dict[str, object], type[Exception]]] = [
    ({"one_code": ONE, "other_code": NANJING}, say.PhaseWrong),
    ({"phase": Phase.CITY}, say.PhaseWrong),
    ({"phase": Phase.NATION}, say.PhaseWrong),
    ({"other_code": NATION}, say.PhaseWrong),
    ({"other_code": ONE}, say.OneDistrict),
    ({"other_code": "999999000000"}, NotARegion),
    ({"pair_cap_minutes": -1}, say.PairCapWrong),
    ({"valid_from": TODAY - DAY}, say.NotInThePast),
    ({"document": " "}, say.PaperNeeded),
    ({"document": "号" * 61}, say.PaperNeeded),
]


@pytest.mark.parametrize(("changes", "refusal"), WRONG)
def test_what_cannot_be_agreed_is_refused(
    session: Session, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        propose(by(session, officer(ONE)), form(**changes))


def test_a_pair_has_one_open_proposal_whoever_made_it(session: Session) -> None:
    first = propose(by(session, officer(ONE)), form())
    with pytest.raises(say.ProposalWaiting):
        propose(by(session, officer(TWO)), form(TWO, ONE))
    propose(by(session, officer(ONE)), form(ONE, FAR))
    with pytest.raises(Forbidden):
        withdraw(by(session, officer(FAR)), first)
    withdraw(by(session, officer(TWO)), first)
    with pytest.raises(say.AgreementWithdrawn):
        sign(by(session, officer(TWO)), first)
    second = propose(by(session, officer(TWO)), form(TWO, ONE, valid_from=TODAY + DAY))
    assert second != first
    with pytest.raises(say.StartPassed):
        sign(by(session, officer(ONE), days=2), second)


def test_a_later_agreement_replaces_the_earlier_and_none_comes_back(session: Session) -> None:
    first = agreed(session, form())
    second = agreed(session, form(TWO, ONE, mode=CorridorMode.STORE, valid_from=TODAY + 5 * DAY))
    assert corridor_between(session, ONE, TWO, TODAY + 4 * DAY).id == first
    assert corridor_between(session, ONE, TWO, TODAY + 5 * DAY).id == second
    assert session.get_one(Corridor, first).end_reason == "replaced"
    between = agreed(session, form(valid_from=TODAY + 2 * DAY))
    assert corridor_between(session, ONE, TWO, TODAY + 4 * DAY).id == between
    assert corridor_between(session, ONE, TWO, TODAY + 5 * DAY).id == second
    end(by(session, officer(ONE)), second, TODAY + 7 * DAY, "policy")
    assert corridor_between(session, ONE, TWO, TODAY + 7 * DAY).id is None


def test_one_side_ends_it_and_what_is_accepted_is_honoured(session: Session) -> None:
    join_all(session, ONE, TWO)
    row = corridor_between(session, ONE, TWO, TODAY).id
    assert row is not None
    there, subject = create_region_admin(session, TWO), uuid4()
    claim(by(session, officer(ONE)), ONE, TWO, 100, purpose="gift", subject_id=subject)
    one = by(session, officer(ONE))
    with pytest.raises(Forbidden):
        end(by(session, officer(FAR)), row, TODAY + DAY, "policy")
    for day in (TODAY, TODAY - DAY):
        with pytest.raises(say.EndDayWrong):
            end(one, row, day, "policy")
    with pytest.raises(say.EndReasonNeeded):
        end(one, row, TODAY + DAY, "replaced")
    end(one, row, TODAY + 3 * DAY, "fund")
    with pytest.raises(say.EndDayWrong):
        end(by(session, officer(TWO)), row, TODAY + 4 * DAY, "fund")
    end(by(session, officer(TWO)), row, TODAY + DAY, "trouble")
    told = sa.select(OutboxMessage.sentence).where(
        OutboxMessage.book == TWO, OutboxMessage.member_id == there
    )
    assert session.scalars(told).all().count(say.ENDED) == 2
    later = by(session, officer(ONE), days=1)
    with pytest.raises(say.NotInForce):
        end(later, row, TODAY + 9 * DAY, "fund")
    with pytest.raises(CorridorShut):
        claim(later, ONE, TWO, 1, purpose="gift", subject_id=uuid4())
    posted = post_across(
        later,
        halves(100),
        [Crossing(ONE, TWO, 100)],
        payer_book=ONE,
        key="act",
        subjects=[(ONE, subject)],
    )
    assert set(posted) == {ONE, TWO}
    waiting = propose(later, form(valid_from=TODAY + DAY))
    with pytest.raises(say.NotInForce):
        end(later, waiting, TODAY + 9 * DAY, "fund")


def test_a_cap_comes_from_above_and_never_for_the_past(session: Session) -> None:
    join_region(session, ONE)
    before = cap_of(session, ONE, TODAY)
    admin = create_region_admin(session)
    city = by(session, officer(WENZHOU), key="a")
    for below in (officer(ONE), officer(NANJING)):
        with pytest.raises(Forbidden):
            caps.set_cap(by(session, below), ONE, 1, TODAY, "额度 1 号")
    with pytest.raises(say.CapWrong):
        caps.set_cap(by(session, officer(WENZHOU)), ONE, -1, TODAY, "额度 1 号")
    with pytest.raises(say.NotInThePast):
        caps.set_cap(by(session, officer(WENZHOU)), ONE, 1, TODAY - DAY, "额度 1 号")
    with pytest.raises(say.PaperNeeded):
        caps.set_cap(by(session, officer(WENZHOU)), ONE, 1, TODAY, "")
    with pytest.raises(NotFound):
        caps.set_cap(by(session, officer(NATION)), "330304000000", 1, TODAY, "额度 1 号")
    key = caps.set_cap(city, ONE, 500, TODAY + DAY, "额度 1 号")
    assert caps.set_cap(city, ONE, 500, TODAY + DAY, "额度 1 号") == key
    caps.set_cap(by(session, officer(NATION)), ONE, 900, TODAY + 2 * DAY, "额度 2 号")
    assert [cap_of(session, ONE, TODAY + n * DAY) for n in range(3)] == [before, 500, 900]
    assert [each.cap_minutes for each in caps.history(by(session, officer(ONE)), ONE)] == [
        900,
        500,
        before,
    ]
    told = sa.select(OutboxMessage.sentence).where(
        OutboxMessage.book == ONE, OutboxMessage.member_id == admin
    )
    assert session.scalars(told).all().count(say.CAP_SET) == 2
