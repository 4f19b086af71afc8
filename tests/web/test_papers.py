"""Papers: the print page, the PDF and the check page, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member
from services.context import Context
from services.papers.issuing import ALPHABET, PaperKind, issue, spelled, withdraw
from services.papers.reading import masked, read_code
from services.papers.sentences import PaperCodeWrong
from services.policy import SYSTEM
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.web.volunteer_kit import Town, open_town

REGION = LONGWAN
#: What each kind says, and what its page must show in Chinese and in English.
PAPERS: dict[PaperKind, tuple[dict[str, Any], list[str], list[str]]] = {
    PaperKind.GIFT_DEED: (
        {
            "giver": "王秀英",
            "receiver": "李国强",
            "relation": "child",
            "minutes": 218,
            "reference": "G-1",
            "made_on": "2026-03-10",
            "final_on": "2026-03-11T02:00:00+00:00",
            "region": REGION,
        },
        [
            "赠与书",
            "王秀英",
            "李国强",
            "子女",
            "3 小时 38 分",
            "G-1",
            "2026年3月10日",
            "2026年3月11日",
        ],
        ["Deed of gift", "王秀英", "李国强", "Child", "3 h 38 min", "G-1", "10 March 2026"],
    ),
    PaperKind.DONATION_CERTIFICATE: (
        {
            "donor": "王秀英",
            "minutes": 60,
            "reference": "D-1",
            "on": "2026-03-10",
            "to": "group",
            "fund": "独居老人互助金",
            "fund_en": "Fund for those who live alone",
            "criteria": {"lives_alone": True, "age_from": 80, "in_hardship": False},
            "region": REGION,
        },
        ["捐赠证书", "王秀英", "1 小时", "独居老人互助金", "80 岁以上、独居", "不能撤回"],
        ["Certificate of donation", "Fund for those who live alone", "aged 80 or over", "1 h"],
    ),
    PaperKind.DESIGNATION: (
        {
            "member": "王秀英",
            "kind": "designation",
            "on": "2026-03-10",
            "lines": [
                {"name": "李国强", "relation": "child", "parts": 2},
                {"name": "张小梅", "relation": "grandchild", "parts": 1},
            ],
            "reference": "B-1",
        },
        ["受益人指定书", "王秀英", "李国强", "2 份，一共 3 份", "张小梅", "孙子女"],
        ["Designation of beneficiaries", "李国强", "2 of 3 parts", "Grandchild"],
    ),
    PaperKind.ESTATE_NOTICE: (
        {
            "dead": "王**",
            "reference": "E-1",
            "branch": "五马街道网点",
            "from": "2026-03-10",
            "until": "2026-03-24",
            "heirs": [{"relation": "child", "name": "李**"}],
            "region": REGION,
        },
        ["继承公告", "王**", "李**", "五马街道网点", "2026年3月24日"],
        ["Notice of inheritance", "王**", "李**", "24 March 2026"],
    ),
    PaperKind.DIVISION_PROTOCOL: (
        {
            "dead": "王秀英",
            "reference": "E-1",
            "died_on": "2026-02-01",
            "estate_minutes": 101,
            "remainder_minutes": 1,
            "divided_on": "2026-03-25",
            "lines": [
                {
                    "name": name,
                    "relation": "child",
                    "basis": "statutory",
                    "minutes": 50,
                    "state": state,
                }
                for name, state in (("李国强", "paid"), ("李国华", "waiting"))
            ],
            "region": REGION,
        },
        ["继承分配书", "王秀英", "李国强", "李国华", "法定继承", "50 分", "1 小时 41 分", "公益池"],
        ["Record of division", "李国强", "By law", "50 min", "1 h 41 min", "Waits for the heir"],
    ),
    PaperKind.SERVICE_PROOF: (
        {
            "volunteer": "李强",
            "number": "V123456789012",
            "from": "2026-03-01",
            "until": "2026-03-31",
            "minutes": 62,
            "times": 1,
            "services": [{"code": "A04", "zh": "陪聊", "en": "Company", "minutes": 62, "times": 1}],
            "issuer": {"zh": "浙江省温州市龙湾区", "en": "Longwan"},
            "branch": {"zh": "永中网点", "en": "Yongzhong branch"},
            "in_charge": "王平",
            "phone": "057700000000",
            "reference": "2345-6789-ABCD",
        },
        ["志愿服务证明", "1.03 小时", "永中网点", "王平", "陪聊", "1 小时 2 分", "民政部门"],
        [
            "Certificate of volunteer service",
            "1.03 hours",
            "Yongzhong branch",
            "Company",
            "Civil affairs of Longwan",
        ],
    ),
    PaperKind.MOVE_RECEIPT: (
        {
            "mover": "王秀英",
            "number": "10020030040",
            "reference": "M1234-5678",
            "moved_on": "2026-03-10",
            "from": {"zh": "浙江省温州市龙湾区", "en": "Longwan"},
            "from_branch": {"zh": "永中网点", "en": "Yongzhong branch"},
            "to": {"zh": "浙江省温州市鹿城区", "en": "Lucheng"},
            "to_branch": {"zh": "五马网点", "en": "Wuma branch"},
            "coins": [{"kind": "earned", "period": "", "minutes": 218}],
            "minutes": 218,
            "stays": [
                {
                    "kind": "granted",
                    "period": "2026Q1",
                    "minutes": 60,
                    "until": "2026-06-30T16:00:00+00:00",
                }
            ],
            "bookings": [
                {
                    "kind": "request",
                    "fate": "carried",
                    "reference": "1111-2222",
                    "start_at": "2026-03-11T02:00:00+00:00",
                    "service_zh": "陪聊",
                    "service_en": "Company",
                    "parted": [],
                }
            ],
            "overflow_fell_back": False,
        },
        ["搬家回执", "王秀英", "五马网点", "3 小时 38 分", "1 小时留在原地区", "1111-2222"],
        ["Receipt of a move", "Wuma branch", "3 h 38 min", "1 h stays", "Company"],
    ),
}


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    yield from open_town(databases)


def issued(town: Town, kind: PaperKind, about: int = 1) -> str:
    """A paper of the street's elder, issued by the branch."""

    def make(ctx: Any) -> str:
        elder = ctx.session.get_one(Member, town.street.elder)
        return issue(ctx, kind, LONGWAN, UUID(int=about), elder, PAPERS[kind][0])

    return town.street.act(town.street.staff, make)


