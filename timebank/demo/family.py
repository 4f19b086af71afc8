"""A family in the invented district: the daughter helps a neighbour, and pays for her mother."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.clock import at_local, local_date
from services.people.forms import CertificateForm
from services.people.handles import holder
from services.people.records import record_certificate
from services.visits.confirming import confirm
from timebank.demo.availability import safeguard
from timebank.demo.scene import HOME, Scene

EVENING = time(20, 0)


def stage(
    scene: Scene,
    mother: UUID,
    neighbour: UUID,
    volunteer: UUID,
    clerk: UUID,
    visit: Callable[..., UUID],
    now: datetime,
) -> None:
    """Three days ago she read to a neighbour; yesterday her own time paid her mother's visit."""
    daughter = holder(scene.session, "login", "family")
    assert daughter is not None, "a printed login"
    today = local_date(now)
    earned_on, paid_on = today - timedelta(days=3), today - timedelta(days=1)
    _train(scene, clerk, daughter, at_local(today - timedelta(days=7), EVENING))
    given = visit(elder=neighbour, provider=daughter, day=earned_on, minutes=60)
    confirm(scene.actor(neighbour, at_local(earned_on, EVENING)), HOME, given)
    paid = visit(elder=mother, provider=volunteer, day=paid_on, minutes=45, payer=daughter)
    confirm(scene.actor(daughter, at_local(paid_on, EVENING)), HOME, paid)


def _train(scene: Scene, clerk: UUID, daughter: UUID, when: datetime) -> None:
    """What a volunteer needs before the first visit."""
    for code in ("course-4h", "insurance-accident"):
        form = CertificateForm(
            code=code,
            issuer="鹿城区养老服务指导中心",
            reference=f"LC-{when:%Y}-家-{code}",
            valid_from=local_date(when),
            valid_to=date(when.year + 1, 12, 31),
        )
        record_certificate(scene.actor(clerk, when), daughter, form)
    safeguard(scene, clerk, daughter, 0)
    scene.forget(daughter)
