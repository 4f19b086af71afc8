"""One module decides how an error is answered: a problem document under /api/, else a page."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.http import HTTP_STATUS_CODES

from services.errors import Conflict, DomainError
from timebank import counters, logs
from timebank.i18n import say
from timebank.observed import seen_now

log = logging.getLogger(__name__)

STATUS = {"invalid": 422, "forbidden": 403, "not_found": 404, "conflict": 409, "throttled": 429}

#: After what is throttled by a login's own count.
RETRY_AFTER_S = 300

#: A broken constraint's name -> the sentence a person reads; never the driver's text.
CONSTRAINTS = {
    "ck_balances_floor_kept": "可用的时间不够。",
    "pk_handles": "这个号码已经登记过了。",
    "pk_provider_slots": "这个时间您已经答应了别的服务。",
    "uq_transfers_book_idem_key": "这件事已经办过了。",
    "uq_transfers_book_reverses_id": "这笔往来已经冲正过了。",
}


def init_app(app: Flask) -> None:
    """Register the handlers for everything that can go wrong."""
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(IntegrityError, on_broken_constraint)
    app.register_error_handler(CSRFError, on_forged)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)


def on_domain_error(error: DomainError) -> ResponseReturnValue:
    """A refusal: its sentence, translated, and the status of its kind."""
    counters.REFUSALS.labels(error.kind).inc()
    sentence = say(error.sentence, error.params)
    extra: dict[str, Any] = {}
    if error.kind == "conflict" and not request.path.startswith("/api/"):
        extra = {"retry_url": _page_before()}
    if error.field:
        extra |= {"field": error.field, "errors": {error.field: [sentence]}}
    reasons = error.params.get("reasons")
    if reasons:
        extra["reasons"] = [{"code": r.code, "message": say(r.sentence, r.params)} for r in reasons]
    return answer(STATUS[error.kind], error.code, sentence, **extra)


def _page_before() -> str | None:
    """Our page whose button led here. Opened again it is up to date and carries a new key."""
    try:
        came = urlsplit(request.referrer or "")
    except ValueError:  # a bracket that is never closed
        return None
    if request.method != "POST" or came.netloc != request.host:
        return None
    return "/" + came.path.lstrip("/") + (f"?{came.query}" if came.query else "")


def on_broken_constraint(error: IntegrityError) -> ResponseReturnValue:
    """Somebody was quicker: the constraint's name picks the sentence."""
    text = str(error.orig)
    diagnosis = getattr(error.orig, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    for constraint, sentence in CONSTRAINTS.items():
        if constraint == name or constraint in text:
            return answer(409, "conflict", say(sentence))
    logs.say(log, "broken constraint", logging.WARNING, reason=name or "unnamed")
    return answer(409, "conflict", say(Conflict().sentence))


def on_forged(_error: CSRFError) -> ResponseReturnValue:
    """The form is old or not ours."""
    return answer(400, "form_expired", _("这个页面放得太久了，请刷新后再试一次。"))


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Any other HTTP error: its standard meaning in plain words."""
    if error.response is not None:
        return error.response
    if isinstance(error, SecurityError):
        # Asked for under a name that is not ours: no page, for no link on it could be made.
        return Response("400\n", 400, mimetype="text/plain")
    status = error.code or 500
    return answer(status, _name(status).lower().replace(" ", "_"), _plain(status), _http=error)


def on_crash(error: Exception) -> ResponseReturnValue:
    """Our fault: the log has the cause, the reader gets a number to quote."""
    if current_app.testing:
        raise error
    reference = seen_now().id[:8]
    log.error("unexpected error", exc_info=error)
    sentence = _(
        "系统出了问题，不是您的错。请拨打服务热线，并报编号 %(number)s。", number=reference
    )
    return answer(500, "internal", sentence, reference=reference)


def _name(status: int) -> str:
    """The status in Werkzeug's words: Python's own change from version to version."""
    return HTTP_STATUS_CODES.get(status, "Error")


def _plain(status: int) -> str:
    sentences = {
        400: _("这个请求不完整，请返回再试一次。"),
        401: _("请先登录。"),
        403: _("您没有办理这件事的权限。"),
        404: _("没有找到这个页面。"),
        405: _("这个地址不能这样使用。"),
        409: _("情况已经变化，请刷新后再看一次。"),
        413: _("文件太大了。"),
        422: _("填写的内容有误，请检查后再试。"),
        429: _("操作太频繁了，请稍后再试。"),
    }
    return str(sentences.get(status, _("没有办成，请稍后再试。")))


def answer(
    status: int, code: str, sentence: str, *, _http: HTTPException | None = None, **extra: Any
) -> Response:
    """A problem document (RFC 9457) for programs, a page for people."""
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "title": _name(status),
            "status": status,
            "code": code,
            "detail": sentence,
            "instance": f"urn:uuid:{UUID(seen_now().id)}",
            **extra,
        }
        if _http is not None and getattr(_http, "data", None):
            body["errors"] = _http.data.get("messages", {})  # type: ignore[attr-defined]
        response = jsonify(body)
        response.mimetype = "application/problem+json"
    else:
        page = f"errors/{status}.html" if status in (400, 403, 404, 409, 429, 500) else None
        response = current_app.make_response(
            render_template(
                [page, "errors/error.html"] if page else "errors/error.html",
                status=status,
                sentence=sentence,
                **extra,
            )
        )
    response.status_code = status
    if status == 429:
        limit = getattr(_http, "limit", None)
        response.headers["Retry-After"] = str(limit.limit.get_expiry() if limit else RETRY_AFTER_S)
    if _http is not None:
        for name, value in _http.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
    return response
