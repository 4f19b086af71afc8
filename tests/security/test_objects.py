"""Nobody sees or changes what is not his: every address that names a thing, tried by everybody.

Who is tried is in :mod:`tests.security.people`, what an address names in
:mod:`tests.security.objects`; what may come of it follows from the policy. A new route whose
address names something unknown fails here until it says what.
"""

from __future__ import annotations

import pytest

from services.rights import POLICY
from tests.security.attack import READS, REFUSED, WRITES, Attack, Try, routes
from tests.security.bodies import Contract
from tests.security.crawl import Crawl
from tests.security.objects import WORDS, Objects
from tests.security.people import World

#: Forms without a word of anybody, shown to whoever holds the role anywhere: the act asks the
#: policy when they are sent, and with this list nothing else is shown so.
BLANK = {
    "/admin/<book>/batches/new/<kind>",
    "/admin/<book>/leave",
    "/branch/stays/<uuid:member_id>",
    "/branch/training/courses/<uuid:course_id>/sessions/new",
    "/elder/groups/<book>/<uuid:session_id>/book",
    "/oversight/branches/<uuid:branch_id>/charge",
    "/oversight/perks/<book>/new",
    "/oversight/rolls/<book>/new",
    "/oversight/stars/<book>/bans/<uuid:ban_id>",
}
#: How a refusal is answered that stays under its key, with its record and nothing else.
KEPT = {404, 409, 422}
#: Forms whose sending is a look that goes on record, whatever comes of it.
LOOKS = {"/branch/stays/<uuid:member_id>"}
#: Lists that hold what is in the reader's scope, and are empty elsewhere.
SCOPED = {"/api/v1/books/<book:book>/incidents"}
#: Acts that are open to more than the row says, and why.
WIDER = {
    # An entry that has left its branch is looked at by another branch of the street.
    ("colleague", "entry.read"),
    ("colleague", "entry.sign"),
    # Whoever may book a place sees who leads the session.
    ("neighbour", "group.places"),
    ("colleague", "group.places"),
}
#: What everybody may do to a thing that somebody else made, for himself.
OPEN = {
    "account.check",
    "estate.object",
    "group.lead",
    "import.object",
    "paper.check",
    "public.read",
    "star.object",
    "subscription.update",
    "training.book",
    "visit.accept",
}


@pytest.fixture(scope="module")
def attack(world: World, crawled: Crawl, objects: Objects, contract: Contract) -> Attack:
    """Everybody, ready."""
    return Attack(world, crawled, objects, contract)


def unexpected(tries: list[Try]) -> list[str]:
    """What came of it that should not."""
    wrong = []
    for each in tries:
        if (each.kind, each.act) in WIDER:
            continue
        is_shown = each.status not in REFUSED and each.rule not in BLANK | SCOPED
        if each.status >= 500 or each.leaked or (is_shown and not each.is_open):
            wrong.append(str(each))
        # A refusal may be kept under its key with its record; so is a look for a guest.
        elif each.has_changed and not (
            each.status in KEPT or each.act in OPEN or each.rule in LOOKS
        ):
            wrong.append(f"changed: {each}")
    return wrong


def test_every_route_declares_an_act(world: World) -> None:
    views = world.app.view_functions
    undeclared = [
        rule.rule
        for rule in routes(world)
        if rule.endpoint != "static"
        and getattr(views[rule.endpoint], "policy_act", "") not in POLICY
    ]
    assert undeclared == []


def test_every_part_of_an_address_is_known(world: World, objects: Objects) -> None:
    """A new kind of thing says which table it lies in, and the world holds one of it."""
    unknown = {
        (part, rule.rule)
        for rule in routes(world)
        for part in rule._converters
        if part != "book" and objects.source(part, rule.rule) is None and part not in WORDS
    }
    assert not unknown
    missing = {
        part
        for rule in routes(world)
        if (thing := objects.of(rule)) is not None
        for part in thing.missing
    }
    assert missing <= {"forecast_id"}


def test_nobody_sees_what_is_not_his(attack: Attack) -> None:
    tries = list(attack.tries(READS))
    assert unexpected(tries) == []
    # It was worth trying: hundreds of addresses, by everybody.
    assert len({each.rule for each in tries}) > 350
    assert {each.kind for each in tries} == set(attack.browsers)


def test_nobody_changes_what_is_not_his(attack: Attack) -> None:
    tries = list(attack.tries(WRITES, ("stranger", "officer", "auditor", "neighbour", "colleague")))
    assert unexpected(tries) == []
    assert len({each.rule for each in tries}) > 350


def test_nobody_without_a_login_changes_anything(attack: Attack) -> None:
    tries = list(attack.tries(WRITES, ("nobody",)))
    assert [str(each) for each in tries if each.has_changed] == []
    assert {each.status for each in tries} <= {303, 400, 401, 404, 405, 422}


def test_a_leak_would_be_found() -> None:
    seen = Try("stranger", "GET", "/x", "/x", "member.read", 200, ("13900000000",), False, False)
    shown = Try("stranger", "GET", "/x", "/x", "member.read", 200, (), False, False)
    changed = Try("stranger", "POST", "/x", "/x", "member.update", 303, (), True, False)
    broken = Try("stranger", "GET", "/x", "/x", "public.read", 500, (), False, True)
    for each in (seen, shown, changed, broken):
        assert unexpected([each])
    assert not unexpected([Try("stranger", "GET", "/x", "/x", "a.b", 403, (), False, False)])
