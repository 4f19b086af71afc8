"""From the answers of a draft to the request that they make, and which question comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services.availability.wishes import Visitor, Wishes, WishForm, as_a_rule
from services.clock import at_local, local
from services.queries.elder.asking import Asking, ServiceOption
from services.requests.asking import AskForm
from services.rules.availability import suits
from services.rules.booking import ASK_NOTICE_MINUTES

Answers = Mapping[str, str]
OTHER = "other"
#: Where the elder is for this once.
HOME, AWAY = "home", "away"
REMOTE = "remote"
NO_WISH = "any"
#: As the elder wishes as a rule.
RULE = "rule"
#: Whose coins are set aside first.
ELDERS, OWN = "elder", "own"
#: Whole hours at which most people want somebody to come; any other time is typed.
HOURS = tuple(f"{hour:02d}:00" for hour in range(8, 19))

#: Which question mends which field of a refusal.
MENDS = {
    "service_code": "service",
    "starts_at": "day",
    "booked_minutes": "length",
    "remote": "manner",
    "address": "address",
    "consent": "consent",
    "provider_id": "who",
    "payer": "payer",
    "place_branch_id": "place",
}


def questions(answers: Answers, asking: Asking) -> list[str]:
    """The questions that this request asks, in order; later ones depend on earlier answers."""
    line = asking.service(answers.get("service"))
    remote, away = is_remote(answers, asking), is_away(answers, asking)
    asked = {
        "kind": True,
        "service": True,
        "day": True,
        "date": answers.get("day") == OTHER,
        "time": True,
        "clock": answers.get("time") == OTHER,
        "length": True,
        "manner": line is not None and line.remote,
        "stay": asking.may_stay and not remote,
        "county": away,
        "place": away,
        "where": not remote and not away and asking.address is not None,
        "address": not remote and (away or asking.address is None or answers.get("where") == OTHER),
        "who": asking.wishes is not None or bool(visitors(answers, asking)),
        "sex": line is not None and line.same_sex and named_visitor(answers) is None,
        "note": True,
        "risk": True,
        "payer": asking.purse is not None and asking.purse.most_minutes > 0,
        "consent": asking.elder.acting == "staff",
    }
    return [name for name, wanted in asked.items() if wanted]


def next_question(answers: Answers, asking: Asking) -> str | None:
    """The first question without an answer, None when all have one."""
    waiting = (name for name in questions(answers, asking) if name not in answers)
    return next(waiting, None)


def is_remote(answers: Answers, asking: Asking) -> bool:
    """Whether the service is to be given without a visit."""
    line = asking.service(answers.get("service"))
    return line is not None and line.remote and answers.get("manner") == REMOTE


def is_away(answers: Answers, asking: Asking) -> bool:
    """Whether somebody is to come where the elder only stays."""
    return asking.may_stay and not is_remote(answers, asking) and answers.get("stay") == AWAY


def day_of(answers: Answers) -> date | None:
    """The chosen day, from the tiles or from the boxes."""
    text = answers.get("date" if answers.get("day") == OTHER else "day")
    return date.fromisoformat(text) if text and text != OTHER else None


def time_of(answers: Answers) -> time | None:
    """The chosen time, from the tiles or from the box."""
    text = answers.get("clock" if answers.get("time") == OTHER else "time")
    return time.fromisoformat(text) if text and text != OTHER else None


def starts_at(answers: Answers) -> datetime | None:
    """The moment of day and time together."""
    day, clock = day_of(answers), time_of(answers)
    return None if day is None or clock is None else at_local(day, clock)


def hours_left(answers: Answers, now: datetime) -> list[str]:
    """The whole hours that can still be asked for on the chosen day."""
    day = day_of(answers)
    soonest = now + timedelta(minutes=ASK_NOTICE_MINUTES)
    return [
        each for each in HOURS if day is None or at_local(day, time.fromisoformat(each)) >= soonest
    ]


def hours_suiting(asking: Asking, hours: list[str]) -> list[str]:
    """Of some whole hours those that suit the elder as a rule; all where none does."""
    parts = asking.wishes.day_parts if asking.wishes is not None else ()
    some_day = date(2026, 1, 1)
    found = [each for each in hours if suits(parts, at_local(some_day, time.fromisoformat(each)))]
    return found or hours


def ask_form(answers: Answers, asking: Asking) -> AskForm:
    """The request that complete answers make."""
    moment = starts_at(answers)
    assert moment is not None, "a complete draft has its day and time"
    remote = is_remote(answers, asking)
    elsewhere = "address" in questions(answers, asking)
    must_sex, wishes = _wishes(answers, asking)
    return AskForm(
        elder_id=asking.elder.id,
        service_code=answers["service"],
        starts_at=moment,
        booked_minutes=int(answers["length"]),
        consent=answers.get("consent", "own"),
        remote=remote,
        address=answers.get("address") if elsewhere and not remote else None,
        note=answers.get("note") or None,
        risk_note=answers.get("risk") or None,
        wished_sex=must_sex,
        wishes=wishes,
        payer=answers.get("payer") == OWN and "payer" in questions(answers, asking),
        place_branch_id=place_of(answers, asking),
    )


def place_of(answers: Answers, asking: Asking) -> UUID | None:
    """The branch near which the elder stays; None while it is not chosen, or at home."""
    chosen = answers.get("place")
    return UUID(chosen) if chosen and is_away(answers, asking) else None


def visitors(answers: Answers, asking: Asking) -> tuple[Visitor, ...]:
    """Who may be wished for by name: whoever came to the elder's home comes to no stay."""
    return () if is_away(answers, asking) else asking.visitors


