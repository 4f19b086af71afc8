"""What changes about a member: contact, wishes, pauses, consents, kin, cards and roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.people import membership as acts
from services.people.cards import revoke_card
from services.people.forms import ContactForm
from services.people.kin import end_kinship
from services.people.records import record_consent, withdraw_consent
from services.people.roles import end_role, grant_role
from services.people.views import member_view
from timebank.api.area import Area, writing
from timebank.api.members import MEMBER
from timebank.api.schemas import membership as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import MadeOut
from timebank.edge import declare, perform

area = Area("membership", "资料、同意和角色")


def _done(work: Callable[[Context], object]) -> Response:
    writing(work)
    return current_app.response_class(status=204)


@area.post(f"{MEMBER}/contact", says="改联系方式、住址和所属网点")
@declare("member.update")
@area.arguments(wire.ContactIn)
@area.response(204)
def change_contact(form: ContactForm, member_id: UUID) -> Response:
    """Set the contact details as they should stand; the member is told."""
    return _done(lambda ctx: acts.update_contact(ctx, member_id, form))


@area.post(f"{MEMBER}/door-word", says="改敲门暗语")
@declare("member.update")
@area.arguments(wire.DoorWordIn)
@area.response(204)
def change_door_word(said: dict[str, Any], member_id: UUID) -> Response:
    """The word that a visitor says at the door."""
    return _done(lambda ctx: acts.set_door_word(ctx, member_id, said["word"]))


@area.post(f"{MEMBER}/taking-part", says="改是否提供服务、是否接受服务")
@declare("member.update")
@area.arguments(wire.TakingPartIn)
@area.response(204)
def change_taking_part(said: dict[str, Any], member_id: UUID) -> Response:
    """What is under way goes on."""
    return _done(lambda ctx: acts.set_wishes(ctx, member_id, **said))


@area.post(f"{MEMBER}/pause", says="暂停到某一天，或结束暂停")
@declare("member.update")
@area.arguments(wire.MemberPauseIn)
@area.response(204)
def pause_member(said: dict[str, Any], member_id: UUID) -> Response:
    """A volunteer may lengthen a pause that runs; only staff shorten one."""
    return _done(lambda ctx: acts.declare_pause(ctx, member_id, said["until"]))


@area.post(f"{MEMBER}/identity-refusal", says="结束一次不成立的报名")
@declare("identity.check")
@area.arguments(wire.IdentityRefusedIn)
@area.response(204)
def refuse_identity_of(said: dict[str, Any], member_id: UUID) -> Response:
    """Somebody else's, a mistake, or never followed up."""
    return _done(lambda ctx: acts.refuse_identity(ctx, member_id, said["reason"]))


@area.post(f"{MEMBER}/kinships/<uuid:other_id>/end", says="撤下一条亲属关系")
@declare("kinship.record")
@area.arguments(wire.KinshipEndIn)
@area.response(204)
def take_kinship_out(said: dict[str, Any], member_id: UUID, other_id: UUID) -> Response:
    """A divorce, or a mistake; the audit record keeps it."""
    return _done(lambda ctx: end_kinship(ctx, member_id, other_id, said["reason"]))


@area.post(f"{MEMBER}/card/end", says="停用一张卡")
@declare("card.issue")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_card(_said: dict[str, Any], member_id: UUID) -> Response:
    """Say because it was lost; nothing happens when there is none."""
    return _done(lambda ctx: revoke_card(ctx, member_id))


@area.get(f"{MEMBER}/consents", says="一位成员同意过什么")
@declare("member.read")
@area.response(200, wire.ConsentList)
def list_consents(member_id: UUID) -> dict[str, Any]:
    """Those that were taken back too; the look is recorded."""
    return {"items": perform(lambda ctx: member_view(ctx, member_id)).consents}


@area.post(f"{MEMBER}/consents", says="记下一项同意")
@declare("account.use")
@area.arguments(wire.ConsentIn)
@area.response(201, MadeOut)
def add_consent(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """By the member (``how`` own), or as staff took it down."""
    return {"id": writing(lambda ctx: record_consent(ctx, member_id, **said))}


@area.post(f"{MEMBER}/consents/<uuid:consent_id>/withdraw", says="收回一项同意")
@declare("account.use")
@area.arguments(Nothing, required=False)
@area.response(204)
def take_consent_back(_said: dict[str, Any], member_id: UUID, consent_id: UUID) -> Response:
    """From now on; what was done under it stays done."""
    return _done(lambda ctx: withdraw_consent(ctx, member_id, consent_id))


@area.post(f"{MEMBER}/roles", says="授予角色")
@declare("role.grant")
@area.arguments(wire.RoleIn)
@area.response(201, MadeOut)
def give_role(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """In a branch, a region or the nation; nobody gives a role to himself."""
    return {"id": writing(lambda ctx: grant_role(ctx, member_id, **said))}


@area.post(f"{MEMBER}/roles/<uuid:role_id>/end", says="终止角色")
@declare("role.grant")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_a_role(_said: dict[str, Any], member_id: UUID, role_id: UUID) -> Response:
    """At once, under the rules by which it is given."""
    return _done(lambda ctx: end_role(ctx, member_id, role_id))
