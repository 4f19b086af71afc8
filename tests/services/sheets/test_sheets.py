"""A sheet from its opening to its end: owner, notes, escalation, the next kind, appeal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import OutboxMessage
from models.sheets import SheetEvent, SheetKind, SheetState, WorkSheet
from services.errors import DomainError, Forbidden, NotFound
from services.evidence import NotEvidence, Upload
from services.policy import SYSTEM
from services.queries.audit.listing import Want
from services.sheets import acting, closing, escalating
from services.sheets import sentences as say
from services.sheets.reading import SheetFilter, sheets
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, NOW, WUMA
from tests.services.visits.conftest import Street, street, street_at
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]
DAY = timedelta(days=1)
PAPER = Upload("说明.pdf", b"%PDF-1.4 a")


class Desk:
    """A warning about the volunteer of the street, opened by an auditor for the branch."""

    def __init__(self, street: Street) -> None:
        self.street = street

        def join(make: object, *given: object) -> UUID:
            return street.act(SYSTEM, lambda ctx: make(ctx.session, *given))

        self.auditor = join(factories.create_auditor)
        self.national = join(factories.create_national_admin)
        self.sheet = self.opened()

    def opened(self, kind: str = "warning", **said: object) -> UUID:
        wanted: dict[str, object] = {
            "text": "请核对",
            "subject_kind": "member",
            "subject_id": self.street.volunteer,
            "branch_id": self.street.branch,
            "who": self.auditor,
            **said,
        }
        who = wanted.pop("who")
        return self.street.act(
            who,  # type: ignore[arg-type]
            lambda ctx: acting.open_by_hand(ctx, book=LONGWAN, kind=kind, **wanted),
        )

    def row(self, sheet: UUID | None = None) -> WorkSheet:
        key = (LONGWAN, sheet or self.sheet)
        return self.street.look(lambda session: session.get_one(WorkSheet, key))

    def steps(self, sheet: UUID | None = None) -> list[str]:
        wanted = sa.select(SheetEvent.what).where(
            SheetEvent.book == LONGWAN, SheetEvent.sheet_id == (sheet or self.sheet)
        )
        return self.street.look(lambda session: list(session.scalars(wanted)))

    def do(
        self, who: UUID, act: object, *given: object, now: object = NOW, **said: object
    ) -> object:
        return self.street.act(
            who,
            lambda ctx: act(ctx, LONGWAN, *given, **said),  # type: ignore[operator]
            now,  # type: ignore[arg-type]
        )

    def told(self, member: UUID, sentence: str) -> int:
        return self.street.count(
            OutboxMessage,
            OutboxMessage.book == LONGWAN,
            OutboxMessage.member_id == member,
            OutboxMessage.sentence == sentence,
        )


@pytest.fixture
def desk(databases: Databases) -> Iterator[Desk]:
    url, engine, made = street_at(databases, "sqlite")
    yield Desk(made)
    engine.dispose()
    databases.discard(url)


def test_from_the_opening_to_the_end(desk: Desk) -> None:
    street, admin = desk.street, desk.street.admins[0]
    desk.do(street.staff, acting.take, desk.sheet)
    desk.do(street.staff, acting.note, desk.sheet, "问过了", [PAPER, PAPER])
    with pytest.raises(NotEvidence):
        desk.do(street.staff, acting.note, desk.sheet, "问过了", [Upload("a.exe", b"MZ")])
    desk.do(street.staff, acting.hand_on, desk.sheet, admin, "请看")
    assert desk.told(admin, say.HANDED_TO_YOU) == 1
    child = desk.do(admin, closing.turn, desk.sheet, "一周没有回音")
    assert isinstance(child, UUID)
    assert (desk.row().state, desk.row().outcome) == (SheetState.CLOSED, "passed_on")
    made = desk.row(child)
    assert (made.kind, made.parent_id) == (SheetKind.SUPERVISION, desk.sheet)
    # Tuesday, 10 March and ten working days.
    assert made.due_on.isoformat() == "2026-03-24"
    last = desk.do(admin, closing.turn, child, "要整改")
    with pytest.raises(say.SheetLast):
        desk.do(admin, closing.turn, last, "再转")
    desk.do(street.staff, closing.close, last, "done", "都补上了")
    assert sorted(desk.steps()) == ["closed", "handed_on", "note", "note", "opened", "taken"]
    assert desk.row(last).state is SheetState.CLOSED  # type: ignore[arg-type]


def test_who_may_not(desk: Desk) -> None:
    street, (admin, other) = desk.street, desk.street.admins
    branch = {"subject_kind": "branch", "subject_id": street.branch}
    own = desk.opened(**branch)
    about_admin = desk.opened(subject_id=admin)
    supervision = desk.opened("supervision")
    abroad = street.act(
        SYSTEM,
        lambda ctx: factories.create_staff(
            ctx.session, factories.create_branch(ctx.session, region_code=WUMA)
        ),
    )
    desk.do(street.staff, acting.take, supervision)
    cases: list[tuple[type[DomainError], UUID, object, tuple[object, ...]]] = [
        (Forbidden, desk.auditor, acting.take, (own,)),
        (Forbidden, abroad, acting.note, (own, "好")),
        (say.SheetSubjectCloses, street.staff, closing.close, (own, "done", "好")),
        (Forbidden, admin, closing.close, (about_admin, "unfounded", "好")),
        (say.SheetSubjectCloses, street.staff, closing.close, (supervision, "done", "好")),
        (say.SheetSubjectCloses, street.staff, closing.close, (desk.sheet, "founded", "好")),
        (say.SheetTaken, other, acting.take, (supervision,)),
        (say.SheetOutOfReach, street.staff, acting.hand_on, (supervision, abroad)),
        (say.SheetOutcomeUnknown, admin, closing.close, (desk.sheet, "lost", "好")),
        (Forbidden, street.staff, closing.turn, (desk.sheet, "好")),
        (say.SheetNotAppealable, street.staff, closing.appeal, (desk.sheet, "不对")),
        (DomainError, admin, closing.close, (desk.sheet, "done", " ")),
        (say.SheetUnknown, admin, acting.take, (street.branch,)),
    ]
    for error, who, act, given in cases:
        with pytest.raises(error):
            desk.do(who, act, *given)
    for error, said in (
        (Forbidden, {"who": street.staff}),
        (say.SheetKindUnknown, {"kind": "notice"}),
        (NotFound, {"branch_id": street.staff}),
    ):
        with pytest.raises(error):
            desk.opened(**said)


def test_it_goes_up_when_it_lies(desk: Desk) -> None:
    """Due on Tuesday, 17 March: up on the 18th, and above on the fourth working day after."""
    street, admin = desk.street, desk.street.admins[0]
    desk.do(street.staff, acting.take, desk.sheet)

    def run(day: int) -> int:
        now = NOW + (day - 10) * DAY
        found = street.act(SYSTEM, escalating.due, now)
        return sum(
            street.act(SYSTEM, lambda ctx, key=key: escalating.escalate(ctx, *key), now)
            for key in found
        )

    assert [run(17), run(18), run(18), run(20), run(21), run(23), run(30)] == [0, 1, 0, 0, 1, 0, 0]
    assert (desk.row().level, desk.row().due_on.day) == (2, 17)
    assert desk.told(admin, say.ESCALATED) == 1
    assert desk.told(desk.national, say.ESCALATED) == 1
    assert desk.told(street.staff, say.ESCALATED_FROM_YOU) == 2


def test_the_branch_appeals_once_and_the_level_above_decides(desk: Desk) -> None:
    street, (admin, other) = desk.street, desk.street.admins
    desk.do(admin, closing.close, desk.sheet, "founded", "属实")
    with pytest.raises(say.SheetAppealTooLate):
        desk.do(street.staff, closing.appeal, desk.sheet, "不对", now=NOW + 30 * DAY)
    desk.do(street.staff, closing.appeal, desk.sheet, "不对")
    assert desk.told(desk.national, say.APPEAL_CAME) == 1
    # It has no end yet: it stands in the list, of this book and of no other.
    for book, state, found in ((LONGWAN, "", 1), (LONGWAN, "overdue", 0), (LUCHENG, "", 0)):
        wanted = SheetFilter(state=state, book=book, branch_id=street.branch)
        inbox = street.act(admin, lambda ctx, wanted=wanted: sheets(ctx, wanted, Want()))
        assert len(inbox.page.rows) == found
    for who in (admin, other):
        with pytest.raises(say.SheetNotAbove):
            desk.do(who, closing.decide, desk.sheet, upheld=True, reason="好")
    desk.do(desk.national, closing.decide, desk.sheet, upheld=True, reason="证据不够")
    assert (desk.row().state, desk.row().outcome) == (SheetState.CLOSED, "appeal_upheld")
    with pytest.raises(say.SheetAppealedAlready):
        desk.do(street.staff, closing.appeal, desk.sheet, "还是不对")


def test_many_hands_at_once(street: Street) -> None:
    """One owner, one end, one step up, one appeal."""
    desk = Desk(street)
    staff, (admin, other) = street.staff, street.admins

    def each(act: object, *given: object, who: UUID = admin, now: object = NOW) -> object:
        return lambda: desk.do(who, act, desk.sheet, *given, now=now)

    taken = at_once(each(acting.take), each(acting.take, who=other), each(acting.take, who=staff))
    assert succeeded(taken) == 1
    late = NOW + 8 * DAY
    up = [
        lambda: street.act(SYSTEM, lambda ctx: escalating.escalate(ctx, LONGWAN, desk.sheet), late)
    ]
    assert sorted(at_once(*up * 3)) == [0, 0, 1]
    ends = [each(closing.close, "founded", "好", who=who) for who in (admin, other)]
    assert succeeded(at_once(*ends, each(closing.turn, "好", who=other))) == 1
    if desk.row().outcome == "founded":
        asked = at_once(*[each(closing.appeal, "不", who=staff)] * 3)
        assert succeeded(asked) == 1
