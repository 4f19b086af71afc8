"""Sealed columns and blind indexes: personal data is unreadable without the instance's keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import DomainError

#: What stands before a sealed text and before sealed bytes, in front of the key's short id. Older
#: ones say ``v1.`` and nothing: any key of the ring may have made them.
TEXT, OLD_TEXT, BYTES = "v2.", "v1.", b"tbv2"
#: In place of a sealed text that is over: it opens as these words, and needs no key.
GONE, GONE_WORDS = "v0.", "（内容已清除）"
#: Bytes of a key's short id; shown as twice as many hexadecimal digits.
ID_BYTES = 4


class Unreadable(DomainError):
    """这份加密资料无法读取，请联系管理员。"""

    kind, code = "conflict", "unreadable"
    is_answer = False


def key_id(key: bytes) -> str:
    """A key's short id, which tells nothing about the key."""
    return hmac.digest(key, b"timebank/data-key", hashlib.sha256)[:ID_BYTES].hex()


@dataclass(frozen=True, slots=True)
class Vault:
    """AES-256-GCM for values, HMAC-SHA-256 for exact look-up of what is sealed.

    The purpose (say ``member.phone``) is bound to the value, so that a sealed text copied into
    another column does not open there. Everything is sealed with ``data_key``; what an older key
    of the ring has sealed opens as well, until ``services.privacy.rotating`` has sealed it anew.
    """

    data_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    older_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def newest(self) -> str:
        """The short id of the key that seals."""
        return key_id(self.data_key)

    @property
    def ring(self) -> dict[str, bytes]:
        """Every key by its short id, the one that seals first."""
        return {key_id(key): key for key in (self.data_key, *self.older_keys)}

    def seal(self, purpose: str, text: str) -> str:
        """Encrypt a text; every call gives another result."""
        body = base64.urlsafe_b64encode(self._sealed(purpose, text.encode())).decode()
        return f"{TEXT}{self.newest}.{body}"

    def open(self, purpose: str, sealed: str) -> str:
        """Decrypt what :meth:`seal` made for the same purpose; raises :class:`Unreadable`."""
        if sealed == GONE:
            return GONE_WORDS
        maker, body = _parts(sealed)
        try:
            return self._opened(purpose, maker, base64.urlsafe_b64decode(body)).decode()
        except ValueError:
            raise Unreadable from None

    def open_or_none(self, purpose: str, sealed: str | None) -> str | None:
        """Like :meth:`open`, for a column that may be empty."""
        return None if sealed is None else self.open(purpose, sealed)

    def seal_bytes(self, purpose: str, content: bytes) -> bytes:
        """Encrypt a file's bytes; every call gives another result."""
        return BYTES + bytes.fromhex(self.newest) + self._sealed(purpose, content)

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what :meth:`seal_bytes` made for the same purpose; raises :class:`Unreadable`."""
        head = len(BYTES) + ID_BYTES
        if sealed.startswith(BYTES):
            try:
                return self._opened(purpose, sealed[len(BYTES) : head].hex(), sealed[head:])
            except Unreadable:
                # An older value begins with chance: once in a very long while with these bytes.
                return self._opened(purpose, None, sealed)
        return self._opened(purpose, None, sealed)

    def blind(self, purpose: str, text: str) -> str:
        """A keyed digest for exact look-up: equal texts meet, and nobody can guess backwards."""
        mac = hmac.new(self.index_key, f"{purpose}\x1f{text}".encode(), hashlib.sha256)
        return mac.hexdigest()

    def _sealed(self, purpose: str, content: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + AESGCM(self.data_key).encrypt(nonce, content, purpose.encode())

    def _opened(self, purpose: str, maker: str | None, body: bytes) -> bytes:
        for key in self._keys(maker):
            try:
                return AESGCM(key).decrypt(body[:12], body[12:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
        raise Unreadable

    def _keys(self, maker: str | None) -> Iterator[bytes]:
        """The key that is named, or every key of the ring."""
        if maker is None:
            yield from (self.data_key, *self.older_keys)
        elif maker in self.ring:
            yield self.ring[maker]


def maker_of(sealed: str | bytes) -> str | None:
    """The short id of the key that sealed a value; None where it does not say."""
    if isinstance(sealed, bytes):
        if not sealed.startswith(BYTES):
            return None
        return sealed[len(BYTES) : len(BYTES) + ID_BYTES].hex()
    return _parts(sealed)[0]


def _parts(sealed: str) -> tuple[str | None, str]:
    """The key's short id and the body of a sealed text; raises Unreadable for anything else."""
    if sealed.startswith(OLD_TEXT):
        return None, sealed.removeprefix(OLD_TEXT)
    maker, dot, body = sealed.removeprefix(TEXT).partition(".")
    if not sealed.startswith(TEXT) or not dot:
        raise Unreadable
    return maker, body
