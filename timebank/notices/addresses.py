"""Where notices go out: a mail server and gateways, read once from the settings and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from urllib.parse import unquote, urlsplit

#: Makes the refusal of a setting: a sentence in Chinese and one in English.
Refuse = Callable[[str, str], Exception]

SMTP_URL, MAIL_FROM, NOTICE_URLS = (
    "TIMEBANK_SMTP_URL",
    "TIMEBANK_MAIL_FROM",
    "TIMEBANK_NOTICE_URLS",
)
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_GATEWAY = re.compile(r"(sms|call)=(\S+)")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
#: What a gateway's address must hold, so that a message reaches its reader and nobody else.
_PERSONAL = ("{phone}", "{number}")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server: ``smtp`` asks for STARTTLS, ``smtps`` begins with TLS, ``smtp+plain`` none."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    #: The address that mails come from.
    sender: str


@dataclass(frozen=True, slots=True)
class Carriers:
    """What this instance sends by. Nothing at all: the console, or in production a spool file."""

    mail: MailServer | None = field(default=None, repr=False)
    #: Addresses of the notification library by way (sms, call); they hold secrets.
    gateways: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_carriers(environ: Mapping[str, str], refuse: Refuse) -> Carriers:
    """The carriers of the settings; ``refuse`` makes the exception for what is wrong."""
    return Carriers(_mail_server(environ, refuse), _gateways(environ, refuse))


def _mail_server(environ: Mapping[str, str], refuse: Refuse) -> MailServer | None:
    text = environ.get(SMTP_URL, "").strip()
    if not text:
        return None
    # The address may hold a password, so it is never repeated.
    wrong = refuse(
        f"{SMTP_URL} 不是邮件服务器地址，例如：smtp://用户:密码@mail.example.cn:587。",
        f"{SMTP_URL} is not a mail server such as smtp://user:password@mail.example.cn:587.",
    )
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in _PORTS or not host or url.path.strip("/") or url.query:
        raise wrong
    if url.scheme == "smtp+plain" and host not in _LOOPBACK:
        raise refuse(
            f"{SMTP_URL}：不加密的 smtp+plain 只能用于本机，请改用 smtp 或 smtps。",
            f"{SMTP_URL}: smtp+plain is not encrypted and only for this machine; use smtp(s).",
        )
    sender = environ.get(MAIL_FROM, "").strip()
    if not _ADDRESS.fullmatch(sender):
        raise refuse(
            f"设置了 {SMTP_URL}，就要在 {MAIL_FROM} 里写发件邮箱，例如：notice@example.cn。",
            f"With {SMTP_URL}, {MAIL_FROM} must be the sender, such as notice@example.cn.",
        )
    return MailServer(
        scheme=url.scheme,
        host=host,
        port=port or _PORTS[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        sender=Address(addr_spec=sender).addr_spec,
    )


def _gateways(environ: Mapping[str, str], refuse: Refuse) -> dict[str, str]:
    """``sms=address call=address``, parted by blanks; each address is one that Apprise knows."""
    found: dict[str, str] = {}
    for part in environ.get(NOTICE_URLS, "").split():
        read = _GATEWAY.fullmatch(part)
        if read is None or read[1] in found:
            raise refuse(
                f"{NOTICE_URLS} 应写成 sms=地址 call=地址，每种只写一个，用空格分开。",
                f"{NOTICE_URLS} must read sms=address call=address, each once, with a blank.",
            )
        way, url = read[1], read[2]
        if not any(gap in url for gap in _PERSONAL):
            raise refuse(
                f"{NOTICE_URLS}：{way} 的地址里要有 {{phone}} 或 {{number}}，否则别人也会看到。",
                f"{NOTICE_URLS}: the address of {way} needs {{phone}} or {{number}},"
                " or others would read it too.",
            )
        if not _is_known(url):
            raise refuse(
                f"{NOTICE_URLS}：看不懂 {way} 的地址，请按 Apprise 的写法填写。",
                f"{NOTICE_URLS}: the address of {way} is none that Apprise knows.",
            )
        found[way] = url
    return found


def _is_known(url: str) -> bool:
    from timebank.notices.gateway import opened  # noqa: PLC0415 - a large library, if wanted

    return opened(url, phone="13900000000", number="TB-0000000", message_id="0") is not None
