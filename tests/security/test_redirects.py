"""No address that somebody hands on leads away from here."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from tests.security.people import World
from timebank.web.preferences import local_path

#: Ways to write another host that one reader or another falls for.
AWAY = [
    "https://evil.invalid",
    "http:evil.invalid",
    "https:/evil.invalid",
    "https:evil.invalid",
    "//evil.invalid",
    "///evil.invalid",
    "////evil.invalid",
    "\\\\evil.invalid",
    "/\\evil.invalid",
    "\\/evil.invalid",
    "/\t/evil.invalid",
    "/\n/evil.invalid",
    "\t//evil.invalid",
    " //evil.invalid",
    "/%09/evil.invalid",
    "/%2f%2fevil.invalid",
    "/%5cevil.invalid",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/\u2028/evil.invalid",
    "/\u202e//evil.invalid",
    "http://localhost@evil.invalid/",
    "//localhost@evil.invalid/",
    "/..//evil.invalid",
    "/.//evil.invalid",
    "//[::1",
    "http://[evil",
    "/\x00/evil.invalid",
    "/login\r\nSet-Cookie: a=b",
    "／／evil.invalid",
    "/\u200b/evil.invalid",
    "?next=//evil.invalid",
    "evil.invalid",
    "@evil.invalid",
]
ORIGIN = "https://here.invalid"


def stays(location: str) -> bool:
    """Whether a browser that reads this stays on our host: slashes as browsers count them."""
    as_read = location.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    return urlsplit(urljoin(f"{ORIGIN}/page", as_read.strip())).netloc == "here.invalid"


@pytest.mark.parametrize("target", AWAY, ids=range(len(AWAY)))
def test_a_local_path_is_one(target: str) -> None:
    found = local_path(target)
    assert stays(found), found
    assert found.isprintable()
    assert found.startswith("/")
    assert not found.startswith("//")


def test_no_address_leads_away(world: World) -> None:
    """Every page that goes on to an address out of its query."""
    people = {
        "nobody": world.app.test_client(),
        "in": world.browser(world.person("王秀英")),
        "staff": world.browser(world.person("陈静")),
    }
    asked = 0
    for target in AWAY:
        for browser in people.values():
            for path in (
                "/login",
                "/login/code",
                "/login/code/enter",
                "/preferences",
                "/me",
                "/branch/choose",
                "/elder-version",
            ):
                answer = browser.get(path, query_string={"next": target, "lang": "zh"})
                asked += 1
                assert answer.status_code < 500, (path, target)
                assert stays(answer.headers.get("Location", "/")), (path, target)
                assert "Set-Cookie: a=b" not in str(answer.headers), (path, target)
    assert asked > 500


def test_the_page_before_is_ours(world: World) -> None:
    """What a browser says that it came from is shown as a link only where it is one of ours."""
    browser = world.browser(world.person("王秀英"))
    for came in ("https://evil.invalid/x", "//evil.invalid", "http://localhost//evil.invalid"):
        answer = browser.post("/elder/notices/read", headers={"Referer": came}, data={})
        assert "evil.invalid/x" not in answer.text
        assert 'href="//evil' not in answer.text


def test_a_reader_who_falls_for_it_is_found() -> None:
    assert not stays("//evil.invalid")
    assert not stays("/\\evil.invalid")
    assert not stays("https://evil.invalid/")
    assert stays("/me?next=//evil.invalid")
