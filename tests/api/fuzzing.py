"""A street with much in it, and programs of everybody on it, for requests that a machine makes up.

What the made-up requests name is taken from the street: every list and every object is read once
by everybody, and the ids in the answers are remembered by their names.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from services.people.actors import actor_for
from services.policy import Actor, may_ever
from tests import factories
from tests.api.kit import V1, World
from tests.factories import LONGWAN

#: How many requests are made up for each operation; ``make fuzz`` asks for many.
EXAMPLES = int(os.environ.get("FUZZ", "2"))
load_all_checks()

_keys = count(1)


@dataclass
class Street:
    """Tokens by whose they are, and what there is to be named."""

    world: World
    schema: BaseSchema
    people: dict[str, UUID]
    actors: dict[str, Actor]
    tokens: dict[str, str]
    named: dict[str, list[str]]
    #: Operations by the statuses that they have answered with.
    answers: dict[int, set[str]]

    def renew(self) -> None:
        """New tokens for everybody: made-up requests end tokens too."""
        self.tokens = {
            who: str(self.world.program(each).token) for who, each in self.people.items()
        }

    def might(self, act: str) -> list[str]:
        """Who could ever be let in for an act."""
        return [who for who, actor in self.actors.items() if may_ever(actor, act)] or sorted(
            self.actors
        )

    def headers(self, who: str) -> dict[str, str]:
        """Somebody's token and a key that nobody has used."""
        return {
            "Authorization": f"Bearer {self.tokens[who]}",
            "Idempotency-Key": f"made-up-{next(_keys)}",
        }

    def known(self, name: str) -> st.SearchStrategy[str] | None:
        """Something of this name that is there."""
        found = self.named.get(name)
        return st.sampled_from(found) if found else None


def made_up(examples: int, steps: int = 0) -> settings:
    """The same requests each time, and no time limit: the machine may be busy."""
    more = {"stateful_step_count": steps} if steps else {}
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        **more,
    )


def furnished(world: World) -> dict[str, UUID]:
    """Let much happen on the street; everybody who lives or works there."""
    world.credited()
    people = {
        "elder": world.elder,
        "volunteer": world.volunteer,
        "staff": world.staff,
        "relative": world.relative(),
        "region_admin": world.given(factories.create_region_admin),
        "second_admin": world.given(factories.create_region_admin),
        "auditor": world.given(factories.create_auditor),
        "national_admin": world.given(factories.create_national_admin),
    }
    world.give_coins(world.elder, 5_000)
    elder = world.program(world.elder)
    staff = world.program(world.staff)
    volunteer = world.program(world.volunteer)
    for days in (2, 3, 4):
        at = world.clock.now.replace(hour=2, minute=0) + timedelta(days=days)
        made = elder.done("/requests", world.asked(starts_at=at.isoformat()))
        path = f"/requests/{made['book']}/{made['id']}"
        if days > 2:
            staff.done(f"{path}/approve")
        if days > 3:
            volunteer.done(f"{path}/accept")
    return people


def street_of(world: World) -> Street:
    """The street, and everything on it that has a name."""
    people = furnished(world)
    schema = schemathesis.openapi.from_wsgi(
        f"{V1}/openapi.json", world.app, config=SchemathesisConfig()
    )
    actors = world.given(
        lambda s: {who: actor_for(s, each, world.clock.now) for who, each in people.items()}
    )
    street = Street(world, schema, people, actors, {}, defaultdict(list), defaultdict(set))
    street.renew()
    remember(street, "book", LONGWAN)
    for name, value in (("region", LONGWAN), ("month", "2026-03"), ("number", "1")):
        remember(street, name, value)
    look_around(street)
    return street


def remember(street: Street, name: str, value: object) -> None:
    """Keep a value under the name that paths call it by."""
    kept = street.named[name]
    if value is not None and str(value) not in kept and len(kept) < 20:
        kept.append(str(value))


def look_around(street: Street) -> None:
    """Read whatever can be read: first what needs no name, then what the first has named."""
    every = street.schema.raw_schema["paths"].items()
    paths = {path: methods["get"]["x-act"] for path, methods in every if "get" in methods}
    client = street.world.app.test_client()
    for path in sorted(paths, key=lambda each: each.count("{")):
        for filled in _filled(street, path):
            for who in street.might(paths[path])[:3]:
                answer = client.get(filled, headers=street.headers(who))
                if answer.status_code == 200 and answer.is_json:
                    _names(street, path, answer.json)
                    break


def _filled(street: Street, path: str) -> Iterator[str]:
    """A path with names in its places: the first and the last that are known."""
    for place in (0, -1):
        filled = path
        for part in [each for each in path.split("/") if each.startswith("{")]:
            known = street.named.get(part.strip("{}").split("}")[0])
            if not known:
                return
            filled = filled.replace(part, known[place])
        yield filled
        if "{" not in path:
            return


def _names(street: Street, path: str, found: Any) -> None:
    if isinstance(found, list):
        for each in found[:5]:
            _names(street, path, each)
        return
    if not isinstance(found, dict):
        return
    for name, value in found.items():
        if isinstance(value, str) and (name.endswith("_id") or name in _CODES):
            remember(street, name, value)
        elif name == "id":
            for called in _called(street, path):
                remember(street, called, value)
        else:
            _names(street, path, value)


_CODES = ("code", "month", "period", "version", "fingerprint", "digest", "day", "rule_day")


def _called(street: Street, path: str) -> Iterator[str]:
    """What an id in the answers of a path is called in the paths below it."""
    words = [each for each in path.split("/") if each and not each.startswith("{")]
    for longer in street.schema.raw_schema["paths"]:
        parts = longer.split("/")
        for place, part in enumerate(parts):
            if not part.startswith("{") or part == "{book}":
                continue
            before = [each for each in parts[:place] if each and not each.startswith("{")]
            if before[-1] == words[-1]:
                yield part.strip("{}")
