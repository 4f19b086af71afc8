"""A small client of the time bank's API: the standard library alone, typed, one file.

    bank = Bank("http://127.0.0.1:5000", token)
    made = bank.ask(service_code="A04", starts_at=at, booked_minutes=60)

Every write carries a fresh Idempotency-Key and is sent again under the same key when the line
breaks, so that nothing is done twice. What has been read is kept with its ETag: read again, it is
only sent when it has changed, and a write can be held to it (``seen=``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Any, TypedDict, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TRIES = 3


class Problem(Exception):
    """A refusal (RFC 9457): ``code`` is stable, ``detail`` is for people."""

    def __init__(self, body: Mapping[str, Any], retry_after_s: int | None = None) -> None:
        super().__init__(body.get("detail", body.get("title", "")))
        self.status = int(body["status"])
        self.code = str(body["code"])
        self.errors: dict[str, list[str]] = body.get("errors", {})
        self.retry_after_s = retry_after_s


class Ask(TypedDict):
    """A request in a list."""

    book: str
    id: str
    reference: str
    state: str
    starts_at: str
    booked_minutes: int


class Promise(TypedDict):
    """The visit that follows from a yes."""

    book: str
    visit_id: str
    reserved_minutes: int


class Visit(TypedDict):
    """A visit as its reader sees it; the elder's side has the codes of the door."""

    book: str
    id: str
    state: str
    codes: dict[str, str]


class Receipt(TypedDict):
    """What was booked, in standard minutes."""

    earn_minutes: int


@dataclass
class Bank:
    """One token's view of a time bank."""

    base: str
    token: str | None = None
    language: str = "en"
    timeout_s: float = 30.0
    #: Answers by address, with their tags.
    _kept: dict[str, tuple[str, Any]] = field(default_factory=dict, repr=False)

    # coming in

    def log_in(self, login: str, password: str, scopes: tuple[str, ...], days: int = 1) -> None:
        """Exchange login and password for a token of these scopes, and use it from now on."""
        asked = {"login": login, "password": password, "scopes": list(scopes), "days": days}
        self.token = str(self._write("POST", "/tokens", asked)["token"])

    def log_out(self) -> None:
        """End the token."""
        self._write("DELETE", "/tokens/current", None)
        self.token = None

    # the main path

    def ask(self, *, service_code: str, starts_at: datetime, booked_minutes: int) -> Ask:
        """Ask for help, for oneself."""
        asked = {
            "service_code": service_code,
            "starts_at": starts_at.isoformat(),
            "booked_minutes": booked_minutes,
        }
        return cast("Ask", self._write("POST", "/requests", asked))

    def request(self, book: str, request_id: str) -> Ask:
        """One request."""
        return cast("Ask", self.read(f"/requests/{book}/{request_id}"))

    def requests(self, **filters: str) -> Iterator[Ask]:
        """All requests of whoever holds the token, or ``branch=`` of a branch; newest first."""
        return cast("Iterator[Ask]", self.walk("/requests", **filters))

    def approve(self, request: Ask, *, seen: bool = False) -> Ask:
        """Let a request go on; ``seen`` holds it to what was read last."""
        path = f"/requests/{request['book']}/{request['id']}"
        return cast("Ask", self._write("POST", f"{path}/approve", {}, about=path if seen else None))

    def accept(self, book: str, request_id: str) -> Promise:
        """Promise to come."""
        return cast("Promise", self._write("POST", f"/requests/{book}/{request_id}/accept", {}))

    def visit(self, book: str, visit_id: str) -> Visit:
        """One visit."""
        return cast("Visit", self.read(f"/visits/{book}/{visit_id}"))

    def check_in(self, book: str, visit_id: str, digits: str) -> Visit:
        """Begin, with the digits that the elder shows at the door."""
        return self._visit(book, visit_id, "check-in", {"digits": digits})

    def check_out(self, book: str, visit_id: str, digits: str) -> Visit:
        """End, with the other digits."""
        return self._visit(book, visit_id, "check-out", {"digits": digits})

    def confirm(self, book: str, visit_id: str) -> Visit:
        """Say that it was so: the minutes are booked."""
        return self._visit(book, visit_id, "confirm", {})

    def receipt(self, book: str, visit_id: str) -> Receipt:
        """What was booked."""
        return cast("Receipt", self.read(f"/visits/{book}/{visit_id}/receipt"))

    def _visit(self, book: str, visit_id: str, act: str, body: dict[str, str]) -> Visit:
        return cast("Visit", self._write("POST", f"/visits/{book}/{visit_id}/{act}", body))

    # how it is sent

    def read(self, path: str, **query: str) -> Any:
        """An answer; from what is kept when it still stands."""
        address = f"{path}?{urlencode(query)}" if query else path
        tag, kept = self._kept.get(address, ("", None))
        status, headers, body = self._send(
            "GET", address, None, {"If-None-Match": tag} if tag else {}
        )
        if status == 304:
            return kept
        self._kept[address] = (headers.get("ETag", ""), body)
        return body

    def walk(self, path: str, **query: str) -> Iterator[Any]:
        """Every row of a list, call by call."""
        while True:
            page = self.read(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def _write(self, method: str, path: str, body: Any, about: str | None = None) -> Any:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if about is not None:
            headers["If-Match"] = self._kept[about][0]
        return self._send(method, path, body, headers)[2]

    def _send(
        self, method: str, path: str, body: Any, more: Mapping[str, str]
    ) -> tuple[int, Message, Any]:
        headers = {"Accept": "application/json", "Accept-Language": self.language, **more}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        address = f"{self.base}/api/v1{path}"
        for last in (*[False] * (TRIES - 1), True):
            asked = Request(address, data, headers, method=method)  # noqa: S310 - ours
            try:
                with urlopen(asked, timeout=self.timeout_s) as answer:  # noqa: S310
                    text = answer.read()
                    return answer.status, answer.headers, json.loads(text or b"null")
            except HTTPError as error:
                if error.code == 304:
                    return 304, error.headers, None
                after = error.headers.get("Retry-After")
                raise Problem(json.loads(error.read()), int(after) if after else None) from None
            except URLError:
                # The same key: if it was done after all, this gives its answer.
                if last:
                    raise
        raise AssertionError
