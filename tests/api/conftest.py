"""The whole application on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.api.kit import Clock, Contract, Program, World, settings_for
from tests.databases import Databases
from tests.services.conftest import settled_world
from timebank import create_app


@pytest.fixture
def clock() -> Clock:
    """What time it is for the application."""
    return Clock()


@pytest.fixture
def app(databases: Databases, clock: Clock, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of the test's own."""
    url = databases.fresh("sqlite", settled_world)
    made = create_app(settings_for(url, tmp_path), clock)
    yield made
    made.extensions["timebank"].uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def contract(app: Flask) -> Contract:
    """The published document."""
    return Contract(app)


@pytest.fixture
def anyone(app: Flask, contract: Contract) -> Program:
    """A program without a token."""
    return Program(app.test_client(), contract)


@pytest.fixture
def world(app: Flask, clock: Clock, contract: Contract) -> World:
    """The street."""
    return World(app, clock, contract)
