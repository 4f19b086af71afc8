"""Tokens: the only way in for a program. They carry all the rights of whoever made them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_babel import gettext as _

from services.context import Context
from services.login import api_tokens, issue_api_token, revoke_api_token, verify_password
from services.logins import factors
from services.logins.factors import FactorNeeded
from services.people.actors import actor_for
from services.queries.programs.seen import token_id
from timebank.api.area import ANY_SCOPE, Area, writing
from timebank.api.refusing import refuse
from timebank.api.schemas.people import TokenIn, TokenList, TokenOut
from timebank.edge import declare, now, perform, reading, timebank
from timebank.security import limiter

area = Area("tokens", "令牌")

TOKENS_AN_ADDRESS = "30 per 5 minutes"


@area.post("/tokens", says="用登录名和密码换一个令牌", keyed="may")
@declare("public.read")
@area.arguments(TokenIn)
@area.response(201, TokenOut)
@limiter.limit(TOKENS_AN_ADDRESS)
def make_token(asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Exchange login and password for a token; it is shown this once."""
    # The attempt is on record whatever becomes of the token: two acts, two units of work.
    member_id = perform(lambda ctx: verify_password(ctx, asked["login"], asked["password"]))
    if member_id is None:
        refuse(401, "login_wrong", _("登录名或密码没有对上，请核对后再试。"))

    with reading() as ctx:
        member = actor_for(ctx.session, member_id, ctx.now)
    if member.roles and not timebank().settings.is_demo:
        # Whoever has an office shows the second factor too; its code is taken once.
        code = asked["code"]
        if not code:
            sentence = _("请同时填写第二步验证的六位数字或恢复码（code）。")
            refuse(403, FactorNeeded.code, sentence)
        perform(lambda ctx: factors.show(ctx.as_actor(member), code))

    def issue(ctx: Context) -> str:
        mine = replace(ctx.as_actor(member), factor_at=ctx.now)
        return issue_api_token(mine, asked["name"], asked["days"], asked["scopes"])

    made = {
        "token": writing(issue),
        "name": asked["name"],
        "scopes": asked["scopes"],
        "expires_at": now() + timedelta(days=asked["days"]),
    }
    return made, {"Cache-Control": "no-store"}


@area.get("/tokens", says="我的令牌")
@declare("account.use")
@area.response(200, TokenList)
def list_tokens() -> dict[str, Any]:
    """The tokens of whoever asks, ended ones too."""
    with reading() as ctx:
        return {"items": api_tokens(ctx)}


@area.delete("/tokens/current", says="停用正在使用的令牌", keyed="may", about=ANY_SCOPE)
@declare("account.use")
@area.response(204)
def end_this_token() -> Response:
    """End the token that this request carries."""
    token = request.headers["Authorization"].partition(" ")[2].strip()
    writing(lambda ctx: revoke_api_token(ctx, token_id(ctx, token)))
    return current_app.response_class(status=204)


@area.delete("/tokens/<uuid:token_id>", says="停用我的一个令牌", keyed="may")
@declare("account.use")
@area.response(204)
def end_token(token_id: UUID) -> Response:
    """End one of the own tokens."""
    writing(lambda ctx: revoke_api_token(ctx, token_id))
    return current_app.response_class(status=204)
