"""The published standards are complete against the catalogue, in both languages."""

from __future__ import annotations

import re

import pytest

from services.rules.published import shipped_rule_set
from services.rules.tables import table
from services.standards.reading import Standard, StandardUnknown, standard, standards

CATALOGUE = shipped_rule_set()
CHINESE = re.compile(r"[\u3400-\u9fff]")
#: What no volunteer does, so that no step of any service may name it.
NURSING = re.compile(r"注射|输液|静脉|清创|换药|导尿|鼻饲|灌肠|吸痰|配药|给药|喂药|用药剂量")


def _names(one: Standard) -> list[tuple[str, str]]:
    groups = (one.steps, one.dos, one.donts, [each.name for each in one.checklist])
    return [(name.zh, name.en) for group in groups for name in group]


def test_every_service_of_the_catalogue_has_its_standard_and_no_other() -> None:
    assert list(standards()) == list(CATALOGUE.services)


@pytest.mark.parametrize("code", list(CATALOGUE.services))
def test_a_standard_is_whole(code: str) -> None:
    found = standard(code)
    assert found.version == table("standards").version
    assert 3 <= len(found.steps) <= 6
    assert len(found.dos) >= 2
    assert len(found.donts) >= 2
    assert 3 <= len(found.checklist) <= 6
    assert len(set(found.codes)) == len(found.codes)
    assert all(re.fullmatch(r"[a-z_]{2,24}", each) for each in found.codes)
    for chinese, english in _names(found):
        assert CHINESE.search(chinese)
        assert english
        assert not CHINESE.search(english)
        # One breath when it is read aloud over the telephone.
        assert len(chinese) <= 40


@pytest.mark.parametrize("code", list(CATALOGUE.services))
def test_no_step_asks_for_what_the_rules_exclude(code: str) -> None:
    found = standard(code)
    asked = [each.zh for each in (*found.steps, *found.dos)]
    asked += [each.name.zh for each in found.checklist]
    assert [each for each in asked if NURSING.search(each)] == []


@pytest.mark.parametrize(
    "code", [code for code, line in CATALOGUE.services.items() if line.two_people == "always"]
)
def test_what_takes_two_people_says_so(code: str) -> None:
    assert "two_people" in standard(code).codes


def test_everybody_is_told_that_help_is_not_paid_for() -> None:
    assert any("互助服务不收钱" in each.zh for each in standard("A01").common_donts)


def test_points_come_in_the_order_of_the_checklist() -> None:
    found = standard("B01")
    assert [each.code for each in found.points(["change", "list", "nobody_knows"])] == [
        "list",
        "change",
    ]


def test_a_service_that_is_not_in_the_catalogue_has_none() -> None:
    with pytest.raises(StandardUnknown):
        standard("Z99")
