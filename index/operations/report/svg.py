"""Plots as inline SVG: bars, a stacked bar for each month, points; time runs from the right."""

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

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
_WIDTH, _HEIGHT = 720, 260
_LEFT, _BOTTOM, _TOP = 12, 44, 14
_AXIS = 52
_LABELS = 12


def number(value: float) -> str:
    """Return a number as Persian readers write it."""
    return to_persian_digits(f"{value:,.0f}").replace(",", "٬")


def month_bars(months: Months) -> str:
    """Draw a stacked bar for each month, the earliest at the right."""
    totals = months.counts.sum(axis=1)
    parts = []
    most = int(totals.max(initial=1))
    plot = _WIDTH - _AXIS - _LEFT
    width = plot / max(1, len(months.names))
    for at, (name, counts) in enumerate(zip(months.names, months.counts.tolist(), strict=True)):
        right = _WIDTH - _AXIS - at * width
        y = float(_HEIGHT - _BOTTOM)
        for column, count in enumerate(counts):
            height = count / most * (_HEIGHT - _BOTTOM - _TOP)
            y -= height
            if count:
                hint = f"{_month(name)}، {months.agencies[column]}: {number(count)} خبر"
                parts.append(
                    _bar(right - width, y, width, height, COLOURS[column % len(COLOURS)], hint)
                )
    marks = _label_places(len(months.names))
    for at in marks:
        x = _WIDTH - _AXIS - (at + 0.5) * width
        parts.append(_text(x, _HEIGHT - _BOTTOM + 18, _month(months.names[at])))
    return _plot("خبرها در هر ماه و به تفکیک خبرگزاری", [*parts, *_scale(most)])


def histogram(values: NDArray[np.int64], bins: int, title: str, unit: str) -> str:
    """Draw how many values lie in each of some equal spans, small ones at the right."""
    counts, edges = np.histogram(values, bins=bins, range=(0, max(1, int(values.max(initial=1)))))
    most = int(counts.max(initial=1)) or 1
    width = (_WIDTH - _AXIS - _LEFT) / bins
    parts = []
    for at, count in enumerate(counts.tolist()):
        height = count / most * (_HEIGHT - _BOTTOM - _TOP)
        right = _WIDTH - _AXIS - at * width
        hint = f"{number(edges[at])} تا {number(edges[at + 1])} {unit}: {number(count)}"
        parts.append(
            _bar(right - width, _HEIGHT - _BOTTOM - height, width, height, COLOURS[0], hint)
        )
    for at in _label_places(bins + 1):
        x = _WIDTH - _AXIS - at * width
        parts.append(_text(x, _HEIGHT - _BOTTOM + 18, number(edges[at])))
    parts.append(_text(_WIDTH / 2, _HEIGHT - 6, unit))
    return _plot(title, [*parts, *_scale(most)])


def scatter(points: Sequence[Point], title: str) -> str:
    """Draw points in [0, 1] by [0, 1], each with its title."""
    side = 460
    parts = [
        f'<circle cx="{12 + point.x * (_WIDTH - 24):.1f}" '
        f'cy="{12 + (1 - point.y) * (side - 24):.1f}" r="3" '
        f'fill="{COLOURS[point.subject % len(COLOURS)]}" fill-opacity="0.65">'
        f"<title>{safe(point.title)}</title></circle>"
        for point in points
    ]
    return _plot(title, parts, side)


def legend(names: Sequence[str]) -> str:
    """Return the list of what the colours mean."""
    items = (
        f'<li><span class="key" style="background:{COLOURS[at % len(COLOURS)]}"></span>'
        f"{safe(name)}</li>"
        for at, name in enumerate(names)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _plot(title: str, parts: Sequence[str], height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{safe(title)}" '
        f'direction="rtl"><title>{safe(title)}</title>{"".join(parts)}</svg>'
    )


def _bar(x: float, y: float, width: float, height: float, colour: str, hint: str) -> str:
    gap = min(1.0, width / 5)
    return (
        f'<rect x="{x + gap / 2:.2f}" y="{y:.2f}" width="{width - gap:.2f}" '
        f'height="{height:.2f}" fill="{colour}"><title>{safe(hint)}</title></rect>'
    )


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{safe(text)}</text>'


def _scale(most: int) -> list[str]:
    """Return the axis at the right: the base line and the largest count."""
    base = _HEIGHT - _BOTTOM
    right = _WIDTH - _AXIS
    line = f'<line x1="{_LEFT}" y1="{base}" x2="{right}" y2="{base}" class="axis"/>'
    # In text that runs from the right, "end" is its left end.
    top = _text(right + 6, _TOP + 4, number(most), "end")
    return [line, top, _text(right + 6, base + 4, number(0), "end")]


def _label_places(count: int) -> list[int]:
    step = max(1, -(-count // _LABELS))
    return list(range(0, count, step))


def _month(name: str) -> str:
    return to_persian_digits(name.replace("-", "/"))


def safe(text: str) -> str:
    """Return text as XML takes it: escaped, and without control characters."""
    return escape("".join(letter for letter in text if letter.isprintable() or letter == "\u200c"))
