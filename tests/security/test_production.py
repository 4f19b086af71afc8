"""How the product starts and answers where real people are: cookies, TLS, secrets, errors."""

from __future__ import annotations

import hashlib
import re
import secrets
import subprocess
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, abort
from werkzeug.test import Client

from tests.security.people import World
from tests.settings import settings_for
from tests.structure.tree import ROOT
from timebank import create_app
from timebank.key_strength import weakness
from timebank.security import limiter
from timebank.settings import Settings, SettingsError, load_settings

GOOD = {
    "TIMEBANK_ENV": "production",
    "TIMEBANK_SECRET_KEY": "Vq3-xT9_rB7mKc2LwZ8nHj5YgF4dPs6u",
    "TIMEBANK_DATA_KEY": hashlib.sha256(b"one").hexdigest(),
    "TIMEBANK_INDEX_KEY": hashlib.sha256(b"two").hexdigest(),
}
TLS = {"wsgi.url_scheme": "https"}


@pytest.fixture(scope="module")
def settings(world: World, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a production on the lived-in country."""
    folder = tmp_path_factory.mktemp("production")
    return replace(
        settings_for(f"sqlite:///{world.path}", folder, "production"),
        hosts=("time.example.org", "localhost"),
        trusted_proxies=1,
    )


@pytest.fixture(scope="module")
def production(settings: Settings, world: World) -> Iterator[Flask]:
    """A production behind one proxy, which answers to its names."""
    app = create_app(settings, world.clock)

    @app.get("/crash")
    def crash() -> str:
        secret = settings.secret_key
        raise RuntimeError(f"the database said {secret} in /srv/timebank/app.py")

    @app.get("/missing")
    def missing() -> str:
        abort(404)

    for view in (crash, missing):
        view.policy_act = "public.read"  # type: ignore[attr-defined]
    yield app
    app.extensions["timebank"].uow.engine.dispose()
    limiter.reset()
    limiter.enabled = False


def test_cookies_of_production(production: Flask) -> None:
    client = production.test_client()
    answers = [
        client.get("/login", environ_overrides=TLS),
        client.get("/preferences?lang=en&text_size=2", environ_overrides=TLS),
    ]
    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 3
    for line in cookies:
        assert line.startswith("__Host-"), line
        assert "; Secure" in line, line
        assert "SameSite=Lax" in line, line
        assert "Domain=" not in line, line
        assert "Path=/;" in f"{line};", line
        if "timebank" in line:
            assert "HttpOnly" in line, line


def test_hsts_is_sent_over_tls(production: Flask) -> None:
    client = production.test_client()
    for path in ("/", "/nowhere", "/static/css/base.css", "/api/v1/regions", "/api/v1/me"):
        over = client.get(path, environ_overrides=TLS, buffered=True).headers
        age = re.fullmatch(
            r"max-age=(\d+); includeSubDomains", over.get("Strict-Transport-Security", "")
        )
        assert age, path
        assert int(age[1]) >= 31_536_000
        assert "Strict-Transport-Security" not in client.get(path, buffered=True).headers
    proxied = client.get("/", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" in proxied.headers


def test_other_hosts_are_refused(production: Flask) -> None:
    """A link on a card or a paper holds the host: it is never the visitor's word."""
    client = production.test_client()
    for host in ("evil.example", "localhost.evil.example", "time.example.org@evil.example", ""):
        answer = client.get("/login", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "evil" not in answer.text
        forwarded = client.get("/login", headers={"X-Forwarded-Host": host or "evil.example"})
        assert forwarded.status_code == 400, host
    assert client.get("/login", headers={"Host": "time.example.org"}).status_code == 200


def test_a_visitor_is_no_proxy(world: World) -> None:
    """Without a trusted proxy nothing that a visitor says of himself is believed."""
    told = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
    answer = world.app.test_client().get("/login", headers=told)
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert "evil" not in answer.text


def test_an_error_tells_nothing(production: Flask, settings: Settings) -> None:
    client = Client(production)
    answer = client.get("/crash")
    assert answer.status_code == 500
    for secret in (settings.secret_key, "RuntimeError", "Traceback", "/srv/", "app.py"):
        assert secret not in answer.text
    assert re.search(r"[0-9a-f]{8}", answer.text)
    assert not production.debug


def test_production_knows_no_demo(production: Flask) -> None:
    client = production.test_client()
    for path in ("/demo", "/demo/inbox"):
        assert client.get(path).status_code == 404
    assert "hu-zhu-shi-guang" not in client.get("/login").text
    result = production.test_cli_runner().invoke(args=["demo", "seed", "--people", "30"])
    assert result.exit_code != 0


def test_settings_do_not_tell_their_secrets(settings: Settings) -> None:
    keys = (settings.secret_key, settings.data_key.hex(), repr(settings.data_key)[2:-1])
    texts = [repr(settings), str(settings), f"{settings}"]
    try:
        assert settings.env == "nowhere", settings
    except AssertionError as error:
        texts += traceback.format_exception(error)
    for text in texts:
        for key in keys:
            assert key not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEBANK_SECRET_KEY", "a" * 40),
        ("TIMEBANK_SECRET_KEY", "abcd" * 10),
        ("TIMEBANK_SECRET_KEY", "".join(map(chr, range(48, 90)))),
        ("TIMEBANK_SECRET_KEY", "please-change-me-0f8d7a6b5c4e3d2a"),
        ("TIMEBANK_SECRET_KEY", "a secret of the tests that is long enough"),
        ("TIMEBANK_SECRET_KEY", "too-short"),
        ("TIMEBANK_SECRET_KEY", GOOD["TIMEBANK_DATA_KEY"]),
        ("TIMEBANK_DATA_KEY", "0" * 64),
        ("TIMEBANK_DATA_KEY", "0123456789abcdef" * 4),
        ("TIMEBANK_DATA_KEY", "deadbeef" * 8),
        ("TIMEBANK_INDEX_KEY", GOOD["TIMEBANK_DATA_KEY"].upper()),
    ],
)
def test_weak_secrets_are_refused(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({**GOOD, name: value}, tmp_path)
    assert value not in str(refused.value)
    assert name in str(refused.value) or "SECRET_KEY" in str(refused.value)


def test_good_secrets_are_taken(tmp_path: Path) -> None:
    assert load_settings(GOOD, tmp_path).is_production
    for _ in range(50):
        made = {name: secrets.token_hex(32) for name in ("a", "b", "c")}
        assert weakness(made) is None
    assert weakness({"a": secrets.token_urlsafe(32)}) is None


@pytest.mark.parametrize("hosts", ["http://a.example", "a b", "a/b", "例子.cn"])
def test_hosts_are_names(hosts: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TIMEBANK_HOSTS"):
        load_settings({"TIMEBANK_HOSTS": hosts}, tmp_path)


#: What a secret looks like in a file; and where such a look is known to be none.
KEY_LIKE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|xox[baprs]-[A-Za-z0-9-]{10,}|eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"
    r"|(?i:(?:secret|api|private|data|index)_?key)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_=-]{24,}[\"']"
)
ALLOWED = {
    "tests/security/test_production.py",
    "tests/unit/test_settings.py",
    "tests/unit/test_notice_settings.py",
}


def test_no_secret_lies_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False
    )
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else []
    files = [ROOT / name for name in names if name] or sorted(
        path
        for folder in ("timebank", "services", "models", "docs")
        for path in (ROOT / folder).rglob("*")
    )
    found = set()
    for path in files:
        if not path.is_file() or path.suffix in (".png", ".mo", ".woff2", ".jpg", ".txt"):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        if KEY_LIKE.search(text):
            found.add(path.relative_to(ROOT).as_posix())
    assert found <= ALLOWED
    assert not [
        path for path in files if path.name in ("keys.json", ".env") or path.suffix == ".key"
    ]
    assert KEY_LIKE.search('SECRET_KEY = "' + "q7" * 16 + '"')
