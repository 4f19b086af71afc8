"""What a region has with others stays shut to whoever has no office in it, by every address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests import factories
from tests.api.kit import Program, World
from tests.api.test_clearing import an_hour
from tests.api.test_corridors import CAP, CAPS, FUND, RECORDS, RESERVE, WANTED
from tests.api.test_imports import IMPORTS, asked
from tests.country import FAR, ONE, TWO, join_region
from tests.factories import NOW
from tests.services.imports.conftest import identity, line
from timebank.jobs import runner
from timebank.seals.sealing import seal_all

WINDOW = f"/clearing/{ONE}/windows/1"
SHUT = (403, 404)


@pytest.fixture
def scene(world: World) -> dict[str, str]:
    """A closed window, an agreement, an import on notice, and a statement of a member's."""
    seal_all(world.app.extensions["timebank"])
    world.given(an_hour)
    world.given(lambda s: join_region(s, FAR))
    admin = world.program(world.given(factories.create_region_admin))
    made = admin.done(IMPORTS, asked(world, line("1", "林立春", identity(), earned=600)))
    admin.done(f"{IMPORTS}/{made['id']}/publication")
    runner.run_once(world.app, "close-windows")
    world.clock.now = NOW + timedelta(days=1)
    runner.run_once(world.app, "close-windows")
    (agreement,) = admin.read(f"/corridors?region={ONE}")["items"]
    account = f"/members/{world.elder}/account"
    statement = world.program(world.elder).done(f"{account}/statements")
    return {
        "import": f"{IMPORTS}/{made['id']}",
        "agreement": f"/corridors/{agreement['id']}",
        "account": account,
        "statement": f"{account}/statements/{statement['id']}",
    }


def strangers(world: World) -> dict[str, Program]:
    """A member, kin who only see, and every office of a region that has no part in it."""

    def clerk(session: Any) -> UUID:
        return factories.create_staff(session, factories.create_branch(session, FAR))

    found = {
        "member": world.volunteer,
        "kin": world.relative(("see",)),
        "clerk": world.given(clerk),
        "administrator": world.given(lambda s: factories.create_region_admin(s, FAR)),
        "auditor": world.given(lambda s: factories.create_auditor(s, FAR)),
    }
    return {name: world.program(who) for name, who in found.items()}


def test_nobody_else_reads(world: World, scene: dict[str, str]) -> None:
    paths = (
        f"/clearing/{ONE}",
        WINDOW,
        f"/clearing/{ONE}/months/2026-03",
        "/clearing/000000000000",
        f"/corridors?region={ONE}",
        "/corridors?region=000000000000",
        scene["agreement"],
        CAPS,
        RESERVE,
        f"/reserves?region={ONE}",
        IMPORTS,
        scene["import"],
        f"{scene['import']}/rows",
        f"{scene['import']}/comparisons",
        f"{scene['account']}/statements",
        scene["statement"],
        "/successions",
    )
    programs = strangers(world)
    open_to = [
        (name, path)
        for name, program in programs.items()
        for path in paths
        if program.get(path).status_code not in SHUT
    ]
    assert open_to == []
    # Every address is one; and who reads a region's books reads nobody's file.
    offices = (factories.create_region_admin, factories.create_auditor)
    here = [world.program(world.given(make)) for make in offices]
    own = [path for path in paths if "000000000000" not in path[-12:] and ONE in path]
    assert {each.get(path).status_code for each in here for path in own} == {200}
    assert {each.get(scene["statement"]).status_code for each in here} == {403}
    assert world.program(world.staff).get(scene["statement"]).status_code == 200


def test_nobody_else_acts(world: World, scene: dict[str, str]) -> None:
    reason = {"reason": "不是我的事"}
    bodies: dict[str, Any] = {
        f"{WINDOW}/acknowledge": {},
        f"{WINDOW}/disputes": {"counter_book": TWO, "reason": "少了一笔"},
        f"/clearing/{ONE}/disputes/{uuid4()}/resolve": {"outcome": "stands", "answer": "对的"},
        "/corridors": {**WANTED, "valid_from": "2026-03-20"},
        f"{scene['agreement']}/signature": {},
        f"{scene['agreement']}/withdrawal": {},
        f"{scene['agreement']}/end": {"valid_to": "2026-04-01", "reason": "policy"},
        CAPS: CAP,
        RECORDS: FUND,
        IMPORTS: asked(world, line("9", "叶秋白", identity())),
        f"{scene['import']}/publication": {},
        f"{scene['import']}/signature": {"fingerprint": "0" * 64},
        f"{scene['import']}/withdrawal": reason,
        f"{scene['import']}/undoing": reason,
        f"{scene['import']}/undoing/signature": {},
        f"{scene['import']}/sample": {"list": "line,confirmed\n1,yes\n"},
        f"{scene['import']}/comparisons": {"list": "old_key,earned\n1,60\n"},
        f"{scene['import']}/objections/{uuid4()}/decision": {"upheld": True, **reason},
        f"{scene['account']}/statements": {},
        f"{scene['account']}/closing/code": {"receiver": "0" * 64},
        f"{scene['account']}/closing": {"receiver": "0" * 64, "code": "123456"},
    }
    programs = strangers(world)
    # The own auditor moves nothing either.
    programs["own auditor"] = world.program(world.given(factories.create_auditor))
    answers = {
        (name, path): program.post(path, body).status_code
        for name, program in programs.items()
        for path, body in bodies.items()
    }
    assert {key: status for key, status in answers.items() if status not in SHUT} == {}
