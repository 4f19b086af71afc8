"""Text messages, enterprise chat and voice calls through Apprise, by an address of the settings.

Each message goes out by an address of its own: ``{phone}``, ``{number}`` and ``{id}`` in it are
its reader's telephone, national number and the message's id.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import apprise

from services.notices.sending import SENT, Outcome, Outgoing
from timebank.notices.wording import Wording

#: After so many failures one after the other the gateway is taken to be down.
FAILURES = 3

# Both libraries write addresses into their logs, and these hold telephone numbers and secrets.
for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def opened(template: str, *, phone: str, number: str, message_id: str) -> Any:
    """The notifier of one message, or None when Apprise does not know the address."""
    url = template
    for gap, text in (("{phone}", phone), ("{number}", number), ("{id}", message_id)):
        url = url.replace(gap, quote(text, safe=""))
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


class Gateway:
    """One way through one address of Apprise."""

    def __init__(self, template: str, wording: Wording) -> None:
        self._template, self._wording = template, wording

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        """Send one after the other; when the gateway is down, the rest is put off."""
        failures = 0
        for going in chunk:
            if failures >= FAILURES:
                yield going, Outcome("postponed")
                continue
            outcome = self._send(going)
            failures = 0 if outcome is SENT else failures + 1
            yield going, outcome

    def _send(self, going: Outgoing) -> Outcome:
        notifier = opened(
            self._template, phone=going.to or "", number=going.number, message_id=str(going.id)
        )
        if notifier is None:
            return Outcome("refused", "gateway_address")
        try:
            done = notifier.notify(body=self._wording.short(going), body_format="text")
        except Exception:  # noqa: BLE001 - whatever a plug-in raises must not stop the others
            done = False
        return SENT if done else Outcome("failed", "gateway")
