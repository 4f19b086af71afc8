"""Agreements between two regions: proposed by one side, signed by the other, from a day on.

The first side of an agreement is the one that has proposed it, and its mode is as that side sees
it. National administrators may stand in for a side. Until it is signed it opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Corridor, CorridorMode, Phase
from models.places import Tier
from services import policy
from services.acts import once
from services.claims import claim_row
from services.clock import local_date
from services.context import Context
from services.corridors import agreement_sentences as say
from services.corridors.sides import names_of, record_on_both, tell_both, tell_side
from services.countersigning import require_second
from services.errors import NotFound
from services.ids import derived
from services.places.regions import region_on
from services.policy import NATION, Subject

#: The most that a cap may be: what a county of a million people could earn in some years.
LARGEST_MINUTES = 10_000_000_000
LONGEST_DOCUMENT = 60
#: Why an agreement ended that a later one of the same two regions replaces.
REPLACED = "replaced"
_TIERS = {Phase.DISTRICT: Tier.COUNTY, Phase.CITY: Tier.CITY, Phase.PROVINCE: Tier.PROVINCE}


@dataclass(frozen=True, slots=True)
class AgreementForm:
    """What one region proposes to another; ``one_code`` is the proposer's side."""

    one_code: str
    other_code: str
    phase: Phase
    mode: CorridorMode
    pair_cap_minutes: int
    valid_from: date
    document: str


def propose(ctx: Context, form: AgreementForm) -> UUID:
    """Put an agreement forward; the other side's administrators are told.

    Raises PhaseWrong, OneDistrict, PairCapWrong, NotInThePast, PaperNeeded or ProposalWaiting.
    """
    policy.require(ctx.actor, "corridor.propose", Subject(region_code=form.one_code))
    content = {
        "codes": [form.one_code, form.other_code],
        "phase": form.phase.value,
        "mode": form.mode.value,
        "pair_cap_minutes": form.pair_cap_minutes,
        "valid_from": form.valid_from.isoformat(),
        "document": form.document,
    }

    def do() -> dict[str, str]:
        _require_sound(ctx, form)
        return {"corridor_id": str(_write(ctx, form))}

    return UUID(once(ctx, NATION, "corridor.propose", content, do)["corridor_id"])


def _require_sound(ctx: Context, form: AgreementForm) -> None:
    _require_tiers(ctx, form)
    if not 0 <= form.pair_cap_minutes <= LARGEST_MINUTES:
        raise say.PairCapWrong(field="pair_cap_minutes")
    require_dated(ctx, form.valid_from, form.document)


def require_dated(ctx: Context, valid_from: date, document: str) -> None:
    """Nothing begins in the past, and everything names its paper."""
    if valid_from < local_date(ctx.now):
        raise say.NotInThePast(field="valid_from")
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        raise say.PaperNeeded(field="document")


def _require_tiers(ctx: Context, form: AgreementForm) -> None:
    codes = (form.one_code, form.other_code)
    if form.phase is Phase.NATION:
        fits = codes == (NATION, NATION)
    else:
        today = local_date(ctx.now)
        fits = NATION not in codes and all(
            region_on(ctx.session, code, today).tier is _TIERS[form.phase] for code in codes
        )
    if not fits:
        raise say.PhaseWrong(field="phase")
    if form.phase is Phase.DISTRICT and form.one_code == form.other_code:
        raise say.OneDistrict(field="other_code")


def _write(ctx: Context, form: AgreementForm) -> UUID:
    earlier = _of_pair(ctx.session, form.one_code, form.other_code)
    # Two who propose at once give their agreements one and the same id: one of them is first.
    pair = sorted((form.one_code, form.other_code))
    key = derived("corridor", *pair, len(earlier))
    waits = any(row.signed_at is None and row.withdrawn_at is None for row in earlier)
    if waits or not claim_row(ctx.session, Corridor, _values(ctx, key, form)):
        raise say.ProposalWaiting(
            **names_of(ctx, "one", form.one_code), **names_of(ctx, "other", form.other_code)
        )
    row = ctx.session.get_one(Corridor, key)
    record_on_both(ctx, "corridor.propose", row, after=_figures(row))
    from_names = names_of(ctx, "from", row.one_code)
    tell_side(ctx, row.other_code, say.PROPOSED, **from_names, document=row.document)
    ctx.session.flush()
    return key


def _values(ctx: Context, key: UUID, form: AgreementForm) -> dict[str, object]:
    return {
        "id": key,
        "one_code": form.one_code,
        "other_code": form.other_code,
        "phase": form.phase,
        "mode": form.mode,
        "pair_cap_minutes": form.pair_cap_minutes,
        "valid_from": form.valid_from,
        "document": form.document.strip(),
        "proposed_by_id": ctx.actor.id,
        "proposed_at": ctx.now,
    }


