"""What may stand at a refused row, by its code: pages and reports say the sentence."""

from __future__ import annotations

from services.errors import DomainError
from services.imports import errors
from services.ledger import drafts
from services.people.errors import (
    BirthMismatch,
    NameWrong,
    PhoneWrong,
    SexMismatch,
    TooManyWords,
)
from services.rules import identity_number, member_number

OF_ROWS: dict[str, type[DomainError]] = {
    each.code: each
    for each in (
        NameWrong,
        SexMismatch,
        BirthMismatch,
        PhoneWrong,
        TooManyWords,
        identity_number.IdNumberShape,
        identity_number.IdNumberOld,
        identity_number.IdNumberRegion,
        identity_number.IdNumberBirth,
        identity_number.IdNumberCheck,
        member_number.NumberShape,
        member_number.NumberCheck,
        errors.AmountUnreadable,
        errors.DayUnreadable,
        errors.WordUnknown,
        errors.IdentityMissing,
        errors.IdentityTwice,
        errors.NumberDiffers,
        errors.NameDiffers,
        errors.HasLeft,
        errors.LivesElsewhere,
        errors.BelowAge,
        errors.NegativeBalance,
        errors.AboveStorage,
        errors.BroughtBefore,
        errors.WitnessesMissing,
        errors.TransfersDiffer,
        errors.OwnRow,
        errors.ObjectionUpheld,
        errors.SpentMeanwhile,
        drafts.AboveCeiling,
        drafts.AccountClosed,
        drafts.AccountUnknown,
        drafts.EffectiveLater,
    )
}


def sentence_of(code: str) -> str:
    """The Chinese sentence of a row's code; empty for a row that is not refused."""
    if code in ("", "new", "known"):
        return ""
    return (OF_ROWS.get(code, DomainError).__doc__ or "").strip()
