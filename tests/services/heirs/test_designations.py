"""Whom a member names: at home, at the counter, by a will; taken back; who reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from models.estates import Designation
from models.oversight import AuditRecord, OutboxMessage
from models.papers import Paper
from models.people import Member
from services.designations import sentences as say
from services.designations.making import check, make, revoke
from services.designations.reading import DesignationView, Named, designations
from services.errors import Forbidden
from services.papers.issuing import content_of
from services.papers.reading import paper, papers_of
from services.people.errors import (
    MissingText,
    NameWrong,
    NotActive,
    NotAMember,
    UnknownRelation,
)
from services.people.family_errors import WardMayNot
from services.policy import SYSTEM
from tests import factories
from tests.factories import NOW
from tests.services.heirs.conftest import Family
from tests.services.heirs.test_listing import guard, refused
from tests.services.visits.test_races import at_once, succeeded

FRIEND = Named(None, "赵老友", "friend", 1)


def seen(family: Family, who: UUID, of: UUID) -> tuple[DesignationView, ...]:
    return family.street.act(who, lambda ctx: designations(ctx, of))


def test_a_member_names_takes_back_and_names_anew(family: Family) -> None:
    street, elder = family.street, family.dead
    daughter = family.child(elder, "王芳")
    heard = street.count(OutboxMessage, OutboxMessage.member_id == daughter)
    lines = (Named(daughter, "随便", "other", 2), FRIEND)
    first = street.act(elder, lambda ctx: make(ctx, elder, lines), key="k")
    assert street.act(elder, lambda ctx: make(ctx, elder, lines), key="k") == first
    [found] = seen(family, elder, elder)
    # The register's own name and relation stand, whatever was typed.
    assert found.lines == (Named(daughter, "王芳", "child", 2), FRIEND)
    assert (found.parts, found.kind, found.how) == (3, "designation", "own")
    paper = street.look(lambda s: s.get_one(Paper, found.paper_code))
    said = street.act(elder, lambda ctx: content_of(ctx, paper))
    assert said["lines"] == [
        {"name": "王芳", "parts": 2, "relation": "child"},
        {"name": "赵老友", "parts": 1, "relation": "friend"},
    ]
    later = NOW + timedelta(days=1)
    street.act(elder, lambda ctx: make(ctx, elder, (FRIEND,)), now=later)
    new, old = seen(family, elder, elder)
    assert (old.revoked_at, old.paper_code, new.revoked_at) == (later, None, None)
    # Twice is no harm, and what came before does not revive.
    for _ in range(2):
        street.act(elder, lambda ctx: revoke(ctx, elder, new.id))
    assert {each.paper_code for each in seen(family, elder, elder)} == {None}
    assert street.count(Designation, Designation.revoked_at.is_(None)) == 0
    told = [
        street.count(OutboxMessage, OutboxMessage.sentence == s) for s in (say.MADE, say.REVOKED)
    ]
    assert told[0] >= 2
    assert told[1] >= 1
    # Whoever is named hears nothing of it.
    assert street.count(OutboxMessage, OutboxMessage.member_id == daughter) == heard
    assert street.count(AuditRecord, AuditRecord.act == "designation.read") == 0


def test_staff_take_down_a_signature_or_a_will_and_each_look_is_recorded(family: Family) -> None:
    street, elder, staff = family.street, family.dead, family.street.staff
    will = {"kind": "will", "how": "document", "reference": "龙湾公证处 2026-018"}
    street.act(staff, lambda ctx: make(ctx, elder, (FRIEND,), how="signature"))
    street.act(staff, lambda ctx: make(ctx, elder, (FRIEND,), **will))
    newest = seen(family, staff, elder)[0]
    assert (newest.kind, newest.reference) == ("will", "龙湾公证处 2026-018")
    assert street.count(AuditRecord, AuditRecord.act == "designation.read") == 1
    for wrong in ({}, {"how": "voice"}, {**will, "how": "signature"}, {"kind": "note"}):
        refused(
            say.DesignationHow,
            lambda w=wrong: street.act(staff, lambda ctx: make(ctx, elder, (FRIEND,), **w)),
        )
    refused(
        say.DesignationHow,
        lambda: street.act(elder, lambda ctx: make(ctx, elder, (FRIEND,), how="signature")),
    )
    refused(
        MissingText,
        lambda: street.act(
            staff, lambda ctx: make(ctx, elder, (FRIEND,), kind="will", how="document")
        ),
    )
    # Neither kin nor a stranger, neither an administrator nor whoever is named.
    nephew = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    other = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    name = street.look(lambda s: s.get_one(Member, nephew).name)
    gains = (Named(nephew, name, "friend", 1),)
    refused(
        say.ClerkIsNamed,
        lambda: street.act(nephew, lambda ctx: make(ctx, other, gains, how="signature")),
    )
    family.kin(elder, nephew, "grandchild")
    for who in (nephew, street.volunteer, street.admins[0]):
        refused(Forbidden, lambda w=who: seen(family, w, elder))
        refused(
            Forbidden,
            lambda w=who: street.act(w, lambda ctx: paper(ctx, newest.paper_code)),
        )
    assert street.act(street.admins[0], lambda ctx: papers_of(ctx, elder)) == ()
    for who in (nephew, street.volunteer, street.admins[0]):
        refused(
            Forbidden,
            lambda w=who: street.act(w, lambda ctx: revoke(ctx, elder, newest.id)),
        )
    street.act(staff, lambda ctx: revoke(ctx, elder, newest.id))
    refused(
        say.DesignationUnknown,
        lambda: street.act(elder, lambda ctx: revoke(ctx, elder, elder)),
    )


def test_what_cannot_be_named_and_who_cannot_name(family: Family) -> None:
    street, elder = family.street, family.dead
    gone = family.person("陈先走")
    family.dies(gone, NOW - timedelta(days=1))

    def by(who: UUID, *lines: Named) -> Callable[[], object]:
        return lambda: street.act(who, lambda ctx: make(ctx, who, lines))

    name = street.look(lambda s: s.get_one(Member, street.volunteer).name)
    friend = Named(street.volunteer, name, "friend", 1)
    many = tuple(Named(None, f"赵老{c}", "friend") for c in "一二三四五六七八九十甲乙丙")
    for kind, lines in (
        (say.NobodyNamed, ()),
        (say.TooManyNamed, many),
        (say.PartsWrong, (Named(None, "赵老友", "friend", 0),)),
        (say.PartsWrong, (Named(None, "赵老友", "friend", 101),)),
        (say.NamedTwice, (friend, friend)),
        (say.NamedTwice, (FRIEND, Named(None, "赵老友 ", "friend", 2))),
        (say.NamedOneself, (Named(elder, "", "child"),)),
        (say.NamedDead, (Named(gone, "陈先走", "friend"),)),
        (say.NameNotOfNumber, (Named(street.volunteer, "", "friend"),)),
        (UnknownRelation, (Named(None, "赵老友", "neighbour"),)),
        (NameWrong, (Named(None, "赵", "friend"),)),
        (NotAMember, (Named(street.branch, "", "friend"),)),
    ):
        refused(kind, by(elder, *lines))
    assert street.act(elder, lambda ctx: check(ctx, elder, (FRIEND,))) == (FRIEND,)
    refused(say.TooYoungToName, by(family.person("王小妹", age=16), FRIEND))
    street.act(SYSTEM, lambda ctx: guard(ctx, elder, street.volunteer))
    refused(WardMayNot, by(elder, FRIEND))
    refused(
        NotActive,
        lambda: street.act(street.staff, lambda ctx: make(ctx, gone, (FRIEND,), how="signature")),
    )


def test_of_two_at_once_one_is_in_force(family: Family) -> None:
    street, elder = family.street, family.dead
    other = (Named(None, "钱老友", "friend"),)
    found = at_once(
        lambda: street.act(elder, lambda ctx: make(ctx, elder, (FRIEND,))),
        lambda: street.act(street.staff, lambda ctx: make(ctx, elder, other, how="signature")),
    )
    assert succeeded(found) == 2
    assert street.count(Designation, Designation.revoked_at.is_(None)) == 1
    assert street.count(Paper, Paper.withdrawn_at.is_(None)) == 1
