"""The elder's card and door sign: made, and printed in the same answer, for the only time."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.people.cards import issue_card, issue_door_sign, revoke_card
from services.queries.branch.members import MemberFile, member_file
from timebank.codes import qr_svg
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import page
from timebank.web.forms.base import PageForm


@bp.post("/members/<uuid:member_id>/card")
@declare("card.issue")
def card(member_id: UUID) -> tuple[str, int]:
    """A new card; the token is shown this once, and again for the same sent page."""
    token = perform(lambda ctx: issue_card(ctx, member_id), key=PageForm().key)
    return _paper("branch/card.html", member_id, f"c/{token}")


@bp.post("/members/<uuid:member_id>/door-sign")
@declare("card.issue")
def door_sign(member_id: UUID) -> tuple[str, int]:
    """A new door sign."""
    token = perform(lambda ctx: issue_door_sign(ctx, member_id), key=PageForm().key)
    return _paper("branch/door_sign.html", member_id, f"d/{token}")


def _paper(template: str, member_id: UUID, path: str) -> tuple[str, int]:
    it: MemberFile = perform(lambda ctx: member_file(ctx, member_id))
    address = request.host_url + path
    return page(template, it=it, address=address, svg=qr_svg(address))


@bp.post("/members/<uuid:member_id>/card/end")
@declare("card.issue")
def card_end(member_id: UUID) -> Response:
    """The card is lost: it ends at once."""
    perform(lambda ctx: revoke_card(ctx, member_id), key=PageForm().key)
    flash(_("卡已停用，需要时可以再办一张。"), "success")
    return redirect(url_for("branch.member", member_id=member_id, _anchor="cards"), code=303)
