"""Registering somebody at the counter: one page, then the identity check."""

from __future__ import annotations

import re

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.people import Sex
from services.clock import local_date
from services.context import Context
from services.people import forms as people
from services.people.register import Joined
from services.people.register import register as join
from services.queries.branch.choices import JoinChoices, join_choices
from services.rules.identity_number import parse_identity_number
from services.rules.member_number import grouped
from timebank.edge import declare, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms_people import RegisterForm, offer
from timebank.web.branch.words import named


@bp.route("/register", methods=["GET", "POST"], endpoint="register")
@declare("member.register")
def register_page() -> tuple[str, int] | Response:
    """Take somebody in at the chosen branch."""
    form = RegisterForm()
    with reading() as ctx:
        offered = join_choices(ctx, here(ctx).id)
    offer(form.region_code, offered.regions, named)
    offer(form.service_codes, offered.services, named)
    if not form.is_submitted():
        form.region_code.data = offered.desk.region_code
    joined: list[Joined] = []
    if acted(form, lambda ctx: joined.append(_join(ctx, form, offered))):
        number = grouped(joined[-1].number)
        flash(_("已登记，志愿者编号是 %(number)s。请接着核验身份。", number=number), "success")
        there = url_for("branch.identity", member_id=joined[-1].member_id)
        return redirect(there, code=303)
    return page("branch/register.html", form, desk=offered.desk)


def _join(ctx: Context, form: RegisterForm, offered: JoinChoices) -> Joined:
    # The card says sex and birth date already; nobody types them twice.
    known = parse_identity_number(form.id_number.data, local_date(ctx.now))
    wishes = form.wishes.data or ()
    return join(
        ctx,
        people.RegisterForm(
            how=people.COUNTER,
            name=form.name.data,
            sex=Sex(known.sex),
            born_on=known.born_on,
            id_number=known.number,
            region_code=form.region_code.data,
            branch_id=offered.desk.id,
            terms=bool(form.terms.data),
            terms_how=form.terms_how.data,
            phone=form.phone.data,
            address=form.address.data or None,
            contact=form.contact.data or None,
            skills=_skills(form.skills.data or ""),
            service_codes=tuple(form.service_codes.data or ()),
            wants_to_serve="serve" in wishes,
            wants_to_receive="receive" in wishes,
            guardian=_guardian(form),
            door_word=form.door_word.data or None,
            health=bool(form.health.data),
            place=bool(form.place.data),
        ),
    )


def _guardian(form: RegisterForm) -> people.Guardian | None:
    if not form.guardian_name.data:
        return None
    return people.Guardian(
        form.guardian_name.data,
        form.guardian_relation.data or "",
        form.guardian_how.data or "",
        form.guardian_id_number.data or "",
    )


def _skills(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[、，,;；]", text) if part.strip())
