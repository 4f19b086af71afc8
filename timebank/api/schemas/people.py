"""People on the wire: tokens, oneself, records of members, and what staff enter."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from models.people import Sex
from services.people.forms import (
    HOWS,
    OWN,
    SCOPES,
    WITNESSED,
    AssessmentForm,
    CertificateForm,
    Guardian,
    RegisterForm,
)
from services.people.kin import INVERSE
from services.people.membership import CHECKS
from services.people.tokens import MOST_DAYS
from services.rules.booking import SPEND_MOST_MINUTES
from services.rules.checked import Choice, Code, Day, Document, Flag, Listed, Part, Whole, Words
from services.scopes import ALL
from services.scopes import SCOPES as TOKEN_SCOPES
from timebank.api.lists import WholeList
from timebank.api.schemas.base import TEXT, At, Id, Out, Said

LATITUDE_E6, LONGITUDE_E6 = 90_000_000, 180_000_000


class TokenIn(Document):
    """Who comes in, and what the token is called."""

    login = Words()
    password = Words()
    #: Of whoever has an office: the six digits of the second factor, or a recovery code.
    code = Words(load_default="")
    name = Words(load_default="API")
    days = Whole(1, MOST_DAYS, load_default=30)
    #: What it may do of what its owner may; without any word, everything.
    scopes = Listed(Choice(*TOKEN_SCOPES), least=1, most=len(TOKEN_SCOPES), load_default=(ALL,))


class TokenOut(Out):
    """A token, shown this once."""

    token = fields.String(required=True)
    token_type = fields.Constant("Bearer")
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    expires_at = At(required=True)


class TokenLine(Out):
    """A token as its owner finds it later."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    created_at = At(required=True)
    expires_at = At(required=True)
    revoked_at = At(allow_none=True)
    scopes = fields.List(fields.String(), required=True)


class TokenList(WholeList):
    """The owner's tokens."""

    items = fields.List(fields.Nested(TokenLine), required=True)


class RoleOut(Out):
    """A staff role and where it holds."""

    name = fields.String(required=True)
    scope_kind = fields.String(required=True)
    scope = fields.String(required=True)


class DelegationOut(Out):
    """For whom somebody may act, in what and until when."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    member_name = fields.String(required=True)
    delegate_id = fields.UUID(required=True)
    delegate_name = fields.String(required=True)
    scopes = fields.Function(
        lambda each: sorted(each.scopes), metadata={"type": "array", "items": TEXT}
    )
    consent = fields.String()
    granted_at = At()
    ends_on = fields.Date(allow_none=True)
    in_force = fields.Boolean()
    spend_minutes = fields.Integer(allow_none=True)


class MeOut(Out):
    """Whom the token speaks for."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    book = fields.String(required=True, attribute="home_book")
    is_active = fields.Boolean()
    is_provider = fields.Boolean()
    is_recipient = fields.Boolean()
    roles = fields.List(fields.Nested(RoleOut))
    acts_for = fields.List(fields.Nested(DelegationOut))


class CertificateOut(Out):
    """A certificate on record."""

    id = fields.UUID()
    code = fields.String()
    issuer = fields.String()
    reference = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    valid = fields.Boolean()


class AssessmentOut(Out):
    """An assessment of care needs."""

    id = fields.UUID()
    grade = fields.Integer()
    assessed_on = fields.Date()
    assessor = fields.String()


class MemberOut(Out):
    """A record: whole, or masked where ``whole`` is false. The ID number is always masked."""

    id = fields.UUID(required=True)
    whole = fields.Boolean(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)
    sex = Said()
    born_on = fields.Date(allow_none=True)
    age_years = fields.Integer()
    book = fields.String(attribute="home_book")
    region_code = fields.String()
    branch_id = fields.UUID()
    status = Said()
    id_number_masked = fields.String()
    phone = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    contact = fields.String(allow_none=True)
    skills = fields.List(fields.String())
    service_codes = fields.List(fields.String())
    is_provider = fields.Boolean()
    is_recipient = fields.Boolean()
    level = fields.String()
    care_grade = fields.Integer()
    door_word = fields.String(allow_none=True)
    paused_until = fields.Date(allow_none=True)
    served_minutes = fields.Integer()
    joined_at = At()
    identity_checked_at = At(allow_none=True)
    certificates = fields.List(fields.Nested(CertificateOut))
    assessments = fields.List(fields.Nested(AssessmentOut))


