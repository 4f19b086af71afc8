"""Staff complete the list; an heir answers; two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from models.estates import EstateState
from models.oversight import AuditRecord, OutboxMessage
from models.people import Guardianship, Member, MemberStatus
from services.context import Context
from services.errors import DomainError, Forbidden
from services.estates import dividing, listing, publishing
from services.estates import heir_sentences as say
from services.estates.answering import answer
from services.estates.listing import HeirForm
from services.people.errors import ConsentHow, UnknownRelation
from services.policy import SYSTEM
from services.queries.heirs import HeirsPage, heirs_page, my_inheritance, my_inheritances
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.heirs.conftest import Family
from tests.services.visits.test_races import at_once, succeeded

BEFORE = NOW - timedelta(days=400)


class Desk:
    """One estate, and staff of the branch who work on its list."""

    def __init__(self, family: Family, estate: UUID) -> None:
        self.family, self.street, self.estate = family, family.street, estate
        self.staff = family.street.staff

    def add(self, name: str, relation: str = "child", **more: object) -> UUID:
        form = HeirForm(name=name, relation=relation, evidence="户口簿", **more)
        return self.act(lambda ctx: listing.add_heir(ctx, LONGWAN, self.estate, form))

    def act(self, work: Callable[[Context], object], who: UUID | None = None) -> object:
        return self.street.act(who or self.staff, work)

    def page(self) -> HeirsPage:
        return self.act(lambda ctx: heirs_page(ctx, LONGWAN, self.estate))

    def named(self, name: str) -> UUID:
        return next(line.id for line in self.page().lines if line.name == name)

    def correct(self, heir: UUID, *, died_before: bool, **more: object) -> None:
        said = {"died_before": died_before, "evidence": "死亡证明", **more}
        self.act(lambda ctx: listing.correct_heir(ctx, LONGWAN, self.estate, heir, **said))

    def remove(self, heir: UUID, reason: str = "mistake") -> None:
        self.act(lambda ctx: listing.remove_heir(ctx, LONGWAN, self.estate, heir, reason))

    def link(self, heir: UUID, member: UUID, **more: bool) -> None:
        self.act(lambda ctx: listing.link_heir(ctx, LONGWAN, self.estate, heir, member, **more))

    def answer(self, heir: UUID, given: str, how: str = "own", who: UUID | None = None) -> None:
        self.act(lambda ctx: answer(ctx, LONGWAN, self.estate, heir, given, how), who)


def refused(kind: type[DomainError], work: Callable[[], object]) -> DomainError:
    with pytest.raises(kind) as refusal:
        work()
    assert type(refusal.value) is kind
    return refusal.value


def test_a_tree_without_accounts_is_written_down_and_each_mistake_has_its_sentence(
    family: Family,
) -> None:
    daughter = family.child(family.dead, "王芳")
    family.street.give_coins(family.dead, 600)
    desk = Desk(family, family.frozen())
    son = desk.add("王建国", died_before=True, phone="13800001111")
    grandson = desk.add("王小宝", represents_id=son)
    assert desk.page().line(grandson).share_minutes == 300
    great = desk.add("王先走", represents_id=son, died_before=True)
    desk.add("王曾孙", represents_id=great)
    assert desk.page().line(grandson).share_minutes == 150
    # Of a sibling only the own children, of a parent nobody.
    brother = desk.add("王二叔", "sibling", died_before=True)
    nephew = desk.add("王堂弟", represents_id=brother, died_before=True)
    mother = desk.add("李老太", "parent", died_before=True)
    for above in (nephew, mother, grandson, desk.named("王芳")):
        refused(say.NotRepresented, lambda a=above: desk.add("王某某", represents_id=a))
    refused(say.HeirUnknown, lambda: desk.add("王某某", represents_id=desk.estate))
    for relation in ("grandchild", "friend", "parent_in_law"):
        refused(say.HeirRelationWrong, lambda r=relation: desk.add("王某某", r))
    refused(UnknownRelation, lambda: desk.add("王某某", "nobody", parts=1))
    for parts in (0, 101):
        refused(say.HeirPartsWrong, lambda p=parts: desk.add("王某某", "friend", parts=p))
    refused(say.HeirPartsWrong, lambda: desk.add("王某某", represents_id=son, parts=1))
    refused(say.HeirTwice, lambda: desk.add("王小宝", represents_id=son))
    refused(say.HeirTwice, lambda: desk.add("王芳", member_id=daughter))
    dead = desk.page().dead_name
    refused(say.NamesDiffer, lambda: desk.add("王芬", member_id=daughter))
    refused(say.HeirIsTheDead, lambda: desk.add(dead, member_id=family.dead))
    refused(say.HeirLives, lambda: desk.correct(desk.named("王芳"), died_before=True))
    gone = family.person("王早走")
    family.dies(gone, BEFORE)
    refused(say.HeirDiedFirst, lambda: desk.add("王早走", member_id=gone))
    # The same name in another line, and the same person named beside the law, are no repetition.
    desk.add("王小宝")
    desk.add("王芳", "child", member_id=daughter, parts=2)
    desk.correct(mother, died_before=False, phone="13800002222")
    line = desk.page().line(mother)
    assert (line.died_before, line.phone, line.evidence) == (False, "13800002222", "死亡证明")
    refused(say.HeirHasLine, lambda: desk.remove(son))
    refused(say.HeirHasLine, lambda: desk.correct(son, died_before=False))
    refused(say.RemovalReason, lambda: desk.remove(grandson, "whim"))
    desk.remove(grandson, "forfeited")
    refused(say.HeirUnknown, lambda: desk.remove(grandson))
    removed = desk.street.count(AuditRecord, AuditRecord.act == "estate.heir_remove")
    assert removed == 1
    # The list stands still once it is published, for everything but accounts and answers.
    family.turn(desk.estate, state=EstateState.NOTICE)
    for late in (
        lambda: desk.add("王来迟"),
        lambda: desk.correct(mother, died_before=True),
        lambda: desk.remove(nephew),
    ):
        refused(say.HeirsFixed, late)


def test_an_account_opened_later_is_linked_by_name_and_by_papers(family: Family) -> None:
    street = family.street
    desk = Desk(family, family.frozen())
    one, two, alias = desk.add("王建国"), desk.add("王建军"), desk.add("王阿三")
    account, other, third = family.person("王建国"), family.person("王建军"), family.person("王珊")
    family.turn(desk.estate, state=EstateState.DIVIDED)
    desk.link(one, account)
    assert desk.page().line(one).number is not None
    assert street.count(OutboxMessage, OutboxMessage.sentence == say.LINKED) == 1
    refused(say.LinkedAlready, lambda: desk.link(one, other))
    refused(say.HeirTwice, lambda: desk.link(two, account))
    refused(say.HeirIsTheDead, lambda: desk.link(two, family.dead))
    differ = refused(say.NamesDiffer, lambda: desk.link(alias, third))
    assert differ.message == (
        "名单上是王阿三，账户上是王*。请核对编号；看过证件、确实是同一个人的，在关联账户时勾选确认。"
    )
    desk.link(alias, third, same_person=True)
    assert desk.page().line(alias).name == "王珊"
    assert [x.may_answer for x in street.act(third, my_inheritances)] == [False]
    refused(say.HeirUnknown, lambda: desk.link(desk.estate, other))
    family.turn(desk.estate, state=EstateState.SETTLED)
    refused(say.LinkTooLate, lambda: desk.link(two, other))


def test_an_heir_answers_for_himself_or_signs_at_the_counter(family: Family) -> None:
    street = family.street
    daughter, son = family.child(family.dead, "王芳"), family.child(family.dead, "王强")
    child = family.child(family.dead, "王小妹", age=16)
    street.give_coins(family.dead, 300)
    desk = Desk(family, family.frozen())
    paper_only = desk.add("王海外")
    fang, qiang, mei = desk.named("王芳"), desk.named("王强"), desk.named("王小妹")
    refused(say.AnswerUnknown, lambda: desk.answer(fang, "perhaps", who=daughter))
    refused(ConsentHow, lambda: desk.answer(fang, "accepted", "signature", who=daughter))
    refused(ConsentHow, lambda: desk.answer(qiang, "accepted"))
    refused(Forbidden, lambda: desk.answer(qiang, "disclaimed", who=daughter))
    refused(say.HeirUnknown, lambda: desk.answer(desk.estate, "accepted", who=daughter))
    refused(
        say.HeirUnknown,
        lambda: desk.street.act(son, lambda ctx: my_inheritance(ctx, LONGWAN, desk.estate, fang)),
    )
    refused(say.MayNotDisclaim, lambda: desk.answer(mei, "disclaimed", who=child))
    desk.answer(fang, "disclaimed", who=daughter)
    desk.answer(paper_only, "disclaimed", "signature")
    desk.answer(qiang, "disclaimed", "signature")
    assert desk.page().line(mei).share_minutes == 300
    # Until the division one may think again.
    family.turn(desk.estate, state=EstateState.NOTICE)
    desk.answer(fang, "accepted", who=daughter)
    mine = street.act(daughter, lambda ctx: my_inheritance(ctx, LONGWAN, desk.estate, fang))
    assert (mine.answer, mine.part.of, mine.part.out_of) == ("accepted", 1, 2)
    assert (mine.share_minutes, mine.estate_minutes) == (150, 300)
    assert street.count(AuditRecord, AuditRecord.act == "estate.answer") == 4
    # A ward's guardian cannot give up for the ward; a dead heir answers no more.
    street.act(SYSTEM, lambda ctx: guard(ctx, son, daughter))
    refused(say.MayNotDisclaim, lambda: desk.answer(qiang, "disclaimed", "signature"))
    family.dies(son, NOW + timedelta(days=1))
    refused(say.DeadDoNotAnswer, lambda: desk.answer(qiang, "accepted", "signature"))
    family.turn(desk.estate, state=EstateState.DIVIDED)
    refused(say.AnswersClosed, lambda: desk.answer(fang, "disclaimed", who=daughter))


def test_what_a_child_without_an_account_has_signed_away_is_the_childs_again(
    family: Family,
) -> None:
    """Whose years nobody knew: with the account they are known, and the answer is open."""
    family.child(family.dead, "王芳")
    desk = Desk(family, family.frozen())
    small, big = desk.add("王小海"), desk.add("王大海")
    for line in (small, big):
        desk.answer(line, "disclaimed", "signature")
    desk.link(small, family.person("王小海", age=15))
    desk.link(big, family.person("王大海"))
    found = [desk.page().line(line) for line in (small, big)]
    assert [(line.answer, line.part is None) for line in found] == [
        (None, False),
        ("disclaimed", True),
    ]


def guard(ctx: Context, ward: UUID, guardian: UUID) -> None:
    ctx.session.add(
        Guardianship(
            member_id=ward,
            id=ctx.new_id(),
            guardian_id=guardian,
            document="court",
            reference_sealed="",
            since=NOW.date(),
            recorded_by_id=guardian,
            recorded_at=NOW,
        )
    )


def test_nobody_who_gains_works_on_the_list_and_telephones_stay_with_those_who_do(
    family: Family,
) -> None:
    street = family.street
    nephew = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    daughter = family.child(family.dead, "王芳")
    desk = Desk(family, family.frozen())
    desk.add("王建国", phone="13800001111")
    # Kin of an heir, as the heir's own staff kin is.
    family.kin(daughter, nephew, "spouse")
    form = HeirForm(name="王某某", relation="child", evidence="户口簿")
    for who in (nephew, street.volunteer, street.admins[0]):
        refused(
            Forbidden,
            lambda w=who: street.act(
                w, lambda ctx: listing.add_heir(ctx, LONGWAN, desk.estate, form)
            ),
        )
    assert desk.page().may_change
    seen = street.act(street.admins[0], lambda ctx: heirs_page(ctx, LONGWAN, desk.estate))
    assert not seen.may_change
    assert {line.phone for line in seen.lines} == {None}
    refused(
        Forbidden,
        lambda: street.act(daughter, lambda ctx: heirs_page(ctx, LONGWAN, desk.estate)),
    )


def test_a_death_that_comes_to_light_later_keeps_the_list_from_standing(family: Family) -> None:
    street = family.street
    daughter, _son = family.child(family.dead, "王芳"), family.child(family.dead, "王强")
    desk = Desk(family, family.frozen())
    fang = desk.named("王芳")
    family.dies(daughter, BEFORE)
    assert desk.page().line(fang).differs

    def publish_now() -> object:
        return desk.act(lambda ctx: publishing.publish(ctx, LONGWAN, desk.estate))

    refused(say.ListContradicts, publish_now)
    desk.correct(fang, died_before=True)
    publish_now()
    # The same after the publication: it was a mistake, she lives.
    family.turn(desk.estate, notice_ends_on=(NOW - timedelta(days=1)).date())
    street.act(SYSTEM, lambda ctx: _lives(ctx, daughter))
    refused(
        say.ListContradicts,
        lambda: street.act(
            street.admins[0], lambda ctx: dividing.divide(ctx, LONGWAN, desk.estate)
        ),
    )


def _lives(ctx: Context, who: UUID) -> None:
    member = ctx.session.get_one(Member, who)
    member.died_at, member.status = None, MemberStatus.ACTIVE


def test_two_clerks_add_the_same_heir_once(family: Family) -> None:
    street = family.street
    second = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    account = family.person("王建国")
    desk = Desk(family, family.frozen())
    for form in (
        HeirForm(name="王海外", relation="child", evidence="户口簿"),
        HeirForm(name="王建国", relation="child", evidence="户口簿", member_id=account),
    ):
        found = at_once(
            *[
                lambda who=who, form=form: street.act(
                    who, lambda ctx: listing.add_heir(ctx, LONGWAN, desk.estate, form)
                )
                for who in (street.staff, second)
            ]
        )
        assert succeeded(found) == 1
        [other] = [each for each in found if isinstance(each, DomainError)]
        assert other.code == "heir_twice"
    assert sorted(line.name for line in desk.page().lines) == ["王建国", "王海外"]


def test_an_heir_who_answers_while_it_is_divided_is_counted_or_told_that_it_is_too_late(
    family: Family,
) -> None:
    street = family.street
    daughter, _son = family.child(family.dead, "王芳"), family.child(family.dead, "王强")
    street.give_coins(family.dead, 301)
    desk = Desk(family, family.frozen(state=EstateState.NOTICE))
    fang = desk.named("王芳")
    family.turn(
        desk.estate,
        notice_from=(NOW - timedelta(days=30)).date(),
        notice_ends_on=(NOW - timedelta(days=9)).date(),
    )
    found = at_once(
        lambda: desk.answer(fang, "disclaimed", who=daughter),
        lambda: street.act(
            street.admins[0], lambda ctx: dividing.divide(ctx, LONGWAN, desk.estate)
        ),
    )
    late = found[0]
    assert not isinstance(found[1], DomainError)
    page = desk.page()
    shares = {line.name: line.share_minutes for line in page.lines}
    if isinstance(late, DomainError):
        assert late.code == "answers_closed"
        assert shares == {"王芳": 150, "王强": 150}
    else:
        assert shares == {"王芳": None, "王强": 301}
    assert sum(x or 0 for x in shares.values()) + page.remainder_minutes == 301
    assert not page.is_preview
