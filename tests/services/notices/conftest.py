"""A street whose people are told things, and a hand on the queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.notices import CallItem, Delivery
from models.oversight import OutboxMessage
from services import outbox
from services.notices.calls import put_on_sheet
from services.notices.preferences import ReachForm, set_reach
from services.notices.sending import SENT, Outcome, Outgoing, claim, settle
from services.notices.ways import CALL
from services.policy import SYSTEM
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["street"]

#: A sentence of the product, so that the catalogue knows it.
SAID = "您的通知方式已经更新。如果不是您本人办理的，请马上联系网点。"


@dataclass
class Post:
    """Tells people things and works the queue off by hand."""

    street: Street

    def tell(self, who: UUID, now: datetime = NOW, **options: Any) -> None:
        """Something worth a message to the telephone."""
        options.setdefault("channel", "sms")
        self.street.act(
            SYSTEM, lambda ctx: outbox.tell(ctx, LONGWAN, who, SAID, **options), now=now
        )

    def claim(self, way: str = "sms", now: datetime = NOW, **options: Any) -> tuple[Outgoing, ...]:
        """What a sender takes out of the queue."""
        return self.street.act(SYSTEM, lambda ctx: claim(ctx, way, **options), now=now)

    def settle(self, going: Outgoing, outcome: Outcome = SENT, now: datetime = NOW) -> None:
        """What the carrier said of it."""
        self.street.act(SYSTEM, lambda ctx: settle(ctx, going, outcome), now=now)

    def reach(self, who: UUID, by: UUID | None = None, **options: Any) -> None:
        """How somebody wants to be reached."""
        form = ReachForm(**{"by_sms": True, "by_email": False, "landline_only": False, **options})
        self.street.act(by or who, lambda ctx: set_reach(ctx, who, form))

    def rows(self, who: UUID, *where: Any) -> list[OutboxMessage]:
        """The stored messages to somebody, the oldest first."""
        query = (
            sa.select(OutboxMessage)
            .where(OutboxMessage.member_id == who, OutboxMessage.sentence == SAID, *where)
            .order_by(OutboxMessage.created_at, OutboxMessage.id)
        )
        return self.street.look(lambda session: list(session.scalars(query)))

    def row(self, who: UUID) -> OutboxMessage:
        """The only message to somebody by this sentence that is no inbox row alone."""
        [found] = self.rows(who, OutboxMessage.channel != "inbox")
        return found

    def deliveries(self, going: Outgoing) -> list[tuple[int, str, str | None]]:
        """Every attempt, what came of it and why."""
        query = (
            sa.select(Delivery).where(Delivery.message_id == going.id).order_by(Delivery.attempt)
        )
        return self.street.look(
            lambda session: [
                (each.attempt, each.outcome, each.reason) for each in session.scalars(query)
            ]
        )

    def sheet(self, who: UUID, now: datetime = NOW, **options: Any) -> UUID:
        """Something that the branch tells somebody by telephone; the line's id."""
        self.reach(who, landline_only=True, by_sms=False)
        self.tell(who, now=now, **options)
        return self.to_sheet(now)[-1]

    def to_sheet(self, now: datetime = NOW) -> list[UUID]:
        """What the job does with calls when there is no gateway."""
        chunk = self.claim(CALL, now=now)
        for going in chunk:
            self.street.act(SYSTEM, partial(put_on_sheet, going=going), now=now)
            self.settle(going, now=now)
        return [going.id for going in chunk]

    def item(self, key: UUID) -> CallItem:
        """A stored line of the sheet."""
        return self.street.look(lambda session: session.get_one(CallItem, (LONGWAN, key)))


@pytest.fixture
def post(street: Street) -> Post:
    """The street's post."""
    return Post(street)


def at(hour: int, minute: int = 0, day: int = 10, month: int = 3) -> datetime:
    """A moment on the Chinese clock in 2026, in UTC."""
    moment = datetime(2026, month, day, hour, minute, tzinfo=NOW.tzinfo)
    return moment - timedelta(hours=8)
