"""One attack on one address: who asks, with what, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from werkzeug.routing import Rule

from services.ids import NAMESPACE
from services.policy import Actor, Subject, can, may_ever, relations
from services.rights import POLICY
from tests.security.bodies import Contract
from tests.security.crawl import Crawl
from tests.security.objects import Objects, Thing, routes
from tests.security.people import KINDS, World
from tests.web.client import Browser

#: Relations that every member has to everything: their acts filter by themselves what they show.
EVERYBODY = frozenset({"anyone", "member", "volunteer"})
REFUSED = {302, 303, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429}
READS, WRITES = ("GET",), ("POST", "DELETE")


@dataclass(frozen=True)
class Try:
    """What one attacker got at one address."""

    kind: str
    method: str
    rule: str
    path: str
    act: str
    status: int
    leaked: tuple[str, ...]
    has_changed: bool
    #: Whether the act's policy lets everybody in, and the page has to choose what it shows.
    is_open: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.method} {self.path} ({self.act}): {self.status} {self.leaked}"


@dataclass
class Attack:
    """Tries every address that names something, as everybody to whom it is nothing."""

    world: World
    crawl: Crawl
    objects: Objects
    contract: Contract
    browsers: dict[str, Browser] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    gated: set[tuple[str, str, str, bool]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for kind in KINDS:
            self.browsers[kind] = self.world.browser(kind)
            self.actors[kind] = self.world.actor(self.world.attacker(kind).id)
        self._secrets = self.world.secrets()

    def tries(self, methods: tuple[str, ...], kinds: tuple[str, ...] = KINDS) -> Iterator[Try]:
        """Every try; nothing for whoever has to do with the thing after all."""
        for rule in routes(self.world):
            wanted = [each for each in methods if each in (rule.methods or ())]
            thing = self.objects.of(rule) if wanted else None
            if thing is None or rule.endpoint == "static":
                continue
            view = self.world.app.view_functions[rule.endpoint]
            act: str = view.policy_act  # type: ignore[attr-defined]
            for kind in kinds:
                if self._is_gated(kind, act, wanted[0], rule.rule.startswith("/api/")):
                    continue
                if not self._is_related(self.actors[kind], act, thing):
                    for method in wanted:
                        yield self._try(kind, method, rule, thing, act)

    def _is_gated(self, kind: str, act: str, method: str, is_api: bool) -> bool:
        """Whether the one gate before all views stops this, and was tried with the act before."""
        if may_ever(self.actors[kind], act):
            return False
        known = (kind, act, method, is_api)
        if known in self.gated:
            return True
        self.gated.add(known)
        return False

    def _is_related(self, actor: Actor, act: str, thing: Thing) -> bool:
        return any(
            can(actor, act, subject).allowed
            and (relations(actor, subject) & POLICY[act]) - EVERYBODY
            for subject in [*thing.subjects, Subject(book=thing.book)]
        )

    def _try(self, kind: str, method: str, rule: Rule, thing: Thing, act: str) -> Try:
        before = self.world.version() if method in WRITES else 0
        answer = self._ask(kind, method, rule, thing)
        has_changed = method in WRITES and self.world.version() != before
        leaked = self._leaked(kind, thing, answer.get_data(as_text=True))
        return Try(
            kind,
            method,
            rule.rule,
            thing.path,
            act,
            answer.status_code,
            leaked,
            has_changed,
            bool(POLICY[act] & EVERYBODY),
        )

    def _ask(self, kind: str, method: str, rule: Rule, thing: Thing) -> Any:
        browser = self.browsers[kind]
        if rule.rule.startswith("/api/"):
            key = str(uuid5(NAMESPACE, f"{kind}{method}{thing.path}"))
            headers = {"Idempotency-Key": key}
            if kind != "nobody":
                headers["Authorization"] = f"Bearer {self.world.attacker(kind).token}"
            template = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)
            body = self.contract.body(template, method) if method in WRITES else None
            return browser.open(thing.path, method=method, headers=headers, json=body)
        if method == "GET":
            return browser.get(thing.path)
        form = self.crawl.form_for(rule, thing.path)
        data = dict(form.fields) if form else {}
        data["idempotency_key"] = [str(uuid5(NAMESPACE, f"{kind}{thing.path}"))]
        return browser.post(thing.path, data=data)

    def _leaked(self, kind: str, thing: Thing, text: str) -> tuple[str, ...]:
        own = self.world.attacker(kind).id
        owners: set[UUID] = thing.owners - {own}
        return tuple(
            secret for each in owners for secret in self._secrets.get(each, ()) if secret in text
        )
