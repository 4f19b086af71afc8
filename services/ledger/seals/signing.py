"""Ed25519 signatures (RFC 8032), through ``cryptography``. Keys and signatures are hex digits."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


class SigningKey:
    """A private key with the names it goes by."""

    __slots__ = ("_key", "_seed", "key_id", "public_key")

    def __init__(self, seed: bytes) -> None:
        """Take the key from its 32 secret bytes; ValueError when they are not 32."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        #: The public key's 32 bytes.
        self.public_key = self._key.public_key().public_bytes_raw().hex()
        #: SHA-256 of the public key's bytes.
        self.key_id = key_id_of(self.public_key)

    @classmethod
    def fresh(cls) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(secrets.token_bytes(32))

    def secret(self) -> str:
        """The 32 secret bytes, for a file that only its owner can read."""
        return self._seed.hex()

    def sign(self, message: bytes) -> str:
        """The signature over a message."""
        return self._key.sign(message).hex()


def key_id_of(public_key: str) -> str:
    """SHA-256 of a public key's bytes; ValueError when it is not 32 bytes in hex digits."""
    raw = bytes.fromhex(public_key)
    if len(raw) != 32 or raw.hex() != public_key:
        raise ValueError("a public key is 64 lower-case hexadecimal digits")
    return hashlib.sha256(raw).hexdigest()


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Whether the signature over the message was made with this key; never raises."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
