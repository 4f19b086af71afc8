"""Whoever opens what is sealed leaves a record: in the same room, or where it is said here."""

from __future__ import annotations

import ast

from tests.structure import tree

#: Rooms that open something sealed and record nothing themselves, each with who does or why not.
ELSEWHERE = {
    "services/estates/parties.py": "names of heirs for the acts of an estate, which are recorded",
    "services/imports/notices.py": "one's own line of an import, by one's own old number",
    "services/notices/ways.py": "which way reaches the reader; no number leaves it",
    "services/outbox.py": "a notice to its own reader, and to its carrier",
    "services/people/lists.py": "references of papers in a member's record: member_view records",
    "services/portable/content.py": "a digest of the number, in a file that is recorded",
    "services/queries/clearing/windows.py": "what two counties say of a position; about nobody",
    "services/queries/elder/asking.py": "the elder's own draft; a relative's look by the edge",
    "services/queries/elder/requests.py": "the elder's own; others' looks by the edge (sensitive=)",
    "services/queries/elder/visits.py": "the elder's own; others' looks by the edge (sensitive=)",
    "services/queries/estate_notice.py": "an objection to whoever decides it, whose look at the "
    "estate is recorded",
    "services/queries/family.py": "a relative's look is recorded by the edge",
    "services/queries/schedule/elder.py": "the elder's own; others' looks by the edge (sensitive=)",
    "services/queries/schedule/volunteer.py": "the street only, never the door",
    "services/queries/volunteer/places.py": "the street only; the door is recorded by its caller",
    "services/schedule/locating.py": "copied into the requests of a series; shown by nobody",
    "services/service_days/reading.py": "masked; sheets.py records every door that is shown",
    "services/stars/reading.py": "an objection to whoever decides it and to whoever wrote it",
    "services/verification/statements.py": "the machine compares digests; shown to nobody",
    "services/visits/appeals.py": "both sides' words to whoever decides, recorded by the edge",
    "services/visits/codes.py": "codes of the own visit; staff's look is visit.codes",
}
RECORDING = ("audit.record", "note")


def _opens(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    if not called.endswith(("vault.open", "vault.open_or_none", "vault.open_bytes")):
        return False
    return any("sealed" in ast.unparse(each) for each in call.args)


def rooms(source: dict[str, str] | None = None) -> set[str]:
    """The files of the services that open a sealed column and record nothing."""
    found = set()
    texts = source or {
        tree.short(path): path.read_text(encoding="utf-8") for path in tree.python("services")
    }
    for name, text in texts.items():
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        if not any(_opens(call) for call in calls):
            continue
        names = {ast.unparse(call.func) for call in calls}
        if not any(each.endswith(("_record", "record")) or each in RECORDING for each in names):
            found.add(name)
    return found


def test_a_room_that_opens_what_is_sealed_records_it_or_says_who_does() -> None:
    found = rooms()
    assert sorted(found - set(ELSEWHERE)) == []
    assert sorted(set(ELSEWHERE) - found) == []


def test_a_room_without_a_record_is_found() -> None:
    bare = "def f(ctx, m):\n    return ctx.vault.open('member.phone', m.phone_sealed)\n"
    kept = bare + "def g(ctx):\n    audit.record(ctx, 'member.read', 'member', 1, book='1')\n"
    assert rooms({"bare.py": bare, "kept.py": kept}) == {"bare.py"}
