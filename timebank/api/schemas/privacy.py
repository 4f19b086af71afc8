"""The wire of one's own data: consents, looks, copies, corrections and erasure."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from services.people.forms import CONSENT_HOWS, OWN
from services.privacy.deciding import EVIDENCE
from services.privacy.effects import SEPARATE
from services.privacy.requests import POOL
from services.rules.checked import Choice, Document, Flag, Words
from timebank.api.schemas.base import At, Out, Prose, name_out


class PurposeOut(Out):
    """What is kept for one purpose."""

    code = fields.String(required=True)
    title = name_out()
    what = name_out()
    why = name_out()
    basis = fields.String(required=True)
    kept = name_out()
    seen = name_out()
    consent = fields.String(required=True, allow_none=True)


class PurposesOut(Out):
    """Everything that is kept about people, by purpose; ``version`` is the data map's."""

    version = fields.String(required=True)
    purposes = fields.List(fields.Nested(PurposeOut), required=True)


class PrivacyRequestOut(Out):
    """A request about one's own data. ``wanted`` holds the fields of a correction."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    how = fields.String(required=True)
    state = fields.String(required=True)
    asked_at = At(required=True)
    due_on = fields.Date(required=True)
    is_late = fields.Boolean(required=True)
    wanted = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    coins_to = fields.String(required=True, allow_none=True)
    decided_at = At(required=True, allow_none=True)
    evidence = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    run_after = At(required=True, allow_none=True)
    ended_at = At(required=True, allow_none=True)


class MyDataOut(Out):
    """The answers to the separate consents, and what was asked."""

    member_id = fields.UUID(required=True)
    consents = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    requests = fields.List(fields.Nested(PrivacyRequestOut), required=True)


class WaitingDataRequestsOut(Out):
    """What a branch still has to answer."""

    requests = fields.List(fields.Nested(PrivacyRequestOut), required=True)


class LookOut(Out):
    """One look at a member's data: from which office, never by whom; a relative has a name."""

    at = At(required=True)
    act = fields.String(required=True)
    role = fields.String(required=True)
    office = name_out(allow_none=True)
    name = fields.String(required=True, allow_none=True)


class LooksOut(Out):
    """The looks of the last year, the newest first."""

    looks = fields.List(fields.Nested(LookOut), required=True)


class PersonalDataOut(Out):
    """A copy of everything that is kept about somebody; the data map says what a column is."""

    format = fields.String(required=True)
    data_map = fields.String(required=True)
    made_at = fields.String(required=True)
    number = fields.String(required=True)
    coins = fields.List(fields.Dict(), required=True)
    entries = fields.List(fields.Dict(), required=True)
    tables = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), required=True)


class PrivacyAnswerIn(Document):
    """Yes or no to health or to place."""

    kind = Choice(*SEPARATE)
    agrees = Flag()
    how = Choice(*CONSENT_HOWS, load_default=OWN)


class CorrectionIn(Document):
    """The fields that are wrong, each as it should be."""

    name = Words(load_default="")
    sex = Choice("female", "male", "", load_default="")
    born_on = Words(load_default="")
    id_number = Words(load_default="")
    phone = Words(load_default="")
    address = Words(load_default="")
    contact = Words(load_default="")

    @post_load
    def build(self, data: Any, **_: Any) -> dict[str, str]:
        return {name: text for name, text in data.items() if text}


class ErasureIn(Document):
    """Leaving for good; ``coins_to`` where coins are left."""

    coins_to = Choice(POOL, load_default=None)


class PrivacyGrantIn(Document):
    """Yes, by the paper that was seen."""

    evidence = Choice(*EVIDENCE)


class PrivacyRefusalIn(Document):
    """No, and why."""

    reason = Prose()
