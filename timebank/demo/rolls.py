"""Rolls and returns of the story: one roll signed and followed, one that waits; returns closed."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from models.people import Member
from models.returns import MonthlyReturn
from services.clock import local_date
from services.context import Context
from services.people.actors import actor_for
from services.policy import SYSTEM
from services.returns.signing import sign_return
from services.rolls.applying import apply_some
from services.rolls.comparing import NO_LONGER
from services.rolls.proposing import RollForm, propose_roll, sign_roll
from services.rules.identity_number import check_character
from timebank.demo.scene import HOME, Cast, Scene
from timebank.edge import Timebank
from timebank.jobs.returns import close_returns

SOURCE = "样例区民政局"
#: People on the roll who have no account yet.
STRANGERS = (("33030219380412301", "陈阿公"), ("33030219410920302", "吴阿婆"))
NEWCOMER = ("33030219430705303", "郑阿公")
#: Elders of the crowd that stand on it.
MOST = 8


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Last month's roll is followed; this month's waits for its second name."""
    scene.session.flush()
    elders = scene.session.execute(
        sa.select(Member.name, Member.id_number_sealed)
        .where(Member.home_book == HOME, Member.lives_alone.is_(True), Member.died_at.is_(None))
        .order_by(Member.born_on, Member.id)
        .limit(MOST)
    ).all()
    known = [(scene.vault.open("member.id_number", row[1]), row[0]) for row in elders]
    strangers = [_whole(*each) for each in STRANGERS]
    first, second = cast.admins
    today = local_date(now)
    before = today.replace(day=1) - timedelta(days=1)
    form = RollForm("alone", f"{before:%Y-%m}", SOURCE, _csv([*known, *strangers]))
    roll = propose_roll(scene.actor(first, now - timedelta(hours=9)), HOME, form)
    sign_roll(scene.actor(second, now - timedelta(hours=8)), HOME, roll)
    while apply_some(scene.system(now - timedelta(hours=7)), HOME, roll):
        pass
    rows = [*known[1:], *strangers, _whole(*NEWCOMER)]
    form = RollForm("alone", f"{today:%Y-%m}", SOURCE, _csv(rows), NO_LONGER)
    propose_roll(scene.actor(second, now - timedelta(hours=2)), HOME, form)


def _whole(seventeen: str, name: str) -> tuple[str, str]:
    return f"{seventeen}{check_character(seventeen)}", name


def _csv(rows: list[tuple[str, str]]) -> bytes:
    lines = ["身份证号,姓名,地区", *(f"{number},{name},永中街道" for number, name in rows)]
    return "\n".join(lines).encode()


def finish(held: Timebank, cast: Cast) -> None:
    """Close what is due, and let an administrator sign the first."""
    close_returns(held)
    moment = held.clock()
    held.uow.run(lambda session: _sign(Context(session, SYSTEM, moment, held.vault), cast))


def _sign(ctx: Context, cast: Cast) -> None:
    first = ctx.session.scalar(
        sa.select(MonthlyReturn.id)
        .where(MonthlyReturn.book == HOME)
        .order_by(MonthlyReturn.month)
        .limit(1)
    )
    if first is not None:
        admin = ctx.as_actor(actor_for(ctx.session, cast.admins[0], ctx.now))
        sign_return(admin, HOME, first)
