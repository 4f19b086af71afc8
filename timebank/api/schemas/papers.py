"""Papers on the wire: lists, one paper word by word, and everybody's check of a code."""

from __future__ import annotations

from marshmallow import fields

from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out, Said, name_out


class PaperLineOut(Out):
    """A paper in a list; ``withdrawn_reason`` is ``replaced`` where a newer one holds."""

    code = fields.String(required=True)
    kind = Said(required=True)
    issued_at = At(required=True)
    holds = fields.Boolean(required=True)
    withdrawn_at = At(allow_none=True)
    withdrawn_reason = fields.String(allow_none=True)


class PaperList(WholeList):
    """A member's papers, the newest first."""

    items = fields.List(fields.Nested(PaperLineOut), required=True)


class IssuedPaperOut(Out):
    """A paper as it was issued; ``digest`` is the SHA-256 over the content's canonical JSON.

    ``masked``: the reader sees family names alone, and the digest is not over what is shown.
    """

    paper = fields.Nested(PaperLineOut, required=True, attribute="line")
    book = fields.String(required=True)
    region = name_out()
    member_id = fields.UUID(required=True)
    content = fields.Dict(required=True)
    digest = fields.String(required=True)
    masked = fields.Boolean(required=True)


class PaperPersonOut(Out):
    """Somebody on a paper: giver, receiver, donor, member or dead; the name is masked."""

    part = fields.String(required=True)
    name = fields.String(required=True)


class ProofFactsOut(Out):
    """What everybody reads of a certificate of service: days as ISO text, actual minutes."""

    reference = fields.String(required=True)
    since = fields.String(required=True, attribute="from")
    until = fields.String(required=True)
    minutes = fields.Integer(required=True)


class PaperCheckOut(Out):
    """What anybody learns who has the code."""

    paper = fields.Nested(PaperLineOut, required=True)
    region = name_out()
    digest = fields.String(required=True)
    persons = fields.List(fields.Nested(PaperPersonOut), required=True)
    facts = fields.Nested(ProofFactsOut, allow_none=True)
