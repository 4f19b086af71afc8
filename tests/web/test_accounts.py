"""An account that is carried along, on the pages: stated, closed, handed out, taken in, checked."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from models.ledger import AccountKind
from models.oversight import AuditRecord
from models.people import Member, MemberStatus
from services.ledger.seals.account_file import read_account, write_account
from services.ledger.seals.signing import SigningKey
from services.people.kin import record_kinship
from services.policy import SYSTEM
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.portable.conftest import HERE, LATER, THERE, House
from tests.services.portable.test_portable import arrives, id_number_of, one_who_leaves
from tests.services.visits.conftest import street_at
from tests.web.test_papers import words_of
from tests.web.volunteer_kit import Browser, Town, the_app
from timebank.edge import Timebank
from timebank.seals.keys import drop_key, keep_key

PAGE = "/giving/account"
LEAVE = f"{PAGE}/leave"
TAKE_IN = f"/admin/{LONGWAN}/imports/account"
CHECK = "/check/account"


@dataclass(kw_only=True)
class Installed(Town):
    """The town as an installation with a key of its own, which knows another one."""

    house: House
    instance: Path

    def leaver(self, minutes: int = 90) -> UUID:
        """A member with coins, and nothing in the way."""
        return one_who_leaves(self.house, minutes)

    def audited(self, act: str) -> int:
        """How many records of an act there are."""
        return self.street.count(AuditRecord, AuditRecord.act == act)

    def nation(self) -> UUID:
        """A national administrator."""
        made: UUID = self.street.act(
            SYSTEM, lambda ctx: factories.create_national_admin(ctx.session)
        )
        return made

    def stated(self, member: UUID) -> tuple[Browser, str]:
        """A telephone of the member, and the address of a statement made on it."""
        phone = self.phone(member)
        phone.open(PAGE)
        phone.send(PAGE)
        return phone, link_of(phone, ".json")


@pytest.fixture
def town(databases: Databases, tmp_path: Path) -> Iterator[Installed]:
    url, engine, street = street_at(databases, "sqlite")
    house = House(street, HERE, url)
    house.found(THERE)
    keep_key(tmp_path, HERE)
    app = the_app()
    made = Installed(street=street, app=app, now=LATER, house=house, instance=tmp_path)
    held: Timebank = app.extensions["timebank"]
    settings = replace(held.settings, instance=tmp_path)
    app.extensions["timebank"] = replace(
        held, uow=street.uow, clock=lambda: made.now, settings=settings
    )
    yield made
    app.extensions["timebank"] = held
    engine.dispose()
    databases.discard(url)


@pytest.fixture
def far(databases: Databases) -> Iterator[House]:
    """The other installation, whose closing statements come in here."""
    url, engine, street = street_at(databases, "sqlite")
    house = House(street, THERE, url)
    house.found(HERE)
    yield house
    engine.dispose()
    databases.discard(url)


def link_of(browser: Browser, ending: str) -> str:
    """The first link of the page that is open with this ending."""
    links = [part.split('"')[0] for part in browser.page.text.split('href="')[1:]]
    return next(each for each in links if each.endswith(ending))


def carry(browser: Browser, path: str, raw: bytes, status: int = 200, **answers: str) -> str:
    """Send a file with the form of a page."""
    browser.open(path)
    data = {**browser.hidden(), **answers, "file": (io.BytesIO(raw), "account.json")}
    browser.page = browser.client.post(path, data=data, follow_redirects=True)
    assert browser.page.status_code == status, browser.text
    return browser.text


def test_a_member_takes_a_statement_as_file_and_on_paper(town: Installed) -> None:
    member = town.leaver()
    assert "带走我的账户" in town.phone(member).open("/giving")
    phone, path = town.stated(member)
    assert "对账单开好了" in phone.page.text
    answer = phone.client.get(path)
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    statement = UUID(path.rpartition("/")[2].removesuffix(".json"))
    assert answer.data == town.house.text(statement).encode()
    assert read_account(answer.text).total_minutes == 90
    assert town.house.posted(member, AccountKind.EARNED) == 90
    neighbour = town.phone(town.street.elder)
    assert neighbour.client.get(path).status_code == 404
    assert town.phone().client.get(path).status_code == 303


def test_the_paper_says_what_the_file_says(town: Installed) -> None:
    member = town.leaver(218)
    phone, path = town.stated(member)
    raw = phone.client.get(path).data
    account = read_account(raw.decode())
    name, number = account.given["member"]["name"], account.given["member"]["number"]
    always = [name, str(account.id), HERE.key_id, sha256(raw).hexdigest(), account.seals[0].root]
    always.append(account.given["rule_set"]["hash"])
    for language, words in (
        ("zh", ["账户对账单", "自己挣的", "3小时38分", "实际服务和荣誉", "还没有星", "第1块"]),
        ("en", ["Statementofaccount", "3h38min", "Nostaryet", "block1"]),
    ):
        answer = phone.client.get(path.replace(".json", f".pdf?in={language}"))
        assert answer.mimetype == "application/pdf"
        close = "".join(words_of(answer.data).split()).replace("\xa0", "")
        wanted = [*words, *always]
        assert [each for each in wanted if each not in close] == []
        assert number in close.replace("-", "")


def test_without_its_key_nothing_is_signed_and_a_sentence_says_so(town: Installed) -> None:
    member = town.leaver()
    drop_key(town.instance, HERE.key_id)
    phone = town.phone(member)
    phone.open(PAGE)
    assert "签名用的密钥不在" in phone.send(PAGE, 422)
    english = town.phone(member).english()
    english.open(PAGE)
    assert "the key that signs it is missing" in english.send(PAGE, 422)
    # The same where what lies in the folder is no longer in force.
    clerk = town.phone(town.street.staff)
    path = f"/branch/members/{member}/account"
    clerk.open(path)
    assert "签名用的密钥不在" in clerk.send(path, 422)
    keep_key(town.instance, HERE)
    assert "对账单开好了" in clerk.send(path)


def test_what_waits_for_its_seal_is_said_on_the_form(town: Installed) -> None:
    town.street.give_coins(town.street.volunteer, 30)
    phone = town.mine()
    phone.open(PAGE)
    assert "还没有封存" in phone.send(PAGE, 422)


def test_closing_from_the_first_page_to_the_file(town: Installed) -> None:
    member = town.leaver()
    phone = town.phone(member)
    assert "销户，把时间带走" in phone.open(PAGE)
    assert "另一个平台" in phone.open(LEAVE)
    assert "请选一个接收平台" in phone.send(LEAVE, 422)
    words = phone.send(LEAVE, receiver=THERE.key_id)
    for said in ("1 小时 30 分，全部转出", "不能再登录", "不能撤回"):
        assert said in words, (said, words)
    path = f"{LEAVE}/{THERE.key_id}"
    phone.send(path)
    assert phone.path == f"{path}/code"
    assert "验证码不对" in phone.send(f"{path}/code", 422, code="000000")
    town.now += timedelta(minutes=1)
    phone.send(f"{path}/code/again")
    code = town.house.newest_code(member)
    words = phone.send(f"{path}/code", code=code)
    assert phone.path == "/account/closed"
    assert "请现在就把文件存下来" in words
    file = phone.client.get("/account/closed.json")
    raw = file.data
    account = read_account(raw.decode())
    # Nobody is logged in by now, and a shared computer keeps no copy all the same.
    assert file.headers["Cache-Control"] == "no-store"
    assert (account.receiver, account.debited_minutes) == (THERE.key_id, 90)
    assert phone.client.get("/account/closed.pdf").mimetype == "application/pdf"
    assert phone.client.get(PAGE).status_code == 303
    assert "到原来的网点再拿一份" in town.phone().open("/account/closed.json")
    town.now += timedelta(hours=1)
    for path in ("/account/closed.json", "/account/closed.pdf"):
        assert "一个小时" in phone.open(path)
        assert phone.page.mimetype == "text/html"
    # The counter hands the same file out again; each look is recorded.
    clerk = town.phone(town.street.staff)
    assert "还是原来那一份" in clerk.open(f"/branch/members/{member}/account")
    assert clerk.client.get(link_of(clerk, ".json")).data == raw
    assert town.audited("account.read") == 1


def test_every_reason_in_the_way_stands_on_the_page(town: Installed) -> None:
    elder = town.street.elder
    town.street.give_coins(elder, 600)
    town.house.seal()
    town.street.ask()
    for browser, path in (
        (town.phone(elder), LEAVE),
        (town.phone(elder), f"{LEAVE}/{THERE.key_id}"),
        (town.phone(town.street.staff), f"/branch/members/{elder}/account/leave"),
    ):
        words = browser.open(path)
        assert "还有 1 项求助没有了结" in words
        assert "预留着" in words
        assert "验证码" not in words
    english = town.phone(elder).english().open(LEAVE)
    assert "1 requests for help are still open" in english
    sent = town.phone(elder)
    sent.open(PAGE)
    assert "还有 1 项求助没有了结" in sent.send(f"{LEAVE}/{THERE.key_id}", 422)


def test_nobody_closes_towards_a_stranger_or_without_a_telephone(town: Installed) -> None:
    member = town.leaver()
    phone = town.phone(member)
    phone.open(f"{LEAVE}/{'ab' * 32}", 404)
    nation = town.phone(town.nation())
    nation.open("/admin/installations")
    nation.send(f"/admin/installations/{THERE.key_id}/remove")
    assert "没有地方可带" in phone.open(LEAVE)


def test_the_counter_closes_with_the_card_on_the_table(town: Installed) -> None:
    member = town.leaver()
    clerk, number = town.phone(town.street.staff), id_number_of(town.house, member)
    clerk.open(f"/branch/members/{member}")
    assert link_of(clerk, "/account") == f"/branch/members/{member}/account"
    path = f"/branch/members/{member}/account/leave"
    assert "念给本人听" in clerk.open(path)
    answers = {"receiver": THERE.key_id, "id_number": number, "present": "y"}
    assert "本人在场" in clerk.send(path, 422, receiver=THERE.key_id, id_number=number)
    wrong = id_number_of(town.house, town.street.elder)
    assert "不一样" in clerk.send(path, 422, **{**answers, "id_number": wrong})
    assert "已经销户" in clerk.send(path, **answers)
    assert clerk.client.get(link_of(clerk, ".pdf")).mimetype == "application/pdf"
    row = town.street.look(lambda session: session.get_one(Member, member))
    assert row.status is MemberStatus.CLOSED
    assert "no longer in use" in clerk.english().open(f"/branch/members/{member}/account")


def test_a_clerk_does_not_close_for_kin(town: Installed) -> None:
    member, staff = town.leaver(), town.street.staff
    other = town.street.look(lambda session: factories.clerk(session, town.street.branch))
    town.street.act(other, lambda ctx: record_kinship(ctx, staff, member, "sibling", "户口簿"))
    clerk, path = town.phone(staff), f"/branch/members/{member}/account/leave"
    clerk.open(path)
    said = clerk.send(
        path,
        422,
        receiver=THERE.key_id,
        id_number=id_number_of(town.house, member),
        present="y",
    )
    assert "自己或亲属销户" in said


def test_everybody_checks_a_file_and_nothing_is_kept(
    town: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, path = town.stated(town.leaver())
    raw = phone.client.get(path).data
    before = town.audited("account.read")
    stranger = town.phone()
    words = carry(stranger, CHECK, raw)
    for said in ("文件是真的", "一个字节也没有改过", "是这里 2026年3月10日开出的", "✓"):
        assert said in words, (said, words)
    assert "account statement" not in words
    name = read_account(raw.decode()).given["member"]["name"]
    assert name not in words
    words = carry(stranger, CHECK, raw.replace(b"90", b"91", 1), 422)
    assert "没有通过查验" in words
    assert "✗" in words
    assert "请选对账单的文件" in stranger.send(CHECK, 422)
    assert "不认识这种文件" in carry(stranger, CHECK, b"{}", 422)
    assert "不完整或已损坏" in carry(stranger, CHECK, b"\xff\x00", 422)
    for module in ("timebank.web.public.accounts", "services.portable.checking"):
        monkeypatch.setattr(f"{module}.LONGEST", len(raw) - 1)
    assert "不完整或已损坏" in carry(stranger, CHECK, raw, 422)
    monkeypatch.undo()
    english = carry(town.phone().english(), CHECK, raw)
    assert "not a byte was changed" in english
    assert "由运营方" not in english
    assert town.audited("account.read") == before


def test_who_signed_a_file_is_told_apart(town: Installed, far: House) -> None:
    theirs = far.text(far.state(one_who_leaves(far))).encode()
    words = carry(town.phone(), CHECK, theirs)
    assert "它是由另一个平台签名的，不是我们开出的" in words
    forged = write_account(read_account(theirs.decode()).given, SigningKey(bytes(31) + b"\7"))
    assert "签名不成立" in carry(town.phone(), CHECK, forged.encode(), 422)
    nation = town.phone(town.nation())
    nation.open("/admin/installations")
    nation.send(f"/admin/installations/{THERE.key_id}/remove")
    assert "谁都可能写出这样的文件" in carry(town.phone(), CHECK, theirs, 422)


def test_a_digest_says_whether_such_a_file_went_out(town: Installed) -> None:
    phone, path = town.stated(town.leaver())
    digest = sha256(phone.client.get(path).data).hexdigest()
    stranger = town.phone()
    assert "账户对账单是这里 2026年3月10日开出的" in stranger.open(f"{CHECK}/{digest}")
    assert "issued here on 10 March 2026" in town.phone().english().open(f"{CHECK}/{digest}")
    for other in ("ab" * 32, "ab"):
        assert "没有开出过有这个指纹" in stranger.open(f"{CHECK}/{other}", 404)


def test_the_nation_knows_other_installations(town: Installed) -> None:
    nation, new = town.phone(town.nation()), SigningKey(bytes(31) + b"\5")
    words = nation.open("/admin/installations")
    assert HERE.public_key in words.replace(" ", "")
    assert HERE.key_id in words.replace(" ", "")
    answers = {"public_key": new.public_key, "name": "新平台", "name_en": "New"}
    path = "/admin/installations"
    assert "64 位十六进制" in nation.send(path, 422, **{**answers, "public_key": "12"})
    assert "本平台自己的公钥" in nation.send(
        path, 422, **{**answers, "public_key": HERE.public_key}
    )
    assert "新平台" in nation.send(path, **answers)
    assert "已经登记过了" in nation.send(path, 422, **answers)
    assert "移除" in nation.send(f"{path}/{new.key_id}/remove")
    nation.send(f"{path}/{new.key_id}/remove", 422)
    assert "Installations known here" in nation.english().open(path)
    town.phone(town.street.admins[0]).open(path, 403)


def test_a_region_takes_a_closing_statement_in(town: Installed, far: House) -> None:
    member = one_who_leaves(far)
    number, raw = id_number_of(far, member), far.text(far.close(member, HERE.key_id)).encode()
    admin = town.phone(town.street.admins[0])
    answers = {"id_number": number, "branch": str(town.street.branch)}
    assert "收入销户对账单" in admin.open(f"/admin/{LONGWAN}/imports")
    assert "还没有核验过身份的账户" in carry(admin, TAKE_IN, raw, 422, **answers)
    arrives(town.house, number)
    other = id_number_of(town.house, town.street.elder)
    assert "不是同一个人" in carry(admin, TAKE_IN, raw, 422, **{**answers, "id_number": other})
    broken = raw.replace(b"90", b"91", 1)
    assert "被改动过" in carry(admin, TAKE_IN, broken, 422, **answers)
    assert "可以转入的行 1" in carry(admin, TAKE_IN, raw, **answers)
    assert admin.path.startswith(f"/admin/{LONGWAN}/imports/")
    second = town.phone(town.street.admins[1])
    assert "已经收过了" in carry(second, TAKE_IN, raw, 422, **answers)
    assert "Take in a closing statement" in second.english().open(TAKE_IN)
    town.phone(town.street.staff).open(TAKE_IN, 403)


def test_the_file_is_one_line_of_canonical_json(town: Installed) -> None:
    phone, path = town.stated(town.leaver())
    raw = phone.client.get(path).data
    text = json.dumps(json.loads(raw), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert raw == text.encode()
