"""A region's agreements with others: proposed, signed, ended, and a list to take along."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.corridors import CorridorMode
from services import policy
from services.context import Context
from services.corridors.agreeing import AgreementForm, propose, sign, withdraw
from services.corridors.ending import end
from services.policy import Subject
from services.queries import corridors as query
from services.queries.corridors import AgreementView, partners, phase_of, side
from timebank.edge import declare, perform, reading
from timebank.web import exports
from timebank.web.admin import bp
from timebank.web.admin.corridor_forms import AgreementProposal, EndAgreement
from timebank.web.admin.forms import COIN_MINUTES
from timebank.web.admin.sheets import send
from timebank.web.branch.acting import acted, page
from timebank.web.exports import Column
from timebank.web.forms.base import PageForm
from timebank.web.words.corridors import (
    END_REASONS,
    FOR_TEMPLATES,
    MODES,
    STATES,
    phase_word,
    place,
)

Answer = tuple[str, int] | Response


@bp.get("/corridors")
@declare("corridor.read")
def corridors_home() -> Answer:
    """The regions that somebody administers or audits; a single one at once."""
    with reading() as ctx:
        sides = query.my_sides(ctx)
    if len(sides) == 1:
        return redirect(url_for("admin.corridors", code=sides[0].code), code=303)
    return page("admin/corridors_home.html", sides=sides)


@bp.get("/corridors/<code>")
@declare("corridor.read")
def corridors(code: str) -> Answer:
    """What waits for a signature, what holds, and what is over."""
    with reading() as ctx:
        found = query.corridors_of(ctx, code)
    return page("admin/corridors.html", it=found, **FOR_TEMPLATES)


@bp.route("/corridors/<code>/new", methods=["GET", "POST"])
@declare("corridor.propose")
def corridor_new(code: str) -> Answer:
    """Propose an agreement; one's own region is its first side."""
    form = AgreementProposal()
    with reading() as ctx:
        policy.require(ctx.actor, "corridor.propose", Subject(region_code=code))
        phase, here = phase_of(ctx, code), side(ctx, code)
        others = partners(ctx, phase)
    form.other_code.choices = [
        (each.code, f"{place(each.name)} {each.code}")
        for each in others
        if each.code != code or phase.value != "district"
    ]

    def work(ctx: Context) -> UUID:
        wanted = AgreementForm(
            one_code=code,
            other_code=form.other_code.data,
            phase=phase,
            mode=CorridorMode(form.mode.data),
            pair_cap_minutes=form.pair_cap_coins.data * COIN_MINUTES,
            valid_from=form.valid_from.data,
            document=form.document.data,
        )
        return propose(ctx, wanted)

    if acted(form, work):
        flash(_("已经提出，请对方的管理员签署。签署以前不会生效。"), "success")
        return redirect(url_for("admin.corridors", code=code), code=303)
    return page("admin/corridor_new.html", form, here=here, phase=phase, **FOR_TEMPLATES)


@bp.get("/corridors/agreements/<uuid:corridor_id>")
@declare("corridor.read")
def corridor(corridor_id: UUID) -> Answer:
    """One agreement, to be looked at before it is signed."""
    return page("admin/corridor.html", None, it=_found(corridor_id), **FOR_TEMPLATES)


def _found(corridor_id: UUID) -> AgreementView:
    with reading() as ctx:
        return query.agreement(ctx, corridor_id)


@bp.post("/corridors/agreements/<uuid:corridor_id>/sign")
@declare("corridor.sign")
def corridor_sign(corridor_id: UUID) -> Answer:
    """The other side's signature."""
    perform(lambda ctx: sign(ctx, corridor_id), key=PageForm().key)
    flash(_("已经签署，从生效日起互认。"), "success")
    return redirect(url_for("admin.corridor", corridor_id=corridor_id), code=303)


@bp.post("/corridors/agreements/<uuid:corridor_id>/withdraw")
@declare("corridor.propose")
def corridor_withdraw(corridor_id: UUID) -> Answer:
    """Take back what is not signed."""
    perform(lambda ctx: withdraw(ctx, corridor_id), key=PageForm().key)
    flash(_("协议已经撤回。"), "success")
    return redirect(url_for("admin.corridor", corridor_id=corridor_id), code=303)


@bp.route("/corridors/agreements/<uuid:corridor_id>/end", methods=["GET", "POST"])
@declare("corridor.end")
def corridor_end(corridor_id: UUID) -> Answer:
    """End it from a day on."""
    form, it = EndAgreement(), _found(corridor_id)
    if "end" not in it.can and not form.is_submitted():
        return redirect(url_for("admin.corridor", corridor_id=corridor_id), code=303)

    def work(ctx: Context) -> None:
        end(ctx, corridor_id, form.valid_to.data, form.reason.data)

    if acted(form, work):
        flash(_("协议定好了结束的日子，对方会收到通知。"), "success")
        return redirect(url_for("admin.corridor", corridor_id=corridor_id), code=303)
    return page("admin/corridor_end.html", form, it=it, **FOR_TEMPLATES)


@bp.post("/corridors/<code>/export")
@declare("clearing.export")
def corridors_export(code: str) -> Response:
    """The agreements as a file; who took it stands in the audit records."""
    with reading() as ctx:
        found = query.corridors_of(ctx, code)
    rows = (*found.to_sign, *found.waiting, *found.in_force, *found.over)
    sheet = exports.Sheet(_("互认协议"), _columns(), rows, ((_("地区"), place(found.here.name)),))
    return send(sheet, f"corridors-{code}", code)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("提出的一方"), lambda row: place(row.one.name), width=28),
        Column(_("提出的一方代码"), lambda row: row.one.code),
        Column(_("另一方"), lambda row: place(row.other.name), width=28),
        Column(_("另一方代码"), lambda row: row.other.code),
        Column(_("范围"), phase_word),
        Column(_("互认方式"), lambda row: str(MODES[row.mode.value])),
        Column(_("两地额度上限（分钟）"), lambda row: row.pair_cap_minutes, "number", 20),
        Column(_("从哪天起"), lambda row: row.valid_from, "day"),
        Column(_("到哪天前"), lambda row: row.valid_to, "day"),
        Column(_("状态"), lambda row: str(STATES[row.state])),
        Column(_("文件编号"), lambda row: row.document, width=24),
        Column(_("提出人"), lambda row: row.proposed_by or ""),
        Column(_("签署人"), lambda row: row.signed_by or ""),
        Column(_("结束的原因"), lambda row: str(END_REASONS.get(row.end_reason, ""))),
    )
