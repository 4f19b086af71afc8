"""Notices about what a member gives away, leaves and inherits: nobody's who only sees along.

A relative's leave to see is for services and figures. To whom the member gives, that there is a
designation, and how an heir has answered, is for the member and the counter alone; otherwise
whoever hopes for something would read it first.
"""

from __future__ import annotations

from types import ModuleType

from services.designations import sentences as designations
from services.donations import sentences as donations
from services.estates import heir_sentences, notice_sentences
from services.estates import sentences as estates
from services.gifts import sentences as gifts


def _all_of(room: ModuleType) -> frozenset[str]:
    return frozenset(
        each for name, each in vars(room).items() if name.isupper() and isinstance(each, str)
    )


#: What a helper should know: that the elder is taken for dead, and that it was a mistake.
_OF_THE_ELDER = frozenset(
    {
        estates.REPORTED_OF_YOU,
        estates.DISMISSED_SELF,
        estates.UNDONE_SELF,
        estates.UNDONE_SELF_SERIES,
    }
)
PRIVATE = (
    frozenset[str]().union(
        *map(_all_of, (designations, donations, gifts, heir_sentences, notice_sentences, estates))
    )
    - _OF_THE_ELDER
)
