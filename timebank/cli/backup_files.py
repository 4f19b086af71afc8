"""A back-up's folder: files for their owner alone, and a manifest with the hash of each.

The manifest is signed with a key from the index key, which never changes and is in no back-up: a
copy that was cut short or altered, or that belongs to other keys, is refused before it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from timebank.settings import Settings

MANIFEST, SIGNATURE = "manifest.json", "manifest.mac"
KIND, VERSION = "timebank-backup", 1
PREFIX = "timebank-"
CHUNK = 1024 * 1024


class BackupError(click.ClickException):
    """The back-up cannot be made, trusted or restored; the sentence says why."""


def refuse(chinese: str, english: str) -> BackupError:
    """The sentence in both languages."""
    return BackupError(f"{chinese} {english}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a back-up. ``rows`` and ``columns`` are those of a table, where it is one."""

    name: str
    bytes: int
    sha256: str
    table: str = ""
    rows: int = 0
    columns: tuple[str, ...] = ()


@contextmanager
def private() -> Iterator[None]:
    """Whatever is made inside can be read by its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def open_folder(folder: Path) -> None:
    """Make the folder, or refuse one that others can read or that is not ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise refuse(
            f"目录 {folder} 能被其他用户读取，备份里有个人信息，请先执行：chmod 700 {folder}",
            f"Others can read {folder}; make it private first: chmod 700 {folder}",
        )


def require_room(folder: Path, wanted: int) -> None:
    """Refuse before anything is written when the disk will not hold it."""
    free = shutil.disk_usage(folder).free
    if free < wanted + CHUNK:
        raise refuse(
            f"磁盘空间不足：需要约 {wanted // CHUNK + 1} MB，只剩 {free // CHUNK} MB。",
            f"The disk is too small: about {wanted // CHUNK + 1} MB are needed, {free // CHUNK} MB"
            " are free.",
        )


def kept(path: Path, **more: Any) -> Kept:
    """A file as the manifest names it."""
    return Kept(path.name, path.stat().st_size, digest_of(path), **more)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(folder: Path, settings: Settings, content: dict[str, Any]) -> None:
    """Write and sign what the back-up holds; last, so that a folder with one is whole."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()
    (folder / SIGNATURE).write_text(_mac(settings, text) + "\n", encoding="ascii")
    (folder / MANIFEST).write_bytes(text)
    for path in (*folder.iterdir(), folder):
        _to_disk(path)


def described(files: list[Kept], **more: Any) -> dict[str, Any]:
    """The manifest's content."""
    return {"kind": KIND, "version": VERSION, "files": [asdict(each) for each in files], **more}


def read_manifest(folder: Path, settings: Settings) -> dict[str, Any]:
    """What a back-up says it holds, once its signature and every file have been compared.

    BackupError with a sentence for the first thing that is not as it was written.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
        mac = (folder / SIGNATURE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise refuse(
            f"{folder} 里没有完整的备份（缺 {MANIFEST} 或 {SIGNATURE}）。",
            f"There is no whole back-up in {folder}: {MANIFEST} or {SIGNATURE} is missing.",
        ) from None
    if not hmac.compare_digest(mac, _mac(settings, text)):
        raise refuse(
            "备份清单被改动过，或者不是用现在的密钥做的，请先放回当时的密钥。",
            "The manifest was altered, or made under other keys: put those keys back first.",
        )
    content: dict[str, Any] = json.loads(text)
    if (content.get("kind"), content.get("version")) != (KIND, VERSION):
        raise refuse("这个备份的格式不认识。", "This back-up has a format that is not known here.")
    _compare_files(folder, content["files"])
    return content


def _compare_files(folder: Path, files: list[dict[str, Any]]) -> None:
    for each in files:
        path = folder / Path(each["name"]).name
        if not path.is_file():
            raise refuse(f"备份缺文件 {path.name}。", f"The file {path.name} is missing.")
        size = path.stat().st_size
        if size != each["bytes"]:
            raise refuse(
                f"文件 {path.name} 应有 {each['bytes']} 字节，实有 {size}：备份不完整。",
                f"{path.name} has {size} bytes instead of {each['bytes']}: it was cut short.",
            )
        if digest_of(path) != each["sha256"]:
            raise refuse(f"文件 {path.name} 被改动过。", f"The file {path.name} was altered.")


def name_at(moment: datetime) -> str:
    """The name of a back-up that begins now; names sort by time."""
    return f"{PREFIX}{moment:%Y%m%dT%H%M%SZ}"


def forget_old(folder: Path, keep: int) -> list[str]:
    """Remove all whole back-ups but the newest ``keep``, and say which."""
    whole = sorted(path.parent for path in folder.glob(f"{PREFIX}*/{MANIFEST}"))
    gone = whole[:-keep]
    for path in gone:
        shutil.rmtree(path)
    return [path.name for path in gone]


def _mac(settings: Settings, text: bytes) -> str:
    key = hmac.digest(settings.index_key, b"timebank/backup", hashlib.sha256)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
