"""The whole application on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.api.kit import Clock, Contract, Program, World
from tests.databases import Databases
from tests.services.conftest import settled_world
from tests.settings import settings_for
from timebank import create_app
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def clock() -> Clock:
    """What time it is for the application."""
    return Clock()


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests: making it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("api")
    made = create_app(settings_for(f"sqlite:///{folder / 'none.db'}", folder))
    yield made
    made.extensions["timebank"].uow.engine.dispose()


@pytest.fixture(scope="session")
def contract(one_app: Flask) -> Contract:
    """The published document."""
    return Contract(one_app)


@pytest.fixture
def app(
    request: pytest.FixtureRequest, one_app: Flask, databases: Databases, clock: Clock
) -> Iterator[Flask]:
    """The application with the test's clock, on a database of the test's own.

    SQLite, unless a test asks for another engine by a parameter.
    """
    url = databases.fresh(getattr(request, "param", "sqlite"), settled_world)
    engine = make_engine(url)
    before = one_app.extensions["timebank"]
    one_app.extensions["timebank"] = replace(before, uow=UnitOfWork(engine), clock=clock)
    yield one_app
    one_app.extensions["timebank"] = before
    engine.dispose()
    databases.discard(url)


@pytest.fixture
def anyone(app: Flask, contract: Contract) -> Program:
    """A program without a token."""
    return Program(app.test_client(), contract)


@pytest.fixture
def world(app: Flask, clock: Clock, contract: Contract) -> World:
    """The street."""
    return World(app, clock, contract)
