"""What is changed on its way is what it never was: seals, tokens, cursors, codes, cookies."""

from __future__ import annotations

import base64
import json

import pytest
from itsdangerous import URLSafeTimedSerializer

from services.vault import Unreadable, Vault
from tests.factories import VAULT
from tests.security.people import World


def flipped(text: str, place: int) -> str:
    """The text with one sign changed."""
    other = "A" if text[place] != "A" else "B"
    return text[:place] + other + text[place + 1 :]


def test_a_changed_seal_does_not_open() -> None:
    sealed = VAULT.seal("member.phone", "13900000000")
    assert VAULT.open("member.phone", sealed) == "13900000000"
    for place in range(sealed.rindex(".") + 1, len(sealed) - 3, 5):
        with pytest.raises(Unreadable):
            VAULT.open("member.phone", flipped(sealed, place))
    for broken in ("", "v1.", "v9.AAAA", sealed[:20], sealed + "AAAA", "机密"):
        with pytest.raises(Unreadable):
            VAULT.open("member.phone", broken)


def test_a_seal_of_one_purpose_opens_for_no_other() -> None:
    with pytest.raises(Unreadable):
        VAULT.open("member.address", VAULT.seal("member.phone", "13900000000"))
    other = Vault(data_key=b"o" * 32, index_key=b"i" * 32)
    with pytest.raises(Unreadable):
        other.open("member.phone", VAULT.seal("member.phone", "13900000000"))
    assert VAULT.blind("a", "x") != VAULT.blind("b", "x")


def test_a_changed_token_is_no_token(world: World) -> None:
    token = world.attacker("neighbour").token
    client = world.app.test_client()
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    for wrong in (
        flipped(token, 8),
        flipped(token, len(token) - 1),
        token[:-1],
        token.upper(),
        token + "A",
        "",
        "tb_",
        "null",
        "undefined",
        token[3:],
    ):
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {wrong}"})
        assert answer.status_code == 401, wrong
    basic = base64.b64encode(f"x:{token}".encode()).decode()
    for wrong in (f"Basic {basic}", f"Token {token}", token):
        answer = client.get("/api/v1/me", headers={"Authorization": wrong})
        assert answer.status_code == 401
    assert client.get(f"/api/v1/me?access_token={token}").status_code == 401


def test_a_token_of_one_purpose_is_none_of_another(world: World) -> None:
    """An API token is no card, no feed and no door sign; a form's token is no session."""
    token = world.attacker("neighbour").token
    client = world.app.test_client()
    assert client.get(f"/feed/{token}.ics").status_code == 404
    assert client.get(f"/check/{token}").status_code in (404, 422)
    for path in (f"/c/{token}", f"/d/{token}"):
        answer = client.get(path)
        assert world.person("王秀英").hex not in answer.text
    form = URLSafeTimedSerializer(str(world.app.secret_key), salt="wtf-csrf-token").dumps("x")
    client.set_cookie("timebank", str(form))
    assert client.get("/me").status_code == 303


def test_a_forged_session_is_nobodys(world: World) -> None:
    """Without the key nothing that looks like a session is one, whatever it says."""
    member = str(world.person("林向阳"))
    claims = {"_user_id": member, "_fresh": True, "login_at": world.clock.now.isoformat()}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    for cookie in (payload, f"{payload}.x.y", f"{payload}..", f".{payload}.AAAA.BBBB", "x" * 4000):
        client = world.app.test_client()
        client.set_cookie("timebank", cookie)
        assert client.get("/admin/").status_code == 303, cookie[:40]


def test_a_cursor_opens_no_other_list(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.attacker('neighbour').token}"}
    client = world.app.test_client()
    for cursor in (
        "x",
        "0" * 500,
        base64.urlsafe_b64encode(b"9999999999 x").decode(),
        "=" * 9,
        base64.urlsafe_b64encode(b"0 ' OR 1=1").decode(),
        "游标",
        "../..",
        "-1",
    ):
        for path in ("/api/v1/requests", "/api/v1/visits", "/api/v1/gifts"):
            answer = client.get(path, query_string={"cursor": cursor}, headers=headers)
            assert answer.status_code < 500, (path, cursor)


def test_one_persons_key_is_not_anothers(world: World, spare: World) -> None:
    """The key of somebody's act, sent by another: he gets his own answer, never the first one's."""
    key = {"Idempotency-Key": "the-same-key-for-two"}
    said = []
    for kind in ("neighbour", "stranger"):
        token = spare.attacker(kind).token
        answer = spare.app.test_client().post(
            "/api/v1/tokens/none",
            headers={"Authorization": f"Bearer {token}", **key},
        )
        said.append(answer.status_code)
    assert set(said) <= {404, 405}
    minted = []
    for kind in ("neighbour", "stranger"):
        browser = spare.browser(kind)
        answer = browser.post(
            "/me/calendar", data={"idempotency_key": "0197f6d0-0000-7000-8000-000000000001"}
        )
        minted.append((answer.status_code, answer.text))
    feeds = [row["member_id"] for row in spare.rows("SELECT * FROM handles WHERE kind = 'feed'")]
    ours = {spare.attacker(kind).id.hex for kind in ("neighbour", "stranger")}
    assert len(ours & set(feeds)) in (0, 2), "both or none: never one for the other"
