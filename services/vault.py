"""Sealed columns and blind indexes: personal data is unreadable without the instance's keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import DomainError


class Unreadable(DomainError):
    """这份加密资料无法读取，请联系管理员。"""

    kind, code = "conflict", "unreadable"
    is_answer = False


@dataclass(frozen=True, slots=True)
class Vault:
    """AES-256-GCM for values, HMAC-SHA-256 for exact look-up of what is sealed.

    The purpose (say ``member.phone``) is bound to the value, so that a sealed text copied into
    another column does not open there.
    """

    data_key: bytes
    index_key: bytes

    def seal(self, purpose: str, text: str) -> str:
        """Encrypt a text; every call gives another result."""
        return "v1." + base64.urlsafe_b64encode(self.seal_bytes(purpose, text.encode())).decode()

    def open(self, purpose: str, sealed: str) -> str:
        """Decrypt what :meth:`seal` made for the same purpose; raises :class:`Unreadable`."""
        version, _, body = sealed.partition(".")
        if version != "v1":
            raise Unreadable
        try:
            return self.open_bytes(purpose, base64.urlsafe_b64decode(body)).decode()
        except ValueError:
            raise Unreadable from None

    def open_or_none(self, purpose: str, sealed: str | None) -> str | None:
        """Like :meth:`open`, for a column that may be empty."""
        return None if sealed is None else self.open(purpose, sealed)

    def seal_bytes(self, purpose: str, content: bytes) -> bytes:
        """Encrypt a file's bytes; every call gives another result."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.data_key).encrypt(nonce, content, purpose.encode())

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what :meth:`seal_bytes` made for the same purpose; raises :class:`Unreadable`."""
        try:
            return AESGCM(self.data_key).decrypt(sealed[:12], sealed[12:], purpose.encode())
        except (InvalidTag, ValueError):
            raise Unreadable from None

    def blind(self, purpose: str, text: str) -> str:
        """A keyed digest for exact look-up: equal texts meet, and nobody can guess backwards."""
        mac = hmac.new(self.index_key, f"{purpose}\x1f{text}".encode(), hashlib.sha256)
        return mac.hexdigest()
