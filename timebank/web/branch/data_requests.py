"""Requests about personal data at the counter: what waits, and the answer to each."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.context import Context
from services.errors import NotFound
from services.privacy import deciding, requests
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.privacy_words import choices, word

GRANT, REFUSE = "grant", "refuse"


class DecideForm(PageForm):
    """Yes with the paper that was seen, or no with the reason."""

    answer = f.ChoiceField(
        _l("怎样答复？"),
        choices=[(GRANT, _l("同意这份申请")), (REFUSE, _l("不同意这份申请"))],
        required=_l("请选一项"),
    )
    evidence = f.SelectField(_l("看过的材料"), choices=choices("evidence"))
    reason = f.LongTextField(_l("不同意的理由"), max_length=deciding.LONGEST_REASON)


@bp.get("/data-requests")
@declare("privacy.decide")
def data_requests() -> ResponseReturnValue:
    """What this branch still has to answer, the soonest due first."""
    found = perform(lambda ctx: requests.waiting(ctx, here(ctx).id))
    return page("branch/data_requests.html", lines=found, word=word)


@bp.route("/data-requests/<uuid:member_id>/<uuid:request_id>", methods=["GET", "POST"])
@declare("privacy.decide")
def data_request(member_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """One request and its answer."""
    form = DecideForm()

    def decide(ctx: Context) -> None:
        if form.answer.data == GRANT:
            deciding.grant(ctx, member_id, request_id, str(form.evidence.data or ""))
        else:
            deciding.refuse(ctx, member_id, request_id, str(form.reason.data or ""))

    if acted(form, decide):
        flash(_("已经答复，本人会收到通知。"), "success")
        return redirect(url_for("branch.data_requests"), code=303)
    found = perform(lambda ctx: requests.requests_of(ctx, member_id))
    line = next((each for each in found if each.id == request_id), None)
    if line is None:
        raise NotFound
    return page("branch/data_request.html", form, line=line, word=word)
