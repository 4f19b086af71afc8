"""Keys made by the application: UUIDv7 (RFC 9562) and keys derived from an act's key."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid5

#: Namespace of every derived key of this product.
NAMESPACE = UUID("6f1d2f0e-8a3b-5c77-9a51-0b6d1c4e7a20")


def uuid7(now: datetime) -> UUID:
    """A time-ordered random key. Its order is a hint for indexes, never an order of commits."""
    millis = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    value = (millis << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def derived(*parts: object) -> UUID:
    """The same parts give the same key (UUIDv5), so that any step of an act can be repeated."""
    return uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))
