"""A browser without a window: keeps cookies, sends each form's token, and can be anybody."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from timebank.identity import SINCE


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
            session.update({"_user_id": str(member_id), "_fresh": True, SINCE: now.isoformat()})
