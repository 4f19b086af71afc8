"""What notices may say: no address, nothing about health, and little before an acceptance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.context import Context
from services.outbox import tell
from services.rules.notices import NEVER_SAID
from tests.factories import LONGWAN, make_ctx
from tests.structure import tree
from tests.structure.tree import none_of

CHINESE = re.compile(r"[\u3400-\u9fff]")
GAP = re.compile(r"\{(\w+)\}")
#: What may be said of a visit to somebody who has not accepted it.
BEFORE_ACCEPTANCE = frozenset("start_at service booked_minutes until_at travel_minutes".split())
#: Rooms whose notices reach volunteers who have not accepted anything.
ASKING = ("services/asking/",)
#: Figures that the reader knows of himself, and such as name nobody.
SELF_KNOWN = frozenset("asked from_at minutes most places times languages".split())


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call of the outbox in the product."""
    for path in tree.python("services", "timebank"):
        for node in ast.walk(tree.parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func) in ("outbox.tell", "tell"):
                yield path, node


def test_every_call_names_what_it_says() -> None:
    assert sum(1 for _ in calls()) > 40


def test_no_notice_is_given_an_address_or_anything_about_health() -> None:
    none_of(
        f"{tree.short(path)}:{node.lineno}: {word.arg}"
        for path, node in calls()
        for word in node.keywords
        if word.arg in NEVER_SAID
    )


def sentences(*rooms: str) -> Iterator[tuple[str, str]]:
    """Every constant with gaps that may be a notice -> where it stands."""
    for path in tree.python("services"):
        short = tree.short(path)
        if rooms and not short.startswith(rooms):
            continue
        for node in tree.parsed(path).body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            for each in ast.walk(node.value):
                text = each.value if isinstance(each, ast.Constant) else None
                if isinstance(text, str) and GAP.search(text) and CHINESE.search(text):
                    yield f"{short}:{each.lineno}", text


def test_no_sentence_has_a_gap_for_what_is_never_said() -> None:
    none_of(
        f"{where}: {text}"
        for where, text in sentences()
        if set(GAP.findall(text)) & (NEVER_SAID - {"born_on"})
        and not where.startswith(("services/ledger/",))
    )


def test_an_offer_says_what_and_when_and_no_more() -> None:
    found = list(sentences(*ASKING))
    assert len(found) > 8
    none_of(
        f"{where}: {sorted(beyond)}"
        for where, text in found
        if (beyond := set(GAP.findall(text)) - BEFORE_ACCEPTANCE - SELF_KNOWN)
    )


def test_the_outbox_itself_refuses() -> None:
    ctx: Context = make_ctx(None)  # type: ignore[arg-type]
    for word in sorted(NEVER_SAID):
        with pytest.raises(ValueError, match=word):
            tell(ctx, LONGWAN, ctx.actor.id, "x", **{word: "x"})