def words_of(pdf: bytes) -> str:
    """Every text on the pages of a PDF that packs nothing, in the order of drawing."""
    wide = set(re.findall(rb"/Name (/F\d+) /Subtype /Type0", pdf))
    found, font = [], b""
    for name, text in re.findall(rb"(/F\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", pdf, re.DOTALL):
        if name:
            font = name
            continue
        octets = re.sub(rb"\\([0-7]{3}|.)", _unescaped, text, flags=re.DOTALL)
        found.append(octets.decode("utf-16-be" if font in wide else "latin-1"))
    return "".join(found)


def _unescaped(match: re.Match[bytes]) -> bytes:
    text = match.group(1)
    if text.isdigit():
        return bytes([int(text, 8)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(text, text)


@pytest.mark.parametrize("kind", list(PaperKind), ids=[kind.value for kind in PaperKind])
def test_a_paper_says_the_same_on_the_page_and_in_the_pdf(town: Town, kind: PaperKind) -> None:
    code = issued(town, kind)
    elder = town.phone(town.street.elder)
    for language, wanted in (("zh", PAPERS[kind][1]), ("en", PAPERS[kind][2])):
        page = elder.open(f"/giving/papers/{code}?in={language}")
        answer = elder.client.get(f"/giving/papers/{code}.pdf?in={language}")
        assert answer.mimetype == "application/pdf"
        pdf = words_of(answer.data)
        close = pdf.replace(" ", "").replace("\xa0", "")
        for text in [*wanted, spelled(code)]:
            assert text in page, (text, page)
            assert text.replace(" ", "") in close, text
        again = elder.client.get(f"/giving/papers/{code}.pdf?in={language}")
        assert again.data == answer.data
        assert f'lang="{"en" if language == "en" else "zh-CN"}"' in elder.page.text


def test_a_rare_character_is_marked_in_the_pdf(town: Town) -> None:
    rare = {**PAPERS[PaperKind.GIFT_DEED][0], "receiver": "李\U00020bb7强"}
    with patch.dict(PAPERS, {PaperKind.GIFT_DEED: (rare, [], [])}):
        code = issued(town, PaperKind.GIFT_DEED)
    elder = town.phone(town.street.elder)
    assert "李\U00020bb7强" in elder.open(f"/giving/papers/{code}")
    pdf = words_of(elder.client.get(f"/giving/papers/{code}.pdf").data)
    assert not missing(pdf, "李〓强", "写不出来的字")


def test_the_digest_is_over_the_text_that_can_be_saved(town: Town) -> None:
    code = issued(town, PaperKind.GIFT_DEED)
    elder = town.phone(town.street.elder)
    saved = elder.client.get(f"/giving/papers/{code}.json").data
    assert sha256(saved).hexdigest() in town.phone().open(f"/check/{code}")


def test_everybody_checks_a_code_and_sees_masked_names_alone(town: Town) -> None:
    code = issued(town, PaperKind.GIFT_DEED)
    stranger = town.phone()
    stranger.open("/check")
    words = stranger.send("/check", code=spelled(code).lower())
    assert stranger.path == f"/check/{spelled(code)}"
    assert not missing(words, "赠与书", "现在有效", "王**", "李**")
    assert len(missing(words, "王秀英", "李国强", "3 小时")) == 3
    assert "Deed of gift" in town.phone().english().open(f"/check/{code}")


def test_a_paper_that_was_replaced_or_withdrawn_says_so(town: Town) -> None:
    first = issued(town, PaperKind.DESIGNATION)
    second = issued(town, PaperKind.DESIGNATION)
    assert "新的一份代替" in town.phone().open(f"/check/{first}")
    elder = town.phone(town.street.elder)
    assert "新的一份代替" in elder.open(f"/giving/papers/{first}")
    assert "新的一份代替" in words_of(elder.client.get(f"/giving/papers/{first}.pdf").data)
    town.street.act(
        town.street.staff,
        lambda ctx: withdraw(ctx, PaperKind.DESIGNATION, LONGWAN, UUID(int=1), "revoked"),
    )
    assert "已经作废" in town.phone().open(f"/check/{second}")
    assert elder.open("/giving/papers").count("已经作废") == 2


def test_a_wrong_code_is_told_from_an_unknown_one(town: Town) -> None:
    stranger = town.phone()
    stranger.open("/check")
    assert "查验码不对" in stranger.send("/check", 422, code="ABCD")
    assert "没有这个查验码" in stranger.open("/check/222222222222", 404)
    assert "请填写文书上的查验码" in stranger.send("/check", 422, code="")


def test_wrong_codes_are_throttled_and_right_ones_are_not(make_app: Callable[..., Flask]) -> None:
    app = make_app("demo")
    code = app.extensions["timebank"].uow.run(_of_somebody)
    browser = app.test_client()
    right = [browser.get(f"/check/{code}").status_code for _ in range(35)]
    wrong = [browser.get("/check/222222222222").status_code for _ in range(15)]
    wrong += [browser.get("/api/v1/papers/check/222222222222").status_code for _ in range(16)]
    assert (right, wrong) == ([200] * 35, [404] * 30 + [429])
    assert browser.get("/check").status_code == 200


def _of_somebody(session: Session) -> str:
    """A deed of a member of the world."""
    giver = session.get_one(Member, factories.create_elder(session))
    ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT)
    content = PAPERS[PaperKind.GIFT_DEED][0]
    return issue(ctx, PaperKind.GIFT_DEED, LONGWAN, UUID(int=1), giver, content)


def test_one_slip_in_a_code_always_shows() -> None:
    code = "23456789ABC" + "K"
    code = next(code[:-1] + last for last in ALPHABET if _fits(code[:-1] + last))
    for place, char in enumerate(code):
        for other in ALPHABET:
            assert other == char or not _fits(code[:place] + other + code[place + 1 :])
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert code[place] == code[place + 1] or not _fits(swapped)
    assert read_code(f" {code[:4].lower()}－{code[4:8]} {code[8:]}") == code


def _fits(code: str) -> bool:
    try:
        read_code(code)
    except PaperCodeWrong:
        return False
    return True


def test_masking_leaves_family_names_alone() -> None:
    shown = masked(PAPERS[PaperKind.DIVISION_PROTOCOL][0])
    assert [shown["dead"], *(each["name"] for each in shown["lines"])] == ["王**", "李**", "李**"]
    assert shown["estate_minutes"] == 101


def test_who_reads_a_paper_and_that_it_is_on_record(town: Town) -> None:
    code = issued(town, PaperKind.GIFT_DEED)
    street = town.street
    stranger = street.uow.run(lambda session: factories.create_member(session, name="赵六"))
    auditor = street.uow.run(lambda session: factories.create_auditor(session, LONGWAN))
    town.phone(stranger).open(f"/giving/papers/{code}", 403)
    town.phone(stranger).open(f"/giving/papers/{code}.pdf", 403)
    assert looks(town) == 0
    assert "王秀英" in town.phone(street.staff).open(f"/giving/papers/{code}")
    seen = town.phone(auditor).open(f"/giving/papers/{code}")
    assert missing(seen, "王秀英", "王**", "会留下记录") == ["王秀英"]
    town.phone(auditor).open(f"/giving/papers/{code}.json", 403)
    assert looks(town) == 2
    clerk = town.phone(street.staff)
    assert "赠与书" in clerk.open(f"/branch/members/{street.elder}/papers")
    assert looks(town) == 3


def missing(words: str, *wanted: str) -> list[str]:
    """Which of some texts are not there."""
    return [text for text in wanted if text not in words]


def looks(town: Town) -> int:
    """How often somebody else's look is on record."""
    return town.street.count(AuditRecord, AuditRecord.act == "paper.read")
