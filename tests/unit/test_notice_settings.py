"""Where notices go out: what is accepted at start, and what is refused in which words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.notices.ways import CALL, EMAIL, SMS
from timebank.notices.carriers import carrier_of
from timebank.notices.gateway import Gateway
from timebank.notices.mail import Mail
from timebank.notices.plain import Console, Spool
from timebank.settings import Settings, SettingsError, load_settings

SMTP = {
    "TIMEBANK_SMTP_URL": "smtp://notices:a%3Ap%40ss@mail.example.cn:2525",
    "TIMEBANK_MAIL_FROM": "notice@example.cn",
}
SMS_URL = "jsons://gateway.example.cn/to/{phone}"
KEYS = {
    "TIMEBANK_ENV": "production",
    "TIMEBANK_SECRET_KEY": "Vq3-xT9_rB7mKc2LwZ8nHj5YgF4dPs6u",
    "TIMEBANK_DATA_KEY": hashlib.sha256(b"data").hexdigest(),
    "TIMEBANK_INDEX_KEY": hashlib.sha256(b"index").hexdigest(),
}


def loaded(tmp_path: Path, **environ: str) -> Settings:
    return load_settings(environ, tmp_path)


def test_a_mail_server_with_a_login(tmp_path: Path) -> None:
    settings = loaded(tmp_path, **SMTP)
    server = settings.carriers.mail
    assert server is not None
    assert (server.scheme, server.host, server.port) == ("smtp", "mail.example.cn", 2525)
    assert (server.user, server.password) == ("notices", "a:p@ss")
    assert "a:p@ss" not in repr(settings)
    assert "a:p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://m.cn", 587), ("smtps://m.cn", 465), ("smtp+plain://127.0.0.1", 25)],
)
def test_ports_that_nobody_named(tmp_path: Path, url: str, port: int) -> None:
    server = loaded(tmp_path, **{**SMTP, "TIMEBANK_SMTP_URL": url}).carriers.mail
    assert server is not None
    assert server.port == port


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TIMEBANK_SMTP_URL": "mail.example.cn"}, "TIMEBANK_SMTP_URL"),
        ({"TIMEBANK_SMTP_URL": "http://u:secret@mail.example.cn"}, "TIMEBANK_SMTP_URL"),
        ({"TIMEBANK_SMTP_URL": "smtp://mail.example.cn:x"}, "TIMEBANK_SMTP_URL"),
        ({"TIMEBANK_SMTP_URL": "smtp+plain://mail.example.cn"}, "smtp+plain"),
        ({"TIMEBANK_MAIL_FROM": "", "TIMEBANK_SMTP_URL": "smtp://u:secret@m.cn"}, "MAIL_FROM"),
        ({"TIMEBANK_MAIL_FROM": "nobody"}, "TIMEBANK_MAIL_FROM"),
        ({"TIMEBANK_NOTICE_URLS": SMS_URL}, "sms="),
        ({"TIMEBANK_NOTICE_URLS": f"fax={SMS_URL}"}, "sms="),
        ({"TIMEBANK_NOTICE_URLS": f"sms={SMS_URL} sms={SMS_URL}"}, "sms="),
        ({"TIMEBANK_NOTICE_URLS": "sms=jsons://gateway.example.cn/secret"}, "{phone}"),
        ({"TIMEBANK_NOTICE_URLS": "sms=pigeon://secret/{phone}"}, "Apprise"),
    ],
)
def test_what_is_refused_and_never_repeated(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, **{**SMTP, **environ})
    assert words in refused.value.message
    assert "secret" not in refused.value.message


def test_carriers_by_the_settings(tmp_path: Path) -> None:
    plain = loaded(tmp_path)
    assert isinstance(carrier_of(plain, SMS), Console)
    assert isinstance(carrier_of(plain, EMAIL), Console)
    assert carrier_of(plain, CALL) is None
    full = loaded(
        tmp_path, **SMTP, TIMEBANK_NOTICE_URLS=f"sms={SMS_URL} call=json://pbx.local/{{number}}"
    )
    assert isinstance(carrier_of(full, SMS), Gateway)
    assert isinstance(carrier_of(full, CALL), Gateway)
    assert isinstance(carrier_of(full, EMAIL), Mail)
    assert "gateway.example.cn" not in repr(full)


def test_production_without_a_carrier_spools(tmp_path: Path) -> None:
    real = loaded(tmp_path, **KEYS)
    assert isinstance(carrier_of(real, SMS), Spool)
    assert isinstance(carrier_of(real, EMAIL), Spool)
    assert carrier_of(real, CALL) is None
