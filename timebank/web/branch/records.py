"""What staff record about a person, one page for each group of questions."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.people import forms as people
from services.people.kin import end_kinship, grant_delegation, record_kinship, revoke_delegation
from services.people.membership import (
    check_identity,
    declare_pause,
    refuse_identity,
    set_door_word,
    set_wishes,
    update_contact,
)
from services.people.records import (
    record_assessment,
    record_certificate,
    record_circumstances,
    record_consent,
    revoke_certificate,
    withdraw_consent,
)
from services.people.roles import end_role
from services.queries.branch.choices import (
    by_number,
    certificate_choices,
    grade_choices,
    join_choices,
)
from services.queries.branch.members import MemberFile, member_file, reveal
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch import forms_people as forms
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response
#: The facts that entitle, by the names of the member's columns.
FACTS = ("in_hardship", "lives_alone", "special_family", "spends_under_age")


def _file(member_id: UUID) -> MemberFile:
    return perform(lambda ctx: member_file(ctx, member_id))


def _back(member_id: UUID, said: str, part: str = "") -> Response:
    flash(said, "success")
    there = url_for("branch.member", member_id=member_id, _anchor=part or None)
    return redirect(there, code=303)


@bp.route("/members/<uuid:member_id>/identity", methods=["GET", "POST"])
@declare("identity.check")
def identity(member_id: UUID) -> Answer:
    """Staff have seen who the member is."""
    form = forms.IdentityForm()
    how, agreed = form.how.data or "", form.delegate_consent.data
    consent = None if agreed in (None, "", "none") else agreed

    def work(ctx: Context) -> None:
        spend = (form.delegate_hours.data or 0) * 60
        check_identity(ctx, member_id, how, delegate_consent=consent, delegate_spend_minutes=spend)

    if acted(form, work):
        return _back(member_id, _("身份已核验，现在可以使用互助时间服务了。"))
    it = _file(member_id)
    return page("branch/identity.html", form, it=it)


@bp.route("/members/<uuid:member_id>/identity/refuse", methods=["GET", "POST"])
@declare("identity.check")
def identity_refuse(member_id: UUID) -> Answer:
    """End a sign-up that is not who it says, or that nobody followed up."""
    form = forms.RefuseIdentityForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: refuse_identity(ctx, member_id, reason)):
        return _back(member_id, _("这次登记已结束，证件号码和电话可以重新登记。"))
    return page("branch/identity_refuse.html", form, it=_file(member_id))


@bp.route("/members/<uuid:member_id>/assessment", methods=["GET", "POST"])
@declare("assessment.record")
def assessment(member_id: UUID) -> Answer:
    """A care grade with the day of its assessment."""
    form = forms.AssessmentForm()
    with reading() as ctx:
        forms.offer(form.grade, grade_choices(ctx), named)
    worse = form.worse.data or ()

    def work(ctx: Context) -> UUID:
        return record_assessment(
            ctx,
            member_id,
            people.AssessmentForm(
                grade=int(form.grade.data),
                assessed_on=form.assessed_on.data,
                assessor=form.assessor.data,
                total_score=form.total_score.data,
                coma="coma" in worse,
                dementia="dementia" in worse,
                risk_events=form.risk_events.data or 0,
            ),
        )

    if acted(form, work):
        return _back(member_id, _("已记录评估等级。"), "care")
    return page("branch/assessment.html", form, it=_file(member_id))


@bp.route("/members/<uuid:member_id>/circumstances", methods=["GET", "POST"])
@declare("assessment.record")
def circumstances(member_id: UUID) -> Answer:
    """Living alone, hardship, a decision for somebody under the age."""
    form = forms.CircumstancesForm()
    chosen = set(form.facts.data or ())
    facts = {name: name in chosen for name in FACTS}
    if acted(form, lambda ctx: record_circumstances(ctx, member_id, **facts)):
        return _back(member_id, _("已记录。"), "care")
    it = _file(member_id)
    if not form.is_submitted():
        form.facts.data = [name for name in facts if getattr(it.view, name)]
    return page("branch/circumstances.html", form, it=it)


@bp.route("/members/<uuid:member_id>/certificate", methods=["GET", "POST"])
@declare("certificate.record")
def certificate(member_id: UUID) -> Answer:
    """A certificate whose paper staff have seen."""
    form = forms.CertificateForm()
    with reading() as ctx:
        forms.offer(form.code, certificate_choices(ctx), named)

    def work(ctx: Context) -> UUID:
        return record_certificate(
            ctx,
            member_id,
            people.CertificateForm(
                code=form.code.data,
                issuer=form.issuer.data,
                reference=form.reference.data,
                valid_from=form.valid_from.data,
                valid_to=form.valid_to.data,
            ),
        )

    if acted(form, work):
        return _back(member_id, _("已登记证书。"), "certificates")
    return page("branch/certificate.html", form, it=_file(member_id))


@bp.post("/members/<uuid:member_id>/certificate/<uuid:certificate_id>/end")
@declare("certificate.record")
def certificate_end(member_id: UUID, certificate_id: UUID) -> Response:
    """A certificate no longer counts from today on."""
    key = PageForm().key
    perform(lambda ctx: revoke_certificate(ctx, member_id, certificate_id), key=key)
    return _back(member_id, _("证书从今天起不再有效。"), "certificates")


@bp.route("/members/<uuid:member_id>/kin", methods=["GET", "POST"])
@declare("kinship.record")
def kin(member_id: UUID) -> Answer:
    """A relative of the member, proved by a paper."""
    form = forms.KinForm()

    def work(ctx: Context) -> None:
        other_id, _name = by_number(ctx, form.other_number.data, "other_number")
        record_kinship(ctx, member_id, other_id, form.relation.data, form.evidence.data)

    if acted(form, work):
        return _back(member_id, _("已登记亲属关系。"), "kin")
    return page("branch/kin.html", form, it=_file(member_id))


@bp.route("/members/<uuid:member_id>/kin/<uuid:other_id>/end", methods=["GET", "POST"])
@declare("kinship.record")
def kin_end(member_id: UUID, other_id: UUID) -> Answer:
    """Take a kinship out of the register, with a reason."""
    form = forms.EndKinForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: end_kinship(ctx, member_id, other_id, reason)):
        return _back(member_id, _("已删除亲属关系，记录里会保留。"), "kin")
    it = _file(member_id)
    other = next((each for each in it.kin if each.member_id == other_id), None)
    return page("branch/kin_end.html", form, it=it, other=other)


@bp.route("/members/<uuid:member_id>/delegation", methods=["GET", "POST"])
@declare("delegation.grant")
def delegation(member_id: UUID) -> Answer:
    """Somebody may act for the elder, with the elder's consent."""
    form = forms.DelegationForm()

    def work(ctx: Context) -> None:
        delegate_id, _name = by_number(ctx, form.delegate_number.data, "delegate_number")
        grant_delegation(
            ctx,
            member_id,
            delegate_id,
            frozenset(form.scopes.data or ()),
            form.consent.data,
            form.ends_on.data,
            form.spend_hours.data * 60,
        )

    if acted(form, work):
        return _back(member_id, _("已登记委托，双方都会收到通知。"), "delegations")
    return page("branch/delegation.html", form, it=_file(member_id))


