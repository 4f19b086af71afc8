"""Shopping money on the way and back, ticks at the door, and what elders think of their visits.

Whether something is said of a visit is drawn from the visit's own time, so that the story's other
chances stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from models.requests import Request, Visit
from services.errands.agreeing import Seen, agree
from services.errands.handing import give_back, hand
from services.evidence import Upload
from services.ratings.giving import Opinion, give_by_voice, give_rating
from services.rules.errands import takes_money
from services.rules.published import shipped_rule_set
from services.standards.reading import standard
from services.visits.confirming import confirm
from timebank.demo.scene import HOME, Scene

#: One pixel: the receipts of an invented shop say nothing.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
GOOD = ("人很和气，说话慢。", "做得很仔细。", "准时来，还帮我看了灯。", "谢谢他陪我说话。")
FAIR = ("走得急了一点。", "来晚了一会儿。")
POOR = ("说好的没有做完就走了。",)


def chance(visit: Visit, what: str) -> Random:
    """Chances of a visit's own."""
    return Random(f"{what} {visit.starts_at.isoformat()} {visit.booked_minutes}")  # noqa: S311


def ticks(visit: Visit, request: Request) -> tuple[str, ...]:
    """Nearly always everything; now and then the last point is left."""
    codes = standard(request.service_code).codes
    return codes if chance(visit, "ticks").random() < 0.85 else codes[:-1]


def shop(scene: Scene, visit: Visit, request: Request, when: datetime) -> None:
    """On an errand money goes out and comes back before the volunteer leaves."""
    pick = chance(visit, "shop")
    rules = shipped_rule_set()
    if request.remote or not takes_money(rules, request.service_code) or pick.random() > 0.6:
        return
    given = pick.choice((2_000, 5_000, 10_000))
    spent = given * pick.randint(40, 95) // 100
    money_back(scene, visit.id, visit.elder_id, visit.provider_id, given, spent, when, closes=True)


def money_back(
    scene: Scene,
    visit_id: UUID,
    elder: UUID,
    provider: UUID,
    given: int,
    spent: int,
    when: datetime,
    *,
    closes: bool,
) -> None:
    """Handed over, agreed to, spent; with ``closes`` the elder agrees to the change as well."""
    begun = when - timedelta(minutes=9)
    money = hand(scene.actor(provider, begun), HOME, visit_id, given)
    agree(scene.actor(elder, begun + timedelta(minutes=1)), HOME, visit_id, money, Seen(given))
    back = scene.actor(provider, when - timedelta(minutes=3))
    receipt = Upload("receipt.png", PIXEL)
    give_back(back, HOME, visit_id, money, spent, (receipt,))
    if closes:
        seen = Seen(given, spent)
        agree(scene.actor(elder, when - timedelta(minutes=2)), HOME, visit_id, money, seen)


def _opinion(visit: Visit) -> Opinion | None:
    pick = chance(visit, "rating")
    if pick.random() > 0.55:
        return None
    fate, speaks = pick.random(), pick.random() < 0.2
    if fate < 0.03:
        return Opinion(1, pick.choice(POOR), quiet=False)
    if fate < 0.12:
        return Opinion(2, pick.choice(FAIR) if speaks else None)
    return Opinion(3, pick.choice(GOOD) if speaks else None)


def rate(scene: Scene, visit: Visit, when: datetime) -> None:
    """The elder taps, or does not."""
    opinion = _opinion(visit)
    if opinion is not None:
        give_rating(scene.actor(visit.elder_id, when), HOME, visit.id, opinion)


def rate_by_voice(scene: Scene, visit: Visit, clerk: UUID, when: datetime) -> None:
    """Staff ask as well, now and then."""
    opinion = _opinion(visit)
    if opinion is not None and chance(visit, "asked").random() < 0.4:
        give_by_voice(scene.actor(clerk, when), HOME, visit.id, opinion, "phone")


def stage(
    scene: Scene, elder: UUID, providers: tuple[UUID, UUID], visiting: Callable[..., UUID]
) -> None:
    """Somebody shopped and the elder has not looked at the change; somebody else went too soon.

    ``visiting`` makes a visit of two days ago that waits for the elder's word.
    """
    shopper, talker = providers

    def during(visit_id: UUID, end: datetime) -> None:
        money_back(scene, visit_id, elder, shopper, 5_000, 3_850, end, closes=False)

    visiting(elder, shopper, code="B01", minutes=60, during=during)
    left_early = visiting(elder, talker, code="A04", minutes=30)
    ended_at = scene.session.get_one(Visit, (HOME, left_early)).checked_out_at
    assert ended_at is not None, "the visit is over"
    when = ended_at + timedelta(minutes=20)
    confirm(scene.actor(elder, when), HOME, left_early)
    opinion = Opinion(1, POOR[0], quiet=False)
    give_rating(scene.actor(elder, when + timedelta(minutes=1)), HOME, left_early, opinion)
