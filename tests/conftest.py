"""What every test may ask for: databases of its own and an installed browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, sync_playwright

from services import login
from tests.databases import DIALECTS, Databases, NoServer, PostgresServer, folder_for_files

pytest_plugins = ["tests.kept", "tests.unrun"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EACH_DIALECT = [
    pytest.param(name, marks=pytest.mark.postgresql) if name == "postgresql" else name
    for name in DIALECTS
]


#: How the product hashes passwords: slowly, on purpose.
OWN_HASHER = login._HASHER


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_quickly() -> Iterator[None]:
    """Argon2id with the least work: a district of thirteen logins costs two seconds otherwise."""
    login._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    login._HASHER = OWN_HASHER


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Fresh databases, empty or from a template; PostgreSQL starts when it is first wanted."""
    started: list[PostgresServer] = []

    @cache
    def reason() -> str:
        try:
            started.append(PostgresServer())
        except NoServer as error:
            return str(error)
        return ""

    def server() -> PostgresServer:
        if reason():
            pytest.skip(reason())
        return started[0]

    try:
        with folder_for_files() as folder:
            yield Databases(folder, server)
    finally:
        for one in started:
            one.close()


@pytest.fixture(params=EACH_DIALECT)
def empty_database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a database without tables, on each engine in turn."""
    url = databases.empty(request.param)
    yield url
    databases.discard(url)


@pytest.fixture(params=EACH_DIALECT)
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The address of a migrated database of the test's own, on each engine in turn."""
    url = databases.fresh(request.param)
    yield url
    databases.discard(url)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The installed Chromium; a test that asks for it is marked ``browser``."""
    given = os.environ.get("CHROMIUM")
    path = shutil.which(given) if given else next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(
            f"CHROMIUM={given} is not a program"
            if given
            else "no Chromium is installed; install one or name it in CHROMIUM"
        )
    return Path(path)


#: Chromium must not call home: nothing outside this machine answers.
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """One browser in a test process: Playwright runs only once in a thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(QUIET))
        yield browser
        browser.close()
