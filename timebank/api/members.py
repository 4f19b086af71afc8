"""Joining, and what staff record about a member."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.context import Context
from services.people.cards import issue_card, issue_door_sign
from services.people.forms import AssessmentForm, CertificateForm, RegisterForm
from services.people.kin import grant_delegation, record_kinship, revoke_delegation
from services.people.membership import check_identity
from services.people.records import record_assessment, record_certificate, revoke_certificate
from services.people.register import Joined, register
from services.people.views import MemberView, member_view
from services.queries.branch.members import masked_view
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.people import (
    AssessmentIn,
    CertificateIn,
    DelegationIn,
    IdentityIn,
    JoinedOut,
    KinshipIn,
    MadeOut,
    MemberIn,
    MemberOut,
    PaperOut,
)
from timebank.edge import declare, perform

area = Area("members", "成员档案")

MEMBER = "/members/<uuid:member_id>"


def _done() -> Response:
    return current_app.response_class(status=204)


@area.post("/members", says="加入：本人、亲属代办或柜台登记")
@declare("public.join")
@area.arguments(MemberIn)
@area.response(201, JoinedOut)
def join(form: RegisterForm) -> Joined:
    """Sign somebody up: oneself (without a token), a relative, or a visitor at the counter."""
    return writing(lambda ctx: register(ctx, form))


@area.get(MEMBER, says="一位成员的档案")
@declare("member.read")
@area.response(200, MemberOut)
def read_member(member_id: UUID) -> MemberView:
    """A member's record; others than the member read the address cut short. Looks are recorded."""

    def work(ctx: Context) -> MemberView:
        view = member_view(ctx, member_id)
        return view if ctx.actor.id == member_id else masked_view(view)

    return perform(work)


@area.post(f"{MEMBER}/identity-check", says="记下身份已经核验")
@declare("identity.check")
@area.arguments(IdentityIn)
@area.response(204)
def check_identity_of(said: dict[str, Any], member_id: UUID) -> Response:
    """Record that staff have seen who the member is."""
    writing(lambda ctx: check_identity(ctx, member_id, **said))
    return _done()


@area.post(f"{MEMBER}/certificates", says="记下一份证书")
@declare("certificate.record")
@area.arguments(CertificateIn)
@area.response(201, MadeOut)
def add_certificate(form: CertificateForm, member_id: UUID) -> dict[str, Any]:
    """Record a certificate whose paper staff have seen."""
    return {"id": writing(lambda ctx: record_certificate(ctx, member_id, form))}


@area.post(f"{MEMBER}/certificates/<uuid:certificate_id>/revoke", says="提前终止证书")
@declare("certificate.record")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_certificate(_said: dict[str, Any], member_id: UUID, certificate_id: UUID) -> Response:
    """End a certificate before its time."""
    writing(lambda ctx: revoke_certificate(ctx, member_id, certificate_id))
    return _done()


@area.post(f"{MEMBER}/assessments", says="记下照护等级")
@declare("assessment.record")
@area.arguments(AssessmentIn)
@area.response(201, MadeOut)
def add_assessment(form: AssessmentForm, member_id: UUID) -> dict[str, Any]:
    """Record a care grade with the day of its assessment."""
    return {"id": writing(lambda ctx: record_assessment(ctx, member_id, form))}


@area.post(f"{MEMBER}/kinships", says="记下亲属关系")
@declare("kinship.record")
@area.arguments(KinshipIn)
@area.response(204)
def add_kinship(said: dict[str, Any], member_id: UUID) -> Response:
    """Record what another member is to this one."""
    writing(lambda ctx: record_kinship(ctx, member_id, **said))
    return _done()


@area.post(f"{MEMBER}/delegations", says="让一位亲属代办")
@declare("delegation.grant")
@area.arguments(DelegationIn)
@area.response(201, MadeOut)
def add_delegation(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Let somebody act for the member until a day."""
    asked = {**said, "scopes": frozenset(said["scopes"])}
    return {"id": writing(lambda ctx: grant_delegation(ctx, member_id, **asked))}


@area.post(f"{MEMBER}/delegations/<uuid:delegation_id>/revoke", says="停止代办", about="people")
@declare("account.use")
@area.arguments(Nothing, required=False)
@area.response(204)
def end_delegation(_said: dict[str, Any], member_id: UUID, delegation_id: UUID) -> Response:
    """End a delegation at once: the member, staff, or the delegate may."""
    writing(lambda ctx: revoke_delegation(ctx, member_id, delegation_id))
    return _done()


@area.post(f"{MEMBER}/card", says="办一张卡，旧卡停用")
@declare("card.issue")
@area.arguments(Nothing, required=False)
@area.response(201, PaperOut)
def make_card(_said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Give an elder a card; the old one ends."""
    return {"token": writing(lambda ctx: issue_card(ctx, member_id))}


@area.post(f"{MEMBER}/door-sign", says="办一块门牌，旧门牌停用")
@declare("card.issue")
@area.arguments(Nothing, required=False)
@area.response(201, PaperOut)
def make_door_sign(_said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Give an elder a door sign; the old one ends."""
    return {"token": writing(lambda ctx: issue_door_sign(ctx, member_id))}
