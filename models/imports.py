"""Members and balances of an older time bank: read, checked, published, signed, posted, undone."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKED = "checked"  # every row's fate is foreseen; nothing has moved
    PUBLISHED = "published"  # the public notice runs
    SIGNED = "signed"  # a second administrator has signed: the job works it off
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    WITHDRAWN = "withdrawn"


class RowState(StrEnum):
    """The fate of a row."""

    WAITING = "waiting"
    POSTED = "posted"
    REFUSED = "refused"
    UNDONE = "undone"


class Import(Base):
    """One import of one source into one book, with the mapping that read it."""

    __tablename__ = "imports"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_imports_state", "book", "state"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    #: template, timeoverflow, account (a closing statement of another installation).
    layout: Mapped[str] = mapped_column(sa.String(16))
    #: The system that the data comes from, as people call it.
    source: Mapped[str]
    branch_id: Mapped[UUID]
    #: A signed ledger, B passbooks, C a claim: rule data.
    evidence_class: Mapped[str] = mapped_column(sa.String(4))
    #: Papers behind the class: certificate of the authority, sample, witnesses.
    evidence: Mapped[dict[str, Any]]
    #: Column of the source -> field of this platform, as it was used.
    mapping: Mapped[dict[str, Any]]
    #: SHA-256 of every file that came, by its name.
    files: Mapped[dict[str, Any]]
    state: Mapped[ImportState] = mapped_column(str_enum(ImportState, "import_state"))
    rows: Mapped[int]
    posted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    #: What the posted rows come to, in standard minutes.
    minutes: Mapped[Minutes]
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    notice_from: Mapped[date | None]
    notice_ends_on: Mapped[date | None]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Who asks for it to be undone, and another administrator who signs that.
    undo_asked_by_id: Mapped[UUID | None]
    undo_asked_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    #: The older system runs on beside this one, and its list is compared day by day.
    both_run: Mapped[bool] = mapped_column(default=False)
    reason_sealed: Mapped[str | None]


class ImportRow(Base):
    """One person of the older system: who, how much, and what becomes of it."""

    __tablename__ = "import_rows"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "import_id"], ["imports.book", "imports.id"]),
        sa.Index("ix_import_rows_state", "book", "import_id", "state", "line"),
        sa.Index("ix_import_rows_member", "book", "member_id"),
    )

    book: Mapped[BookKey]
    import_id: Mapped[IdKey]
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The person's key in the older system.
    old_key: Mapped[str] = mapped_column(sa.String(60))
    #: Name, identity and contact as they came, sealed by the vault; empty once erased.
    data_sealed: Mapped[str]
    claimed_minutes: Mapped[Minutes]
    #: What the evidence class leaves of it.
    credited_minutes: Mapped[Minutes]
    actual_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    state: Mapped[RowState] = mapped_column(str_enum(RowState, "row_state"))
    #: new, known: whether the person becomes a member or is one; or a refusal's code.
    code: Mapped[str] = mapped_column(sa.String(48))
    params: Mapped[dict[str, Any]]
    member_id: Mapped[UUID | None]
    transfer_id: Mapped[UUID | None]


class ImportObjection(Base):
    """Somebody objects within the notice to a row or to the whole."""

    __tablename__ = "import_objections"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "import_id"], ["imports.book", "imports.id"]),
        changes=("decided_by_id", "decided_at", "upheld", "decision_sealed"),
    )

    book: Mapped[BookKey]
    import_id: Mapped[IdKey]
    id: Mapped[IdKey]
    line: Mapped[int | None]
    text_sealed: Mapped[str]
    by_id: Mapped[UUID]
    at: Mapped[datetime]
    upheld: Mapped[bool | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_sealed: Mapped[str | None]


class ImportComparison(Base):
    """Both systems side by side on a day: how the older one's balances differ from ours."""

    __tablename__ = "import_comparisons"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "import_id"], ["imports.book", "imports.id"]),
        append_only=True,
    )

    book: Mapped[BookKey]
    import_id: Mapped[IdKey]
    id: Mapped[IdKey]
    on_day: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[UUID]
    #: SHA-256 of the older system's list.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    rows: Mapped[int]
    equal: Mapped[int]
    differing: Mapped[int]
    missing_here: Mapped[int]
    missing_there: Mapped[int]
    #: [{old_key, member, theirs_minutes, ours_minutes, what}], at most as many as a page holds.
    differences: Mapped[list[Any]]
