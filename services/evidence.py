"""Evidence files: checked, hashed into the audit record, and kept sealed in the database.

The rooms whose things they prove (a manual entry, a complaint, …) decide who may add and read
them; here is how. Nothing is ever served from a folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.evidence import EvidenceContent, EvidenceFile
from services import audit
from services.context import Context
from services.errors import Conflict, Invalid, NotFound
from services.vault import Vault

#: A photograph from a telephone is two to six megabytes.
MOST_BYTES = 8 * 1024 * 1024
#: Files of one thing, all times of adding together.
MOST_FILES = 6
#: What a file begins with says what it is, whatever its name says.
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
_NAME, _CONTENT = "evidence.name", "evidence.content"
_LONGEST_NAME = 120


class NotEvidence(Invalid):
    """证明材料只收照片（JPG、PNG）和 PDF 文件，这个文件不是。"""

    code = "not_evidence"


class EvidenceTooLarge(Invalid):
    """单个文件不能超过 {most_mb} MB，请换一张小一点的照片。"""

    code = "evidence_too_large"


class TooMuchEvidence(Conflict):
    """一件事最多放 {most} 个文件。"""

    code = "too_much_evidence"


class EvidenceOver(NotFound):
    """这份文件已过保存期限，内容已经清除。"""

    code = "evidence_over"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody sent it; nothing of it is believed yet."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file in a list. ``content_hash`` is SHA-256 in hexadecimal digits."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    content_hash: str
    added_by_id: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with its bytes."""

    line: FileLine
    content: bytes


def digests(uploads: Iterable[Upload]) -> list[str]:
    """What stands for the files in an act's content, so that a repeated key is told apart."""
    return [hashlib.sha256(each.content).hexdigest() for each in uploads]


def check(uploads: Sequence[Upload]) -> None:
    """Raise NotEvidence, EvidenceTooLarge or TooMuchEvidence before anything is written."""
    if len(uploads) > MOST_FILES:
        raise TooMuchEvidence(field="files", most=MOST_FILES)
    for each in uploads:
        if len(each.content) > MOST_BYTES:
            raise EvidenceTooLarge(field="files", most_mb=MOST_BYTES // 1024 // 1024)
        _media_type(each.content)


def attach(
    ctx: Context, book: str, subject_kind: str, subject_id: UUID, uploads: Sequence[Upload]
) -> list[UUID]:
    """Keep files for a thing, each with an audit record that names its digest; services only.

    The same bytes are kept once a thing: their id comes back. The thing's row is locked by the
    caller where two could add at once.
    """
    check(uploads)
    known = {line.content_hash: line.id for line in files_of(ctx, book, subject_kind, subject_id)}
    fresh = {digest for digest in digests(uploads) if digest not in known}
    if len(known) + len(fresh) > MOST_FILES:
        raise TooMuchEvidence(field="files", most=MOST_FILES)
    found: list[UUID] = []
    for upload, digest in zip(uploads, digests(uploads), strict=True):
        if digest not in known:
            known[digest] = _keep(ctx, book, subject_kind, subject_id, upload, digest)
        found.append(known[digest])
    return found


def _keep(
    ctx: Context, book: str, subject_kind: str, subject_id: UUID, upload: Upload, digest: str
) -> UUID:
    row = EvidenceFile(
        book=book,
        id=ctx.new_id(),
        subject_kind=subject_kind,
        subject_id=subject_id,
        name_sealed=ctx.vault.seal(_NAME, upload.name.strip()[-_LONGEST_NAME:]),
        media_type=_media_type(upload.content),
        size_bytes=len(upload.content),
        content_hash=digest,
        added_by_id=ctx.actor.id,
        added_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    sealed = ctx.vault.seal_bytes(f"{_CONTENT}:{row.id}", upload.content)
    ctx.session.add(EvidenceContent(book=book, id=row.id, content_sealed=sealed))
    after = {"file": str(row.id), "sha256": digest, "bytes": row.size_bytes}
    audit.record(ctx, "evidence.add", subject_kind, subject_id, book=book, after=after)
    ctx.session.flush()
    return row.id


def files_of(ctx: Context, book: str, subject_kind: str, subject_id: UUID) -> tuple[FileLine, ...]:
    """The files of a thing, in the order in which they came; the caller has asked the policy."""
    rows = ctx.session.scalars(
        sa.select(EvidenceFile)
        .where(EvidenceFile.book == book, EvidenceFile.subject_id == subject_id)
        .where(EvidenceFile.subject_kind == subject_kind)
        .order_by(EvidenceFile.added_at, EvidenceFile.id)
    )
    return tuple(_line(ctx, row) for row in rows)


def open_file(
    ctx: Context, book: str, subject_kind: str, subject_id: UUID, file_id: UUID
) -> FileView:
    """A file of a thing with its bytes; the look is recorded: call it in a unit of work.

    The caller has asked the policy. Raises NotFound, also for a file of another thing, and
    EvidenceOver.
    """
    row = ctx.session.get(EvidenceFile, (book, file_id))
    if row is None or (row.subject_kind, row.subject_id) != (subject_kind, subject_id):
        raise NotFound
    kept = ctx.session.get_one(EvidenceContent, (book, file_id))
    if not kept.content_sealed:
        raise EvidenceOver
    content = opened(ctx.vault, row.id, kept.content_sealed)
    after = {"file": str(row.id), "sha256": row.content_hash}
    audit.record(ctx, "evidence.read", subject_kind, subject_id, book=book, after=after)
    ctx.session.flush()
    return FileView(_line(ctx, row), content)


def opened(vault: Vault, file_id: UUID, sealed: bytes) -> bytes:
    """The bytes of a file; services only. Raises Unreadable where they were changed."""
    return vault.open_bytes(f"{_CONTENT}:{file_id}", sealed)


def _line(ctx: Context, row: EvidenceFile) -> FileLine:
    return FileLine(
        id=row.id,
        name=ctx.vault.open(_NAME, row.name_sealed),
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        content_hash=row.content_hash,
        added_by_id=row.added_by_id,
        added_at=row.added_at,
    )


def _media_type(content: bytes) -> str:
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    raise NotEvidence(field="files")
