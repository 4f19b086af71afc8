"""Pages that come after an answer: who begins where, and what is said to each question."""

from __future__ import annotations

#: Audience -> who begins, where, the answers that are not the first of their page, most pages.
FLOWS: dict[str, tuple[tuple[str | None, str, dict[str, str], int], ...]] = {
    "elder": (
        (
            "elder",
            "/elder/ask",
            {"begin": "fresh", "note": "爱听戏", "risk": "家里有狗"},
            16,
        ),
        ("elder", "/elder/complaints/new", {"words": "说好的时间没有来。"}, 2),
        ("elder", "/elder/reach/email", {"email": "grandmother@example.org"}, 2),
        ("elder", "/elder/standing/ask/kind", {}, 14),
    ),
    "giving": (
        ("elder", "/giving/gifts/new", {"answer": "no", "answer-h": "0", "answer-m": "10"}, 9),
        ("elder", "/giving/designation/who", {}, 2),
        ("elder", "/giving/donate/pool", {"minutes-h": "0", "minutes-m": "10"}, 2),
        ("elder", "/giving/account/leave", {}, 3),
        ("elder", "/giving/moving/where", {"address": "Sample Road 3"}, 4),
    ),
    "public": (
        (
            None,
            "/join",
            {
                "name": "徐谷雨",
                "born_on-year": "1950",
                "born_on-month": "3",
                "born_on-day": "5",
                "phone": "137 1234 0001",
                "address": "样例小区 1 幢",
            },
            12,
        ),
        (None, "/login/code", {"who": "elder"}, 2),
        ("elder", "/me/reach/email", {"email": "grandmother@example.org"}, 2),
    ),
}
