"""One day in the life of the district: people ask, come, go, confirm, and now and then do not."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from itertools import count
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from models.oversight import Dispute, OutboxMessage
from models.requests import Request, RequestState, Visit, VisitState
from services.clock import at_local
from services.context import Context
from services.errors import DomainError
from services.notices.ways import EMAIL, SMS
from services.requests import ending
from services.requests.asking import AskForm, ask
from services.requests.funding import fund_waiting
from services.requests.reviewing import approve, refuse
from services.rules.published import shipped_rule_set
from services.visits import reviewing
from services.visits.accepting import accept
from services.visits.checking import Proof, Slip, check_in, check_out, enter_slip
from services.visits.closed_door import close_sheet, note_call, report_closed_door
from services.visits.codes import codes_of, make_slip
from services.visits.confirming import confirm, confirm_by_voice
from services.visits.disputes import decide_dispute, open_dispute
from services.visits.withdrawing import withdraw
from timebank.demo import after
from timebank.demo.scene import HOME, Cast, Elder, Scene

T = TypeVar("T")
Happening = Callable[[datetime], None]
#: How often somebody behind a printed login looks at a request first.
KEEN = 0.07
NOTES = ("请轻一点敲门。", "家里有一只小猫。", "耳朵不太好，说话请大声些。", None, None, None)


def send_quietly(scene: Scene, when: datetime) -> None:
    """Deliver the day's notices to the demo inbox; no telephone rings for an invented person."""
    scene.session.flush()
    scene.session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.book == HOME, OutboxMessage.sent_at.is_(None))
        .where(OutboxMessage.channel.in_((SMS, EMAIL)))
        .values(sent_at=when, attempts=1)
    )


