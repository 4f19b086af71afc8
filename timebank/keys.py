"""The keys that a first start makes for itself, in a file that only its owner can read."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from pathlib import Path

KEY_NAMES = ("TIMEBANK_SECRET_KEY", "TIMEBANK_DATA_KEY", "TIMEBANK_INDEX_KEY")
#: Data keys that open what they sealed and seal nothing any more, with commas between.
OLDER_KEYS = "TIMEBANK_DATA_KEYS_OLD"


class KeyFileError(Exception):
    """The key file cannot be used; the sentence says why."""


def keys_of_instance(instance: Path) -> dict[str, str]:
    """Read the instance's keys and make them when there are none.

    Two processes that start at once end up with the same keys: each writes its own finished
    file, and only one of them can be linked to the final name.
    """
    path = instance / "keys.json"
    if not path.exists():
        _make(path)
    return _read(path)


def renew_data_key(instance: Path) -> None:
    """Put a new data key into the instance's file and keep the old one beside it to open with.

    The file is replaced in one step, so that a start meanwhile finds the old keys or the new
    ones. Raises :class:`KeyFileError` where there is no file: keys of the environment are the
    operator's.
    """
    path = instance / "keys.json"
    keys = _read(path)
    older = [keys["TIMEBANK_DATA_KEY"], *filter(None, [keys.get(OLDER_KEYS)])]
    _replace(
        path,
        keys | {"TIMEBANK_DATA_KEY": secrets.token_hex(32), OLDER_KEYS: ",".join(older)},
    )


def drop_older_keys(instance: Path) -> None:
    """Forget the older data keys of the instance's file; what they sealed is unreadable then."""
    path = instance / "keys.json"
    keys = _read(path)
    keys.pop(OLDER_KEYS, None)
    _replace(path, keys)


def _replace(path: Path, keys: dict[str, str]) -> None:
    draft = path.with_name(f".keys-{secrets.token_hex(8)}")
    try:
        _write(draft, keys)
        draft.replace(path)
    except OSError as error:
        raise _cannot_make(path, error) from None


def _make(path: Path) -> None:
    draft = path.with_name(f".keys-{secrets.token_hex(8)}")
    try:
        try:
            _write(draft, {name: secrets.token_hex(32) for name in KEY_NAMES})
            # Linking fails when the name exists, so the first writer's keys stay.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink()
    except OSError as error:
        raise _cannot_make(path, error) from None


def _write(draft: Path, keys: dict[str, str]) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(json.dumps(keys, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _cannot_make(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(
        f"无法在 {path.parent} 中生成密钥文件（{error.strerror}）。"
        f" No key file could be made in {path.parent} ({error.strerror})."
    )


def _read(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise _unreadable(path) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(
            f"密钥文件 {path} 能被其他用户读取，请执行：chmod 600 {path}"
            f" Other users can read the key file; run the command above."
        )
    try:
        keys = json.loads(text)
        older = {OLDER_KEYS: str(keys[OLDER_KEYS])} if OLDER_KEYS in keys else {}
        return {name: str(keys[name]) for name in KEY_NAMES} | older
    except (ValueError, KeyError, TypeError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> KeyFileError:
    return KeyFileError(
        f"密钥文件 {path} 无法读取或已损坏，请从备份恢复。"
        f" The key file {path} cannot be read or is damaged: restore it from a backup."
    )
