"""How much of a place somebody may know: the street before saying yes, the door after it."""

from __future__ import annotations

import re

from models.people import Member
from models.requests import Request
from services.context import Context
from services.visits.checking import metres_between

#: Where a street ends and a door begins: a figure, or Chinese figures from one to a hundred before
#: the words for a number, a lane, a building (four), a unit, a floor or a room.
_DOOR = re.compile(
    r"\d|[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e\u3007]+\s*"
    r"(?:\u53f7|\u5f04|\u5e62|\u680b|\u5ea7|\u5355\u5143|\u697c|\u5ba4)"
)
#: Up to the last word for a street, a village or an estate, where no door was recognised.
_STREET = re.compile(
    r".*(?:\u8857\u9053|\u793e\u533a|\u5c0f\u533a|"
    r"\u8def|\u8857|\u5df7|\u91cc|\u6751|\u9547|\u4e61)"
)
#: Distances before acceptance are rounded up to this, so that three of them find no door.
STEP_M = 100


def street_of(address: str) -> str:
    """The address up to the street or the housing estate: 永中街道样例路; may be empty.

    An address without a figure may name the door all the same: what is not known to be a street
    is left out.
    """
    found = _DOOR.search(address)
    if found:
        return address[: found.start()].strip(" ，,、-")
    street = _STREET.match(address.strip())
    return street.group() if street else ""


def address_of(ctx: Context, request: Request) -> str | None:
    """The full address in clear; None for a remote service. Whoever shows it records it."""
    return ctx.vault.open_or_none("request.address", request.address_sealed)


def masked_address(ctx: Context, request: Request) -> str | None:
    """The street-level address; None for a remote service or where no street is named."""
    return street_of(address_of(ctx, request) or "") or None


def distance_m(provider: Member, elder: Member) -> int | None:
    """Metres between two homes, rounded up to a hundred; None where a place is not known."""
    if None in (
        provider.latitude_e6,
        provider.longitude_e6,
        elder.latitude_e6,
        elder.longitude_e6,
    ):
        return None
    assert provider.latitude_e6 is not None
    assert provider.longitude_e6 is not None
    assert elder.latitude_e6 is not None
    assert elder.longitude_e6 is not None
    exact = metres_between(
        provider.latitude_e6, provider.longitude_e6, elder.latitude_e6, elder.longitude_e6
    )
    return -(-exact // STEP_M) * STEP_M
