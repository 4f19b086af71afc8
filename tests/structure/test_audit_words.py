"""What an auditor searches for reads in words: every act that is put on record has a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.structure import tree
from timebank.web.audit.acts import ACTS, SUBJECTS

ACT = re.compile(r"[a-z]+\.[a-z_]+")


def recorded() -> Iterator[tuple[str, str]]:
    """The act, and what it is about, of each ``audit.record(ctx, act, subject_kind, …)``."""
    for path in tree.files(".py"):
        if not tree.short(path).startswith(("services/", "timebank/")):
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or len(call.args) < 3:
                continue
            called = call.func
            name = called.attr if isinstance(called, ast.Attribute) else ""
            said = [each.value for each in call.args[1:3] if isinstance(each, ast.Constant)]
            if name == "record" and len(said) == 2 and ACT.fullmatch(str(said[0])):
                yield str(said[0]), str(said[1])


def test_every_act_on_record_and_what_it_is_about_has_a_name() -> None:
    found = set(recorded())
    assert len(found) > 100
    assert sorted({act for act, _about in found} - set(ACTS)) == []
    assert sorted({about for _act, about in found} - set(SUBJECTS)) == []
