"""Requests that a machine makes up, over the whole document: nothing breaks, and no answer is
given that the document does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.fuzzing import EXAMPLES, Street, made_up, street_of
from tests.api.kit import Clock, Contract, World
from tests.databases import Databases
from tests.services.conftest import settled_world
from timebank.api import AREAS
from timebank.uow import UnitOfWork, make_engine

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

_MOSTLY = st.integers(0, 9).map(bool)


@pytest.fixture(scope="module")
def street(one_app: Flask, databases: Databases, contract: Contract) -> Iterator[Street]:
    """One street for all made-up requests: they change it, and find what others have changed."""
    url = databases.fresh("sqlite", settled_world)
    engine, clock = make_engine(url), Clock()
    before = one_app.extensions["timebank"]
    one_app.extensions["timebank"] = replace(before, uow=UnitOfWork(engine), clock=clock)
    yield street_of(World(one_app, clock, contract))
    one_app.extensions["timebank"] = before
    engine.dispose()
    databases.discard(url)


@pytest.mark.parametrize("tag", [area.tag for area in AREAS])
def test_made_up_requests_meet_no_surprise(street: Street, tag: str) -> None:
    street.renew()
    for path, methods in street.schema.raw_schema["paths"].items():
        for method, operation in methods.items():
            if method != "parameters" and operation["tags"] == [tag]:
                _ask(street, street.schema[path][method], operation["x-act"])


def _ask(street: Street, operation: Any, act: str) -> None:
    welcome, all_of_them = street.might(act), sorted(street.people)

    @made_up(EXAMPLES)
    @given(case=operation.as_strategy(), data=st.data())
    def asked(case: Any, data: Any) -> None:
        who = data.draw(st.sampled_from(welcome if data.draw(_MOSTLY) else all_of_them))
        for place in (case.path_parameters, case.body):
            for name in place if isinstance(place, dict) else ():
                known = street.known(name)
                if known is not None and data.draw(_MOSTLY):
                    place[name] = data.draw(known)
        answer = case.call_and_validate(headers=street.headers(who), checks=CHECKS)
        street.answers[answer.status_code].add(operation.label)
        if answer.status_code == 401:
            street.renew()

    asked()


def test_many_of_them_were_let_in(street: Street) -> None:
    done = street.answers[200] | street.answers[201] | street.answers[204]
    assert len(done) > 80, {status: len(each) for status, each in street.answers.items()}


def test_walks_along_the_links_meet_no_surprise(street: Street) -> None:
    machine = street.schema.as_state_machine()

    class Walks(machine):
        def setup(self) -> None:
            self.who = "staff"

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": street.headers(self.who)}

        def validate_response(self, response: Any, case: Any, **_options: Any) -> None:
            street.answers[response.status_code].add(case.operation.label)
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(Walks, settings=made_up(EXAMPLES * 4, 10))
