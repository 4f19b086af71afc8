"""Older time banks for programs: proposed, published, signed, read row by row, undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.imports import undoing, working
from services.policy import SYSTEM
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW, make_ctx
from tests.services.imports.conftest import identity, line, listed

IMPORTS = f"/ledger/{LONGWAN}/imports"
LATER = NOW + timedelta(days=8)


@pytest.fixture
def admins(world: World) -> list[Any]:
    return [world.program(world.given(factories.create_region_admin), days=30) for _ in range(2)]


def asked(world: World, *lines: str, **more: Any) -> dict[str, Any]:
    return {
        "layout": "template",
        "source": "互助会",
        "branch_id": str(world.branch),
        "evidence_class": "A",
        "evidence": {"kind": "ledger", "document": "账册 3"},
        "members": listed(*lines).decode(),
        **more,
    }


def work(world: World, import_id: str, chunk: Any = working.work_chunk) -> None:
    world.given(lambda s: chunk(make_ctx(s, SYSTEM, LATER), LONGWAN, UUID(import_id)))


def test_from_the_proposal_to_the_way_back(world: World, admins: list[Any]) -> None:
    first, second = admins
    rows = [line("1", "林立春", identity(), earned=600), line("2", "黄谷雨", "")]
    made = first.done(IMPORTS, asked(world, *rows, line("3", "叶秋白", identity())))
    here = f"{IMPORTS}/{made['id']}"
    assert first.read(here)["state"] == "checked"
    refused = first.read(f"{here}/rows?shown=refused&limit=1")
    assert (refused["total"], refused["items"][0]["code"]) == (1, "identity_missing")
    assert refused["next_cursor"] is None
    assert first.read(f"{here}/rows?limit=1")["next_cursor"] is not None
    first.done(f"{here}/publication")
    elder = world.program(world.elder, days=30)
    elder.done(f"{here}/objections", {"line": 3, "text": "不是本人"})
    assert first.read(here)["objections"] == 1
    world.clock.now = LATER
    seen = {"fingerprint": first.read(here)["fingerprint"]}
    assert second.post(f"{here}/signature", seen).json["code"] == "import_objections_open"
    anyone = world.program()
    (notice,) = anyone.read(f"/import-notices?region={LONGWAN}")["items"]
    assert (notice["id"], notice["people"], notice["is_open"]) == (made["id"], 2, False)
    public = anyone.read(f"{here}/public?key=1")
    (shown,) = public["rows"]
    assert (shown["name"], shown["minutes"], public["pages"]) == ("林**", 600, 1)
    assert "林立春" not in anyone.get(f"{here}/public").text
    assert anyone.read("/import-notices?region=320106000000")["items"] == []
    assert elder.get(f"{here}/objections").status_code == 403
    (objection,) = second.read(f"{here}/objections")["items"]
    assert (objection["line"], objection["text"]) == (3, "不是本人")
    answer = {"upheld": False, "reason": "核对无误"}
    second.done(f"{here}/objections/{objection['id']}/decision", answer)
    assert second.read(f"{here}/objections")["items"][0]["decision"] == "核对无误"
    second.done(f"{here}/signature", seen)
    work(world, made["id"])
    assert first.read(here)["posted"] == 2
    first.done(f"{here}/comparisons", {"list": listed(*rows).decode()})
    first.done(f"{here}/both-run", {"both_run": True})
    assert first.read(here)["both_run"] is True
    day = first.read(f"{here}/comparisons")["items"][0]
    assert (day["equal"], day["missing_there"], day["missing_here"]) == (1, 1, 1)
    first.done(f"{here}/undoing", {"reason": "来源有误"})
    second.done(f"{here}/undoing/signature")
    work(world, made["id"], undoing.undo_chunk)
    assert [each["state"] for each in first.read(IMPORTS)["items"]] == ["undone"]


def test_a_mapping_and_a_sample_come_along(world: World, admins: list[Any]) -> None:
    first = admins[0]
    heads = {"Nr": "old_key", "Wer": "name", "Ausweis": "id_number", "Std": "earned"}
    said = {"columns": heads, "unit": "hours", "words": {"sex": {"Frau": "female"}}}
    moves = {"columns": {"von": "from_key", "an": "to_key", "wieviel": "amount"}, "unit": "hours"}
    papers = {"kind": "certificate", "document": "1", "authority": "样例民政局"}
    body = asked(world) | {
        "members": f"Nr,Wer,Ausweis,Std\n1,林立春,{identity()},1.5\n",
        "mapping": said,
        "transfers": "von,an,wieviel\n,1,1.5\n",
        "transfers_mapping": moves,
        "evidence": papers,
    }
    made = first.done(IMPORTS, body)
    here = f"{IMPORTS}/{made['id']}"
    assert first.read(here)["minutes"] == 90
    assert first.post(f"{here}/publication").json["code"] == "import_sample_open"
    first.done(f"{here}/sample", {"list": "line,confirmed\n1,yes\n"})
    first.done(f"{here}/publication")
    first.done(f"{here}/withdrawal", {"reason": "来源有误"})
    wrong = first.post(IMPORTS, body | {"mapping": {"columns": {"Nr": 1}, "unit": "hours"}})
    assert wrong.status_code == 422


def test_every_bad_row_is_named(world: World, admins: list[Any]) -> None:
    answer = admins[0].post(IMPORTS, asked(world, "1,林立春", line("", "黄谷雨", "")))
    assert (answer.status_code, answer.json["code"]) == (422, "import_rows_bad")
    assert sorted(answer.json["errors"]) == ["rows[1]", "rows[2]"]
    stranger = world.program(world.volunteer)
    assert stranger.post(IMPORTS, asked(world)).status_code == 403