class GuardianIn(Document):
    """Who agrees for somebody under age."""

    name = Words()
    relation = Words()
    how = Choice(*WITNESSED)
    id_number = Words(load_default="")

    @post_load
    def build(self, data: Any, **_: Any) -> Guardian:
        return Guardian(**data)


class MemberIn(Document):
    """Somebody who joins: by oneself, signed up by a relative, or at the counter."""

    how = Choice(*HOWS)
    name = Words()
    sex = Choice(*(each.value for each in Sex))
    born_on = Day()
    id_number = Words()
    region_code = Code()
    branch_id = Id()
    terms = Flag()
    terms_how = Choice(OWN, *WITNESSED, load_default=OWN)
    phone = Words(load_default=None)
    address = Words(load_default=None)
    contact = Words(load_default=None)
    latitude_e6 = Whole(-LATITUDE_E6, LATITUDE_E6, load_default=None)
    longitude_e6 = Whole(-LONGITUDE_E6, LONGITUDE_E6, load_default=None)
    skills = Listed(Words(), most=20, load_default=())
    service_codes = Listed(Code(), most=60, load_default=())
    wants_to_serve = Flag(load_default=False)
    wants_to_receive = Flag(load_default=False)
    guardian = Part(GuardianIn, load_default=None)
    relation = Choice(*INVERSE, load_default=None)
    login_name = Words(load_default=None)
    door_word = Words(load_default=None)
    health = Flag(load_default=None)
    place = Flag(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> RegisterForm:
        return RegisterForm(**{**data, "sex": Sex(data["sex"])})


class JoinedOut(Out):
    """The new member."""

    id = fields.UUID(required=True, attribute="member_id")
    number = fields.String(required=True)


class IdentityIn(Document):
    """How staff saw who it is; for somebody whom a relative signed up, how the elder agreed."""

    how = Choice(*CHECKS)
    delegate_consent = Choice(*WITNESSED, load_default=None)
    delegate_spend_minutes = Whole(0, SPEND_MOST_MINUTES, load_default=0)


class CertificateIn(Document):
    """A certificate whose paper staff have seen."""

    code = Code()
    issuer = Words()
    reference = Words()
    valid_from = Day()
    valid_to = Day(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> CertificateForm:
        return CertificateForm(**data)


class AssessmentIn(Document):
    """A care grade with the day of its assessment."""

    grade = Whole(0, 9)
    assessed_on = Day()
    assessor = Words()
    total_score = Whole(0, 200, load_default=None)
    coma = Flag(load_default=False)
    dementia = Flag(load_default=False)
    risk_events = Whole(0, 50, load_default=0)

    @post_load
    def build(self, data: Any, **_: Any) -> AssessmentForm:
        return AssessmentForm(**data)


class KinshipIn(Document):
    """What the other person is to the member, and what staff saw."""

    other_id = Id()
    relation = Choice(*INVERSE)
    evidence = Words()


class DelegationIn(Document):
    """Who may act for the member, in what, how much, until when, and how the member agreed."""

    delegate_id = Id()
    scopes = Listed(Choice(*SCOPES), least=1, most=len(SCOPES))
    consent = Choice(OWN, *WITNESSED, load_default=OWN)
    ends_on = Day()
    #: How much of the member's coins may be set aside in a month by what is asked for.
    spend_minutes = Whole(0, SPEND_MOST_MINUTES)


class MadeOut(Out):
    """The id of what was recorded."""

    id = fields.UUID(required=True)


class PaperOut(Out):
    """What a card or a door sign carries; given once."""

    token = fields.String(required=True)
