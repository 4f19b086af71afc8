"""Who may call, what a call comes to, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import Callback, CallbackResult
from models.complaints import Complaint
from models.evidence import EvidenceFile
from models.oversight import AuditRecord
from models.requests import Request
from models.sheets import WorkSheet
from services.callbacks import sentences as say
from services.callbacks.calling import Said, answer, note_try
from services.callbacks.reading import passed_pairs
from services.callbacks.script import evidence_file, open_script
from services.callbacks.terms import terms
from services.errors import Forbidden, KeyReused
from services.evidence import NotEvidence, Upload
from services.people.actors import actor_for
from services.people.kin import add_delegation, add_kinship
from services.people.reading import member_row
from services.people.roles import grant_role
from services.policy import AUDITOR, STAFF
from tests import factories
from tests.factories import LONGWAN, make_ctx
from tests.services.callbacks.conftest import DAY, MONDAY, County

GOOD = {
    "came": "yes",
    "who": "same",
    "length": "about",
    "done": "all",
    "money": "no",
    "satisfied": "yes",
}
NOBODY_CAME = {
    "came": "no",
    "who": "nobody",
    "length": "unknown",
    "done": "unknown",
    "money": "no",
    "satisfied": "no",
}
PICTURE = Upload("录音记录.png", b"\x89PNG\r\n\x1a\n...")
UNTIL = MONDAY.date() + 90 * DAY
CALLED = MONDAY + 2 * DAY


@pytest.fixture
def one(county: County) -> UUID:
    """A drawn visit that waits for its call."""
    county.drawn()
    return county.callbacks()[0].id


def stored(county: County, callback: UUID) -> Callback:
    return county.look(lambda session: session.get_one(Callback, (LONGWAN, callback)))


def says(county: County, callback: UUID, said: Said, key: str | None = None) -> CallbackResult:
    return county.act(
        county.caller, lambda ctx: answer(ctx, LONGWAN, callback, said), now=CALLED, key=key
    )


def test_the_caller_sees_telephone_and_checklist_and_the_look_is_on_record(
    county: County, one: UUID
) -> None:
    script = county.act(county.caller, lambda ctx: open_script(ctx, LONGWAN, one), now=CALLED)
    assert script.elder_phone.startswith("139")
    assert script.actual_minutes == 62
    assert [each.code for each in script.questions] == list(GOOD)
    assert script.checklist
    assert county.count(AuditRecord, AuditRecord.act == "callback.read") == 1


def test_a_visit_that_took_place_passes_its_pair(county: County, one: UUID) -> None:
    assert (
        says(county, one, Said(GOOD, note="很满意", files=(PICTURE,))) is CallbackResult.CONFIRMED
    )
    row = stored(county, one)
    pairs = county.look(lambda session: passed_pairs(session, LONGWAN, MONDAY, CALLED + DAY))
    assert pairs == {(row.elder_id, row.provider_id)}
    assert not county.look(lambda session: passed_pairs(session, LONGWAN, MONDAY, CALLED))
    assert (row.sheet_id, county.count(Complaint)) == (None, 0)
    kept = county.look(lambda session: session.scalars(sa.select(EvidenceFile)).one())
    assert (kept.subject_kind, kept.subject_id) == ("callback", one)
    read = county.act(
        county.caller, lambda ctx: evidence_file(ctx, LONGWAN, one, kept.id), now=CALLED
    )
    assert read.content == PICTURE.content


def test_nobody_came_opens_a_supervision_sheet(county: County, one: UUID) -> None:
    assert says(county, one, Said(NOBODY_CAME)) is CallbackResult.FAILED
    row = stored(county, one)
    sheet = county.look(lambda session: session.get_one(WorkSheet, (LONGWAN, row.sheet_id)))
    assert (sheet.kind, sheet.about, sheet.subject_id) == ("supervision", "callback_failed", one)
    assert sheet.branch_id == county.branch


@pytest.mark.parametrize(
    "answers",
    [{**GOOD, "who": "other"}, {**GOOD, "length": "shorter"}, {**GOOD, "done": "none"}],
)
def test_what_was_not_as_recorded_fails(county: County, one: UUID, answers: dict[str, str]) -> None:
    assert says(county, one, Said(answers)) is CallbackResult.FAILED


def test_money_asked_for_is_a_complaint_and_no_false_hour(county: County, one: UUID) -> None:
    answers = {**GOOD, "money": "yes"}
    assert says(county, one, Said(answers)) is CallbackResult.CONFIRMED
    made = county.look(lambda session: session.scalars(sa.select(Complaint)).one())
    assert (made.kind, made.by_id, made.against_id) == ("charged", county.elder, county.volunteer)
    assert made.visit_id == stored(county, one).visit_id


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({**GOOD, "satisfied": "very"}, say.AnswerMissing),
        ({k: v for k, v in GOOD.items() if k != "money"}, say.AnswerMissing),
        ({**GOOD, "came": "no"}, say.AnswersDisagree),
        ({**GOOD, "who": "nobody"}, say.AnswersDisagree),
        ({**GOOD, "came": "unknown"}, say.AnswersUndecided),
        ({**GOOD, "who": "unknown"}, say.AnswersUndecided),
    ],
)
def test_answers_that_say_nothing_are_no_result(
    county: County, one: UUID, answers: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        says(county, one, Said(answers))
    assert stored(county, one).result is None


def test_nobody_reached_is_neither_and_may_still_be_met_at_the_door(
    county: County, one: UUID
) -> None:
    def ring() -> CallbackResult | None:
        return county.act(
            county.caller, lambda ctx: note_try(ctx, LONGWAN, one, "no_answer"), now=CALLED
        )

    found = [ring() for _ in range(terms().tries)]
    assert found == [None] * (terms().tries - 1) + [CallbackResult.UNREACHED]
    assert says(county, one, Said(GOOD, how="door")) is CallbackResult.CONFIRMED
    assert [each["heard"] for each in stored(county, one).tries][-1] == "answered"
    with pytest.raises(say.CallbackDone):
        ring()


def test_what_was_heard_is_one_of_a_few(county: County, one: UUID) -> None:
    for heard, how in (("singing", "phone"), ("no_answer", "pigeon")):
        with pytest.raises(say.HeardUnknown):
            county.act(
                county.caller,
                lambda ctx, heard=heard, how=how: note_try(ctx, LONGWAN, one, heard, how),
                now=CALLED,
            )
    with pytest.raises(say.HeardUnknown):
        says(county, one, Said(GOOD, how="pigeon"))
    with pytest.raises(NotEvidence):
        says(county, one, Said(GOOD, files=(Upload("a.exe", b"MZ"),)))
    with pytest.raises(say.CallbackUnknown):
        says(county, UUID(int=5), Said(GOOD))


def test_a_relative_answers_only_with_leave_to_confirm(county: County, one: UUID) -> None:
    def family(session: Session) -> list[UUID]:
        ctx = make_ctx(session, now=MONDAY)
        elder = member_row(session, county.elder)
        found = []
        for scope in (("see",), ("see", "confirm"), ("see", "confirm")):
            other = member_row(session, factories.create_member(session))
            add_kinship(ctx, elder, other, "child", "户口簿")
            add_delegation(ctx, elder, other, frozenset(scope), "signature", UNTIL, 0)
            found.append(other.id)
        # The third is the volunteer's own child as well.
        visitor = member_row(session, county.volunteer)
        add_kinship(ctx, visitor, member_row(session, found[2]), "child", "户口簿")
        return found

    looks_on, may, partial = county.uow.run(family)
    for nobody in (looks_on, partial, county.volunteer):
        with pytest.raises(say.SpeakerUnknown):
            says(county, one, Said(GOOD, speaker=str(nobody)))
    assert says(county, one, Said(GOOD, speaker=str(may))) is CallbackResult.CONFIRMED
    assert stored(county, one).tries[-1]["speaker"] == str(may)


def test_who_has_to_do_with_the_visit_does_not_call(county: County, one: UUID) -> None:
    def refused(who: object, refusal: type[Exception] = Forbidden) -> None:
        for work in (
            lambda ctx: open_script(ctx, LONGWAN, one),
            lambda ctx: note_try(ctx, LONGWAN, one, "no_answer"),
            lambda ctx: answer(ctx, LONGWAN, one, Said(GOOD)),
            lambda ctx: evidence_file(ctx, LONGWAN, one, UUID(int=3)),
        ):
            with pytest.raises(refusal):
                county.act(who, work, now=CALLED)

    for who in (county.staff, county.elder, county.volunteer):
        refused(who)
    county.uow.run(lambda session: _admin_and_staff(session, county))
    refused(county.admins[0], say.OwnBranchCallback)
    # An administrator who let the request through has had his hand in it.
    county.uow.run(lambda session: _decided_by(session, county, county.admins[1]))
    refused(county.admins[1], say.OwnWorkCallback)
    elsewhere = county.uow.run(lambda session: factories.create_auditor(session, factories.LUCHENG))
    refused(elsewhere)
    kin = county.uow.run(lambda session: _auditing_kin(session, county))
    refused(kin)


def _admin_and_staff(session: Session, county: County) -> None:
    grant_role(make_ctx(session), county.admins[0], STAFF, "branch", str(county.branch))


def _decided_by(session: Session, county: County, who: UUID) -> None:
    session.execute(sa.update(Request).where(Request.book == LONGWAN).values(decided_by_id=who))


def _auditing_kin(session: Session, county: County) -> UUID:
    ctx = make_ctx(session)
    other = factories.create_member(session)
    add_kinship(
        ctx, member_row(session, county.elder), member_row(session, other), "child", "户口簿"
    )
    grant_role(ctx, other, AUDITOR, "region", LONGWAN)
    assert county.elder in actor_for(session, other, MONDAY).relatives
    return other


def test_a_double_click_is_one_answer_and_a_second_caller_is_told(
    county: County, one: UUID
) -> None:
    assert says(county, one, Said(GOOD), key="k") is CallbackResult.CONFIRMED
    assert says(county, one, Said(GOOD), key="k") is CallbackResult.CONFIRMED
    with pytest.raises(KeyReused):
        says(county, one, Said(NOBODY_CAME), key="k")
    with pytest.raises(say.CallbackDone):
        says(county, one, Said(NOBODY_CAME), key="other")
    assert stored(county, one).result is CallbackResult.CONFIRMED
    assert county.count(WorkSheet) == 0


def test_a_call_says_when_it_is_due_in_working_days(county: County, one: UUID) -> None:
    row = stored(county, one)
    # Drawn on Tuesday, 17 March 2026; ten working days after it.
    assert row.made_at == MONDAY + DAY
    assert row.due_on == (MONDAY + DAY + timedelta(days=14)).date()
