"""Logins of browsers: where the account is open, and a way out of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app

from services.logins import sessions
from timebank.api.area import Area, writing
from timebank.api.schemas.logins import LoginList
from timebank.edge import declare, reading, timebank

area = Area("logins", "登录")


@area.get("/logins", says="我登录的设备")
@declare("account.use")
@area.response(200, LoginList)
def list_logins() -> dict[str, Any]:
    """The browsers in which whoever asks is logged in now."""
    with reading() as ctx:
        return {"items": sessions.devices(ctx, None, timebank().settings.session_lifetime)}


@area.delete("/logins", says="退出我的所有设备", keyed="may")
@declare("account.use")
@area.response(204)
def end_logins() -> Response:
    """End every login in a browser; tokens are ended on their own."""
    writing(lambda ctx: sessions.end_others(ctx, None))
    return current_app.response_class(status=204)


@area.delete("/logins/<uuid:login_id>", says="退出我的一台设备", keyed="may")
@declare("account.use")
@area.response(204)
def end_one_login(login_id: UUID) -> Response:
    """End one of the own logins."""
    writing(lambda ctx: sessions.end(ctx, login_id, "elsewhere"))
    return current_app.response_class(status=204)
