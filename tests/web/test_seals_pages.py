"""The seals on pages: one's own receipt, the public lists and keys, and what a stranger checks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from models.ledger import Transfer
from models.people import Member
from services.reversing.posting import reverse_posting
from tests import factories
from tests.databases import ROOT, Databases
from tests.factories import LONGWAN, LUCHENG
from tests.web.elder_kit import credited, elder_town, relative, visit_path
from tests.web.volunteer_kit import Town
from timebank.edge import Timebank
from timebank.seals.sealing import publish, ring_of, rotate, seal_all


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes."""
    yield from elder_town(databases)


@pytest.fixture
def sealer(town: Town, tmp_path: Path) -> Timebank:
    """The town's sealer, with an instance folder of its own and witnesses as a demo has them."""
    held: Timebank = town.app.extensions["timebank"]
    return replace(held, settings=replace(held.settings, instance=tmp_path, env="demo"))


def transfer_of(town: Town, visit: UUID) -> UUID:
    found = town.street.visit(visit).transfer_id
    assert found is not None
    return found


def proof_path(transfer: UUID, ending: str = ".json", book: str = LONGWAN) -> str:
    return f"/seals/{book}/{transfer}{ending}"


def made(town: Town, maker: Callable[..., UUID], *words: object) -> UUID:
    """A new member of some kind."""
    return town.street.uow.run(lambda session: maker(session, *words))


