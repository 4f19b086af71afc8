"""Logins of browsers, as their owner finds them."""

from __future__ import annotations

from marshmallow import fields

from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Out


class LoginLine(Out):
    """A browser in which the owner is logged in; ``label`` is a kind of browser and of system."""

    id = fields.UUID(required=True)
    how = fields.String(required=True)
    label = fields.String(required=True)
    began_at = At(required=True)
    #: Written about once an hour.
    seen_at = At(required=True)


class LoginList(WholeList):
    """The logins that hold now, the last used first."""

    items = fields.List(fields.Nested(LoginLine), required=True)
