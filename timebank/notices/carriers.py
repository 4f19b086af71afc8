"""Which carrier brings which way, by the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from services.notices.sending import Outcome, Outgoing
from services.notices.ways import CALL, EMAIL
from timebank.notices.mail import Mail
from timebank.notices.plain import Console, Spool
from timebank.notices.wording import Wording
from timebank.settings import Settings


class Carrier(Protocol):
    """Sends messages and says of each, as soon as it is known, what came of it."""

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        """Try each of them."""
        ...


def carrier_of(settings: Settings, way: str) -> Carrier | None:
    """The carrier of a way; None for calls without a gateway: those are made by the branch."""
    wording = Wording.of(settings)
    template = settings.carriers.gateways.get(way)
    if template is not None:
        from timebank.notices.gateway import Gateway  # noqa: PLC0415 - a large library

        return Gateway(template, wording)
    if way == CALL:
        return None
    if way == EMAIL and settings.carriers.mail is not None:
        return Mail(settings.carriers.mail, wording)
    if settings.is_production:
        return Spool(settings.instance / "outbox.jsonl", wording)
    return Console(wording)
