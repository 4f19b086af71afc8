"""A branch over two per cent loses its entry rights by the job, and gets them back on record."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import BranchSuspension, Callback, CallbackResult
from models.oversight import AuditRecord, OutboxMessage
from models.service_days import GroupSession, GroupState
from models.sheets import WorkSheet
from services.callbacks import sentences as say
from services.callbacks.suspending import OwnBranchSuspension, end_suspension, suspend_by_rule
from services.clock import local
from services.context import Context
from services.entry_rights import EntryRightsSuspended
from services.errors import Forbidden
from services.groups.attending import Attendance, attend
from services.ids import uuid7
from services.people.errors import MissingText
from services.people.roles import grant_role
from services.policy import STAFF, SYSTEM
from services.visits.checking import Slip, enter_slip
from services.visits.confirming import confirm_by_voice
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.reviewing import stand
from services.visits.voice import HEARD, note_leaving, record_voice
from tests import factories
from tests.factories import LONGWAN, NOW, YONGZHONG, make_ctx
from tests.services.callbacks.conftest import DAY, MONDAY, County
from tests.services.visits.conftest import START

JUDGED = MONDAY + 5 * DAY


def sampled(county: County, asked: int, failed: int, why: str = "random") -> None:
    """Calls of the branch that have been made; drawn ones have a draw."""
    draw = uuid7(MONDAY) if why == "random" else None

    def add(session: Session) -> None:
        session.add_all(
            Callback(
                book=LONGWAN,
                id=uuid7(MONDAY),
                visit_id=uuid7(MONDAY),
                branch_id=county.branch,
                elder_id=county.elder,
                provider_id=county.volunteer,
                service_code="A04",
                why=why,
                draw_id=draw,
                made_at=MONDAY,
                due_on=local(MONDAY).date(),
                tries=[],
                answers={},
                result=CallbackResult.FAILED if number < failed else CallbackResult.CONFIRMED,
                done_at=MONDAY + DAY,
                done_by_id=county.caller,
            )
            for number in range(asked)
        )

    county.uow.run(add)


def ended(county: County) -> UUID:
    """A visit of the day after that waits for the elder's word."""
    visit = county.accepted(county.open_request(starts_at=START + DAY))
    county.come(visit, at=START + DAY)
    county.go(visit, start=START + DAY)
    return visit


def judge(county: County) -> int:
    return county.act(SYSTEM, lambda ctx: suspend_by_rule(ctx, LONGWAN), now=JUDGED)


def suspended(county: County) -> UUID:
    sampled(county, 20, 2)
    assert judge(county) == 1
    return county.look(lambda session: session.scalars(sa.select(BranchSuspension.id)).one())


def test_a_branch_over_the_limit_is_suspended_once_and_told(county: County) -> None:
    key = suspended(county)
    row = county.look(lambda session: session.get_one(BranchSuspension, (LONGWAN, key)))
    assert (row.month, row.asked, row.failed, row.limit_percent) == ("2026-03", 20, 2, 2)
    sheet = county.look(lambda session: session.get_one(WorkSheet, (LONGWAN, row.sheet_id)))
    assert (sheet.about, sheet.branch_id) == ("branch_suspended", county.branch)
    told = county.look(
        lambda session: set(
            session.scalars(
                sa.select(OutboxMessage.member_id).where(OutboxMessage.sentence == say.SUSPENDED)
            )
        )
    )
    assert told == {county.staff, *county.admins}
    assert judge(county) == 0


def test_one_bad_answer_of_ten_does_not_decide(county: County) -> None:
    sampled(county, 10, 1)
    assert judge(county) == 0


def test_flagged_visits_are_no_sample(county: County) -> None:
    sampled(county, 20, 20, why="flag")
    assert judge(county) == 0


def test_only_the_job_suspends(county: County) -> None:
    with pytest.raises(Forbidden):
        county.act(county.admins[0], lambda ctx: suspend_by_rule(ctx, LONGWAN))


def test_an_administrator_gives_the_rights_back_with_a_reason(county: County) -> None:
    key = suspended(county)

    def end(who: UUID, reason: str = "已整改，复查合格。") -> None:
        county.act(who, lambda ctx: end_suspension(ctx, LONGWAN, key, reason), now=JUDGED + DAY)

    for who in (county.staff, county.caller):
        with pytest.raises(Forbidden):
            end(who)
    with pytest.raises(MissingText):
        end(county.admins[0], " ")
    county.uow.run(
        lambda session: grant_role(
            make_ctx(session), county.admins[0], STAFF, "branch", str(county.branch)
        )
    )
    with pytest.raises(OwnBranchSuspension):
        end(county.admins[0])
    end(county.admins[1])
    assert county.count(AuditRecord, AuditRecord.act == "suspension.end") == 1
    with pytest.raises(say.SuspensionEnded):
        end(county.admins[1])
    with pytest.raises(say.SuspensionUnknown):
        county.act(
            county.admins[1], lambda ctx: end_suspension(ctx, LONGWAN, UUID(int=4), "已整改")
        )
    # The same figures do not take them away again.
    assert judge(county) == 0


def test_whatever_staff_enter_for_others_is_refused_while_suspended(county: County) -> None:
    visit = ended(county)
    dispute = county.act(county.elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, "不对"))
    session_id = county.uow.run(lambda session: _group(session, county))
    suspended(county)
    slip = Slip(None, "123456", None, START)
    works: dict[str, Callable[[Context], object]] = {
        "slip": lambda ctx: enter_slip(ctx, LONGWAN, visit, slip),
        "voice": lambda ctx: record_voice(ctx, LONGWAN, visit, frozenset(HEARD), "phone"),
        "voice, bare": lambda ctx: confirm_by_voice(ctx, LONGWAN, visit),
        "left": lambda ctx: note_leaving(ctx, LONGWAN, visit, START, "phone"),
        "stand": lambda ctx: stand(ctx, LONGWAN, visit, "老人已去世"),
        "dispute": lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="属实"),
        "group": lambda ctx: attend(ctx, LONGWAN, session_id, Attendance(START, 60, ())),
    }
    for work in works.values():
        with pytest.raises(EntryRightsSuspended):
            county.act(county.staff, work, now=JUDGED)
    # What takes nothing in hand goes on: a visit may still be refused.
    county.act(
        county.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=False, reason="不属实"),
        now=JUDGED,
    )


def test_a_clerk_of_the_street_goes_on_for_a_suspended_branch(county: County) -> None:
    visit = ended(county)
    suspended(county)
    clerk = county.uow.run(_street_clerk)
    county.act(
        clerk, lambda ctx: record_voice(ctx, LONGWAN, visit, frozenset(HEARD), "phone"), now=JUDGED
    )
    assert county.visit(visit).state == "credited"


def _street_clerk(session: Session) -> UUID:
    clerk = factories.create_member(session)
    grant_role(make_ctx(session), clerk, STAFF, "region", YONGZHONG)
    return clerk


def _group(session: Session, county: County) -> UUID:
    """A session as a row: it is refused before anybody looks at what it holds."""
    row = GroupSession(
        book=LONGWAN,
        id=uuid7(NOW),
        branch_id=county.branch,
        service_code="A06",
        place="活动室",
        places=8,
        starts_at=START,
        closes_at=START,
        booked_minutes=60,
        state=GroupState.CLOSED,
        provider_id=county.volunteer,
        made_by_id=county.staff,
        made_at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id
