"""Invented people: names, birth dates, ID numbers with a valid check character, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from models.people import Sex
from services.rules.identity_number import check_character

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段"
    "雷侍"
)
ELDER_GIVEN = {
    Sex.FEMALE: (
        "秀英 桂兰 玉兰 素珍 凤英 桂英 秀兰 玉珍 月娥 金花 "
        "翠英 兰香 惠珍 菊香 爱珠 彩云 阿凤 香妹 冬梅 银花"
    ).split(),
    Sex.MALE: (
        "建国 福生 德明 永康 志强 国华 阿根 金水 长根 文彬 "
        "树林 仁贵 正义 宝林 兴旺 岩松 世昌 锡坤 庆丰 寿山"
    ).split(),
}
YOUNG_GIVEN = {
    Sex.FEMALE: ("静 丽 敏 芳 婷婷 晓燕 雪梅 佳慧 思琪 雨桐 梦洁 海燕 文静 晨曦 小丹 乐怡").split(),
    Sex.MALE: ("伟 强 磊 明 志远 浩然 俊杰 宇轩 海波 建军 晓东 文博 子涵 家豪 立新 向阳").split(),
}
STREETS = "五马街 信河街 大南路 府前街 蝉街 广场路 人民中路 飞霞南路 水心路 黎明东路".split()
DOOR_WORDS = "桂花 茶香 平安 春风 杨梅 江心 白鹿 海棠 枇杷 清风".split()
#: The county part of every invented ID number.
AREA = "330302"
#: The middle of the invented district, in millionths of a degree.
CENTRE = (28_012_000, 120_654_000)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    name: str
    sex: Sex
    born_on: date
    id_number: str
    phone: str
    address: str
    latitude_e6: int
    longitude_e6: int


class Cast:
    """Draws people from a seeded source, never the same ID number or telephone twice."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._serial = 0

    def person(
        self, low_age: int, high_age: int, *, sex: Sex | None = None, name: str | None = None
    ) -> Person:
        """An invented person of an age between the two, on the district's first day."""
        pick = self._random
        sex = sex or pick.choice((Sex.FEMALE, Sex.FEMALE, Sex.MALE))
        age = pick.randint(low_age, high_age)
        born_on = self._today - timedelta(days=int(age * 365.25) + pick.randint(1, 360))
        given = (ELDER_GIVEN if age >= 55 else YOUNG_GIVEN)[sex]
        self._serial += 1
        return Person(
            name=name or pick.choice(SURNAMES) + pick.choice(given),
            sex=sex,
            born_on=born_on,
            id_number=self._id_number(sex, born_on),
            phone=f"1380000{self._serial:04d}",
            address=f"{pick.choice(STREETS)}{pick.randint(1, 188)}号{pick.randint(1, 6)}幢"
            f"{pick.randint(1, 6)}0{pick.randint(1, 4)}室",
            latitude_e6=CENTRE[0] + pick.randint(-18_000, 18_000),
            longitude_e6=CENTRE[1] + pick.randint(-20_000, 20_000),
        )

    def door_word(self) -> str:
        """A word for the door."""
        return self._random.choice(DOOR_WORDS)

    def _id_number(self, sex: Sex, born_on: date) -> str:
        # The serial keeps numbers apart; its last figure tells the sex.
        parity = 1 if sex is Sex.MALE else 0
        serial = (self._serial * 2 + parity) % 1000
        seventeen = f"{AREA}{born_on:%Y%m%d}{serial:03d}"
        return seventeen + check_character(seventeen)
