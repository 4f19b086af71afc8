"""Whatever a relative does for an elder is on record as done for the elder, and told by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import IncidentKind
from models.ledger import Transfer
from models.oversight import AuditRecord, Dispute, OutboxMessage
from models.requests import Visit, VisitState
from services.availability.avoiding import avoid, stop_avoiding
from services.availability.incidents import report
from services.availability.wishes import WishForm, set_wishes
from services.complaints import answering as complaints
from services.complaints.appealing import appeal
from services.complaints.deciding import decide
from services.complaints.opening import open_complaint
from services.context import Context
from services.errands.agreeing import Seen, agree
from services.errands.handing import hand
from services.groups.booking import book_place, cancel_place
from services.notices.subscriptions import subscribe
from services.outbox import opened
from services.policy import SYSTEM
from services.ratings.giving import Opinion, give_rating
from services.requests.ending import cancel
from services.requests.loosening import SEX, loosen
from services.requests.reviewing import approve
from services.rights import POLICY, READING
from services.schedule import exceptions, regulars, series
from services.schedule.rescheduling import answer, propose, take_back
from services.visits.appealing import appeal_dispute
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute, open_dispute
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.family.conftest import Household
from tests.services.schedule.conftest import FRIDAYS
from tests.services.service_days.conftest import Room
from tests.services.visits.conftest import START, Street
from timebank.i18n import say

DAY = timedelta(days=1)
FRIDAY, NEXT = date(2026, 3, 13), date(2026, 3, 20)
#: Only looks, though their names do not say so; what a relative hears is the own affair; and what
#: is kept of an elder is the affair of a guardian of record, see tests/services/privacy.
NOT_ACTED = {"group.places", "subscription.update", "privacy.ask"}


class Walk:
    """What the daughter does, each act checked as soon as it is done."""

    def __init__(self, home: Household) -> None:
        self.home, self.street = home, home.street
        #: The acts of the policy that have been walked.
        self.seen: set[str] = set()

    @contextmanager
    def watched(self, act: str) -> Iterator[None]:
        """One act: it must leave a record for the elder, and a notice that names the daughter."""
        before = self.street.look(self._ids)
        yield
        records, notices = self.street.look(lambda session: self._new(session, before))
        assert any(each.acting_for_id == self.street.elder for each in records), act
        assert {each.acting_for_id for each in records} <= {self.street.elder}, act
        assert any("王芳" in each for each in notices), (act, notices)
        self.seen.add(act)

    def does(self, act: str, work: Callable[[Context], object], now: object = NOW) -> object:
        """The daughter acts; the policy's own act is the one that lets her."""
        with self.watched(act):
            return self.street.act(self.home.daughter, work, now=now)

    def _ids(self, session: Session) -> tuple[set[UUID], set[UUID]]:
        return (
            set(session.scalars(sa.select(AuditRecord.id).where(AuditRecord.book == LONGWAN))),
            set(session.scalars(sa.select(OutboxMessage.id).where(OutboxMessage.book == LONGWAN))),
        )

    def _new(
        self, session: Session, before: tuple[set[UUID], set[UUID]]
    ) -> tuple[list[AuditRecord], list[str]]:
        """Her records and the elder's notices since; reading them is not what this is about."""
        mine = sa.and_(AuditRecord.book == LONGWAN, AuditRecord.actor_id == self.home.daughter)
        told = sa.and_(OutboxMessage.book == LONGWAN, OutboxMessage.member_id == self.street.elder)
        records = session.scalars(sa.select(AuditRecord).where(mine))
        messages = session.scalars(sa.select(OutboxMessage).where(told))
        notices = [opened(row, VAULT) for row in messages if row.id not in before[1]]
        return (
            [row for row in records if row.id not in before[0]],
            [say(each.sentence, each.params, "zh") for each in notices],
        )

    def promised(self, **answers: object) -> tuple[UUID, UUID]:
        """A request of hers that the volunteer has promised."""
        with self.watched("request.ask"):
            request = self.home.ask(**answers)
        self.street.act(self.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
        return request, self.street.accepted(request)


def test_every_act_reads_who_for_whom(home: Household, street: Street) -> None:
    street.issue(3_000)
    street.give_coins(street.elder, 3_000)
    home.lend(3_000)
    walk = Walk(home)
    _walk_requests(walk)
    _walk_times(walk)
    _walk_standing(walk)
    _walk_groups(walk)
    _walk_visits(walk)
    _walk_complaints(walk)
    walk.does(
        "wish.update", lambda ctx: set_wishes(ctx, street.elder, WishForm(languages=("wenzhou",)))
    )
    street.act(home.daughter, lambda ctx: subscribe(ctx, street.elder, frozenset({"arrived"})))
    assert "王芳会在有人到您这里和离开时收到消息" in home.told(street.elder)
    acted = {
        act
        for act, allowed in POLICY.items()
        if any(each.startswith("kin:") for each in allowed) and act not in READING
    }
    assert walk.seen == acted - NOT_ACTED
    assert home.breaches() == set()


def _walk_requests(walk: Walk) -> None:
    street = walk.street
    request = walk.home.ask("A03", wished_sex="female")
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    walk.does("request.ask", lambda ctx: loosen(ctx, LONGWAN, request, SEX))
    walk.does("visit.move", lambda ctx: propose(ctx, LONGWAN, request, START + DAY))
    walk.does("request.cancel", lambda ctx: cancel(ctx, LONGWAN, request))


def _walk_times(walk: Walk) -> None:
    street, later = walk.street, START + 5 * DAY
    request, _visit = walk.promised(starts_at=later)
    made = street.act(street.volunteer, lambda ctx: propose(ctx, LONGWAN, request, later + DAY))
    walk.does("visit.move", lambda ctx: answer(ctx, LONGWAN, made.proposal_id, agrees=True))
    made = walk.does("visit.move", lambda ctx: propose(ctx, LONGWAN, request, later))
    walk.does("visit.move", lambda ctx: take_back(ctx, LONGWAN, made.proposal_id))
    made = street.act(street.volunteer, lambda ctx: propose(ctx, LONGWAN, request, later))
    walk.does("visit.move", lambda ctx: answer(ctx, LONGWAN, made.proposal_id, agrees=False))


def _walk_standing(walk: Walk) -> None:
    street = walk.street
    form = replace(FRIDAYS, elder_id=street.elder)
    key = walk.does("series.make", lambda ctx: series.make(ctx, form))
    changed = replace(form, note="请带老花镜")
    change = "series.change"
    walk.does(change, lambda ctx: series.change(ctx, LONGWAN, key, changed))
    walk.does(
        change,
        lambda ctx: regulars.name_person(ctx, LONGWAN, key, street.volunteer, regulars.REGULAR),
    )
    walk.does(change, lambda ctx: exceptions.cancel_date(ctx, LONGWAN, key, FRIDAY))
    moved = START + 14 * DAY
    walk.does(change, lambda ctx: exceptions.move_date(ctx, LONGWAN, key, NEXT, moved))
    walk.does(change, lambda ctx: series.pause(ctx, LONGWAN, key))
    walk.does(change, lambda ctx: series.resume(ctx, LONGWAN, key))
    walk.does("series.end", lambda ctx: series.end(ctx, LONGWAN, key))


def _walk_groups(walk: Walk) -> None:
    session, elder = Room(walk.street).made(), walk.street.elder
    walk.does("group.book", lambda ctx: book_place(ctx, LONGWAN, session, elder))
    walk.does("group.book", lambda ctx: cancel_place(ctx, LONGWAN, session, elder))


def _walk_visits(walk: Walk) -> None:
    street = walk.street
    _request, visit = walk.promised()
    street.come(visit)
    street.go(visit)
    at = START + timedelta(minutes=70)
    walk.does("visit.confirm", lambda ctx: confirm(ctx, LONGWAN, visit), at)
    walk.does("rating.give", lambda ctx: give_rating(ctx, LONGWAN, visit, Opinion(3)), at)
    # In the ledger too it reads who acted, and for whom.
    posted = street.look(
        lambda session: session.scalars(
            sa.select(Transfer).where(Transfer.book == LONGWAN, Transfer.kind == "service")
        ).one()
    )
    assert (posted.actor_id, posted.acting_for_id) == (walk.home.daughter, street.elder)
    start = START + 2 * DAY
    _request, wrong = walk.promised(code="B01", starts_at=start)
    street.come(wrong, start)
    soon = start + timedelta(minutes=5)
    money = street.act(street.volunteer, lambda ctx: hand(ctx, LONGWAN, wrong, 2_000), now=soon)
    walk.does("errand.agree", lambda ctx: agree(ctx, LONGWAN, wrong, money, Seen(2_000)), soon)
    street.go(wrong, 60, start)
    at = start + timedelta(minutes=70)
    walk.does("dispute.open", lambda ctx: open_dispute(ctx, LONGWAN, wrong, "没有来"), at)
    walk.does(
        "incident.report",
        lambda ctx: report(ctx, LONGWAN, wrong, IncidentKind.MONEY, "问我要钱"),
        at,
    )
    walk.does("avoidance.update", lambda ctx: avoid(ctx, LONGWAN, visit), at)
    walk.does(
        "avoidance.update",
        lambda ctx: stop_avoiding(ctx, street.elder, street.volunteer),
        at,
    )


def _walk_complaints(walk: Walk) -> None:
    """Also of money that was asked for: the sheet and the hold follow by themselves."""
    street, elder, admin = walk.street, walk.street.elder, walk.street.admins[0]
    visit = street.look(
        lambda session: session.scalars(
            sa.select(Visit.id).where(Visit.book == LONGWAN, Visit.state == VisitState.CREDITED)
        ).first()
    )
    at, later = START + 4 * DAY, START + 12 * DAY

    def complain(ctx: Context) -> UUID:
        said = {"kind": "charged", "text": "问我要钱", "visit_id": visit, "by": elder}
        return open_complaint(ctx, book=LONGWAN, how="family", **said)

    made = walk.does("complaint.make", complain, at)
    walk.does("complaint.answer", lambda ctx: complaints.answer(ctx, LONGWAN, made, "有收据"), at)
    street.act(admin, lambda ctx: decide(ctx, LONGWAN, made, "dismissed", "没有证据"), now=later)
    walk.does("complaint.appeal", lambda ctx: appeal(ctx, LONGWAN, made, "不服"), later)
    dispute = street.look(
        lambda session: session.scalars(
            sa.select(Dispute.id).where(Dispute.book == LONGWAN).limit(1)
        ).one()
    )
    street.act(
        admin,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="来过"),
        now=at,
    )
    walk.does("dispute.appeal", lambda ctx: appeal_dispute(ctx, LONGWAN, dispute, "没有来"), at)


def test_the_first_of_two_confirmed_is_told_too(home: Household, street: Street) -> None:
    """Nothing is posted until the other one is through; the elder reads it all the same."""
    street.issue(3_000)
    second = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    request = home.ask("A03")
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    one, two = street.accepted(request), street.accepted(request, by=second)
    for visit in (one, two):
        street.come(visit)
        street.go(visit, 60)
    at = START + timedelta(minutes=70)
    walk = Walk(home)
    walk.does("visit.confirm", lambda ctx: confirm(ctx, LONGWAN, one), at)
    walk.does("visit.confirm", lambda ctx: confirm(ctx, LONGWAN, two), at)