def _figures(row: Corridor) -> dict[str, object]:
    return {
        "one": row.one_code,
        "other": row.other_code,
        "phase": row.phase.value,
        "mode": row.mode.value,
        "pair_cap_minutes": row.pair_cap_minutes,
        "valid_from": row.valid_from.isoformat(),
    }


def _of_pair(
    session: Session, one_code: str, other_code: str, *, is_locked: bool = False
) -> list[Corridor]:
    """Every agreement of exactly these two regions, whichever is first, in one order."""
    wanted = sa.select(Corridor).where(
        sa.or_(
            sa.and_(Corridor.one_code == one_code, Corridor.other_code == other_code),
            sa.and_(Corridor.one_code == other_code, Corridor.other_code == one_code),
        )
    )
    if is_locked:
        wanted = wanted.with_for_update()
    return list(
        session.scalars(wanted.order_by(Corridor.id).execution_options(populate_existing=True))
    )


def sign(ctx: Context, corridor_id: UUID) -> None:
    """The other side signs: the agreement holds from its day on and replaces earlier ones.

    Raises SecondSignature or KinSigns for whoever must not, AgreementSigned, AgreementWithdrawn,
    StartPassed.
    """
    found = found_agreement(ctx.session, corridor_id)
    policy.require(ctx.actor, "corridor.sign", Subject(region_code=found.other_code))

    def do() -> dict[str, str]:
        alike = _of_pair(ctx.session, found.one_code, found.other_code, is_locked=True)
        (row,) = (each for each in alike if each.id == corridor_id)
        _require_waiting(row)
        require_second(ctx, row.proposed_by_id)
        if row.valid_from < local_date(ctx.now):
            raise say.StartPassed
        row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
        _replace(ctx, row, alike)
        record_on_both(ctx, "corridor.sign", row, after=_figures(row))
        tell_side(
            ctx,
            row.one_code,
            say.SIGNED,
            **names_of(ctx, "from", row.other_code),
            document=row.document,
            valid_from=row.valid_from.isoformat(),
        )
        ctx.session.flush()
        return {}

    once(ctx, NATION, "corridor.sign", {"corridor_id": corridor_id}, do)


def _replace(ctx: Context, row: Corridor, alike: list[Corridor]) -> None:
    """Of two regions one agreement holds on a day: none comes back when a later one ends."""
    for each in alike:
        if each is row or each.signed_at is None:
            continue
        is_later = each.valid_from > row.valid_from
        ends, begins = (row, each.valid_from) if is_later else (each, row.valid_from)
        if ends.valid_to is None or ends.valid_to > begins:
            ends.valid_to, ends.end_reason = begins, REPLACED
            ends.ended_by_id, ends.ended_at = ctx.actor.id, ctx.now


def withdraw(ctx: Context, corridor_id: UUID) -> None:
    """Either side takes an agreement back that is not signed yet; the other side is told."""
    found = found_agreement(ctx.session, corridor_id)
    side = acting_side(ctx, "corridor.propose", found)

    def do() -> dict[str, str]:
        row = locked_agreement(ctx.session, corridor_id)
        _require_waiting(row)
        row.withdrawn_at = ctx.now
        record_on_both(ctx, "corridor.withdraw", row)
        tell_both(ctx, row, say.WITHDRAWN, **names_of(ctx, "from", side), document=row.document)
        ctx.session.flush()
        return {}

    once(ctx, NATION, "corridor.withdraw", {"corridor_id": corridor_id}, do)


def acting_side(ctx: Context, act: str, row: Corridor) -> str:
    """The side of an agreement that the actor may act for, the first before the second."""
    for code in (row.one_code, row.other_code):
        if policy.can(ctx.actor, act, Subject(region_code=code)).allowed:
            return code
    policy.require(ctx.actor, act, Subject(region_code=row.one_code))
    raise NotFound


def _require_waiting(row: Corridor) -> None:
    if row.withdrawn_at is not None:
        raise say.AgreementWithdrawn
    if row.signed_at is not None:
        raise say.AgreementSigned


def found_agreement(session: Session, corridor_id: UUID) -> Corridor:
    """An agreement by its id, or NotFound."""
    row = session.get(Corridor, corridor_id)
    if row is None:
        raise NotFound
    return row


def locked_agreement(session: Session, corridor_id: UUID) -> Corridor:
    """The agreement as it is now, kept from changing."""
    return session.scalars(
        sa.select(Corridor)
        .where(Corridor.id == corridor_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
