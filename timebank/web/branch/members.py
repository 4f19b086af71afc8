"""Acting for a member at the counter: find, look, reveal what is masked, see the coins."""

from __future__ import annotations

from uuid import UUID

from werkzeug.wrappers import Response

from services.errors import DomainError, Forbidden
from services.moving.reading import departure_of
from services.policy import OWN_AFFAIR
from services.queries.branch.members import (
    Revealed,
    find,
    member_file,
    reveal,
    statement_file,
)
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import page
from timebank.web.branch.forms_people import FindForm
from timebank.web.forms.months import mark_asked
from timebank.web.words import coins as coin_words
from timebank.web.words.moves import left_line


@bp.route("/members", methods=["GET", "POST"], endpoint="find")
@declare("branch.work")
def find_page() -> tuple[str, int]:
    """Find a member; what was looked for is recorded, and never stands in an address."""
    form = FindForm()
    hits = None
    if form.validate_on_submit():
        try:
            hits = perform(lambda ctx: find(ctx, form.text.data or ""))
        except DomainError as error:
            error.field = "text"
            form.refuse(error)
    return page("branch/find.html", form, hits=hits)


@bp.get("/members/<uuid:member_id>")
@declare("branch.work")
def member(member_id: UUID) -> tuple[str, int]:
    """A member's record, with the acts of the counter beside each part."""
    return _shown(member_id, None)


@bp.post("/members/<uuid:member_id>/reveal")
@declare("branch.work")
def reveal_member(member_id: UUID) -> tuple[str, int]:
    """The same page with the whole ID number and address; the look is recorded."""
    return _shown(member_id, perform(lambda ctx: reveal(ctx, member_id)))


def _shown(member_id: UUID, revealed: Revealed | None) -> tuple[str, int]:
    try:
        it = perform(lambda ctx: member_file(ctx, member_id))
    except Forbidden:
        with reading() as ctx:
            gone = departure_of(ctx, member_id)
        if gone is None:
            raise
        return page("branch/member_moved.html", it=gone)
    blocked = any(each.reason == OWN_AFFAIR for each in it.may.values())
    return page(
        "branch/member.html", it=it, revealed=revealed, blocked=OWN_AFFAIR if blocked else ""
    )


@bp.get("/members/<uuid:member_id>/coins")
@declare("statement.read")
def coins(member_id: UUID) -> tuple[str, int] | Response:
    """A member's statement, newest first."""
    found = perform(lambda ctx: statement_file(ctx, member_id, mark_asked()))
    return page(
        "branch/coins.html",
        it=found,
        name=found.name,
        member_id=member_id,
        statement=found.statement,
        coin_words=coin_words,
        left_line=left_line,
    )
