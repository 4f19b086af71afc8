"""A band over the years, drawn by hand: what most runs lie between, with its middle line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 400, 260
RIGHT, TOP, BOTTOM = 8, 14, 26
#: How much room a character beside a level takes, and what stays free beside the longest.
NARROW, FULL, FREE = 9, 16, 12


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one figure: the wide and the narrow band's edges, and the middle."""

    low: Sequence[int]
    inner_low: Sequence[int]
    middle: Sequence[int]
    inner_high: Sequence[int]
    high: Sequence[int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A level or a year with the words beside it, at its place in the drawing."""

    at: int
    said: str


@dataclass(frozen=True, slots=True)
class BandChart:
    """Places in the drawing; every shape is a list of points as SVG wants them."""

    name: str
    title: str
    about: str
    width: int
    height: int
    left: int
    base: int
    wide: str
    narrow: str
    middle: str
    levels: tuple[Mark, ...]
    years: tuple[Mark, ...]


def _room(said: str) -> int:
    """What the words beside a level need to their left end."""
    return FREE + sum(NARROW if each.isascii() else FULL for each in said)


def band_chart(
    name: str,
    title: str,
    about: str,
    series: Series,
    years: Sequence[int],
    levels: Sequence[tuple[int, str]],
) -> BandChart:
    """A chart of one figure; ``levels`` are values with their words, the last one is the top."""
    most = max(levels[-1][0], 1)
    left = max(_room(said) for _value, said in levels)

    def x(place: int) -> int:
        return left + place * (WIDTH - left - RIGHT) // max(1, len(years) - 1)

    def y(value: int) -> int:
        tall = HEIGHT - TOP - BOTTOM
        return HEIGHT - BOTTOM - min(max(value, 0), most) * tall // most

    def line(values: Sequence[int]) -> list[str]:
        return [f"{x(place)},{y(value)}" for place, value in enumerate(values)]

    def area(low: Sequence[int], high: Sequence[int]) -> str:
        return " ".join([*line(high), *reversed(line(low))])

    shown = range(0, len(years), 5)
    return BandChart(
        name=name,
        title=title,
        about=about,
        width=WIDTH,
        height=HEIGHT,
        left=left,
        base=HEIGHT - BOTTOM,
        wide=area(series.low, series.high),
        narrow=area(series.inner_low, series.inner_high),
        middle=" ".join(line(series.middle)),
        levels=tuple(Mark(y(value), said) for value, said in levels),
        years=tuple(Mark(x(place), str(years[place])) for place in shown),
    )


def round_levels(most: int, count: int = 4) -> list[int]:
    """Even levels from zero up to at least ``most``: their step is 1, 2 or 5 with zeros."""
    wanted = max(most, 1) / count
    step = 1
    while step < wanted:
        step *= 10
    step = next((each for each in (step // 10, step // 5, step // 2) if each >= wanted), step)
    step = max(step, 1)
    return [step * place for place in range(count + 1)]
