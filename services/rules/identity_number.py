"""The citizen's ID number after GB 11643-1999: what it says, and whether it can be one.

The first six digits name the region of the first registration; its code may since have been
abolished, so only the province is checked. A number that passes may still belong to nobody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.errors import Invalid
from services.rules.region_code import PROVINCES

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_OLD_SHAPE = re.compile(r"[0-9]{15}")
_CHECK = "10X98765432"
#: Residents of Hong Kong, Macao and Taiwan with a residence permit.
_RESIDENCE_PERMITS = frozenset({"81", "82", "83"})
OLDEST_BIRTH = date(1880, 1, 1)


class IdNumberShape(Invalid):
    """身份证号码应是 18 位：前 17 位是数字，最后一位是数字或 X。"""

    code = "id_number_shape"


class IdNumberOld(Invalid):
    """这是旧的 15 位号码，请填写现在的 18 位身份证号码。"""

    code = "id_number_old"


class IdNumberRegion(Invalid):
    """身份证号码开头的地区代码不对，请核对前两位。"""

    code = "id_number_region"


class IdNumberBirth(Invalid):
    """身份证号码里的出生日期不对，请核对第 7 到 14 位。"""

    code = "id_number_birth"


class IdNumberCheck(Invalid):
    """身份证号码有一位填错了，请对照证件再核对一遍。"""

    code = "id_number_check"


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number that passed, and what it says of its holder."""

    number: str
    #: Six digits of the first registration.
    region: str
    born_on: date
    sex: Literal["female", "male"]


def parse_identity_number(text: str, today: date) -> IdentityNumber:
    """Read an ID number as people type it: spaces, full-width digits and a small x are fine.

    Refuses with a sentence about the part that is wrong; births lie between 1880 and today.
    """
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if _OLD_SHAPE.fullmatch(number):
        raise IdNumberOld(field="id_number")
    if not _SHAPE.fullmatch(number):
        raise IdNumberShape(field="id_number")
    if number[:2] not in PROVINCES | _RESIDENCE_PERMITS:
        raise IdNumberRegion(field="id_number")
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdNumberBirth(field="id_number") from None
    if not OLDEST_BIRTH <= born_on <= today:
        raise IdNumberBirth(field="id_number")
    if check_character(number[:17]) != number[17]:
        raise IdNumberCheck(field="id_number")
    sex: Literal["female", "male"] = "male" if int(number[16]) % 2 else "female"
    return IdentityNumber(number, number[:6], born_on, sex)


def check_character(seventeen: str) -> str:
    """The last character of a number: ISO 7064 MOD 11-2 over the first seventeen digits."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(seventeen))
    return _CHECK[total % 11]
