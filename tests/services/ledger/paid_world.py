"""A street after one paid visit and one closed door, every minute of it authorised."""

from __future__ import annotations

from datetime import timedelta

from models.ledger import AccountKind
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.visits.closed_door import report_closed_door
from services.visits.confirming import confirm
from tests.factories import LONGWAN, NOW
from tests.services.conftest import settled_world
from tests.services.visits.conftest import START, Street
from timebank.uow import UnitOfWork, make_engine

#: What the elder has: less than the visit costs, so that both sides pay.
ELDERS_MINUTES = 40
NEXT_DAY = START + timedelta(days=1)


def paid_world(url: str) -> None:
    """Fills a database; built once a test process and then copied."""
    settled_world(url)
    engine = make_engine(url)
    street = Street(UnitOfWork(engine))
    street.uow.run(street.settle)
    live(street)
    engine.dispose()


def live(street: Street) -> None:
    """An issue, a grant, a visit of 62 minutes, and a door that nobody opens."""
    street.issue(5_000)
    earned = account_id(LONGWAN, AccountKind.EARNED, street.elder)
    legs = (Leg(pool_of(LONGWAN), -ELDERS_MINUTES), Leg(earned, ELDERS_MINUTES))
    grant = Draft(LONGWAN, "grant", "grant:1", legs, NOW)
    street.uow.run(lambda session: post(session, [grant], Stamp(NOW, SYSTEM.id)))
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(
        street.elder,
        lambda ctx: confirm(ctx, LONGWAN, visit),
        now=START + timedelta(hours=2),
        key="11111111-1111-4111-8111-111111111111",
    )
    waiting = street.accepted(street.open_request(starts_at=NEXT_DAY))
    street.act(street.staff, lambda ctx: report_closed_door(ctx, LONGWAN, waiting), now=NEXT_DAY)
