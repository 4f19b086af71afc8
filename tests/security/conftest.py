"""One lived-in country for every attack: built once, and only read unless a test copies it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.security.bodies import Contract
from tests.security.crawl import Crawl, crawl
from tests.security.objects import Objects
from tests.security.people import World, bring_strangers
from tests.security.rows import fill_empty_tables
from tests.settings import settings_for
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank import create_app
from timebank.demo import story
from timebank.uow import UnitOfWork, make_engine

PEOPLE, DAYS = 30, 8


@pytest.fixture(scope="session")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The country, its application and everybody who attacks."""
    folder = tmp_path_factory.mktemp("security")
    url = databases.fresh("sqlite")
    settings = settings_for(url, folder)
    clock = Clock(World.NOW)
    app = create_app(settings, clock)
    app.test_client_class = Browser
    # Errors are answered as people would see them: a crash is a 500, not an exception.
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    held = app.extensions["timebank"]
    assert list(story.seed(held, PEOPLE, DAYS, 1))
    strangers = held.uow.run(bring_strangers)
    held.uow.run(fill_empty_tables)
    made = World(app, clock, url.removeprefix("sqlite:///"), strangers)
    # A login of somebody of the story, as of everybody who attacks.
    made.browser(made.person("李明"))
    yield made
    made.close()
    held.uow.engine.dispose()
    databases.discard(url)


@pytest.fixture(scope="session")
def objects(world: World) -> Objects:
    """A real thing for every part of an address."""
    return Objects(world)


@pytest.fixture(scope="session")
def crawled(world: World) -> Crawl:
    """Every page, opened once."""
    return crawl(world)


@pytest.fixture(scope="session")
def contract(world: World) -> Contract:
    """The API's document."""
    return Contract(world)


@pytest.fixture
def spare(world: World, tmp_path: Path) -> Iterator[World]:
    """The same country on a copy that a test may change."""
    path = tmp_path / "spare.db"
    shutil.copyfile(world.path, path)
    wal = Path(f"{world.path}-wal")
    if wal.exists():
        shutil.copyfile(wal, f"{path}-wal")
    held = world.app.extensions["timebank"]
    before, held_uow = world.path, held.uow
    engine = make_engine(f"sqlite:///{path}")
    world.app.extensions["timebank"] = type(held)(
        held.settings, UnitOfWork(engine), held.vault, held.clock
    )
    world.path = str(path)
    yield world
    world.path = before
    world.app.extensions["timebank"] = held
    assert world.app.extensions["timebank"].uow is held_uow
    engine.dispose()
