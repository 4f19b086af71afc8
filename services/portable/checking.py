"""A file that somebody brings: judged by the checker with the keys known here, and not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from models.portable import Installation
from services import policy
from services.context import Context
from services.ledger.check.account import judge_account
from services.ledger.check.verdicts import Finding, Kept, Pins
from services.ledger.seals.account_file import AccountFile, read_account
from services.ledger.seals.headers import Malformed
from services.portable.installations import own_fingerprints
from services.portable.reading import StatementLine, issued_here
from services.portable.taking import LONGEST
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What the check found. ``issued`` is None where the file did not go out from here."""

    good: bool
    findings: tuple[Finding, ...]
    digest: str
    issued: StatementLine | None
    #: The other installation whose key signed it; None for ours and for unknown ones.
    issuer: Name | None


def check_file(ctx: Context, raw: bytes) -> CheckedFile:
    """Judge the bytes of a file; for everybody. Nothing of it is written down."""
    policy.require(ctx.actor, "account.check")
    verdicts = Kept()
    others = _others(ctx)
    account = _read(raw, verdicts)
    issuer = None
    if account is not None:
        own = own_fingerprints(ctx)
        judge_account(account, Pins(operator=own | others.keys()), verdicts)
        if account.key_id not in account.ring.vouched_by(own):
            issuer = _issuer(account, others)
    digest = hashlib.sha256(raw).hexdigest()
    return CheckedFile(
        good=verdicts.good,
        findings=tuple(verdicts.findings),
        digest=digest,
        issued=issued_here(ctx, digest),
        issuer=issuer,
    )


def _read(raw: bytes, verdicts: Kept) -> AccountFile | None:
    if len(raw) > LONGEST:
        verdicts.wrong("malformed", place=f"> {LONGEST}")
        return None
    try:
        return read_account(raw.decode())
    except Malformed as error:
        # Any other JSON lacks the kind.
        if str(error) == "kind":
            verdicts.wrong("unknown_kind")
        else:
            verdicts.wrong("malformed", place=error)
    except (ValueError, RecursionError):
        verdicts.wrong("malformed", place="JSON")
    return None


def _others(ctx: Context) -> Mapping[str, Name]:
    known = ctx.session.scalars(sa.select(Installation).where(Installation.removed_at.is_(None)))
    return {each.fingerprint: Name(each.name, each.name_en) for each in known}


def _issuer(account: AccountFile, others: Mapping[str, Name]) -> Name | None:
    for fingerprint, name in sorted(others.items()):
        if account.key_id in account.ring.vouched_by({fingerprint}):
            return name
    return None
