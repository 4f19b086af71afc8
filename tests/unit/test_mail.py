"""Mail against a real server: STARTTLS, a login, refusals, lost connections, both languages."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from services.notices.sending import SENT, Outcome, Outgoing
from tests.factories import NOW
from timebank.i18n import init_i18n
from timebank.notices import mail
from timebank.notices.addresses import MailServer
from timebank.notices.mail import Mail
from timebank.notices.wording import Wording

WORDING = Wording("互助时光", "Timebank", "12349")
ID = UUID("019cd542-0680-75e2-b92a-56c7e1000000")
CODE = "您的邮箱验证码是 {code}，{minutes} 分钟内有效。如果不是您本人在设置，请不用理会。"
USER, PASSWORD = "notices", "a:p@ss/word"


@dataclass
class Office:
    """What the server does with mail, and what it received."""

    received: list[Envelope] = field(default_factory=list)
    connections: int = 0
    #: Answers by the recipient's local part, to RCPT or to the data.
    rcpt: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    #: Recipients at whose data the server hangs up.
    hangs_up: set[str] = field(default_factory=set)
    sender_answer: str = ""

    async def handle_EHLO(  # noqa: N802 - as the server asks for it
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        answers: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return answers

    async def handle_MAIL(  # noqa: N802
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.rcpt.get(address.partition("@")[0], "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name in self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(0)
        answer = self.data.get(name, "250 OK")
        if answer.startswith("250") and name not in self.hangs_up:
            self.received.append(envelope)
        return answer


def may(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server(("localhost", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost and its key, made for these tests."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def port(office: Office, certificate: Path) -> Iterator[int]:
    """A server that wants STARTTLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(
        office,
        hostname="localhost",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=may,
    )
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def carrier(port: int, certificate: Path) -> Mail:
    trust = ssl.create_default_context(cafile=str(certificate))
    server = MailServer("smtp", "localhost", port, USER, PASSWORD, "notice@timebank.example")
    return Mail(server, WORDING, trust)


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    """The languages, as the job process has them."""
    app = Flask("timebank")
    init_i18n(app)
    with app.app_context():
        yield


def going(to: str = "zhang", language: str = "zh", number: int = 0) -> Outgoing:
    return Outgoing(
        book="330303000000",
        id=UUID(int=ID.int + number),
        channel="email",
        attempt=1,
        to=f"{to}@example.cn",
        number="TB-0000000",
        language=language,
        sentence=CODE,
        params={"code": "314159", "minutes": 30},
        topic="code",
        created_at=NOW,
    )


def read(envelope: Envelope) -> email.message.EmailMessage:
    assert isinstance(envelope.content, bytes)
    found = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def outcomes(carrier: Mail, *chunk: Outgoing) -> list[Outcome]:
    return [outcome for _going, outcome in carrier.send(chunk)]


def test_a_mail_arrives_in_chinese(office: Office, carrier: Mail) -> None:
    assert outcomes(carrier, going()) == [SENT]
    [envelope] = office.received
    found = read(envelope)
    assert envelope.rcpt_tos == ["zhang@example.cn"]
    assert envelope.mail_from == "notice@timebank.example"
    assert str(found["From"]) == "互助时光 <notice@timebank.example>"
    assert str(found["Subject"]) == "互助时光 – 您的验证码"
    assert "314159" not in str(found["Subject"])
    assert str(found["Message-ID"]) == f"<{ID}@timebank.example>"
    assert found["Content-Language"] == "zh-CN"
    assert found["Date"].datetime == NOW
    words = found.get_content()
    assert words.startswith("您的邮箱验证码是 314159")
    assert "12349" in words
    assert "互助时光" in words
    assert isinstance(envelope.content, bytes)
    assert envelope.content.isascii()


def test_a_mail_arrives_in_english(office: Office, carrier: Mail) -> None:
    assert outcomes(carrier, going(language="en")) == [SENT]
    found = read(office.received[0])
    assert str(found["Subject"]) == "Timebank – Your code"
    assert found.get_content().startswith("Your e-mail code is 314159")
    assert found["Content-Language"] == "en"


def test_a_chunk_goes_over_one_connection(office: Office, carrier: Mail) -> None:
    assert outcomes(carrier, *(going(number=n) for n in range(5))) == [SENT] * 5
    # Once before TLS and once after it.
    assert office.connections == 2
    assert len({str(read(each)["Message-ID"]) for each in office.received}) == 5


