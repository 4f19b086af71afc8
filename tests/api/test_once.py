"""The same key twice: one answer and one effect, on a broad sample of writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.ledger import Entry
from models.oversight import AuditRecord
from tests import factories
from tests.api.kit import START, World
from tests.factories import LONGWAN, NOW

Write = tuple[Any, str, Any]


def a_request(world: World) -> Write:
    world.give_coins(world.elder, 600)
    return world.elder, "/requests", world.asked()


def an_approval(world: World) -> Write:
    _who, _path, asked = a_request(world)
    made = world.program(world.elder).done("/requests", asked)
    return world.staff, f"/requests/{LONGWAN}/{made['id']}/approve", {}


def a_yes(world: World) -> Write:
    return world.volunteer, f"{world.open_request()}/accept", {}


def a_check_in(world: World) -> Write:
    path = world.accepted()
    codes = world.program(world.elder).read(path)["codes"]
    world.clock.now = START
    return world.volunteer, f"{path}/check-in", {"digits": codes["in"]}


def a_confirmation(world: World) -> Write:
    return world.elder, f"{world.served()}/confirm", {}


def a_rating(world: World) -> Write:
    return world.elder, f"{world.credited()}/rating", {"score": 3}


def a_dispute(world: World) -> Write:
    return world.elder, f"{world.served()}/disputes", {"text": "他早走了半小时"}


def a_cancellation(world: World) -> Write:
    return world.elder, f"{world.open_request()}/cancel", {"reason": "女儿回来了"}


def reach(world: World) -> Write:
    return world.elder, f"/members/{world.elder}/reach", {"by_sms": True, "by_email": False}


def wishes(world: World) -> Write:
    return world.elder, f"/members/{world.elder}/wishes", {"same_person": False}


def contact(world: World) -> Write:
    return world.elder, f"/members/{world.elder}/contact", {"phone": "13700000001"}


def taking_part(world: World) -> Write:
    asked = {"to_serve": True, "to_receive": True}
    return world.elder, f"/members/{world.elder}/taking-part", asked


def a_pause(world: World) -> Write:
    until = (NOW.date() + timedelta(days=9)).isoformat()
    return world.volunteer, f"/members/{world.volunteer}/pause", {"until": until}


def a_consent(world: World) -> Write:
    asked = {"kind": "health", "how": "own"}
    return world.elder, f"/members/{world.elder}/consents", asked


def a_card(world: World) -> Write:
    return world.staff, f"/members/{world.elder}/card", {}


def a_note(world: World) -> Write:
    world.give_coins(world.volunteer, 60)
    transfer = world.given(lambda s: s.scalars(sa.select(Entry.transfer_id)).first())
    admin = world.given(factories.create_region_admin)
    return admin, f"/ledger/{LONGWAN}/transfers/{transfer}/notes", {"text": "已核对"}


def a_role(world: World) -> Write:
    admin = world.given(factories.create_region_admin)
    asked = {"role": "branch_staff", "scope_kind": "branch", "scope": str(world.branch)}
    return admin, f"/members/{world.volunteer}/roles", asked


def an_operator(world: World) -> Write:
    nation = world.given(factories.create_national_admin)
    asked = {"name": "颐乐社", "name_en": "Yile", "kind": "social_organisation"}
    return nation, "/operators", asked


def a_slip(world: World) -> Write:
    return world.staff, f"{world.accepted()}/slip-codes", {}


SAMPLE = (
    a_request,
    an_approval,
    a_yes,
    a_check_in,
    a_confirmation,
    a_rating,
    a_dispute,
    a_cancellation,
    reach,
    wishes,
    contact,
    taking_part,
    a_pause,
    a_consent,
    a_card,
    a_note,
    a_role,
    an_operator,
    a_slip,
)
#: Each telling is itself a look, which is recorded anew.
LOOKS = {"slip.read", "visit.read", "request.read", "member.read"}


def effects(world: World) -> list[Any]:
    """What is booked and what is on record."""

    def counted(session: Any) -> list[Any]:
        booked = session.scalar(sa.select(sa.func.count()).select_from(Entry))
        acts = session.scalars(sa.select(AuditRecord.act).order_by(AuditRecord.act)).all()
        return [booked, *(each for each in acts if each not in LOOKS)]

    return list(world.given(counted))


@pytest.mark.parametrize("write", SAMPLE, ids=lambda each: each.__name__)
def test_the_same_key_twice_is_one_act(world: World, write: Callable[[World], Write]) -> None:
    who, path, body = write(world)
    program = world.program(who)
    before = effects(world)
    first = program.post(path, body, key="one")
    assert first.status_code in (200, 201, 204), first.text
    after = effects(world)
    assert after != before
    again = program.post(path, body, key="one")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert effects(world) == after
