"""Errand money: out, receipt and change, agreed by both sides, and never near the ledger."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from models.complaints import Complaint, ComplaintWord
from models.errands import ErrandMoney
from models.evidence import EvidenceFile
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.requests import VisitState
from services.errands import sentences as say
from services.errands.agreeing import Seen, agree_by_voice, disagree, disagree_by_voice
from services.errors import DomainError, Forbidden, KeyReused
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.rules.errands import terms
from services.visits.confirming import confirm
from services.visits.voice import ReachedHow
from tests import factories
from tests.factories import LONGWAN, LUCHENG, WUMA
from tests.services.errands.conftest import RECEIPT, Errand
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

GIVEN, BACK = Seen(5_000), Seen(5_000, 3_850)
LATER = START + timedelta(hours=2)


def test_money_goes_out_and_comes_back_agreed_by_both_sides(errand: Errand) -> None:
    money = errand.hand()
    errand.agree(money, GIVEN)
    errand.back(money)
    errand.agree(money, BACK)
    row = errand.row(money)
    assert (row.handed_fen, row.spent_fen, row.change_fen) == (5_000, 3_850, 1_150)
    assert (row.handed_agreed_how, row.closed_how, row.no_receipt_why) == ("own", "own", None)
    street = errand.street
    assert street.count(EvidenceFile, EvidenceFile.subject_id == money) == 1
    acts = [
        each.act
        for each in street.look(
            lambda session: session.query(AuditRecord).filter_by(subject_id=money).all()
        )
    ]
    assert sorted(acts) == sorted(
        ["errand.hand", "errand.agree", "errand.return", "evidence.add", "errand.agree"]
    )
    for reader, sentence in (
        (street.elder, say.HANDED),
        (street.elder, say.RETURNED),
        (street.volunteer, say.CLOSED),
    ):
        told = (OutboxMessage.member_id == reader, OutboxMessage.sentence == sentence)
        assert street.count(OutboxMessage, *told) == 1


def test_it_never_touches_the_ledger(errand: Errand) -> None:
    before = errand.street.count(Transfer)
    money = errand.hand()
    errand.back(money)
    errand.agree(money, BACK)
    assert errand.street.count(Transfer) == before


def test_one_yes_to_all_three_figures_is_enough(errand: Errand) -> None:
    money = errand.hand()
    errand.back(money)
    errand.agree(money, BACK)
    assert errand.row(money).handed_agreed_at == errand.row(money).closed_at


def test_a_double_tap_is_one_sum_and_one_answer(errand: Errand) -> None:
    assert errand.hand(key="tap") == errand.hand(key="tap")
    assert errand.street.count(ErrandMoney) == 1
    with pytest.raises(KeyReused):
        errand.hand(6_000, key="tap")
    [money] = [row.id for row in errand.street.look(lambda s: s.query(ErrandMoney).all())]
    errand.back(money, key="back")
    errand.back(money, key="back")
    errand.agree(money, BACK, key="yes")
    errand.agree(money, BACK, key="yes")
    assert errand.street.count(EvidenceFile) == 1


def test_a_slip_of_the_finger_is_put_right_before_the_elder_agrees(errand: Errand) -> None:
    money = errand.hand(50_000)
    assert errand.hand(5_000) == money
    errand.agree(money, GIVEN)
    with pytest.raises(say.MoneyAlreadyAgreed):
        errand.hand(4_000)


def test_what_the_elder_agrees_to_is_what_stands_there(errand: Errand) -> None:
    money = errand.hand(6_000)
    errand.hand(5_000)
    with pytest.raises(say.MoneyChanged):
        errand.agree(money, Seen(6_000))
    errand.back(money)
    with pytest.raises(say.MoneyChanged):
        errand.agree(money, GIVEN)
    assert errand.row(money).handed_agreed_at is None


def test_the_limit_is_that_of_the_visit(errand: Errand) -> None:
    limit = terms().limit_fen_a_visit
    with pytest.raises(say.MoneyOverLimit) as refused:
        errand.hand(limit + 1)
    assert refused.value.params == {"limit_fen": limit, "left_fen": limit}
    money = errand.hand(limit - 1_000)
    errand.back(money, 0, ())
    errand.agree(money, Seen(limit - 1_000, 0))
    with pytest.raises(say.MoneyOverLimit):
        errand.hand(1_001)
    assert errand.hand(1_000) != money


@pytest.mark.parametrize("fen", [0, -100])
def test_nothing_is_no_money(errand: Errand, fen: int) -> None:
    with pytest.raises(say.NoMoney):
        errand.hand(fen)


def test_only_while_somebody_is_there_for_an_errand(street: Street) -> None:
    errand = Errand(street)
    with pytest.raises(say.NotThere):
        errand.hand()
    errand.begin()
    street.go(errand.visit, 50)
    with pytest.raises(say.NotThere):
        errand.hand()


def test_a_visit_for_talking_takes_no_money(street: Street) -> None:
    with pytest.raises(say.NoErrand):
        Errand(street, "A04").begin().hand()


def test_a_receipt_or_why_there_is_none(errand: Errand) -> None:
    money = errand.hand()
    for why in (None, "nothing_bought", "unheard_of"):
        with pytest.raises(say.ReceiptMissing):
            errand.back(money, receipts=(), why=why)
    errand.back(money, receipts=(), why="stall")
    assert errand.row(money).no_receipt_why == "stall"
    errand.back(money, receipts=(RECEIPT,))
    assert errand.row(money).no_receipt_why is None
    # The receipt that is there already need not be sent again.
    errand.back(money, 3_000, receipts=())
    assert errand.row(money).no_receipt_why is None


def test_nothing_bought_needs_no_receipt(errand: Errand) -> None:
    money = errand.hand()
    errand.back(money, 0, ())
    assert errand.row(money).no_receipt_why == "nothing_bought"


def test_nobody_spends_more_than_was_given(errand: Errand) -> None:
    money = errand.hand()
    with pytest.raises(say.SpentTooMuch):
        errand.back(money, 5_001)
    with pytest.raises(say.NoMoney):
        errand.back(money, -1)


def test_what_is_closed_stays(errand: Errand) -> None:
    money = errand.hand()
    errand.back(money)
    errand.agree(money, BACK)
    with pytest.raises(say.MoneyIsClosed):
        errand.back(money, 3_000)
    with pytest.raises(say.MoneyIsClosed):
        errand.agree(money, BACK)


def test_the_money_is_spoken_of_before_the_visit_is_confirmed(errand: Errand) -> None:
    street = errand.street
    money = errand.hand()
    street.go(errand.visit, 62)

    def yes() -> None:
        street.act(
            street.elder, lambda ctx: confirm(ctx, LONGWAN, errand.visit), now=LATER, key="word"
        )

    with pytest.raises(say.MoneyFirst):
        yes()
    errand.back(money)
    errand.agree(money, BACK)
    yes()
    assert street.visit(errand.visit).state is VisitState.CREDITED


def test_a_no_opens_a_complaint_and_the_visit_may_be_confirmed(errand: Errand) -> None:
    street = errand.street
    money = errand.hand()
    errand.back(money)

    def no(seen: Seen) -> None:
        street.act(
            street.elder,
            lambda ctx: disagree(ctx, LONGWAN, errand.visit, money, seen, "给的是一百"),
            now=LATER,
        )

    with pytest.raises(say.MoneyChanged):
        no(GIVEN)
    no(BACK)
    with pytest.raises(say.MoneyDisputed):
        no(BACK)
    row = errand.row(money)
    assert row.closed_at is None
    [complaint] = street.look(lambda session: session.query(Complaint).all())
    assert (complaint.id, complaint.kind) == (row.complaint_id, "money")
    assert complaint.against_id == street.volunteer
    street.go(errand.visit, 62)
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, errand.visit), now=LATER)
    # The provider puts it right after all, and the elder agrees.
    errand.back(money, 3_000)
    errand.agree(money, Seen(5_000, 3_000))
    assert errand.row(money).closed_how == "own"


def test_a_no_to_a_second_sum_joins_the_complaint_about_the_first(errand: Errand) -> None:
    street = errand.street

    def no(money: UUID, seen: Seen, text: str) -> UUID | None:
        street.act(
            street.elder,
            lambda ctx: disagree(ctx, LONGWAN, errand.visit, money, seen, text),
            now=LATER,
        )
        return errand.row(money).complaint_id

    first = errand.hand()
    complaint = no(first, GIVEN, "给的是一百")
    errand.back(first)
    errand.agree(first, BACK)
    second = errand.hand(3_000)
    assert no(second, Seen(3_000), "又少了") == complaint is not None
    words = sa.select(ComplaintWord).where(ComplaintWord.complaint_id == complaint)
    assert len(street.look(lambda session: session.scalars(words).all())) == 2


def test_staff_note_what_they_heard_on_the_telephone(errand: Errand) -> None:
    street, money = errand.street, errand.hand()
    errand.back(money)

    def call(who: UUID, reached: str = "phone") -> None:
        street.act(
            who,
            lambda ctx: agree_by_voice(ctx, LONGWAN, errand.visit, money, BACK, reached),
            now=LATER,
        )

    with pytest.raises(ReachedHow):
        call(street.staff, "by pigeon")
    call(street.staff)
    assert errand.row(money).closed_how == "voice"


def test_staff_take_down_a_no_as_well(errand: Errand) -> None:
    street, money = errand.street, errand.hand()
    street.act(
        street.staff,
        lambda ctx: disagree_by_voice(
            ctx, LONGWAN, errand.visit, money, GIVEN, "老人说没有给过钱", "phone"
        ),
        now=LATER,
    )
    [complaint] = street.look(lambda session: session.query(Complaint).all())
    assert (complaint.by_id, complaint.taken_by_id) == (street.elder, street.staff)


def test_a_relative_with_that_scope_answers_and_no_other(errand: Errand) -> None:
    money = errand.hand()
    with pytest.raises(Forbidden):
        errand.agree(money, GIVEN, by=errand.relative("see", "ask"))
    errand.agree(money, GIVEN, by=errand.relative("see", "confirm"))
    assert errand.row(money).handed_agreed_how == "family"


def test_the_providers_side_never_answers_for_the_elder(errand: Errand) -> None:
    street, money = errand.street, errand.hand()
    with pytest.raises(Forbidden):
        errand.agree(money, GIVEN, by=street.volunteer)
    kin = errand.relative("see", "confirm")
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.volunteer, kin, "spouse", "户口簿"),
    )
    with pytest.raises(Forbidden):
        errand.agree(money, GIVEN, by=kin)


def test_who_has_nothing_to_do_with_it_is_refused(errand: Errand) -> None:
    street, money = errand.street, errand.hand()
    stranger = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    far = street.act(
        SYSTEM,
        lambda ctx: factories.create_staff(ctx.session, factories.create_branch(ctx.session, WUMA)),
    )
    auditor = street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session))
    with pytest.raises(Forbidden):
        errand.hand(by=stranger)
    for who in (stranger, far, auditor, street.volunteer):
        with pytest.raises(Forbidden):
            street.act(
                who,
                lambda ctx: agree_by_voice(ctx, LONGWAN, errand.visit, money, GIVEN, "phone"),
            )
    with pytest.raises(DomainError) as unknown:
        street.act(
            street.elder,
            lambda ctx: disagree(ctx, LUCHENG, errand.visit, money, GIVEN, "不对"),
        )
    assert unknown.value.kind == "not_found"


def test_a_sum_of_another_visit_is_unknown(errand: Errand) -> None:
    errand.hand()
    with pytest.raises(say.MoneyUnknown):
        errand.back(uuid4())


def test_the_elder_agrees_while_the_provider_puts_it_right(raced: Errand) -> None:
    """Whoever comes first wins, and nobody has agreed to a figure that was not in front of him."""
    money = raced.hand(6_000)
    results = at_once(lambda: raced.agree(money, Seen(6_000)), lambda: raced.hand(5_000))
    row = raced.row(money)
    assert succeeded(results) == 1
    if row.handed_agreed_at is None:
        assert row.handed_fen == 5_000
    else:
        assert row.handed_fen == 6_000


def test_closing_races_with_putting_right(raced: Errand) -> None:
    money = raced.hand()
    raced.back(money)
    results = at_once(lambda: raced.agree(money, BACK), lambda: raced.back(money, 3_000))
    row = raced.row(money)
    assert succeeded(results) == 1
    assert row.spent_fen == (3_850 if row.closed_at else 3_000)


def test_two_taps_on_two_telephones_close_it_once(raced: Errand) -> None:
    money = raced.hand()
    raced.back(money)
    results = at_once(*[lambda: raced.agree(money, BACK)] * 3)
    assert succeeded(results) == 1
    closed = (OutboxMessage.sentence == say.CLOSED,)
    assert raced.street.count(OutboxMessage, *closed) == 1
