"""Programs that speak to the whole application; every answer is held to the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.ledger import AccountKind
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.actors import actor_for
from services.people.kin import grant_delegation, record_kinship
from services.people.tokens import issue_api_token
from services.policy import SYSTEM
from services.scopes import ALL
from tests import factories
from tests.factories import LONGWAN, NOW
from timebank.api.wiring import document

V1 = "/api/v1"
#: The visit of the story: Wednesday, 11 March 2026, ten in the morning in China.
START = NOW + timedelta(hours=25)
_keys = count(1)


@dataclass
class Clock:
    """The application's clock; a test sets ``now``."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class Contract:
    """The published document, as something that answers can be held to."""

    def __init__(self, app: Flask) -> None:
        with app.test_request_context("/"):
            self.document = document(app.extensions["flask-smorest"]["apis"][""]["ext_obj"])

    def check(self, response: TestResponse, path: str, method: str) -> None:
        """Fail unless the document knows the operation and the shape of its answer."""
        operation = self._operation(path, method)
        if response.status_code in (204, 304):
            assert response.data == b""
            return
        wanted = "application/problem+json" if response.status_code >= 400 else "application/json"
        assert response.mimetype == wanted, response.data
        if operation is None:
            return
        if response.status_code == 405:
            return
        assert str(response.status_code) in operation["responses"], response.text
        found = operation["responses"][str(response.status_code)]
        name = found.get("$ref", "").rpartition("/")[2]
        found = self.document["components"]["responses"][name] if name else found
        schema = {
            **found["content"][wanted]["schema"],
            "components": self.document["components"],
        }
        Draft202012Validator(schema).validate(response.json)
        if response.status_code >= 400:
            assert response.json["status"] == response.status_code

    def _operation(self, path: str, method: str) -> dict[str, Any] | None:
        parts = path.partition("?")[0].split("/")
        best = None
        for template, operations in self.document["paths"].items():
            names = template.split("/")
            fits = len(names) == len(parts) and all(
                n == p or n.startswith("{") for n, p in zip(names, parts, strict=True)
            )
            # A path that is written out wins over one with a gap.
            if fits and (best is None or template.count("{") < best[0].count("{")):
                best = (template, operations)
        return None if best is None else best[1].get(method.lower())


def said(response: TestResponse) -> dict[str, Any]:
    """A problem without the number of the request that met it."""
    return {name: each for name, each in response.json.items() if name != "instance"}


@dataclass
class Program:
    """Somebody's program: sends its token and a new key with every write."""

    client: FlaskClient
    contract: Contract
    token: str | None = None
    language: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = "new", **options: Any
    ) -> TestResponse:
        """One request; ``key`` None leaves the header out."""
        headers = {**self.headers, **options.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.language:
            headers.setdefault("Accept-Language", self.language)
        if key is not None and method != "GET":
            headers["Idempotency-Key"] = f"key-{next(_keys)}" if key == "new" else key
        if body is not None:
            options["json"] = body
        address = path if path.startswith("/api") else V1 + path
        response = self.client.open(address, method=method, headers=headers, **options)
        self.contract.check(response, address, method)
        return response

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Write."""
        return self.call("POST", path, {} if body is None else body, **options)

    def done(self, path: str, body: Any = None, **options: Any) -> Any:
        """Write, successfully; gives the answer."""
        response = self.post(path, body, **options)
        assert response.status_code in (200, 201, 204), response.text
        return response.json if response.data else None

    def read(self, path: str) -> Any:
        """Read, successfully; gives the answer."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json


@dataclass
class World:
    """One street behind the API: people of one branch, each with a program."""

    app: Flask
    clock: Clock
    contract: Contract

    def __post_init__(self) -> None:
        self.branch = self.given(factories.create_branch)
        self.staff = self.given(lambda s: factories.create_staff(s, self.branch))
        self.elder = self.given(lambda s: factories.create_elder(s, 0))
        self.volunteer = self.given(lambda s: factories.create_volunteer(s, "P1"))

    def given(self, work: Callable[[Session], Any]) -> Any:
        """Set the scene, committed."""
        return self.app.extensions["timebank"].uow.run(work)

    def act(self, who: UUID, work: Callable[[Context], Any]) -> Any:
        """An act of somebody's through the services, committed."""
        return self.given(
            lambda s: work(factories.make_ctx(s, actor_for(s, who, self.clock.now), self.clock.now))
        )

    def program(
        self,
        who: UUID | None = None,
        *,
        days: int = 30,
        scopes: tuple[str, ...] = (ALL,),
        **options: Any,
    ) -> Program:
        """A program with a token of somebody's, or with none."""

        def made(ctx: Context) -> str:
            return issue_api_token(ctx, "tests", days, scopes)

        token = self.act(who, made) if who else None
        return Program(self.app.test_client(), self.contract, token, **options)

    def relative(self, scopes: tuple[str, ...] = ("see", "ask", "confirm")) -> UUID:
        """A child of the elder who may act for the elder."""
        child = self.given(factories.create_member)
        until = NOW.date() + timedelta(days=100)
        self.act(self.staff, lambda c: record_kinship(c, self.elder, child, "child", "户口簿"))
        self.act(
            self.elder,
            lambda c: grant_delegation(
                c, self.elder, child, frozenset(scopes), "own", until, 6_000
            ),
        )
        return UUID(str(child))

    def give_coins(self, member: UUID, minutes: int) -> None:
        """Minutes earned long ago, straight through the ledger."""
        draft = Draft(
            book=LONGWAN,
            kind="issue",
            key=f"test:{member}:{minutes}",
            legs=(
                Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes),
                Leg(account_id(LONGWAN, AccountKind.EARNED, member), minutes),
            ),
            effective_at=NOW,
        )
        self.given(lambda s: post(s, [draft], Stamp(NOW, SYSTEM.id)))

    def asked(self, **answers: Any) -> dict[str, Any]:
        """What a chat of an hour tomorrow is asked for with."""
        return {
            "service_code": "A04",
            "starts_at": START.isoformat(),
            "booked_minutes": 60,
            **answers,
        }

    def open_request(self, **answers: Any) -> str:
        """A request with coins behind it that the branch has let through; its path."""
        self.give_coins(self.elder, 600)
        made = self.program(self.elder).done("/requests", self.asked(**answers))
        path = f"/requests/{made['book']}/{made['id']}"
        self.program(self.staff).done(f"{path}/approve")
        return path

    def accepted(self, **answers: Any) -> str:
        """A visit that the volunteer has promised; its path."""
        path = self.open_request(**answers)
        made = self.program(self.volunteer).done(f"{path}/accept")
        return f"/visits/{made['book']}/{made['visit_id']}"

    def served(self) -> str:
        """A visit that has ended and waits for the elder's word; its path."""
        path = self.accepted()
        codes = self.program(self.elder).read(path)["codes"]
        volunteer = self.program(self.volunteer)
        self.clock.now = START
        volunteer.done(f"{path}/check-in", {"digits": codes["in"]})
        self.clock.now = START + timedelta(minutes=62)
        volunteer.done(f"{path}/check-out", {"digits": codes["out"]})
        return path

    def credited(self) -> str:
        """A visit that is confirmed and booked; its path."""
        path = self.served()
        self.program(self.elder).done(f"{path}/confirm")
        return path
