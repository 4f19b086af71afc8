"""Who may act for me, in what and until when; and taking that leave back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from services.context import Context
from services.errors import Forbidden
from services.people.kin import revoke_delegation
from services.people.lists import DelegationView, delegations_of
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.near import ElderView
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import done, page, read, show, whom


@dataclass(frozen=True, slots=True)
class Helpers:
    """Whose leave it is, and who has it now."""

    elder: ElderView
    delegations: tuple[DelegationView, ...]


@page("/helpers", "member.read")
def helpers() -> Any:
    """Everybody who may act for the elder now."""
    return show("helpers", read(_helpers), PlainForm())


@page("/helpers/<uuid:delegation_id>/end", "delegation.revoke", ("POST",))
def end_helper(delegation_id: UUID) -> Any:
    """Take the leave back; it ends at once."""
    if done(PlainForm(), lambda ctx: revoke_delegation(ctx, whom(), delegation_id)):
        flash(_("从现在起不能再代办了，已经通知对方。"), "success")
    return redirect(url_for(".helpers"), 303)


def _helpers(ctx: Context) -> Helpers:
    """A relative sees the own leave on the family's pages, and nobody else's."""
    elder = queries.elder_view(ctx, whom())
    if elder.acting == "family":
        raise Forbidden(NO_RIGHT)
    found = delegations_of(ctx, elder.id)
    return Helpers(elder, tuple(each for each in found if each.in_force))
