"""Wire formats of what changes about a member: contact, wishes, consents, roles."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from services.people.forms import CONSENT_HOWS, ContactForm
from services.people.membership import REFUSALS
from services.people.records import CONSENT_KINDS
from services.policy import ROLES
from services.rules.checked import Choice, Code, Day, Document, Flag, Whole, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, Out, Prose

LATITUDE_E6, LONGITUDE_E6 = 90_000_000, 180_000_000


class ContactIn(Document):
    """Contact details as they should stand from now on; null clears what is not required."""

    phone = Words(load_default=None)
    address = Words(load_default=None)
    contact = Words(load_default=None)
    latitude_e6 = Whole(-LATITUDE_E6, LATITUDE_E6, load_default=None)
    longitude_e6 = Whole(-LONGITUDE_E6, LONGITUDE_E6, load_default=None)
    region_code = Code(load_default=None)
    branch_id = Id(load_default=None)

    @post_load
    def build(self, data: Any, **_: Any) -> ContactForm:
        return ContactForm(**data)


class DoorWordIn(Document):
    """The word that a visitor says at the door."""

    word = Words()


class TakingPartIn(Document):
    """Whether the member wants to serve, and to be served."""

    to_serve = Flag()
    to_receive = Flag()


class MemberPauseIn(Document):
    """The last day of a pause; null ends one."""

    until = Day(load_default=None)


class IdentityRefusedIn(Document):
    """Why a sign-up ends."""

    reason = Choice(*REFUSALS)


class KinshipEndIn(Document):
    """Why a kinship leaves the register."""

    reason = Prose()


class ConsentIn(Document):
    """What was agreed to, how, and by whom it was said."""

    kind = Choice(*CONSENT_KINDS)
    how = Choice(*CONSENT_HOWS)
    given_by = Words(load_default="")


class ConsentOut(Out):
    """One consent, and whether it was taken back."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    how = fields.String(required=True)
    given_by = fields.String(required=True)
    at = At(required=True)
    withdrawn_at = At(allow_none=True)


class ConsentList(WholeList):
    """What a member has agreed to."""

    items = fields.List(fields.Nested(ConsentOut), required=True)


class RoleIn(Document):
    """A role, and where it holds: a branch's id, a region's code, or the nation's zeros."""

    role = Choice(*ROLES)
    scope_kind = Choice("branch", "region", "nation")
    scope = Words()
