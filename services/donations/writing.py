"""A donation is written down with its certificate, in the transaction that moves the coins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.giving import BenefitFund, Donation
from models.people import Member
from services import audit, outbox
from services.clock import local_date
from services.context import Context
from services.corridors.finding import region_words
from services.donations import sentences as say
from services.donations.funds import POOL, name_of
from services.papers.issuing import PaperKind, issue
from services.references import new_reference

OWN, COUNTER, OVERFLOW = "own", "counter", "overflow"


def write(
    ctx: Context,
    book: str,
    donor: Member,
    fund: BenefitFund | None,
    minutes: int,
    how: str,
    transfer_id: UUID,
    *,
    to_book: str | None = None,
) -> Donation:
    """Keep the donation and what its fund's criteria are today, issue the certificate, say thanks.

    ``fund`` None is the pool. ``to_book`` is where fund or pool stand, by default in the same
    book. Minutes are standard minutes.
    """
    row = Donation(
        book=book,
        id=ctx.new_id(),
        reference=new_reference(ctx, book, Donation, "D"),
        donor_id=donor.id,
        fund_id=fund.id if fund else None,
        to_book=to_book if to_book != book else None,
        criteria=dict(fund.criteria) if fund else {},
        amount_minutes=minutes,
        how=how,
        witness_id=ctx.actor.id if how == COUNTER else None,
        at=ctx.now,
        transfer_id=transfer_id,
    )
    ctx.session.add(row)
    audit.record(
        ctx,
        "donation.make",
        "donation",
        row.id,
        book=book,
        after={
            "to": str(fund.id) if fund else POOL,
            "minutes": minutes,
            "how": how,
            **({"to_book": row.to_book} if row.to_book else {}),
        },
        acting_for_id=donor.id if how == COUNTER else None,
    )
    ctx.session.flush()
    content = _certificate(ctx, row, donor, fund)
    issue(ctx, PaperKind.DONATION_CERTIFICATE, book, row.id, donor, content)
    _thank(ctx, row, fund)
    return row


def _certificate(
    ctx: Context, row: Donation, donor: Member, fund: BenefitFund | None
) -> dict[str, Any]:
    content = {
        "donor": donor.name,
        "minutes": row.amount_minutes,
        "reference": row.reference,
        "on": local_date(row.at).isoformat(),
        "to": fund.kind.value if fund else POOL,
        "fund": fund.name if fund else "",
        "fund_en": fund.name_en if fund else "",
        "criteria": row.criteria,
        "region": donor.region_code,
    }
    if row.to_book is not None:
        content["to_region"], content["to_region_en"] = region_words(ctx, row.to_book)
    return content


def _thank(ctx: Context, row: Donation, fund: BenefitFund | None) -> None:
    sentences = {
        (False, False): say.DONATED_TO_POOL,
        (False, True): say.DONATED_TO_FUND,
        (True, False): say.OVERFLOWED_TO_POOL,
        (True, True): say.OVERFLOWED_TO_FUND,
    }
    sentence, region = sentences[row.how == OVERFLOW, fund is not None], {}
    if row.to_book is not None:
        sentence = say.DONATED_TO_FUND_AFAR if fund else say.DONATED_TO_POOL_AFAR
        region = dict(zip(("region_zh", "region_en"), region_words(ctx, row.to_book), strict=True))
    words: dict[str, Any] = {**region, **(name_of(fund).params("fund") if fund else {})}
    outbox.tell(
        ctx,
        row.book,
        row.donor_id,
        sentence,
        given_minutes=row.amount_minutes,
        reference=row.reference,
        **words,
    )
