"""Can tomorrow be paid: run on a page, read as bands and tables, taken as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.forecasts import Forecast
from models.oversight import AuditRecord
from models.people import Member
from services.queries.audit.scope import region_page
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, actor, make_ctx
from tests.web.audit_kit import audited_world, auditor, holder
from tests.web.client import Browser
from timebank.wording import duration

PAGE = "/oversight/forecast"


@pytest.fixture
def world_url(databases: Databases) -> Iterator[str]:
    """The audited world in place of the bare one."""
    url = databases.fresh("sqlite", audited_world)
    yield url
    databases.discard(url)


@pytest.fixture
def reader(given: Callable[..., UUID], login_as: Callable[[UUID], Browser]) -> Browser:
    """The auditor of the county."""
    return login_as(given(auditor))


def run(browser: Browser, **said: object) -> str:
    """Runs a forecast; where it is."""
    form = {"region": LONGWAN, "runs": "100", "seed": "5", **said}
    answer = browser.post(PAGE, data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_what_is_owed_is_what_the_desk_says(reader: Browser, given: Callable[..., object]) -> None:
    shown = reader.get(run(reader)).text
    owed = given(
        lambda session: (
            region_page(
                make_ctx(session, actor(session, auditor(session))), LONGWAN
            ).total.outstanding_minutes
        )
    )
    assert isinstance(owed, int)
    assert owed > 0
    assert shown.count(duration(owed)) >= 2


def test_bands_have_their_tables_and_cases_stand_side_by_side(reader: Browser) -> None:
    shown = reader.get(run(reader)).text
    assert shown.count("<svg") >= 6
    assert shown.count("chart__narrow") == shown.count("chart__wide") == 6
    assert shown.count("<desc") >= 6
    for words in ("志愿者少一半", "取用翻一倍", "储存上限降到 1,000 个", "备付金加一倍"):
        assert words in shown
    # One county alone has no partner that could leave.
    assert "最大的伙伴地区退出" not in shown


def test_english_is_complete(reader: Browser, given: Callable[..., str]) -> None:
    there = run(reader)
    # What was said of the act itself is in the language of the act.
    reader.get(there)
    shown = reader.get(there, headers={"Accept-Language": "en"}).text
    main = re.sub(r"<[^>]+>", " ", shown.split("<main", 1)[1].split("</main>")[0])
    # Whoever ran it has a Chinese name; nothing else is Chinese.
    name = given(lambda session: session.get_one(Member, auditor(session)).name)
    assert set(re.findall(r"[一-鿿]+", main)) <= {name}
    assert "Can tomorrow be paid?" in shown


def test_the_same_numbers_twice_are_one_forecast(
    reader: Browser, given: Callable[..., int], app: Flask
) -> None:
    page = reader.get(PAGE).text
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key is not None
    said = {"region": LONGWAN, "runs": "100", "seed": "5", "idempotency_key": key[1]}
    first, second = (reader.post(PAGE, data=said) for _ in range(2))
    assert first.location == second.location

    def count(session: Session) -> int:
        return session.query(Forecast).count()

    assert given(count) == 1
    assert first.location in reader.get(PAGE).text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"runs": "7"}, "次数请填 100 到 20,000 之间的整数。"),
        ({"seed": "99999999999"}, "种子请填 0 到 2,147,483,647 之间的整数。"),
        ({"runs": ""}, "次数请填"),
        ({"region": "110102000000"}, "请从列出的选项里选一项。"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    reader: Browser, given: Callable[..., int], said: dict[str, str], words: str
) -> None:
    form = {"region": LONGWAN, "runs": "100", "seed": "5", **said}
    answer = reader.post(PAGE, data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert given(lambda session: session.query(Forecast).count()) == 0


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_has_every_year_of_every_case(
    reader: Browser, given: Callable[..., list[str]], form: str
) -> None:
    there = run(reader)
    answer = reader.post(f"{there}/export", data={"form": form})
    assert answer.status_code == 200
    if form == "csv":
        lines = answer.data.decode("utf-8-sig").splitlines()
        # 18 figures of the base, six of each of seven other cases, thirty years.
        assert len(lines) == 1 + 30 * (18 + 6 * 7)
    taken = given(
        lambda session: [
            row.after["form"]
            for row in session.scalars(
                sa.select(AuditRecord).where(
                    AuditRecord.book == LONGWAN, AuditRecord.act == "forecast.export"
                )
            )
        ]
    )
    assert taken == [form]


def test_whoever_is_not_concerned_sees_nothing(
    reader: Browser, given: Callable[..., UUID], login_as: Callable[[UUID], Browser]
) -> None:
    there = run(reader)
    elsewhere = login_as(given(lambda session: auditor(session, "330302000000")))
    assert elsewhere.get(there).status_code == 404
    assert elsewhere.post(f"{there}/export", data={"form": "csv"}).status_code == 404
    staff = login_as(given(lambda session: holder(session, "branch_staff")))
    assert staff.get(there).status_code == 403
    assert staff.get(PAGE).status_code == 403


def test_an_administrator_runs_it_too(
    given: Callable[..., UUID], login_as: Callable[[UUID], Browser]
) -> None:
    admin = login_as(given(lambda session: factories.create_region_admin(session, LONGWAN)))
    assert admin.get(run(admin)).status_code == 200
