"""Minutes enter a book only through an issue authorisation that two administrators sign.

What is signed goes into the pool, but for the grants of a month: theirs is signed with the batch
of the same id, which brings it straight to the elders.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch
from models.ledger import AccountKind
from models.oversight import IssueAuthorisation
from services import audit, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict, Invalid, NotFound
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import Subject
from services.requests.funding import fund_waiting, waiting_order

#: Largest single authorisation: 100,000 coins.
LARGEST_MINUTES = 6_000_000


class BackingNeeded(Invalid):
    """请写明这笔额度由哪一笔资金或承诺作保障。"""

    code = "backing_needed"


class AmountOutOfRange(Invalid):
    """授权额度要大于零，单笔不超过{largest_minutes}。"""

    code = "amount_out_of_range"


class SecondSignature(Conflict):
    """需要另一位管理员签署，提出人不能自己签署。"""

    code = "second_signature"


class SignedAlready(Conflict):
    """这份授权已经签署生效。"""

    code = "signed_already"


class OfGrants(Conflict):
    """这份授权是为政策发放提出的，要在政策发放的页面上和名单一起签署。"""

    code = "authorisation_of_grants"


def propose(ctx: Context, book: str, amount_minutes: int, backing: str) -> UUID:
    """The first administrator proposes an amount and names what backs it."""
    policy.require(ctx.actor, "issue.propose", Subject(book=book, region_code=book))

    def do() -> dict[str, str]:
        if not 0 < amount_minutes <= LARGEST_MINUTES:
            raise AmountOutOfRange(field="amount_minutes", largest_minutes=LARGEST_MINUTES)
        key = put_forward(ctx, book, ctx.new_id(), amount_minutes, backing)
        return {"authorisation_id": str(key)}

    content = {"amount_minutes": amount_minutes, "backing": backing}
    return UUID(once(ctx, book, "issue.propose", content, do)["authorisation_id"])


def put_forward(ctx: Context, book: str, key: UUID, amount_minutes: int, backing: str) -> UUID:
    """An authorisation with its first name; for acts that have asked for their own right."""
    if not backing.strip():
        raise BackingNeeded(field="backing")
    row = IssueAuthorisation(
        book=book,
        id=key,
        amount_minutes=amount_minutes,
        backing=backing.strip(),
        proposed_by_id=ctx.actor.id,
        proposed_at=ctx.now,
    )
    ctx.session.add(row)
    audit.record(
        ctx,
        "issue.propose",
        "issue_authorisation",
        row.id,
        book=book,
        after={"amount_minutes": amount_minutes},
    )
    return row.id


def sign(ctx: Context, book: str, authorisation_id: UUID) -> None:
    """The second administrator signs: the minutes enter the pool, and the queue moves on."""
    policy.require(ctx.actor, "issue.sign", Subject(book=book, region_code=book))
    row = ctx.session.scalar(
        sa.select(IssueAuthorisation)
        .where(IssueAuthorisation.book == book, IssueAuthorisation.id == authorisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound

    def do() -> dict[str, str]:
        if ctx.session.get(Batch, (book, row.id)) is not None:
            raise OfGrants
        put_under(ctx, row)
        draft = Draft(
            book=book,
            kind="issue",
            key=f"authorisation:{row.id}",
            legs=(
                Leg(account_id(book, AccountKind.ISSUE), -row.amount_minutes),
                Leg(pool_of(book), row.amount_minutes),
            ),
            effective_at=ctx.now,
            reason="authorised",
        )
        # The queue is locked before the pool, as everybody does who cancels or approves.
        waiting_order(ctx, book)
        ctx.session.flush()
        row.transfer_id = post(ctx.session, [draft], Stamp(ctx.now, ctx.actor.id))[0].transfer_id
        ctx.session.flush()
        fund_waiting(ctx, book)
        return {}

    once(ctx, book, "issue.sign", {"authorisation_id": authorisation_id}, do)


def put_under(ctx: Context, row: IssueAuthorisation) -> None:
    """The second name under an authorisation that is locked, or whose batch is; moves nothing."""
    if row.signed_at is not None:
        raise SignedAlready
    if row.proposed_by_id == ctx.actor.id:
        raise SecondSignature
    row.signed_by_id, row.signed_at = ctx.actor.id, ctx.now
    audit.record(
        ctx,
        "issue.sign",
        "issue_authorisation",
        row.id,
        book=row.book,
        after={"amount_minutes": row.amount_minutes},
    )
