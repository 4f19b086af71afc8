"""Settings: read once at start from the environment and the instance folder, then frozen.

Every wrong value is refused here with one plain sentence in Chinese and English, so that nothing
starts half configured. Nothing else in the product reads the environment.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

import click
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from timebank.key_strength import weakness
from timebank.keys import KEY_NAMES, OLDER_KEYS, KeyFileError, keys_of_instance
from timebank.notices.addresses import Carriers, read_carriers

Env = Literal["development", "demo", "test", "production"]
ENVS: tuple[Env, ...] = ("development", "demo", "test", "production")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_SCHEMES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_DRIVERS = ("sqlite", "postgresql+psycopg")
_LONE_BANK = re.compile(r"(?<![a-z])bank(?![a-z])", re.IGNORECASE)
_HOST = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")
_HOTLINE = re.compile(r"\+?[0-9][0-9 -]{2,18}")


class SettingsError(click.ClickException):
    """A setting is wrong or missing: the sentence says which one and what to do."""


def _refuse(chinese: str, english: str) -> SettingsError:
    return SettingsError(f"{chinese} {english}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one instance of the product runs with."""

    env: Env
    #: The clone that the product runs from.
    root: Path
    #: Where the database file, the keys and exports of this instance live.
    instance: Path
    database_url: str = field(repr=False)
    #: The name that people see, in Chinese and in English.
    product_name: str
    product_name_en: str
    #: The telephone number on every page.
    hotline: str
    #: Signs sessions, forms and links.
    secret_key: str = field(repr=False)
    #: Encrypts personal data (32 bytes); losing it loses the data.
    data_key: bytes = field(repr=False)
    #: Keys the blind indexes (32 bytes); it never changes.
    index_key: bytes = field(repr=False)
    port: int
    #: How many proxies in front may be believed about the visitor's address.
    trusted_proxies: int
    #: How long a login lasts without any activity.
    session_lifetime: timedelta
    log_level: str
    #: The same database as the owner of its tables, for migrations and rights; None: as above.
    owner_database_url: str | None = field(default=None, repr=False)
    #: The host names that a request may ask for; empty: any. Links on cards and papers hold them.
    hosts: tuple[str, ...] = ()
    #: What notices go out by.
    carriers: Carriers = field(default_factory=Carriers, repr=False)
    #: Where the server listens: this machine alone, unless it stands in a container of its own.
    host: str = "127.0.0.1"
    #: Where Prometheus finds the web server's figures; the job process's are one port on. 0: shut.
    metrics_port: int = 0
    #: Older keys that still open what they sealed: see docs/privacy.md.
    older_data_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def is_production(self) -> bool:
        """Whether real people's data is at stake: secure cookies, no codes on the console."""
        return self.env == "production"

    @property
    def is_demo(self) -> bool:
        """Whether everything is invented and a banner has to say so."""
        return self.env == "demo"

    @property
    def newest_migration(self) -> str:
        """The schema that this program needs."""
        return (self.root / "migrations" / "head.txt").read_text(encoding="ascii").strip()

    @property
    def card_key(self) -> bytes:
        """Signs the links in QR cards and the codes of printed slips."""
        return self.derived_key("card")

    def derived_key(self, purpose: str) -> bytes:
        """A 32-byte key of its own for one purpose, from the secret key."""
        return hmac.digest(self.secret_key.encode(), f"timebank/{purpose}".encode(), hashlib.sha256)


def load_settings(environ: Mapping[str, str], root: Path) -> Settings:
    """Read and check all settings; a first start outside production makes its keys.

    Raises :class:`SettingsError` with a sentence for the first thing that is wrong.
    """
    env = _env(environ)
    instance = (root / environ.get("TIMEBANK_INSTANCE", "instance")).resolve()
    name = _name(environ, "TIMEBANK_NAME", "互助时光")
    if _LONE_BANK.search(name):
        raise _bank_refused("TIMEBANK_NAME")
    name_en = _name(environ, "TIMEBANK_NAME_EN", "Timebank")
    hotline = _hotline(environ)
    log_level = _log_level(environ)
    port = _number(environ, "PORT", 5000, low=1, high=65535)
    host = _host(environ)
    metrics_port = _number(environ, "TIMEBANK_METRICS_PORT", 0, low=0, high=65534)
    trusted_proxies = _number(environ, "TIMEBANK_TRUSTED_PROXIES", 0, low=0, high=10)
    hours = _number(environ, "TIMEBANK_SESSION_HOURS", 720, low=1, high=24 * 365)
    database_url = _database_url(environ, root, instance)
    owner_database_url = _owner_database_url(environ, database_url, root)
    carriers = read_carriers(environ, _refuse)
    hosts = _hosts(environ)
    _open_instance(instance)
    keys = _keys(environ, env, instance)
    return Settings(
        env=env,
        root=root,
        instance=instance,
        database_url=database_url,
        product_name=name,
        product_name_en=name_en,
        hotline=hotline,
        secret_key=keys["TIMEBANK_SECRET_KEY"],
        data_key=bytes.fromhex(keys["TIMEBANK_DATA_KEY"]),
        older_data_keys=_older_keys(keys),
        index_key=bytes.fromhex(keys["TIMEBANK_INDEX_KEY"]),
        port=port,
        trusted_proxies=trusted_proxies,
        session_lifetime=timedelta(hours=hours),
        log_level=log_level,
        owner_database_url=owner_database_url,
        carriers=carriers,
        hosts=hosts,
        host=host,
        metrics_port=metrics_port,
    )


