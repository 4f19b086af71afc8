"""Text messages and calls through the library: one address a reader, and a gateway that fails."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from services.notices.sending import SENT, Outcome, Outgoing
from tests.factories import NOW
from timebank.i18n import init_i18n
from timebank.notices.gateway import FAILURES, Gateway
from timebank.notices.wording import Wording

WORDING = Wording("互助时光", "Timebank", "12349")


class Received(HTTPServer):
    """A gateway that keeps what came and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: list[tuple[str, dict[str, Any], str | None]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Received

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append((self.path, body, self.headers.get("X-Message-Id")))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Received]:
    made = Received()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    app = Flask("timebank")
    init_i18n(app)
    with app.app_context():
        yield


def going(number: int = 1, language: str = "zh") -> Outgoing:
    return Outgoing(
        book="330303000000",
        id=UUID(int=number),
        channel="sms",
        attempt=1,
        to="13900000001",
        number="TB-0000001",
        language=language,
        sentence="您的密码已经更新。如果不是您本人办理的，请马上联系网点。",
        params={},
        topic="account",
        created_at=NOW,
    )


def template(server: Received) -> str:
    return f"json://127.0.0.1:{server.server_port}/to/{{phone}}/{{number}}?+X-Message-Id={{id}}"


def test_each_reader_has_an_address_of_his_own(server: Received) -> None:
    carrier = Gateway(template(server), WORDING)
    assert [outcome for _, outcome in carrier.send([going(), going(2, "en")])] == [SENT, SENT]
    (path, body, key), (_, english, _) = server.calls
    assert path == "/to/13900000001/TB-0000001"
    assert body["message"].startswith("【互助时光】您的密码已经更新。")
    assert key == str(UUID(int=1))
    assert english["message"].startswith("[Timebank] Your password")


def test_a_gateway_that_fails_is_left_alone_after_a_while(server: Received) -> None:
    server.status = 503
    carrier = Gateway(template(server), WORDING)
    found = [outcome for _, outcome in carrier.send([going(n) for n in range(1, 7)])]
    assert found == [Outcome("failed", "gateway")] * FAILURES + [Outcome("postponed")] * 3
    assert len(server.calls) == FAILURES


def test_its_logs_hold_no_telephone(server: Received, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.status = 503
    list(Gateway(template(server), WORDING).send([going()]))
    assert not [each for each in caplog.records if "13900000001" in each.getMessage()]
