"""Taking something back by two, as the tests of many rooms need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.reversing.proposing import propose_reversal
from services.reversing.signing import sign_reversal


def by_two(
    act: Callable[..., Any],
    hands: Sequence[UUID],
    what: tuple[str, UUID, str],
    now: datetime,
    key: str | None = None,
) -> UUID:
    """The first proposes and signs, the second signs; ``what`` is book, transfer and reason."""
    book, transfer, reason = what

    def keyed(step: str) -> str | None:
        return None if key is None else f"{key}-{step}"

    row = act(
        hands[0], lambda ctx: propose_reversal(ctx, book, transfer, reason), now, keyed("proposed")
    )
    act(hands[0], lambda ctx: sign_reversal(ctx, book, row), now, keyed("first"))
    back = act(hands[1], lambda ctx: sign_reversal(ctx, book, row), now, keyed("second"))
    assert isinstance(back, UUID)
    return back
