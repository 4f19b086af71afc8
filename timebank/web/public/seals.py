"""The seals for everybody: daily lists to download, keys, how to check; and one's own receipt."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from services.ledger.check.verdicts import DEMO
from services.ledger.seals.daylist import WITNESSES
from services.queries import seals as queries
from timebank.edge import declare, reading
from timebank.seals.files import FILES_AN_ADDRESS, day_of, list_answer, receipt_answer
from timebank.security import limiter
from timebank.web.paging import page_number
from timebank.web.public import bp


@bp.get("/seals")
@declare("public.read")
def seals() -> ResponseReturnValue:
    """What a seal is, the daily lists, the keys, and how to check."""
    with reading() as ctx:
        page = queries.lists(ctx, page_number())
        ring = queries.keys(ctx)
    return render_template(
        "public/seals.html",
        page=page,
        wanted=WITNESSES,
        operator=ring.in_force,
        witnesses=ring.witnesses(),
        held=ring.held(),
        invented=any(each.holder.startswith(DEMO) for each in ring.witnesses()),
    )


@bp.get("/seals/<day>.json")
@declare("public.read")
@limiter.limit(FILES_AN_ADDRESS)
def seal_list(day: str) -> ResponseReturnValue:
    """A day's list; ``since`` names an older one that its proofs shall start from."""
    since = request.args.get("since")
    return list_answer(day_of(day), day_of(since) if since else None)


@bp.get("/seals/<book>/<uuid:transfer_id>")
@declare("account.use")
def sealed(book: str, transfer_id: UUID) -> ResponseReturnValue:
    """Where one transfer is sealed, for whoever may see the transfer."""
    with reading() as ctx:
        found = queries.seal_line(ctx, book, transfer_id)
    return render_template("public/sealed.html", seal=found)


@bp.get("/seals/<book>/<uuid:transfer_id>.json")
@declare("account.use")
@limiter.limit(FILES_AN_ADDRESS)
def seal_receipt(book: str, transfer_id: UUID) -> ResponseReturnValue:
    """The receipt of one transfer, to keep and to check."""
    return receipt_answer(book, transfer_id)