@bp.post("/members/<uuid:member_id>/delegation/<uuid:delegation_id>/end")
@declare("delegation.revoke")
def delegation_end(member_id: UUID, delegation_id: UUID) -> Response:
    """End a delegation at once."""
    key = PageForm().key
    perform(lambda ctx: revoke_delegation(ctx, member_id, delegation_id), key=key)
    return _back(member_id, _("委托已结束。"), "delegations")


@bp.route("/members/<uuid:member_id>/consent", methods=["GET", "POST"])
@declare("consent.record")
def consent(member_id: UUID) -> Answer:
    """A consent that staff take down."""
    form = forms.ConsentForm()
    kind, how, giver = form.kind.data or "", form.how.data or "", form.given_by.data or ""
    if acted(form, lambda ctx: record_consent(ctx, member_id, kind, how, giver)):
        return _back(member_id, _("已记录同意。"), "consents")
    return page("branch/consent.html", form, it=_file(member_id))


@bp.post("/members/<uuid:member_id>/consent/<uuid:consent_id>/end")
@declare("consent.record")
def consent_end(member_id: UUID, consent_id: UUID) -> Response:
    """Take a consent back for the member."""
    key = PageForm().key
    perform(lambda ctx: withdraw_consent(ctx, member_id, consent_id), key=key)
    return _back(member_id, _("同意已撤回。"), "consents")


@bp.route("/members/<uuid:member_id>/contact", methods=["GET", "POST"])
@declare("member.update")
def contact(member_id: UUID) -> Answer:
    """Contact details; the whole address is needed to correct it, so the look is recorded."""
    form = forms.ContactForm()
    it = _file(member_id)
    with reading() as ctx:
        forms.offer(form.region_code, join_choices(ctx, it.view.branch_id).regions, named)

    def work(ctx: Context) -> None:
        update_contact(
            ctx,
            member_id,
            people.ContactForm(
                phone=form.phone.data,
                address=form.address.data or None,
                contact=form.contact.data or None,
                latitude_e6=it.view.latitude_e6,
                longitude_e6=it.view.longitude_e6,
                region_code=form.region_code.data,
            ),
        )
        if form.door_word.data and form.door_word.data != it.view.door_word:
            # Two acts of one page: each claims a key of its own.
            set_door_word(replace(ctx, key=f"{ctx.key}:word"), member_id, form.door_word.data)

    if acted(form, work):
        return _back(member_id, _("联系方式已更新，本人会收到通知。"), "contact")
    if not form.is_submitted():
        whole = perform(lambda ctx: reveal(ctx, member_id))
        form.phone.data, form.contact.data = it.view.phone, it.view.contact
        form.address.data, form.door_word.data = whole.address, it.view.door_word
        form.region_code.data = it.view.region_code
    return page("branch/contact.html", form, it=it)


@bp.route("/members/<uuid:member_id>/part", methods=["GET", "POST"])
@declare("member.update")
def taking_part(member_id: UUID) -> Answer:
    """Whether the member serves or is served, and a pause."""
    form = forms.TakingPartForm()
    it = _file(member_id)
    wishes = form.wishes.data or ()

    def work(ctx: Context) -> None:
        set_wishes(ctx, member_id, to_serve="serve" in wishes, to_receive="receive" in wishes)
        if form.paused_until.data != it.view.paused_until:
            # Two acts of one page: each claims a key of its own.
            pause = replace(ctx, key=f"{ctx.key}:pause")
            declare_pause(pause, member_id, form.paused_until.data)

    if acted(form, work):
        return _back(member_id, _("已保存。"))
    if not form.is_submitted():
        part = (("receive", it.view.is_recipient), ("serve", it.view.is_provider))
        form.wishes.data = [code for code, holds in part if holds]
        form.paused_until.data = it.view.paused_until
    return page("branch/part.html", form, it=it)


@bp.post("/members/<uuid:member_id>/role/<uuid:role_id>/end")
@declare("role.grant")
def role_end(member_id: UUID, role_id: UUID) -> Response:
    """End a role of the member, by those who may give it."""
    perform(lambda ctx: end_role(ctx, member_id, role_id), key=PageForm().key)
    return _back(member_id, _("岗位已结束。"), "roles")