def named_visitor(answers: Answers) -> UUID | None:
    """Who is wished for by name."""
    who = answers.get("who", RULE)
    return None if who in (RULE, NO_WISH) else UUID(who)


def _wishes(answers: Answers, asking: Asking) -> tuple[str | None, Wishes | None]:
    """The sex that must be and the other wishes: by the rule, by name, or none for this once."""
    rule = asking.wishes or WishForm(same_person=False)
    known = visitors(answers, asking)
    last = known[0].id if known and rule.same_person else None
    is_rule = answers.get("who", RULE) == RULE and "sex" not in questions(answers, asking)
    if is_away(answers, asking) and is_rule:
        # Who came before to where the elder stays is known where the request is made.
        return None, None
    if answers.get("who") == NO_WISH:
        must_sex, wishes = None, Wishes()
    else:
        named = named_visitor(answers)
        must_sex, wishes = as_a_rule(rule, asking.elder.sex.value, named or last)
    if "sex" in questions(answers, asking):
        said = answers.get("sex", NO_WISH)
        must_sex = None if said == NO_WISH else said
    return must_sex, None if wishes == Wishes() and asking.wishes is None else wishes


def changed(answers: Answers, name: str, value: str, asking: Asking) -> dict[str, str]:
    """The answers with one more; what no longer fits it is asked again."""
    new = {**answers, name: value}
    if name == "kind" and (line := asking.service(new.get("service"))) and line.group != value:
        del new["service"]
    if name == "stay" and value != answers.get("stay"):
        # An address here says nothing of one there.
        for other in ("county", "place", "where", "address", "who"):
            new.pop(other, None)
    if name == "county" and value != answers.get("county"):
        new.pop("place", None)
    if name == "service" and "length" in new and not _fits(asking.service(value), new["length"]):
        del new["length"]
    return new


def _fits(line: ServiceOption | None, length: str) -> bool:
    return line is not None and line.min_minutes <= int(length) <= line.max_minutes


def remembered(asking: Asking) -> dict[str, str]:
    """The last request's answers but for the day, which is always asked."""
    last = asking.last
    if last is None:
        return {}
    line = asking.service(last.service_code)
    clock = f"{local(last.starts_at):%H:%M}"
    found = {
        "kind": last.group,
        "service": last.service_code,
        "time": clock if clock in HOURS else OTHER,
        "clock": clock,
        "length": str(last.booked_minutes),
        "note": last.note or "",
        "risk": last.risk_note or "",
        "where": OTHER if last.address else "home",
    }
    if last.place_book and asking.may_stay:
        found |= {"stay": AWAY, "county": last.place_book, "place": str(last.place_branch_id)}
    elif asking.may_stay:
        found["stay"] = HOME
    if last.address:
        found["address"] = last.address
    if line is not None and line.remote:
        found["manner"] = REMOTE if last.remote else "visit"
    if asking.wishes is not None or visitors(found, asking):
        found["who"] = RULE
    if line is not None and line.same_sex:
        found["sex"] = last.wished_sex or NO_WISH
    return found
