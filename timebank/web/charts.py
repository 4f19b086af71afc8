"""Charts drawn by hand: a few rectangles and words, with a title and a description inside.

A chart never stands alone: the page has the same figures as a table beneath it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: In units of the drawing, which grows to the width of the page.
WIDTH, ROW, BAR = 400, 50, 18
#: A line over time leaves room at its left for the figures of its marks, which stand apart.
TREND_HEIGHT, TREND_LEFT, TREND_MARGIN, APART = 240, 76, 12, 18
TEXT_AT, BAR_AT = 18, 25
#: A bar that stands for something is never thinner than this.
LEAST = 2


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a chart: what it is, how much, and how that is said. None: not known."""

    label: str
    value: int | None
    said: str
    #: Drawn apart, and said in the table: it deserves a look.
    is_marked: bool = False
    #: Where several figures of one thing are drawn together: which of them it is, from 0.
    series: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A point with its place in the drawing."""

    point: Point
    text_y: int
    bar_y: int
    length: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars one below the other."""

    name: str
    title: str
    about: str
    width: int
    height: int
    thick: int
    bars: tuple[Bar, ...]


def bars(name: str, title: str, points: Iterable[Point], *, most: int | None = None) -> Chart:
    """A chart of bars; ``most`` is what a whole line stands for, else the largest value."""
    wanted = tuple(points)
    whole = most or max((each.value or 0 for each in wanted), default=0) or 1
    drawn = tuple(
        Bar(
            point=each,
            text_y=place * ROW + TEXT_AT,
            bar_y=place * ROW + BAR_AT,
            length=_length(each.value, whole),
        )
        for place, each in enumerate(wanted)
    )
    about = "; ".join(f"{each.label}: {each.said}" for each in wanted)
    return Chart(name, title, about, WIDTH, max(1, len(wanted)) * ROW, BAR, drawn)


def _length(value: int | None, whole: int) -> int:
    if not value:
        return 0
    return min(WIDTH, max(LEAST, value * WIDTH // whole))


@dataclass(frozen=True, slots=True)
class Mark:
    """A level that is drawn right across, with its figure where there is room for it."""

    y: int
    said: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over time; its dots are the values that are known."""

    name: str
    title: str
    about: str
    width: int
    height: int
    left: int
    line: str
    dots: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]


def trend(
    name: str, title: str, points: Iterable[Point], marks: Iterable[tuple[int, str]], most: int
) -> Trend:
    """A line through what is known, the oldest first; what lies above ``most`` is drawn there."""
    wanted = tuple(points)
    step = (WIDTH - TREND_LEFT - TREND_MARGIN) / max(1, len(wanted) - 1)
    dots = tuple(
        (TREND_LEFT + round(place * step), _level(each.value, most))
        for place, each in enumerate(wanted)
        if each.value is not None
    )
    return Trend(
        name=name,
        title=title,
        about="; ".join(f"{each.label}: {each.said}" for each in wanted),
        width=WIDTH,
        height=TREND_HEIGHT,
        left=TREND_LEFT,
        line=" ".join(f"{x},{y}" for x, y in dots),
        dots=dots,
        marks=tuple(_marks(marks, most)),
    )


def _marks(marks: Iterable[tuple[int, str]], most: int) -> Iterator[Mark]:
    """The lowest first; a figure that would cover the one below is left out."""
    last = TREND_HEIGHT + APART
    for value, said in sorted(marks):
        y = _level(value, most)
        has_room = last - y >= APART
        yield Mark(y, said if has_room else "")
        last = y if has_room else last


def _level(value: int, most: int) -> int:
    tall = TREND_HEIGHT - 2 * TREND_MARGIN
    return TREND_HEIGHT - TREND_MARGIN - min(value, most) * tall // most