def _env(environ: Mapping[str, str]) -> Env:
    value = environ.get("TIMEBANK_ENV", "development")
    for env in ENVS:
        if env == value:
            return env
    raise _refuse(
        f"TIMEBANK_ENV 只能是 {'、'.join(ENVS)} 之一，现在是“{value}”。",
        f"TIMEBANK_ENV must be one of {', '.join(ENVS)}, not '{value}'.",
    )


def _bank_refused(variable: str) -> SettingsError:
    return _refuse(
        f"产品名称（{variable}）不能含有“银行”字样：未经批准，任何单位不得在名称中使用“银行”。",
        f"The name in {variable} must not call itself a bank: the word needs a banking licence.",
    )


def _name(environ: Mapping[str, str], variable: str, default: str) -> str:
    name = environ.get(variable, default).strip()
    if "银行" in name or "銀行" in name:
        raise _bank_refused(variable)
    if not 1 <= len(name) <= 40 or not name.isprintable():
        raise _refuse(
            f"产品名称（{variable}）应为 1 到 40 个可以显示的字。",
            f"The name in {variable} must have 1 to 40 printable characters.",
        )
    return name


def _hotline(environ: Mapping[str, str]) -> str:
    number = environ.get("TIMEBANK_HOTLINE", "12349").strip()
    if not _HOTLINE.fullmatch(number):
        raise _refuse(
            f"TIMEBANK_HOTLINE 应是一个电话号码，现在是“{number}”。",
            f"TIMEBANK_HOTLINE must be a telephone number, not '{number}'.",
        )
    return number


def _hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    names = [each.strip().lower() for each in environ.get("TIMEBANK_HOSTS", "").split(",")]
    found = tuple(each for each in names if each)
    if not all(_HOST.fullmatch(each) for each in found):
        raise _refuse(
            "TIMEBANK_HOSTS 应是用逗号隔开的主机名，例如：shijian.example.cn。",
            "TIMEBANK_HOSTS must be host names with commas between, say time.example.org.",
        )
    return found


def _log_level(environ: Mapping[str, str]) -> str:
    level = environ.get("TIMEBANK_LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise _refuse(
            f"TIMEBANK_LOG_LEVEL 只能是 {'、'.join(LOG_LEVELS)} 之一，现在是“{level}”。",
            f"TIMEBANK_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not '{level}'.",
        )
    return level


def _host(environ: Mapping[str, str]) -> str:
    host = environ.get("TIMEBANK_HOST", "127.0.0.1").strip()
    if host not in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - said in so many words by a setting
        raise _refuse(
            f"TIMEBANK_HOST 只能是 127.0.0.1（本机）或 0.0.0.0（容器内），现在是“{host}”。",
            f"TIMEBANK_HOST must be 127.0.0.1 or, in a container, 0.0.0.0, not '{host}'.",
        )
    return host


def _number(environ: Mapping[str, str], variable: str, default: int, *, low: int, high: int) -> int:
    text = environ.get(variable, str(default)).strip()
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise _refuse(
            f"{variable} 应是 {low} 到 {high} 之间的整数，现在是“{text}”。",
            f"{variable} must be a whole number from {low} to {high}, not '{text}'.",
        )
    return int(text)


def _database_url(environ: Mapping[str, str], root: Path, instance: Path) -> str:
    text = environ.get("TIMEBANK_DATABASE_URL") or f"sqlite:///{instance / 'timebank.db'}"
    return _address("TIMEBANK_DATABASE_URL", text, root)


