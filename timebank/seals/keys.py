"""Private keys of the seals: one file each in the instance folder, never in the database.

A file is named for its key, so that a rotation that was cut short leaves a file too many and
never one too few: which key is in force is said by the history in the database alone.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from services.ledger.seals.signing import SigningKey

#: How much of a key's id stands in its file's name.
SHOWN = 16


class SealKeyError(Exception):
    """A private key cannot be used; the sentence says why."""


def path_of(instance: Path, key_id: str) -> Path:
    """Where the private key with this id lies."""
    return instance / f"seal-{key_id[:SHOWN]}.key"


def keep_key(instance: Path, key: SigningKey) -> None:
    """Keep a new operator's key under its own name; SealKeyError."""
    keep_key_in(path_of(instance, key.key_id), key)


def keep_key_in(path: Path, key: SigningKey) -> None:
    """Write a new private key, readable by its owner alone, and flush it to the disk."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.secret() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SealKeyError(
            f"无法写入密钥文件 {path}（{error.strerror}）。"
            f" The key file could not be written ({error.strerror})."
        ) from None


def read_key(path: Path) -> SigningKey:
    """The private key in a file; SealKeyError when others can read it or it is damaged."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SealKeyError(
            f"找不到封存密钥文件 {path}，请从备份恢复。"
            f" The private key file {path} is not there: restore it from a backup."
        ) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SealKeyError(
            f"密钥文件 {path} 能被其他用户读取，请执行：chmod 600 {path}"
            f" Other users can read the key file; run the command above."
        )
    try:
        return SigningKey(bytes.fromhex(text))
    except ValueError:
        raise SealKeyError(
            f"密钥文件 {path} 已损坏，请从备份恢复。"
            f" The key file {path} is damaged: restore it from a backup."
        ) from None


def key_in_force(instance: Path, key_id: str) -> SigningKey:
    """The operator's private key with this id; SealKeyError when it is not to be had."""
    path = path_of(instance, key_id)
    key = read_key(path)
    if key.key_id != key_id:
        raise SealKeyError(
            f"密钥文件 {path} 里不是现在有效的密钥。"
            f" The file {path} does not hold the key in force."
        )
    return key


def no_key_yet() -> SealKeyError:
    """What a production instance says that was never given a key: nothing makes it by itself."""
    return SealKeyError(
        "还没有封存密钥，请执行：flask --app app seals rotate"
        " There is no key for the seals yet: run the command above."
    )


def drop_key(instance: Path, key_id: str) -> None:
    """Destroy a private key that signs nothing any more."""
    path_of(instance, key_id).unlink(missing_ok=True)
