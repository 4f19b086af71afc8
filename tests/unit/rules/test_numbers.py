"""ID numbers, our own numbers and region codes: what passes, and what each fault is called."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DomainError
from services.rules import identity_number, member_number, region_code
from services.rules.identity_number import check_character, parse_identity_number

TODAY = date(2026, 3, 10)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.mark.parametrize(
    ("text", "born_on", "sex", "region"),
    [
        ("11010519491231002X", date(1949, 12, 31), "female", "110105"),
        ("440524188001010014", date(1880, 1, 1), "male", "440524"),
        (" 110105 19491231 002x ", date(1949, 12, 31), "female", "110105"),
        ("１１０１０５１９４９１２３１００２Ｘ", date(1949, 12, 31), "female", "110105"),
    ],
)
def test_a_number_of_the_standard(text: str, born_on: date, sex: str, region: str) -> None:
    found = parse_identity_number(text, TODAY)
    assert (found.born_on, found.sex, found.region) == (born_on, sex, region)
    assert found.number in ("11010519491231002X", "440524188001010014")


def _with_check(seventeen: str) -> str:
    return seventeen + check_character(seventeen)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id_number_shape"),
        ("1101051949123100", "id_number_shape"),
        ("11010519491231002XX", "id_number_shape"),
        ("1101051949123100X2", "id_number_shape"),
        ("11010519491231002Y", "id_number_shape"),
        ("110105194912310" + "٠٢٤", "id_number_shape"),
        ("110105491231002", "id_number_old"),
        (_with_check("00010519491231002"), "id_number_region"),
        (_with_check("99010519491231002"), "id_number_region"),
        (_with_check("11010519490230002"), "id_number_birth"),
        (_with_check("11010519491331002"), "id_number_birth"),
        (_with_check("11010518791231002"), "id_number_birth"),
        (_with_check("11010520260311002"), "id_number_birth"),
        (_with_check("11010500001231002"), "id_number_birth"),
        ("110105194912310021", "id_number_check"),
    ],
)
def test_a_number_that_cannot_be_one(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_identity_number(text, TODAY)
    assert (refused.value.code, refused.value.field) == (code, "id_number")


def test_someone_born_today_has_a_number() -> None:
    newborn = _with_check("81000020260310001")
    assert parse_identity_number(newborn, TODAY).born_on == TODAY


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_character_is_that_of_the_weights(seventeen: str) -> None:
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True))
    assert check_character(seventeen) == "10X98765432"[total % 11]


@given(st.integers(0, member_number.SERIALS - 1))
def test_a_wrong_digit_or_two_swapped_ones_are_found(serial: int) -> None:
    number = member_number.number_of(serial)
    assert member_number.parse_number(number) == number
    digits = number[1:]
    for place in range(12):
        for digit in "0123456789":
            if digit != digits[place]:
                with pytest.raises(member_number.NumberCheck):
                    member_number.parse_number(digits[:place] + digit + digits[place + 1 :])
        pair = digits[place : place + 2]
        if len(pair) == 2 and pair[0] != pair[1]:
            with pytest.raises(member_number.NumberCheck):
                member_number.parse_number(digits[:place] + pair[::-1] + digits[place + 2 :])


def test_a_number_is_read_as_people_write_it() -> None:
    number = member_number.number_of(12_345_678_901)
    shown = member_number.grouped(number)
    assert shown == f"V {number[1:5]} {number[5:9]} {number[9:]}"
    for text in (shown, shown.lower(), number[1:], shown.replace(" ", "-"), f" {number}\t"):
        assert member_number.parse_number(text) == number
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    assert member_number.parse_number(wide) == number


@pytest.mark.parametrize("text", ["", "V", "V12345678901", "W123456789012", "V1234567890123"])
def test_what_is_no_number_of_ours(text: str) -> None:
    with pytest.raises(member_number.NumberShape):
        member_number.parse_number(text)


def test_numbers_come_by_chance_and_within_their_range() -> None:
    random = Random(7)
    numbers = {member_number.new_number(random.randrange) for _ in range(100)}
    assert len(numbers) == 100
    assert {len(number) for number in numbers} == {13}
    for serial in (-1, member_number.SERIALS):
        with pytest.raises(ValueError, match="range"):
            member_number.number_of(serial)


@pytest.mark.parametrize(
    ("region", "tier", "parent", "county"),
    [
        ("330000000000", "province", None, "330000000000"),
        ("330300000000", "city", "330000000000", "330300000000"),
        ("330303000000", "county", "330300000000", "330303000000"),
        ("330303001000", "township", "330303000000", "330303000000"),
        ("330303001002", "village", "330303001000", "330303000000"),
        ("110102000000", "county", "110100000000", "110102000000"),
        ("441900003000", "township", "441900000000", "441900000000"),
        ("441900003005", "village", "441900003000", "441900000000"),
    ],
)
def test_a_region_code_has_a_tier_and_a_parent(
    region: str, tier: str, parent: str | None, county: str
) -> None:
    assert region_code.parse_region_code(f" {region} ") == region
    assert region_code.tier_of(region) == tier
    assert region_code.parent_of(region) == parent
    assert region_code.county_of(region) == county


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330303", "region_code_shape"),
        ("33030300000x", "region_code_shape"),
        ("３３０３０３０００００００", "region_code_shape"),
        ("000000000000", "region_code_province"),
        ("990000000000", "region_code_province"),
        ("330003000000", "region_code_gap"),
        ("330000001000", "region_code_gap"),
        ("330303000001", "region_code_gap"),
    ],
)
def test_what_is_no_region_code(text: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        region_code.parse_region_code(text)
    assert refused.value.code == code


def test_births_and_provinces_of_the_standard() -> None:
    assert date(1880, 1, 1) == identity_number.OLDEST_BIRTH
    assert len(region_code.PROVINCES) == 34
