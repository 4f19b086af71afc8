"""Whom the token speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.people.lists import DelegationView, delegated_to_me
from services.policy import Actor
from timebank.api.area import Area
from timebank.api.schemas.people import MeOut
from timebank.edge import current_actor, declare, reading

area = Area("me", "我")


@dataclass(frozen=True, slots=True)
class Me:
    """The actor and those whom it may act for."""

    actor: Actor
    acts_for: tuple[DelegationView, ...]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.actor, name)


@area.get("/me", says="我是谁，有哪些角色，能替谁办事")
@declare("account.use")
@area.response(200, MeOut)
def who_am_i() -> Me:
    """Who the token speaks for: roles, and the elders it may act for."""
    with reading() as ctx:
        live = tuple(each for each in delegated_to_me(ctx) if each.in_force)
    return Me(current_actor(), live)