class Day:
    """Everything that happens on one date, in the order of the clock."""

    def __init__(self, scene: Scene, cast: Cast, kept_free: datetime) -> None:
        """From ``kept_free`` on, the people behind the printed logins promise nothing."""
        self.scene, self.cast = scene, cast
        self.pick = scene.random
        self.rules = shipped_rule_set()
        self._kept_free = kept_free
        self._order = count()
        self._agenda: list[tuple[datetime, int, Happening]] = []

    def plan(self, when: datetime, happening: Happening) -> None:
        """Put something on the day's agenda."""
        heapq.heappush(self._agenda, (when, next(self._order), happening))

    def live(self) -> None:
        """Live the day through."""
        self.plan(self.scene.at(time(6, 30)), self._run_jobs)
        for visit in self._visits_today():
            self._plan_visit(visit)
        self._plan_wishes()
        self.plan(self.scene.at(time(12, 30)), self._volunteers_look)
        self.plan(self.scene.at(time(19, 30)), self._volunteers_look)
        self.plan(self.scene.at(time(20, 30)), self._staff_follow_up)
        while self._agenda:
            when, _, happening = heapq.heappop(self._agenda)
            happening(when)
        send_quietly(self.scene, self.scene.at(time(22, 0)))

    def _run_jobs(self, when: datetime) -> None:
        ctx = self.scene.system(when)
        for book, request_id in ending.due_to_expire(ctx):
            ending.expire(self.scene.system(when), book, request_id)
        for book, visit_id in reviewing.due_for_review(ctx):
            reviewing.follow_up(self.scene.system(when), book, visit_id)
        reviewing.remind(self.scene.system(when))
        fund_waiting(self.scene.system(when), HOME)

    def _plan_wishes(self) -> None:
        for elder in self.cast.elders:
            if self.pick.random() < elder.asks_a_week / 7:
                minute = self.pick.randint(0, 180)
                self.plan(self.scene.at(time(8, 30), minute), partial(self._wish, elder))

    def _wish(self, elder: Elder, when: datetime) -> None:
        line = self.rules.service(self.pick.choice(elder.favourites))
        wanted = self.pick.choice((30, 45, 60, 60, 90, 120))
        day = self.scene.day + timedelta(days=self.pick.randint(1, 4))
        by_staff = self.pick.random() < 0.35
        form = AskForm(
            elder_id=elder.id,
            service_code=line.code,
            starts_at=at_local(day, time(self.pick.randint(8, 16), self.pick.choice((0, 30)))),
            booked_minutes=min(line.max_minutes, max(line.min_minutes, wanted)),
            consent="voice" if by_staff else "own",
            note=self.pick.choice(NOTES),
        )
        clerk = self._clerk(elder.id)
        asker = clerk if by_staff else elder.id
        request_id = self._try(lambda: ask(self.scene.actor(asker, when), form))
        if request_id is not None:
            later = when + timedelta(minutes=self.pick.randint(20, 200))
            self.plan(later, partial(self._review, request_id, clerk))

    def _review(self, request_id: UUID, clerk: UUID, when: datetime) -> None:
        ctx = self.scene.actor(clerk, when)
        if self.pick.random() < 0.03:
            reason = "请先到网点补登评估结果，我们再为您安排。"
            self._try(lambda: refuse(ctx, HOME, request_id, reason))
        else:
            self._try(lambda: approve(ctx, HOME, request_id))

    def _volunteers_look(self, when: datetime) -> None:
        """Volunteers look at what is open and say yes to what they can do."""
        rows = self.scene.session.execute(
            sa.select(Request.id, Request.elder_id, Request.starts_at)
            .where(Request.book == HOME, Request.state == RequestState.OPEN)
            .where(Request.starts_at > when)
            .order_by(Request.starts_at, Request.submitted_at)
        ).all()
        for row in rows:
            crowd = self.cast.volunteers
            if row.starts_at >= self._kept_free:
                crowd = [v for v in crowd if not v.is_keen]
            keen = [v for v in crowd if v.is_keen and self.pick.random() < KEEN]
            for volunteer in (*keen, *self.pick.sample(crowd, min(9, len(crowd)))):
                if self.pick.random() > volunteer.eagerness or volunteer.id == row.elder_id:
                    continue
                ctx = self.scene.actor(volunteer.id, when)
                self._try(partial(accept, ctx, HOME, row.id))
                if self._state(row.id) is not RequestState.OPEN:
                    break

    def _state(self, request_id: UUID) -> RequestState | None:
        return self.scene.session.scalar(
            sa.select(Request.state).where(Request.book == HOME, Request.id == request_id)
        )

    def _visits_today(self) -> list[Visit]:
        begin = self.scene.at(time(0, 0))
        return list(
            self.scene.session.scalars(
                sa.select(Visit)
                .where(Visit.book == HOME, Visit.state == VisitState.ACCEPTED)
                .where(Visit.starts_at >= begin, Visit.starts_at < begin + timedelta(days=1))
                .order_by(Visit.starts_at, Visit.accepted_at)
            )
        )

    def _plan_visit(self, visit: Visit) -> None:
        fate = self.pick.random()
        if visit.provider_id in {v.id for v in self.cast.volunteers if v.is_keen}:
            fate = 1.0  # the printed logins are reliable, or the visitor would find them paused
        if fate < 0.015:
            return  # nobody comes: the follow-up finds it missed
        if fate < 0.03:
            self.plan(visit.starts_at - timedelta(minutes=90), partial(self._cannot, visit))
        elif fate < 0.04:
            self.plan(visit.starts_at + timedelta(minutes=10), partial(self._door, visit))
        else:
            start = visit.starts_at + timedelta(minutes=self.pick.randint(-8, 6))
            self.plan(start, partial(self._come, visit))

    def _cannot(self, visit: Visit, when: datetime) -> None:
        ctx = self.scene.actor(visit.provider_id, when)
        self._try(lambda: withdraw(ctx, HOME, visit.id, "临时发烧，不能上门。"))

    def _come(self, visit: Visit, when: datetime) -> None:
        request = self.scene.session.get_one(Request, (visit.book, visit.request_id))
        if visit.state is not VisitState.ACCEPTED or request.state is not RequestState.FILLED:
            return
        length = max(12, visit.booked_minutes + self.pick.randint(-10, 14))
        left_at = max(when, visit.starts_at) + timedelta(minutes=length)
        if self.pick.random() < 0.12 and not request.remote:
            evening = left_at + timedelta(hours=2)
            self.plan(evening, partial(self._by_slip, visit, when, left_at))
            return
        ctx = self.scene.actor(visit.provider_id, when)
        proof = self._proof(visit, "in", when)
        self._try(lambda: check_in(ctx, HOME, visit.id, proof))
        self.plan(left_at, partial(self._go, visit))

    def _proof(self, visit: Visit, purpose: str, when: datetime) -> Proof:
        """What the elder tells at the door; a remote service has nothing to tell."""
        ctx = self.scene.actor(visit.elder_id, when)
        return Proof(digits=codes_of(ctx, HOME, visit.id, "digits").get(purpose))

    def _go(self, visit: Visit, when: datetime) -> None:
        if visit.state is not VisitState.CHECKED_IN:
            return
        ctx = self.scene.actor(visit.provider_id, when)
        request = self.scene.session.get_one(Request, (visit.book, visit.request_id))
        self._try(lambda: after.shop(self.scene, visit, request, when))
        proof, ticks = self._proof(visit, "out", when), after.ticks(visit, request)
        self._try(lambda: check_out(ctx, HOME, visit.id, proof, done=ticks))
        self._plan_word(visit, when)

    def _plan_word(self, visit: Visit, when: datetime) -> None:
        """Most elders confirm, some are called, a few object, a few say nothing."""
        fate = self.pick.random()
        later = when + timedelta(minutes=self.pick.randint(3, 120))
        if fate < 0.02:
            self.plan(later, partial(self._object, visit))
        elif fate < 0.62:
            self.plan(later, partial(self._nod, visit))
        elif fate < 0.96:
            self.plan(later, partial(self._call, visit))

    def _object(self, visit: Visit, when: datetime) -> None:
        ctx = self.scene.actor(visit.elder_id, when)
        self._try(lambda: open_dispute(ctx, HOME, visit.id, "时间好像没有那么长。"))

    def _nod(self, visit: Visit, when: datetime) -> None:
        ctx = self.scene.actor(visit.elder_id, when)
        self._try(lambda: confirm(ctx, HOME, visit.id))
        self._try(lambda: after.rate(self.scene, visit, when))

    def _call(self, visit: Visit, when: datetime) -> None:
        clerk = self._clerk(visit.elder_id)
        ctx = self.scene.actor(clerk, when)
        self._try(lambda: confirm_by_voice(ctx, HOME, visit.id))
        self._try(lambda: after.rate_by_voice(self.scene, visit, clerk, when))

    def _by_slip(self, visit: Visit, came: datetime, left: datetime, when: datetime) -> None:
        ctx = self.scene.actor(self._clerk(visit.elder_id), when)
        make_slip(ctx, visit)
        self.scene.session.flush()
        codes = codes_of(ctx, HOME, visit.id, "slip")
        slip = Slip(code_in=codes["in"], code_out=codes["out"], came_at=came, left_at=left)
        self._try(lambda: enter_slip(ctx, HOME, visit.id, slip))
        self._plan_word(visit, when)

    def _door(self, visit: Visit, when: datetime) -> None:
        clerk = self._clerk(visit.elder_id)

        def report() -> None:
            sheet = report_closed_door(self.scene.actor(clerk, when), HOME, visit.id)
            soon = self.scene.actor(clerk, when + timedelta(minutes=15))
            note_call(soon, HOME, sheet, "contact", "邻居说老人去了女儿家，已电话核实。")
            later = self.scene.actor(clerk, when + timedelta(minutes=40))
            close_sheet(later, HOME, sheet, "老人平安，忘记了预约。")

        self._try(report)

    def _staff_follow_up(self, when: datetime) -> None:
        """What waits at the branches for some days is settled in the evening."""
        waiting = (VisitState.IN_REVIEW, VisitState.MISSED, VisitState.DISPUTED)
        old = when - timedelta(days=1)
        visits = self.scene.session.scalars(
            sa.select(Visit)
            .where(Visit.book == HOME, Visit.state.in_(waiting), Visit.starts_at < old)
            .order_by(Visit.starts_at, Visit.accepted_at)
        ).all()
        for visit in visits:
            ctx = self.scene.actor(self._clerk(visit.elder_id), when)
            if visit.state is VisitState.MISSED:
                excused = self.pick.random() < 0.5
                reason = "与双方电话核实过。"
                settle = partial(reviewing.decide_missed, excused=excused, reason=reason)
                self._try(partial(settle, ctx, HOME, visit.id))
            elif visit.state is VisitState.DISPUTED:
                self._try(partial(self._decide, ctx, visit))
            elif visit.checked_out_at is not None:
                self._try(partial(confirm_by_voice, ctx, HOME, visit.id))

    def _decide(self, ctx: Context, visit: Visit) -> None:
        dispute = self.scene.session.scalars(
            sa.select(Dispute.id).where(
                Dispute.book == HOME, Dispute.visit_id == visit.id, Dispute.decided_at.is_(None)
            )
        ).one()
        credit = self.pick.random() < 0.7
        decide_dispute(ctx, HOME, dispute, credit=credit, reason="核对了签到记录和双方说法。")

    def _clerk(self, elder_id: UUID) -> UUID:
        """Who sits at the counter of the elder's branch."""
        return self.cast.staff[self.cast.branch_of[elder_id]]

    def _try(self, act: Callable[[], T]) -> T | None:
        """A refusal is part of life; it undoes only itself."""
        try:
            with self.scene.attempt():
                return act()
        except DomainError:
            return None