def checked(*arguments: object) -> tuple[int, str]:
    """The offline check as anybody runs it: a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "services.ledger.check", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def flipped(text: str, after: str) -> str:
    """The text with one digit changed, the first one after a mark."""
    place = text.index(after) + len(after)
    return text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]


def test_a_receipt_says_where_it_is_sealed(town: Town, sealer: Timebank) -> None:
    visit = credited(town)
    elder = town.phone(town.street.elder)
    words = elder.open(visit_path(visit, "/receipt"))
    assert "还没有封存，几分钟后再看。" in words
    assert "下载证明文件" not in words
    seal_all(sealer)
    words = elder.open(visit_path(visit, "/receipt"))
    assert "这笔记录已封存（第 1 号区块，2026年3月11日 周三）。" in words
    assert "它会写进下一份清单" in words
    publish(replace(sealer, settings=replace(sealer.settings, env="test")))
    assert "的清单还缺 2 位见证人的签名。" in elder.open(visit_path(visit, "/receipt"))
    publish(sealer)
    words = elder.open(visit_path(visit, "/receipt"))
    assert "2026年3月11日 周三 的清单还缺 2 位" in words, (
        "a list names its witnesses when it is signed"
    )
    town.now += timedelta(days=1)
    publish(sealer)
    assert "第 1 号区块" in elder.open(visit_path(visit, "/receipt"))
    words = town.phone(town.street.elder).english().open(visit_path(visit, "/receipt"))
    assert "This record is sealed (block 1, Wed 11 March 2026)." in words


def test_everybody_who_sees_the_transfer_gets_its_proof(town: Town, sealer: Timebank) -> None:
    visit = credited(town)
    publish(sealer)
    transfer = transfer_of(town, visit)
    link = f'href="{proof_path(transfer)}"'
    book = f"/{LONGWAN}/transfers/{transfer}"
    pages = {
        town.street.elder: visit_path(visit, "/receipt"),
        relative(town, "see"): visit_path(visit, "/receipt", f"/elder/for/{town.street.elder}"),
        town.street.volunteer: f"/volunteer/visits/{visit}/receipt",
        town.street.staff: f"/branch/visits/{LONGWAN}/{visit}",
        made(town, factories.create_region_admin): f"/admin{book}",
        made(town, factories.create_auditor): f"/audit/books{book}",
    }
    answers = set()
    for who, page in pages.items():
        phone = town.phone(who)
        words = phone.open(page)
        assert link in phone.page.text, page
        assert "2026年3月11日 周三 的清单已有 2 位见证人签名。" in words
        answer = phone.client.get(proof_path(transfer))
        assert answer.status_code == 200, page
        assert answer.headers["Cache-Control"] == "no-store"
        name = f'attachment; filename="timebank-receipt-{transfer}.json"'
        assert answer.headers["Content-Disposition"] == name
        answers.add(answer.get_data(as_text=True))
    (text,) = answers
    for person in (town.street.elder, town.street.volunteer):
        assert name_of(town, person) not in text


def name_of(town: Town, member: UUID) -> str:
    return town.street.look(lambda session: session.get_one(Member, member).name)


def test_nobody_else_gets_it(town: Town, sealer: Timebank) -> None:
    visit = credited(town)
    transfer = transfer_of(town, visit)
    seal_all(sealer)
    strangers = [
        made(town, factories.create_volunteer),
        relative(town, name="李无关"),
        made(town, factories.create_auditor, LUCHENG),
        made(town, factories.create_region_admin, LUCHENG),
        made(town, factories.create_staff, made(town, factories.create_branch)),
    ]
    for number, who in enumerate(strangers):
        for ending in ("", ".json"):
            answer = town.phone(who).client.get(proof_path(transfer, ending))
            assert answer.status_code == 404, (number, ending)
            assert "block" not in answer.get_data(as_text=True)
    nobody = town.phone().client.get(proof_path(transfer))
    assert nobody.status_code == 303
    assert "/login" in nobody.location
    elder = town.phone(town.street.elder)
    for path in (proof_path(uuid4()), proof_path(transfer, book=LUCHENG), "/seals/x/y.json"):
        assert elder.client.get(path).status_code == 404


def test_before_it_is_sealed_there_is_no_file(town: Town) -> None:
    transfer = transfer_of(town, credited(town))
    elder = town.phone(town.street.elder)
    assert "还没有封存" in elder.open(proof_path(transfer), status=409)


def test_rows_without_a_visit_and_reversals_have_a_page(town: Town, sealer: Timebank) -> None:
    visit = credited(town)
    admin = town.street.admins[0]
    undone = transfer_of(town, visit)
    back = town.street.act(
        admin, lambda ctx: reverse_posting(ctx, LONGWAN, undone, "wrong_time"), now=town.now
    )
    seal_all(sealer)
    elder = town.phone(town.street.elder)
    elder.open("/elder/coins")
    assert f'href="{proof_path(back, "")}"' in elder.page.text
    given = town.street.look(
        lambda session: session.scalars(
            sa.select(Transfer.id).where(Transfer.book == LONGWAN, Transfer.kind == "issue")
        ).all()
    )
    shown = [each for each in given if proof_path(each, "") in elder.page.text]
    assert len(shown) == 1, "the coins that were given; the pool's own are not hers to see"
    assert str(shown[0]) in elder.open(proof_path(shown[0], ""))
    assert elder.client.get(proof_path(back)).status_code == 200
    for other in set(given) - set(shown):
        assert elder.client.get(proof_path(other)).status_code == 404
    volunteer = town.mine()
    volunteer.open("/volunteer/coins")
    assert volunteer.client.get(proof_path(back)).status_code == 200
    assert volunteer.client.get(proof_path(shown[0])).status_code == 404


def test_the_public_page_without_and_with_lists(town: Town, sealer: Timebank) -> None:
    browser = town.phone()
    words = browser.open("/seals")
    assert "还没有公布过清单" in words
    assert "还没有公钥" in words
    browser.open("/")
    assert 'href="/seals"' in browser.page.text
    credited(town)
    publish(replace(sealer, settings=replace(sealer.settings, env="test")))
    words = browser.open("/seals")
    assert "还缺 2 位" in words
    assert "这里是演示" not in words
    town.now += timedelta(days=1)
    publish(sealer)
    words = browser.open("/seals")
    assert "演示 demo 1" in words
    assert "这里是演示" in words
    old = ring_of(sealer).in_force
    town.now += timedelta(hours=1)
    new, _ = rotate(sealer)
    words = browser.open("/seals")
    assert old is not None
    assert old.public_key in words
    assert new.public_key in words
    assert "已停用" in words
    assert f"--key {new.public_key}" in words
    for person in (town.street.elder, town.street.volunteer):
        assert name_of(town, person) not in words


def test_many_days_have_pages(town: Town, sealer: Timebank) -> None:
    credited(town)
    for _ in range(22):
        publish(sealer)
        town.now += timedelta(days=1)
    browser = town.phone()
    first, second = browser.open("/seals"), browser.open("/seals?page=2")
    assert "共 22 条" in first
    assert "第 2 页，共 2 页" in second
    assert "2026年4月1日" in first
    assert "2026年4月1日" not in second
    assert "2026年3月11日" in second
    assert "2026年3月11日" in browser.open("/seals?page=99")


def test_a_stranger_checks_what_was_downloaded(
    town: Town, sealer: Timebank, tmp_path: Path
) -> None:
    visit = credited(town)
    publish(sealer)
    town.now += timedelta(days=1)
    town.street.issue(7)
    publish(sealer)
    phone, anybody = town.phone(town.street.elder), town.phone()
    receipt, first, second = (tmp_path / f"{name}.json" for name in ("receipt", "one", "two"))
    receipt.write_bytes(phone.client.get(proof_path(transfer_of(town, visit))).data)
    first.write_bytes(anybody.client.get("/seals/2026-03-11.json").data)
    second.write_bytes(anybody.client.get("/seals/2026-03-12.json").data)
    ring = ring_of(sealer)
    assert ring.in_force is not None
    pins = ["--key", ring.in_force.public_key]
    for witness in ring.witnesses():
        pins += ["--witness-key", witness.public_key]
    code, said = checked(receipt, first, second, *pins)
    assert code == 0, said
    assert "没有发现问题" in said
    forged = tmp_path / "forged.json"
    altered = {
        receipt: ('"amount_minutes": ', '"amount_minutes": -', '"posted_at": "', '"root": "'),
        second: ('\\"root\\":\\"', '"signature": "', '\\"size\\":'),
    }
    for path, marks in altered.items():
        text = path.read_text(encoding="utf-8")
        for mark in marks:
            forged.write_text(flipped(text, mark), encoding="utf-8")
            code, said = checked(forged, *pins)
            assert code == 1, (path.name, mark, said)
            assert "Traceback" not in said


def test_a_list_is_what_the_command_writes_and_is_not_sent_twice(
    town: Town, sealer: Timebank, tmp_path: Path
) -> None:
    credited(town)
    publish(sealer)
    town.now += timedelta(days=1)
    publish(sealer)
    browser = town.phone()
    path = "/seals/2026-03-12.json"
    answer = browser.client.get(path)
    out = tmp_path / "heads.json"
    words = ["seals", "heads", "--day", "2026-03-12", "--output", str(out)]
    assert town.app.test_cli_runner().invoke(args=words).exit_code == 0
    assert answer.data == out.read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    name = 'attachment; filename="timebank-heads-2026-03-12.json"'
    assert answer.headers["Content-Disposition"] == name
    again = browser.client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    since = browser.client.get(f"{path}?since=2026-03-11")
    assert json.loads(since.data)["since_day"] == "2026-03-11"
    for wrong in ("2026-03-13", "20260312", "2026-W11-4", "x", "2026-02-30"):
        assert browser.client.get(f"/seals/{wrong}.json").status_code == 404
    assert browser.client.get(f"{path}?since=2026-03-12").status_code == 404
    assert browser.client.get(f"{path}?since=x").status_code == 404