def test_refusals_are_final_or_not_and_hold_up_nobody(office: Office, carrier: Mail) -> None:
    office.rcpt = {"gone": "550 5.1.1 no such user here", "busy": "450 4.2.1 mailbox busy"}
    office.data = {"spam": "554 5.7.1 refused", "later": "451 4.3.0 try later"}
    names = ("gone", "busy", "spam", "later", "zhang")
    assert outcomes(carrier, *(going(name) for name in names)) == [
        Outcome("refused", "smtp 550"),
        Outcome("failed", "smtp 450"),
        Outcome("refused", "smtp 554"),
        Outcome("failed", "smtp 451"),
        SENT,
    ]
    assert office.connections == 2


def test_an_address_that_no_header_holds_harms_nobody_else(office: Office, carrier: Mail) -> None:
    found = outcomes(carrier, going("a..b"), going(number=1))
    assert found == [Outcome("refused", "bad_address"), SENT]
    assert len(office.received) == 1


def test_a_lost_connection_is_made_anew(office: Office, carrier: Mail) -> None:
    office.hangs_up = {"cursed"}
    found = outcomes(carrier, going("first"), going("cursed"), going("last"))
    assert found == [SENT, Outcome("failed", "dropped"), SENT]
    assert [each.rcpt_tos[0] for each in office.received] == [
        "first@example.cn",
        "last@example.cn",
    ]


def test_a_server_that_keeps_hanging_up_is_left_alone(office: Office, carrier: Mail) -> None:
    office.hangs_up = {"zhang"}
    found = outcomes(carrier, *(going(number=n) for n in range(4)))
    assert [each.kind for each in found] == ["failed", "failed", "postponed", "postponed"]


def test_a_server_that_is_down_costs_one_attempt(carrier: Mail) -> None:
    nobody = replace(carrier._server, port=1)
    found = outcomes(Mail(nobody, WORDING), going(), going(number=1), going(number=2))
    assert found == [Outcome("failed", "unreachable"), Outcome("postponed"), Outcome("postponed")]


def test_a_silent_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("localhost", 0)) as silent:
        server = MailServer("smtp", "localhost", silent.getsockname()[1], "", "", "a@b.cn")
        assert outcomes(Mail(server, WORDING), going()) == [Outcome("failed", "unreachable")]


def test_a_chunk_ends_before_its_claim_does(carrier: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "CHUNK_SECONDS", -1)
    assert outcomes(carrier, going(), going(number=1)) == [Outcome("postponed")] * 2


def test_a_wrong_login_says_so(carrier: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    # This server falls silent at the second way of logging in.
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.5)
    server = replace(carrier._server, password="wrong")
    found = outcomes(Mail(server, WORDING, carrier._trust), going(), going(number=1))
    assert found == [Outcome("failed", "login"), Outcome("postponed")]


def test_our_own_address_refused_is_nobody_elses_fault(office: Office, carrier: Mail) -> None:
    office.sender_answer = "553 5.1.8 sender refused"
    assert outcomes(carrier, going(), going(number=1)) == [
        Outcome("failed", "sender 553"),
        Outcome("postponed"),
    ]


def test_an_unknown_certificate_is_not_trusted(carrier: Mail) -> None:
    assert outcomes(Mail(carrier._server, WORDING), going()) == [Outcome("failed", "certificate")]


def test_a_server_without_starttls_gets_no_password(office: Office) -> None:
    controller = Controller(office, hostname="localhost", port=free_port())
    controller.start()
    try:
        port = controller.port
        server = MailServer("smtp", "localhost", port, USER, PASSWORD, "a@b.cn")
        assert outcomes(Mail(server, WORDING), going()) == [Outcome("failed", "not_offered")]
        plain = replace(server, scheme="smtp+plain", user="", password="")
        assert outcomes(Mail(plain, WORDING), going()) == [SENT]
    finally:
        controller.stop()


def test_tls_from_the_first_byte(office: Office, certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))

    class Trusted(Controller):
        """Its own first call has to know our certificate."""

        def _trigger_server(self) -> None:
            with (
                socket.create_connection(("localhost", self.port)) as raw,
                trust.wrap_socket(raw, server_hostname="localhost") as secure,
            ):
                secure.recv(100)

    controller = Trusted(office, hostname="localhost", port=free_port(), ssl_context=context)
    controller.start()
    try:
        port = controller.port
        server = MailServer("smtps", "localhost", port, "", "", "a@b.cn")
        assert outcomes(Mail(server, WORDING, trust), going()) == [SENT]
    finally:
        controller.stop()


def test_logs_hold_no_address_no_name_and_no_code(
    office: Office, carrier: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.rcpt = {"gone": "550 5.1.1 gone@example.cn is unknown"}
    office.hangs_up = {"cursed"}
    outcomes(carrier, going(), going("gone"), going("cursed"), going("cursed"))
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("timebank")]
    assert ours
    for word in ("example.cn", "314159", PASSWORD, "zhang", "gone"):
        assert not any(word in line for line in ours)
