"""The pages of flags: the list, what is behind one, a conclusion, a sheet, and who sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from models.flags import Flag, FlagScan
from models.oversight import AuditRecord
from models.sheets import WorkSheet
from services.policy import REGION_ADMIN
from services.rules.flags import RULES
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.web.audit_kit import audited_world, auditor, holder, paid_visit, words
from tests.web.client import Browser
from tests.web.flags_kit import raise_flag
from tests.web.xlsx import Workbook
from timebank.jobs import flags as jobs
from timebank.web.oversight.flag_words import CODES, figures_of

LIST = "/oversight/flags"


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def look(app: Flask) -> Callable[..., Any]:
    """Reads something from the database."""

    def read(work: Callable[..., Any], *more: Any) -> Any:
        with app.extensions["timebank"].uow.read() as session:
            return work(session, *more)

    return read


@pytest.fixture
def sees(look: Callable[..., Any], login_as: Callable[[UUID], Browser]) -> Callable[..., Browser]:
    """A browser of the auditor of a scope."""
    return lambda scope=LONGWAN: login_as(look(auditor, scope))


def get(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return str(answer.get_data(as_text=True))


def test_from_the_list_to_what_is_behind_it(
    given: Callable[..., UUID], look: Callable[..., Any], sees: Callable[..., Browser]
) -> None:
    flag = given(raise_flag)
    browser = sees()
    page = get(browser, LIST)
    assert "同时在两处" in words(page)
    assert f"{LIST}/{LONGWAN}/{flag}" in page
    one = get(browser, f"{LIST}/{LONGWAN}/{flag}")
    said = words(one)
    assert "重叠的分钟 47" in said
    assert "至少重叠（秒） 900" in said
    assert "补写的时间常常凑整" in said
    visit = look(paid_visit)
    assert f"/audit/books/{LONGWAN}/visits/{visit.id}" in one
    assert f"transfer={visit.transfer_id}&amp;flag={flag}" in one, "the way to a proposal"
    assert look(lambda s: s.query(AuditRecord).filter_by(act="flag.read").count()) == 1


def test_filters_are_the_address(given: Callable[..., UUID], sees: Callable[..., Browser]) -> None:
    given(raise_flag)
    browser = sees()
    assert "没有符合条件" in get(browser, f"{LIST}?code=travel")
    assert "没有符合条件" in get(browser, f"{LIST}?state=cleared")
    assert "同时在两处" in words(get(browser, f"{LIST}?code=overlap&state=all&sort=happened"))
    assert "没有符合条件" in get(browser, f"{LIST}?first=2030-01-01")


def test_a_conclusion_and_a_sheet(
    given: Callable[..., UUID],
    look: Callable[..., Any],
    sees: Callable[..., Browser],
    login_as: Callable[[UUID], Browser],
) -> None:
    flag = given(raise_flag)
    browser, here = sees(), f"{LIST}/{LONGWAN}/{flag}"
    answer = browser.post(f"{here}/decision", data={"idempotency_key": "a", "state": "upheld"})
    assert answer.status_code == 422
    assert "请写明得出这个结论的理由" in answer.get_data(as_text=True)
    told = {"idempotency_key": "b", "state": "upheld", "reason": "两家都说只来了一个"}
    assert browser.post(f"{here}/decision", data=told).status_code == 303
    page = words(get(browser, here))
    assert "两家都说只来了一个" in page
    assert "下结论" not in page
    admin = login_as(look(holder, REGION_ADMIN))
    sheet = {"idempotency_key": "c", "kind": "supervision"}
    assert admin.post(f"{here}/sheet", data=sheet).status_code == 303
    made = look(lambda s: s.query(WorkSheet.id).filter_by(subject_id=flag).scalar())
    assert str(made) in get(admin, here)
    assert look(lambda s: s.get(Flag, (LONGWAN, flag)).sheet_id) == made


def test_whom_it_speaks_of_finds_no_form(
    given: Callable[..., UUID], look: Callable[..., Any], login_as: Callable[[UUID], Browser]
) -> None:
    admin = look(holder, REGION_ADMIN)
    about: dict[str, Any] = {
        "subject_kind": "administrator",
        "subject_id": admin,
        "people": (admin,),
    }
    flag = given(lambda session: raise_flag(session, "entry_burst", **about))
    browser, here = login_as(admin), f"{LIST}/{LONGWAN}/{flag}"
    assert "记下结论" not in get(browser, here)
    told = {"idempotency_key": "b", "state": "cleared", "reason": "是我自己录的，没有问题"}
    assert browser.post(f"{here}/decision", data=told).status_code == 403


def test_the_file_has_exactly_these_rows(
    given: Callable[..., UUID], look: Callable[..., Any], sees: Callable[..., Browser]
) -> None:
    given(raise_flag)
    browser = sees()
    csv = browser.post(f"{LIST}/export", data={"form": "csv"}).get_data(as_text=True)
    assert csv.count("\n") == 2
    assert "overlap" in csv
    none = browser.post(f"{LIST}/export?code=travel", data={"form": "csv"})
    assert none.get_data(as_text=True).count("\n") == 1
    xlsx = browser.post(f"{LIST}/export", data={"form": "xlsx"}).get_data()
    assert Workbook(xlsx).names == ["说明", "数据"]
    assert browser.post(f"{LIST}/export", data={"form": "exe"}).status_code == 404
    assert look(lambda s: s.query(AuditRecord).filter_by(act="flag.export").count()) == 3


def test_another_regions_flags_are_not_there(
    given: Callable[..., UUID],
    look: Callable[..., Any],
    sees: Callable[..., Browser],
    login_as: Callable[[UUID], Browser],
) -> None:
    flag = given(raise_flag)
    far = sees(LUCHENG)
    assert "没有符合条件" in get(far, LIST)
    get(far, f"{LIST}/{LONGWAN}/{flag}", 404)
    visit = look(paid_visit)
    get(login_as(visit.provider_id), LIST, 403)
    get(login_as(visit.elder_id), f"{LIST}/{LONGWAN}/{flag}", 403)


def test_every_code_has_words_and_every_figure_a_name(app: Flask) -> None:
    assert set(CODES) == set(RULES)
    with app.test_request_context():
        assert figures_of({"minutes": [60, 1_200], "members": ["x"], "died_at": 1_772_294_400}) == [
            (figures_of({"minutes": 1})[0][0], "60、1,200"),
            (figures_of({"died_at": 0})[0][0], "2026-03-01 00:00"),
        ]
        assert figures_of({"way": "voice"})[0][1] == "电话确认"


def test_english(given: Callable[..., UUID], sees: Callable[..., Browser]) -> None:
    flag = given(raise_flag)
    browser = sees()
    browser.set_cookie("lang", "en")
    assert "In two places at once" in words(get(browser, LIST))
    assert "Minutes in common 47" in words(get(browser, f"{LIST}/{LONGWAN}/{flag}"))


def test_the_job_and_the_command_look_through_every_book(
    app: Flask, look: Callable[..., Any]
) -> None:
    held = app.extensions["timebank"]
    assert jobs.scan_news(held) == 0
    assert jobs.scan_all(held) == 0
    books = look(lambda s: {row.book for row in s.query(FlagScan)})
    assert LONGWAN in books, "something was credited there"
    said = app.test_cli_runner().invoke(args=["flags", "scan", "--book", LONGWAN])
    assert said.exit_code == 0, said.output
    assert f"{LONGWAN}: 0" in said.output
    wrong = app.test_cli_runner().invoke(args=["flags", "scan", "--book", "999999999999"])
    assert wrong.exit_code != 0
