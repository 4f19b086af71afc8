"""Figures of a month, added up as they come: pages read these, and count only what is newer.

Believed by nobody: a whole check adds every figure up again (``services.verification.tallies``).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed


class TallyMark(Base):
    """How far a book has been added up: everything before this moment is in its tallies."""

    __tablename__ = "tally_marks"
    __table_args__ = placed("book", changes=("at",))

    book: Mapped[BookKey]
    at: Mapped[datetime]


class MonthMove(Base):
    """What moved in a month, by kind of transfer and by kind of account.

    With an empty ``account_kind``, ``entries`` counts the transfers themselves.
    """

    __tablename__ = "month_moves"
    __table_args__ = placed("book", changes=("entries", "in_minutes", "out_minutes"))

    book: Mapped[BookKey]
    #: YYYY-MM in China, by the moment of posting.
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    account_kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    entries: Mapped[int] = mapped_column(sa.BigInteger())
    in_minutes: Mapped[Minutes]
    out_minutes: Mapped[Minutes]


class MonthHelp(Base):
    """What a branch's elders asked for and got in a month, by service.

    Asked for by the moment of asking, got by the moment of the credit, taken back by the moment
    of the reversal. Minutes are standard minutes, but for the actual ones.
    """

    __tablename__ = "month_help"
    __table_args__ = placed(
        "book",
        changes=(
            "asked",
            "asked_minutes",
            "visits",
            "actual_minutes",
            "earn_minutes",
            "elder_minutes",
            "pool_minutes",
            "reversed",
            "reversed_actual_minutes",
            "reversed_earn_minutes",
            "reversed_elder_minutes",
        ),
    )

    book: Mapped[BookKey]
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    branch_id: Mapped[IdKey]
    service_code: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    asked: Mapped[int] = mapped_column(sa.BigInteger())
    #: Booked minutes, times the people needed.
    asked_minutes: Mapped[Minutes]
    visits: Mapped[int] = mapped_column(sa.BigInteger())
    actual_minutes: Mapped[Minutes]
    earn_minutes: Mapped[Minutes]
    elder_minutes: Mapped[Minutes]
    pool_minutes: Mapped[Minutes]
    reversed: Mapped[int] = mapped_column(sa.BigInteger())
    reversed_actual_minutes: Mapped[Minutes]
    reversed_earn_minutes: Mapped[Minutes]
    reversed_elder_minutes: Mapped[Minutes]


class MonthWait(Base):
    """How many waited how long: from the branch's decision to the yes of whoever came."""

    __tablename__ = "month_waits"
    __table_args__ = placed("book", changes=("visits",))

    book: Mapped[BookKey]
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    branch_id: Mapped[IdKey]
    #: all, age-60, hardship, alone, grade-3, … as ``services.rules.waiting`` has them.
    grouping: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    #: Whole hours, rounded up.
    hours: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    visits: Mapped[int] = mapped_column(sa.BigInteger())
