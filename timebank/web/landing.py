"""Which face a person sees after coming in, and which others there are to change to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l

from services.policy import AUDITOR, NATIONAL_ADMIN, REGION_ADMIN, STAFF, Actor

ACCOUNT = "public.me"


@dataclass(frozen=True, slots=True)
class Face:
    """One part that a person may take in the product."""

    endpoint: str
    title: object
    text: object
    icon: str
    has: Callable[[Actor], bool]


#: In the order of choice: whoever has an office comes in by it. Somebody who both gives and
#: receives help comes in by the simple face, from which the other one is a press away.
FACES = (
    Face(
        "audit.home",
        _l("监督"),
        _l("查账、查记录，只看不办"),
        "search",
        lambda actor: actor.has_role(AUDITOR),
    ),
    Face(
        "admin.home",
        _l("地区管理"),
        _l("地区、发行和人员"),
        "list",
        lambda actor: actor.has_role(REGION_ADMIN) or actor.has_role(NATIONAL_ADMIN),
    ),
    Face(
        "branch.home",
        _l("网点柜台"),
        _l("审核、代办和回访"),
        "branch",
        lambda actor: actor.has_role(STAFF),
    ),
    Face("family.home", _l("替家人办理"), _l("替家里的老人办理"), "family", lambda a: bool(a.kin)),
    Face(
        "elder.home",
        _l("请人帮忙"),
        _l("叫服务、看今天谁来"),
        "home",
        lambda actor: actor.is_recipient,
    ),
    Face(
        "volunteer.home",
        _l("志愿者"),
        _l("找服务、签到、看记录"),
        "heart",
        lambda actor: actor.is_provider,
    ),
)


def faces_of(actor: Actor) -> tuple[Face, ...]:
    """Every face that is this person's own, the first choice first."""
    return tuple(_faces(actor))


def _faces(actor: Actor) -> Iterator[Face]:
    for face in FACES:
        if face.has(actor) and face.endpoint in current_app.view_functions:
            yield face


def home_of(actor: Actor) -> str:
    """Where somebody goes after coming in; a newcomer without a part goes to the own account.

    Whoever is still waiting for the identity check is told so there.
    """
    own = faces_of(actor) if actor.is_active else ()
    return url_for(own[0].endpoint if own else ACCOUNT)
