"""The jobs of notices in the whole application: a carrier works, fails, or is the branch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from models.notices import CallItem, Delivery
from models.oversight import OutboxMessage
from services import outbox
from services.notices.calls import GATEWAY_MINUTES
from services.notices.preferences import ReachForm, set_reach
from services.notices.sending import SENT, Outcome, Outgoing
from services.people.actors import actor_for
from services.policy import SYSTEM
from tests.factories import LONGWAN, create_elder, make_ctx
from tests.web.conftest import Clock
from timebank.jobs import notices

SAID = "您的通知方式已经更新。如果不是您本人办理的，请马上联系网点。"


class Scripted:
    """A carrier that answers as it is told; the last answer is given again."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.sent = list(answers), []

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        for going in chunk:
            kind = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.sent.append(going.id)
            yield going, SENT if kind == "sent" else Outcome(kind, "x")  # type: ignore[arg-type]


class Dies(Scripted):
    """Hands the message over and is killed before it can say so."""

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        self.sent.append(chunk[0].id)
        raise KeyboardInterrupt
        yield  # pragma: no cover - makes this a generator


@pytest.fixture
def elder(given: Callable[..., Any]) -> UUID:
    return given(create_elder)


def tell(given: Callable[..., Any], clock: Clock, who: UUID, times: int = 1) -> None:
    def work(session: Any) -> None:
        for _ in range(times):
            outbox.tell(make_ctx(session, SYSTEM, clock.now), LONGWAN, who, SAID, channel="sms")

    given(work)


def by(monkeypatch: pytest.MonkeyPatch, carrier: Scripted | None) -> None:
    monkeypatch.setattr(notices, "carrier_of", lambda _settings, _way: carrier)


def run(app: Flask, way: str) -> int:
    with app.app_context():
        return notices.send(app.extensions["timebank"], way)


def rows(app: Flask, what: Any, *where: Any) -> list[Any]:
    with app.extensions["timebank"].uow.read() as session:
        found = list(session.scalars(sa.select(what).where(*where)))
        session.expunge_all()
        return found


def calls_only(given: Callable[..., Any], clock: Clock, who: UUID) -> None:
    def work(session: Any) -> None:
        ctx = make_ctx(session, actor_for(session, who, clock.now), clock.now)
        set_reach(ctx, who, ReachForm(by_sms=False, by_email=False, landline_only=True))

    given(work)


def test_many_chunks_go_out_in_one_run(
    app: Flask, clock: Clock, given: Any, elder: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(given, clock, elder, 45)
    carrier = Scripted("sent")
    by(monkeypatch, carrier)
    assert run(app, "sms") == 45
    assert len(set(carrier.sent)) == 45
    assert run(app, "sms") == 0


def test_a_carrier_that_is_down_is_left_until_the_next_run(
    app: Flask, clock: Clock, given: Any, elder: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(given, clock, elder, 45)
    by(monkeypatch, Scripted("failed", "postponed"))
    assert run(app, "sms") == 0
    assert len(rows(app, Delivery)) == 1
    by(monkeypatch, Scripted("sent"))
    clock.now += timedelta(minutes=2)
    assert run(app, "sms") == 45


def test_a_sender_killed_after_sending_sends_again_and_no_third_time(
    app: Flask, clock: Clock, given: Any, elder: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(given, clock, elder)
    killed, second = Dies("sent"), Scripted("sent")
    by(monkeypatch, killed)
    with pytest.raises(KeyboardInterrupt):
        run(app, "sms")
    by(monkeypatch, second)
    assert run(app, "sms") == 0
    clock.now += timedelta(minutes=15)
    assert run(app, "sms") == 1
    assert killed.sent == second.sent
    clock.now += timedelta(days=1)
    assert run(app, "sms") == 0


def test_without_a_gateway_the_branch_calls_at_once(
    app: Flask, clock: Clock, given: Any, elder: UUID
) -> None:
    calls_only(given, clock, elder)
    tell(given, clock, elder)
    assert run(app, "call") == 1
    [item] = rows(app, CallItem)
    [message] = rows(app, OutboxMessage, OutboxMessage.channel == "call")
    assert (item.id, item.call_after, item.member_id) == (message.id, clock.now, elder)
    assert message.sent_at == clock.now


@pytest.mark.parametrize(("answer", "minutes"), [("sent", GATEWAY_MINUTES), ("failed", 0)])
def test_a_voice_gateway_takes_over_and_the_sheet_stands_behind_it(
    app: Flask,
    clock: Clock,
    given: Any,
    elder: UUID,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    minutes: int,
) -> None:
    calls_only(given, clock, elder)
    tell(given, clock, elder)
    by(monkeypatch, Scripted(answer))
    run(app, "call")
    [item] = rows(app, CallItem)
    assert item.call_after == clock.now + timedelta(minutes=minutes)
