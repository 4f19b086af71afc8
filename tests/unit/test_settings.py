"""Settings: what is accepted, what is refused with which words, and the keys of a first start."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from timebank.keys import KEY_NAMES, keys_of_instance
from timebank.settings import SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
GIVEN_KEYS = {
    "TIMEBANK_SECRET_KEY": "Vq3-xT9_rB7mKc2LwZ8nHj5YgF4dPs6u",
    "TIMEBANK_DATA_KEY": hashlib.sha256(b"data").hexdigest(),
    "TIMEBANK_INDEX_KEY": hashlib.sha256(b"index").hexdigest(),
}


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.env == "development"
    assert not settings.is_demo
    assert not settings.is_production
    assert settings.instance == tmp_path / "instance"
    assert settings.database_url == f"sqlite:///{tmp_path}/instance/timebank.db"
    assert (settings.product_name, settings.product_name_en) == ("互助时光", "Timebank")
    assert settings.hotline == "12349"
    assert settings.port == 5000
    assert settings.trusted_proxies == 0
    assert settings.session_lifetime == timedelta(days=30)
    assert settings.log_level == "INFO"


def test_given_values(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "TIMEBANK_ENV": "demo",
            "TIMEBANK_INSTANCE": str(tmp_path / "elsewhere"),
            "TIMEBANK_NAME": "东风时间存折",
            "TIMEBANK_NAME_EN": "Dongfeng Time Bank",
            "TIMEBANK_HOTLINE": "+86 577-12349",
            "TIMEBANK_TRUSTED_PROXIES": "1",
            "TIMEBANK_SESSION_HOURS": "8",
            "TIMEBANK_LOG_LEVEL": "debug",
            "PORT": "8080",
        },
        tmp_path,
    )
    assert settings.is_demo
    assert settings.instance == tmp_path / "elsewhere"
    assert settings.database_url.startswith(f"sqlite:///{tmp_path}/elsewhere/")
    assert settings.product_name == "东风时间存折"
    assert settings.product_name_en == "Dongfeng Time Bank"
    assert settings.hotline == "+86 577-12349"
    assert settings.trusted_proxies == 1
    assert settings.session_lifetime == timedelta(hours=8)
    assert settings.log_level == "DEBUG"
    assert settings.port == 8080


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u:p%40@h:5433/d", "postgresql+psycopg://u:p%40@h:5433/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////srv/t.db", "sqlite:////srv/t.db"),
    ],
)
def test_database_address(tmp_path: Path, given: str, expected: str) -> None:
    assert load_settings({"TIMEBANK_DATABASE_URL": given}, tmp_path).database_url == expected


def test_a_relative_sqlite_file_stands_in_the_clone(tmp_path: Path) -> None:
    settings = load_settings({"TIMEBANK_DATABASE_URL": "sqlite:///data/t.db"}, tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/data/t.db"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TIMEBANK_ENV", "prod", "TIMEBANK_ENV must be one of development, demo"),
        ("TIMEBANK_NAME", "温州时间银行", "不能含有“银行”"),
        ("TIMEBANK_NAME", "溫州時間銀行", "不能含有“银行”"),
        ("TIMEBANK_NAME", "时间Bank", "不能含有“银行”"),
        ("TIMEBANK_NAME", "时间 bank", "must not call itself a bank"),
        ("TIMEBANK_NAME_EN", "时间银行", "TIMEBANK_NAME_EN"),
        ("TIMEBANK_NAME", " ", "1 to 40 printable characters"),
        ("TIMEBANK_NAME", "长" * 41, "1 to 40 printable characters"),
        ("TIMEBANK_NAME", "上\n下", "1 to 40 printable characters"),
        ("TIMEBANK_HOTLINE", "拨打我", "must be a telephone number, not '拨打我'"),
        ("PORT", "five", "PORT must be a whole number from 1 to 65535, not 'five'"),
        ("PORT", "0", "PORT 应是 1 到 65535 之间的整数"),
        ("PORT", "65536", "PORT must be"),
        ("PORT", "８０", "PORT must be"),
        ("TIMEBANK_TRUSTED_PROXIES", "-1", "TIMEBANK_TRUSTED_PROXIES must be"),
        ("TIMEBANK_SESSION_HOURS", "0", "TIMEBANK_SESSION_HOURS must be"),
        ("TIMEBANK_LOG_LEVEL", "LOUD", "TIMEBANK_LOG_LEVEL must be one of DEBUG"),
        ("TIMEBANK_DATABASE_URL", "nonsense", "not a database address"),
        ("TIMEBANK_DATABASE_URL", "postgresql://u@h:port/d", "not a database address"),
        ("TIMEBANK_DATABASE_URL", "mysql://u:secret@h/d", "not 'mysql'"),
        ("TIMEBANK_DATABASE_URL", "postgresql+psycopg2://u@h/d", "not 'postgresql+psycopg2'"),
        ("TIMEBANK_DATABASE_URL", "sqlite://", "must be a file"),
        ("TIMEBANK_DATABASE_URL", "sqlite:///:memory:", "must be a file"),
        ("TIMEBANK_SECRET_KEY", "short", "at least 32 characters"),
        ("TIMEBANK_DATA_KEY", "zz" * 32, "TIMEBANK_DATA_KEY must be 64 hexadecimal digits"),
        ("TIMEBANK_INDEX_KEY", "0b" * 31, "TIMEBANK_INDEX_KEY must be 64 hexadecimal digits"),
    ],
)
def test_refused_values(tmp_path: Path, variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({variable: value}, tmp_path)
    assert words in refusal.value.message
    assert "\n" not in refusal.value.message.replace(value, "")


def test_a_name_may_contain_bank_inside_another_word(tmp_path: Path) -> None:
    assert load_settings({"TIMEBANK_NAME": "Timebank 温州"}, tmp_path).product_name


def test_a_wrong_address_never_shows_its_password(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"TIMEBANK_DATABASE_URL": "postgresql://u:hidden@h:x/d"}, tmp_path)
    assert "hidden" not in refusal.value.message


def test_secrets_stay_out_of_the_representation(tmp_path: Path) -> None:
    address = {"TIMEBANK_DATABASE_URL": "postgresql://u:hidden@h/d"}
    settings = load_settings(GIVEN_KEYS | address, tmp_path)
    assert "hidden" not in repr(settings)
    assert "ssss" not in repr(settings)
    assert "\\n" not in repr(settings)


def test_first_start_makes_keys_for_the_owner_only(tmp_path: Path) -> None:
    first = load_settings({}, tmp_path)
    path = tmp_path / "instance" / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]
    again = load_settings({}, tmp_path)
    assert again == first
    assert len({first.secret_key.encode(), first.data_key, first.index_key, first.card_key}) == 4
    assert len(first.data_key) == len(first.index_key) == len(first.card_key) == 32


def test_given_keys_win_and_need_no_file(tmp_path: Path) -> None:
    settings = load_settings(GIVEN_KEYS, tmp_path)
    assert settings.data_key == hashlib.sha256(b"data").digest()
    assert settings.index_key == hashlib.sha256(b"index").digest()
    assert not (tmp_path / "instance" / "keys.json").exists()


def test_one_given_key_joins_those_of_the_file(tmp_path: Path) -> None:
    own = load_settings({}, tmp_path)
    mixed = load_settings({"TIMEBANK_SECRET_KEY": "s" * 40}, tmp_path)
    assert mixed.secret_key == "s" * 40
    assert mixed.data_key == own.data_key


def test_derived_keys_differ_by_purpose_and_by_secret(tmp_path: Path) -> None:
    settings = load_settings(GIVEN_KEYS, tmp_path)
    other = load_settings(GIVEN_KEYS | {"TIMEBANK_SECRET_KEY": "t" * 32}, tmp_path)
    assert settings.derived_key("a") != settings.derived_key("b")
    assert settings.derived_key("a") != other.derived_key("a")
    assert settings.derived_key("card") == settings.card_key


@pytest.mark.parametrize("missing", KEY_NAMES)
def test_production_refuses_to_start_without_given_keys(tmp_path: Path, missing: str) -> None:
    environ = {"TIMEBANK_ENV": "production"} | GIVEN_KEYS
    del environ[missing]
    with pytest.raises(SettingsError, match=missing):
        load_settings(environ, tmp_path)
    assert not (tmp_path / "instance" / "keys.json").exists()


def test_production_starts_with_given_keys(tmp_path: Path) -> None:
    assert load_settings({"TIMEBANK_ENV": "production"} | GIVEN_KEYS, tmp_path).is_production


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_settings({}, tmp_path)
    (tmp_path / "instance" / "keys.json").chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"TIMEBANK_SECRET_KEY": "x"}', "密钥"])
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    load_settings({}, tmp_path)
    path = tmp_path / "instance" / "keys.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="restore it from a backup"):
        load_settings({}, tmp_path)
    assert path.read_text(encoding="utf-8") == text


def test_an_instance_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("")
    with pytest.raises(SettingsError, match="set TIMEBANK_INSTANCE"):
        load_settings({}, tmp_path)


def test_an_unreadable_instance_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may read everything, so the answer of the system is stood in for.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SettingsError, match="cannot be read and written"):
        load_settings({}, tmp_path)


def test_keys_that_cannot_be_written_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "hardlink_to", full)
    with pytest.raises(SettingsError, match="No space left on device"):
        load_settings({}, tmp_path)
    assert list((tmp_path / "instance").iterdir()) == []


def test_the_second_of_two_first_starts_takes_the_first_ones_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keys_of_instance(tmp_path)
    # The second process looked before the first had linked its file.
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert keys_of_instance(tmp_path) == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


def test_many_first_starts_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    code = (
        "import sys, json; from pathlib import Path; from timebank.keys import keys_of_instance;"
        "sys.stdin.readline(); print(json.dumps(keys_of_instance(Path(sys.argv[1]))))"
    )
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("\n")
        start.stdin.flush()
    answers = {json.dumps(json.loads(start.communicate()[0])) for start in starts}
    assert all(start.returncode == 0 for start in starts)
    assert len(answers) == 1