def _owner_database_url(environ: Mapping[str, str], database_url: str, root: Path) -> str | None:
    variable = "TIMEBANK_OWNER_DATABASE_URL"
    if not environ.get(variable):
        return None
    owner = make_url(_address(variable, environ[variable], root))
    served = make_url(database_url)
    if (owner.drivername, owner.database) != (served.drivername, served.database):
        raise _refuse(
            f"{variable} 应是与 TIMEBANK_DATABASE_URL 相同的数据库，只是换成表的所有者。",
            f"{variable} must be the same database as TIMEBANK_DATABASE_URL, as its owner.",
        )
    return owner.render_as_string(hide_password=False)


def _address(variable: str, text: str, root: Path) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password, so it is not repeated.
        raise _refuse(
            f"{variable} 不是一个数据库地址，例如：postgresql://用户@主机/数据库。",
            f"{variable} is not a database address such as postgresql://user@host/name.",
        ) from None
    url = url.set(drivername=_SCHEMES.get(url.drivername, url.drivername))
    if url.drivername not in _DRIVERS:
        raise _refuse(
            f"数据库只支持 SQLite 和 PostgreSQL（psycopg），不支持“{url.drivername}”。",
            f"The database must be SQLite or PostgreSQL (psycopg), not '{url.drivername}'.",
        )
    if url.drivername == "sqlite":
        url = _sqlite_file(url, root)
    return url.render_as_string(hide_password=False)


def _sqlite_file(url: URL, root: Path) -> URL:
    """The same file whichever folder a command is started from."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise _refuse(
            "SQLite 数据库必须是一个文件，例如：sqlite:////var/lib/timebank/timebank.db。",
            "A SQLite database must be a file such as sqlite:////var/lib/timebank/timebank.db.",
        )
    return url.set(database=str((root / url.database).resolve()))


def _open_instance(instance: Path) -> None:
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        usable = False
    else:
        usable = os.access(instance, os.R_OK | os.W_OK | os.X_OK)
    if not usable:
        raise _refuse(
            f"无法读写数据目录 {instance}，请检查目录权限或设置 TIMEBANK_INSTANCE。",
            f"The folder {instance} cannot be read and written:"
            " mend its permissions or set TIMEBANK_INSTANCE.",
        )


def _keys(environ: Mapping[str, str], env: Env, instance: Path) -> dict[str, str]:
    """The three keys by the names of their variables; the environment wins over the file."""
    names = (*KEY_NAMES, OLDER_KEYS)
    given = {name: environ[name].strip() for name in names if environ.get(name)}
    missing = [name for name in KEY_NAMES if name not in given]
    if missing and env == "production":
        raise _refuse(
            f"正式环境必须设置 {'、'.join(missing)}。",
            f"A production start needs {', '.join(missing)}; make one with:"
            " python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    try:
        keys = (keys_of_instance(instance) if missing else {}) | given
    except KeyFileError as error:
        raise SettingsError(str(error)) from None
    if len(keys["TIMEBANK_SECRET_KEY"]) < 32:
        raise _refuse(
            "TIMEBANK_SECRET_KEY 至少要有 32 个字符。",
            "TIMEBANK_SECRET_KEY must have at least 32 characters.",
        )
    for name in ("TIMEBANK_DATA_KEY", "TIMEBANK_INDEX_KEY"):
        if not re.fullmatch(r"[0-9a-fA-F]{64}", keys[name]):
            raise _refuse(
                f"{name} 应是 64 位十六进制数字。",
                f"{name} must be 64 hexadecimal digits.",
            )
    weak = weakness({name: keys[name] for name in KEY_NAMES}) if env == "production" else None
    if weak:
        name, chinese, english = weak
        raise _refuse(
            f"{name} {chinese}，正式环境不能使用。",
            f"{name} {english}: make one with:"
            " python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return keys


def _older_keys(keys: Mapping[str, str]) -> tuple[bytes, ...]:
    """The older data keys, newest first: hexadecimal digits with commas between."""
    found = [each.strip() for each in keys.get(OLDER_KEYS, "").split(",") if each.strip()]
    if not all(re.fullmatch(r"[0-9a-fA-F]{64}", each) for each in found):
        raise _refuse(
            f"{OLDER_KEYS} 应是用逗号隔开的 64 位十六进制数字。",
            f"{OLDER_KEYS} must be keys of 64 hexadecimal digits with commas between.",
        )
    return tuple(bytes.fromhex(each) for each in found)
