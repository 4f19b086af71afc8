"""The edge: how a view declares its act, reads, and performs one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app, g
from sqlalchemy.orm import Session

from services.context import Context
from services.errors import DomainError
from services.policy import NOBODY, Actor
from services.vault import Vault
from timebank.settings import Settings
from timebank.uow import UnitOfWork, hold_still

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


def current_scopes() -> frozenset[str]:
    """What the token of this request may do of what its owner may; nothing without a token."""
    scopes: frozenset[str] = g.get("token_scopes", frozenset())
    return scopes


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


def perform(
    work: Callable[[Context], T],
    *,
    key: str | None = None,
    before: Callable[[Context], None] | None = None,
) -> T:
    """Run one unit of work as the current actor and commit it; errors roll everything back.

    ``before`` is :attr:`Context.before`; what it reads stands still until the commit.
    """
    if "unit" in g:
        return work(g.unit)
    held = timebank()
    actor, moment, device = current_actor(), now(), current_device()
    factor_at = g.get("factor_at")

    def unit(session: Session) -> T:
        ctx = Context(
            session, actor, moment, held.vault, key=key, device=device, factor_at=factor_at
        )
        if before is not None:
            hold_still(session)
            plain = ctx
            ctx = replace(ctx, before=lambda: before(plain))
        return work(ctx)

    try:
        return held.uow.run(unit)
    except DomainError:
        spend(key)
        raise


@contextmanager
def within(ctx: Context) -> Iterator[None]:
    """Views that are called in here read in this unit of work instead of one of their own."""
    g.unit = replace(ctx, key=None)
    try:
        yield
    finally:
        del g.unit


def spend(key: str | None) -> None:
    """This request's key was refused: a form that is shown again carries another one."""
    g.spent_key = key


def is_spent(key: str) -> bool:
    """Whether an act under this key was refused in this request."""
    return bool(key == g.get("spent_key"))


@contextmanager
def reading() -> Iterator[Context]:
    """A context for reading; whatever happens in it is rolled back."""
    if "unit" in g:
        yield g.unit
        return
    held = timebank()
    with held.uow.read() as session:
        shown = g.get("factor_at")
        yield Context(session, current_actor(), now(), held.vault, factor_at=shown)
