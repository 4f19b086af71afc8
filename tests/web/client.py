"""A browser without a window: keeps cookies, sends each form's token, and can be anybody."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from models.logins import Login
from services.ids import uuid7
from timebank.identity import LOGIN

#: A test's login neither runs out nor writes down that it was seen, wherever its clock goes.
FOR_EVER = datetime(2100, 1, 1, tzinfo=UTC)


def came_in(app: Flask, member_id: UUID, now: datetime) -> dict[str, Any]:
    """What the session of a member holds who has logged in; an office's second factor is given."""
    held, token = app.extensions["timebank"], secrets.token_urlsafe(32)
    row = Login(member_id=member_id, id=uuid7(now), how="password", label="other/other")
    row.digest = held.vault.blind("login.token", f"{row.id}:{token}")
    row.began_at = row.seen_at = row.factor_at = FOR_EVER
    held.uow.run(lambda session: session.add(row))
    return {"_user_id": str(member_id), "_fresh": True, LOGIN: f"{row.id.hex}.{token}"}


class Browser(FlaskClient):
    """Posts carry a right CSRF token unless ``forged`` is asked for."""

    def post(self, *args: Any, forged: bool = False, **kwargs: Any) -> Any:
        if not forged:
            headers = dict(kwargs.pop("headers", None) or {})
            kwargs["headers"] = {**headers, "X-CSRFToken": self._token()}
        return super().post(*args, **kwargs)

    def _token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        serializer = URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token")
        return str(serializer.dumps(raw))

    def be(self, member_id: UUID, now: datetime) -> None:
        """Come in as a member, without the login page."""
        with self.session_transaction() as session:
            session.clear()
            session.permanent = True
            session.update(came_in(self.application, member_id, now))
