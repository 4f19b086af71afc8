"""Wire formats of call-backs, of draws and of what is published."""

from __future__ import annotations

from marshmallow import fields

from services.callbacks.calling import ELDER, HEARD, HOW
from services.callbacks.listing import STATES
from services.rules.checked import Choice, Document, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, ListOut, Out, PageQuery, Prose, Said, name_out


class CallbackQuery(PageQuery):
    """Which call-backs, a page at a time."""

    state = Choice(*STATES, load_default="open")
    why = Choice("all", "random", "flag", load_default="all")


class CallbackSaidIn(Document):
    """An answer's code for each question's code; ``speaker`` is ``elder`` or a relative's id."""

    answers = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"example": {}}
    )
    speaker = Words(load_default=ELDER)
    how = Choice(*HOW, load_default="phone")
    note = Prose(load_default="")


class CallbackTryIn(Document):
    """What came of a call that brought no answers."""

    heard = Choice(*HEARD)
    how = Choice(*HOW, load_default="phone")


class CallbackResultOut(Out):
    """confirmed, failed, unreached, or nothing yet."""

    result = Said(allow_none=True)


class SuspensionEndIn(Document):
    """Why the branch may enter hours again."""

    reason = Prose()


class CallbackLineOut(Out):
    """A call-back in a list, the elder and whoever came by number."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    branch = name_out()
    service_code = fields.String(required=True)
    elder = fields.String(attribute="elder.number", allow_none=True)
    provider = fields.String(attribute="provider.number", allow_none=True)
    why = fields.String(required=True)
    is_drawn = fields.Boolean(required=True)
    made_at = At()
    due_on = fields.Date(required=True)
    is_overdue = fields.Boolean(required=True)
    tries = fields.Integer(required=True)
    result = Said(allow_none=True)
    done_at = At(allow_none=True)


class CallbackListOut(ListOut):
    """A page of call-backs and how many there are in all."""

    items = fields.List(fields.Nested(CallbackLineOut), required=True)


class ScriptAnswerOut(Out):
    """One of a question's answers."""

    code = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)


class ScriptQuestionOut(ScriptAnswerOut):
    """A line of the script."""

    answers = fields.List(fields.Nested(ScriptAnswerOut), required=True)


class ScriptRelativeOut(Out):
    """A relative whom the elder lets confirm."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    phone = fields.String(allow_none=True)


class CallbackScriptOut(Out):
    """Whom to ring and what to ask. ``provider`` is not to be read out first."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    branch = name_out()
    elder = fields.String(required=True)
    elder_phone = fields.String(allow_none=True)
    relatives = fields.List(fields.Nested(ScriptRelativeOut), required=True)
    provider = fields.String(required=True)
    service = name_out()
    starts_at = At()
    actual_minutes = fields.Integer(allow_none=True)
    why = fields.String(required=True)
    due_on = fields.Date(required=True)
    questions = fields.List(fields.Nested(ScriptQuestionOut), required=True)
    most_tries = fields.Integer(required=True)
    result = Said(allow_none=True)
    answers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class PublishedOut(Out):
    """A county's figures at a moment, in people, visits and minutes; null where they are small."""

    at = At()
    members = fields.Integer(allow_none=True)
    volunteers = fields.Integer(allow_none=True)
    elders = fields.Integer(allow_none=True)
    visits = fields.Integer(allow_none=True)
    actual_minutes = fields.Integer(allow_none=True)
    earned_minutes = fields.Integer(allow_none=True)
    drawn_minutes = fields.Integer(allow_none=True)
    outstanding_minutes = fields.Integer(allow_none=True)


class PublishedResultOut(Out):
    """A branch's calls of a month, or of several that have few each."""

    branch = name_out()
    first_month = fields.String(required=True)
    last_month = fields.String(required=True)
    drawn = fields.Integer(required=True)
    asked = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    unreached = fields.Integer(required=True)
    open = fields.Integer(required=True)
    flagged = fields.Integer(required=True)
    flagged_failed = fields.Integer(required=True)


class PublishedSuspensionOut(Out):
    """A branch without entry rights, now or before."""

    book = fields.String(required=True)
    branch = name_out()
    month = fields.String(required=True)
    asked = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    limit_percent = fields.Integer(required=True)
    began_at = At()
    ended_at = At(allow_none=True)


class PublishedResultsOut(Out):
    """Results and suspensions of a county."""

    results = fields.List(fields.Nested(PublishedResultOut), required=True)
    suspensions = fields.List(fields.Nested(PublishedSuspensionOut), required=True)


class DrawWaitOut(Out):
    """What a draw waits for: witnesses, list or signatures; and until when."""

    what = fields.String(required=True)
    day = fields.Date(allow_none=True)
    missing = fields.List(fields.String(), required=True)
    deadline = At(allow_none=True)


class DrawLineOut(Out):
    """A closed list and how it stands."""

    period = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    closed_at = At()
    size = fields.Integer(required=True)
    list_hash = fields.String(required=True)
    drawn_at = At(allow_none=True)
    drawn = fields.Integer(allow_none=True)
    seed_day = fields.Date(allow_none=True)
    seed = fields.String(allow_none=True)
    waits = fields.Nested(DrawWaitOut, allow_none=True)


class DrawListOut(WholeList):
    """The draws of a county, the newest first."""

    items = fields.List(fields.Nested(DrawLineOut), required=True)


class DrawSignatureOut(Out):
    """What a witness signed of the seed's daily list."""

    key_id = fields.String(required=True)
    public_key = fields.String(required=True)
    signature = fields.String(required=True)


class DrawFileOut(Out):
    """Everything that repeats a draw."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    book = fields.String(required=True)
    period = fields.String(required=True)
    first_day = fields.String(required=True)
    last_day = fields.String(required=True)
    closed_at = fields.String(required=True)
    visits = fields.List(fields.String(), required=True)
    list_hash = fields.String(required=True)
    terms = fields.String(required=True)
    percent = fields.Integer(required=True)
    seed_day = fields.String(allow_none=True)
    seed_list_hash = fields.String(allow_none=True)
    signatures = fields.List(fields.Nested(DrawSignatureOut), required=True)
    seed = fields.String(allow_none=True)
    drawn = fields.List(fields.Integer(), allow_none=True)
