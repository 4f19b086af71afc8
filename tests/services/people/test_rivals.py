"""Two at once, on each engine: exactly one is first, the other reads a sentence."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy.orm import Session

from services.errors import DomainError
from services.people.forms import OWN, SELF
from services.people.register import register
from services.policy import NOBODY
from tests.factories import create_region_tree, make_ctx, register_form
from timebank.uow import UnitOfWork, make_engine


def outcomes(database_url: str, keys: tuple[str | None, ...]) -> list[str]:
    """Sign the same person up in as many sessions at once; each one's answer or refusal."""
    engine = make_engine(database_url)
    work = UnitOfWork(engine)
    work.run(create_region_tree)
    form = work.run(lambda s: register_form(s, how=SELF, terms_how=OWN))
    start = threading.Barrier(len(keys), timeout=30)

    def join(place: int) -> str:
        # Everything but the ID number differs, so that nothing else can be in the way.
        mine = (
            form
            if keys[0]
            else replace(form, phone=f"1390000000{place}", name=f"陈{'甲乙丙'[place]}")
        )

        def act(session: Session) -> str:
            ctx = make_ctx(session, NOBODY, key=keys[place])
            return str(register(ctx, mine).member_id)

        start.wait()
        try:
            return work.run(act)
        except DomainError as refusal:
            return refusal.code

    try:
        with ThreadPoolExecutor(len(keys)) as pool:
            return list(pool.map(join, range(len(keys))))
    finally:
        engine.dispose()


def test_one_id_number_is_claimed_by_one_session(database_url: str) -> None:
    found = outcomes(database_url, (None, None, None))
    assert found.count("id_number_taken") == 2


def test_one_key_is_one_act_in_two_sessions(database_url: str) -> None:
    one, two = outcomes(database_url, ("k", "k"))
    assert one == two
    assert one != "id_number_taken"
