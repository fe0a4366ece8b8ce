"""Plots laid out for SVG: bars, a stacked bar for each month, points; time runs from the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.dates import JALALI_MONTHS
from index.operations.report.figures import Months, Point
from index.text.persian import to_persian_digits

COLOURS = (
    "#1f6f8b",
    "#d1793f",
    "#5a8f4e",
    "#a3486b",
    "#7b68a6",
    "#b59a2b",
    "#4aa3a2",
    "#8c6d5a",
    "#999999",
)
_WIDTH, _HEIGHT, _MAP_HEIGHT = 720, 260, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 52, 14, 44
_MARGIN = 12
_LABELS = 12
_BASE = _HEIGHT - _BOTTOM
_AXIS = _WIDTH - _RIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `hint` is shown where a pointer rests on it."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    hint: str


@dataclass(frozen=True, slots=True)
class Dot:
    """The place of a point."""

    x: float
    y: float
    colour: str
    hint: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text; `anchor` is SVG's, and in text from the right "end" is the left end."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line."""

    left: float
    right: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Plot:
    """All that one SVG shows, in its own units."""

    title: str
    height: float = _HEIGHT
    width: float = _WIDTH
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()


def number(value: float) -> str:
    """Return a number as Persian readers write it."""
    return to_persian_digits(f"{value:,.0f}").replace(",", "٬")


def month_bars(months: Months, title: str) -> Plot:
    """Draw a stacked bar for each month, the earliest at the right."""
    totals = months.counts.sum(axis=1)
    most = int(totals.max(initial=1))
    width = (_AXIS - _LEFT) / max(1, len(months.names))
    bars = []
    for month, (name, counts) in enumerate(zip(months.names, months.counts.tolist(), strict=True)):
        below = 0
        for column, count in enumerate(counts):
            if count:
                hint = f"{_month_name(name)}، {months.agencies[column]}: {number(count)} خبر"
                bars.append(_bar(month, width, below / most, count / most, column, hint))
            below += count
    labels = [
        Label(_AXIS - (month + 0.5) * width, _BASE + 18, _month(months.names[month]))
        for month in _labelled(len(months.names))
    ]
    return _plot(title, most, bars, labels)


def histogram(values: NDArray[np.int64], bins: int, title: str, unit: str) -> Plot:
    """Draw how many values lie in each of some equal intervals, small ones at the right."""
    counts, edges = np.histogram(values, bins=bins, range=(0, max(1, int(values.max(initial=1)))))
    most = int(counts.max(initial=1)) or 1
    width = (_AXIS - _LEFT) / bins
    bars = []
    for at, count in enumerate(counts.tolist()):
        hint = f"{number(edges[at])} تا {number(edges[at + 1])} {unit}: {number(count)}"
        bars.append(_bar(at, width, 0, count / most, 0, hint))
    labels = [
        Label(_AXIS - at * width, _BASE + 18, number(edges[at])) for at in _labelled(bins + 1)
    ]
    labels.append(Label(_WIDTH / 2, _HEIGHT - 6, unit))
    return _plot(title, most, bars, labels)


def scatter(points: Sequence[Point], title: str) -> Plot:
    """Draw points in [0, 1] by [0, 1], each with its title."""
    dots = tuple(
        Dot(
            _MARGIN + point.x * (_WIDTH - 2 * _MARGIN),
            _MARGIN + (1 - point.y) * (_MAP_HEIGHT - 2 * _MARGIN),
            colour(point.subject),
            point.title,
        )
        for point in points
    )
    return Plot(title, height=_MAP_HEIGHT, dots=dots)


def colour(number: int) -> str:
    """Return the colour of a group."""
    return COLOURS[number % len(COLOURS)]


def _bar(at: int, width: float, below: float, share: float, column: int, hint: str) -> Bar:
    """Return the bar at a place from the right; `below` and `share` are parts of the height."""
    gap, plot = min(1.0, width / 5), _BASE - _TOP
    left = _AXIS - (at + 1) * width + gap / 2
    top = _BASE - (below + share) * plot
    return Bar(left, top, width - gap, share * plot, colour(column), hint)


def _plot(title: str, most: int, bars: Sequence[Bar], labels: Sequence[Label]) -> Plot:
    """Add the axis at the right: the base line, half of the largest count, and that count."""
    lines, scale = [], []
    for count in sorted({0, most // 2, most}):
        y = _BASE - count / most * (_BASE - _TOP)
        lines.append(Line(_LEFT, _AXIS, y, "grid" if count else "axis"))
        scale.append(Label(_AXIS + 6, y + 4, number(count), "end"))
    return Plot(title, lines=tuple(lines), bars=tuple(bars), labels=(*labels, *scale))


def _labelled(count: int) -> range:
    return range(0, count, max(1, -(-count // _LABELS)))


def _month(name: str) -> str:
    return to_persian_digits(name.replace("-", "/"))


def _month_name(name: str) -> str:
    year, _, month = name.partition("-")
    return f"{JALALI_MONTHS[int(month) - 1]} {to_persian_digits(year)}"
