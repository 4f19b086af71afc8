"""The edge: how a view declares its act, reads, and performs one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app, g

from services.context import Context
from services.errors import DomainError
from services.policy import NOBODY, Actor
from services.vault import Vault
from timebank.settings import Settings
from timebank.uow import UnitOfWork

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Timebank:
    """What the running application holds; kept in ``app.extensions["timebank"]``."""

    settings: Settings
    uow: UnitOfWork
    vault: Vault
    clock: Callable[[], datetime]


def timebank() -> Timebank:
    """The running application's own things."""
    found: Timebank = current_app.extensions["timebank"]
    return found


def declare(act: str) -> Callable[[View], View]:
    """Say which act of the policy a view performs. A view without one is never reached."""

    def mark(view: View) -> View:
        view.policy_act = act  # type: ignore[attr-defined]
        return view

    return mark


def takes_files(view: View) -> View:
    """Say that a view takes evidence: its form may be as large as the files that it may carry."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Who is logged in, by session or by token; NOBODY otherwise."""
    actor: Actor = g.get("actor", NOBODY)
    return actor


def current_device() -> str | None:
    """Keyed digest of the device that this request came from, where it has said which."""
    known: str | None = g.get("device")
    return known


def now() -> datetime:
    """The moment of this request: one for everything in it."""
    if "now" not in g:
        g.now = timebank().clock()
    moment: datetime = g.now
    return moment


def perform(work: Callable[[Context], T], *, key: str | None = None) -> T:
    """Run one unit of work as the current actor and commit it; errors roll everything back."""
    held = timebank()
    actor, moment, device = current_actor(), now(), current_device()
    try:
        return held.uow.run(
            lambda session: work(
                Context(session, actor, moment, held.vault, key=key, device=device)
            )
        )
    except DomainError:
        spend(key)
        raise


def spend(key: str | None) -> None:
    """This request's key was refused: a form that is shown again carries another one."""
    g.spent_key = key


def is_spent(key: str) -> bool:
    """Whether an act under this key was refused in this request."""
    return bool(key == g.get("spent_key"))


@contextmanager
def reading() -> Iterator[Context]:
    """A context for reading; whatever happens in it is rolled back."""
    held = timebank()
    with held.uow.read() as session:
        yield Context(session=session, actor=current_actor(), now=now(), vault=held.vault)
