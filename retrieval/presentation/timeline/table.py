"""Timelines for a terminal: a bar for each month, or a line for each year of a long one.

Lines have digits and bars only, no letters, so that no terminal turns them round; in Persian they
run from the right.
"""

from itertools import groupby
from typing import Final

from rich.align import Align
from rich.bar import Bar
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from retrieval.pipeline.timeline import Timeline, TimelineMonth
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages, messages_for
from retrieval.presentation.notes import correction_lines, scope_notes
from retrieval.presentation.terminal.lines import show_line
from retrieval.query.query import PERSIAN

_MOST_MONTHS: Final = 36
_LONGEST_BAR: Final = 40
# Room for the label, the count and the share, with the space between them.
_OTHER_COLUMNS: Final = 30
_LEVELS: Final = "▁▂▃▄▅▆▇█"
_ZERO: Final = "·"
_STYLE: Final = "cyan"
_NOTICE: Final = "yellow"


def show_timeline(console: Console, timeline: Timeline) -> None:
    """Print a timeline with what was counted."""
    messages = messages_for(timeline.language)
    for note in correction_lines(timeline.corrections, messages):
        show_line(console, note, messages, "dim")
    for note in scope_notes(timeline.scope, messages):
        show_line(console, note, messages, "dim")
    if not timeline.hits:
        key = "timeline_no_dates" if timeline.undated else "timeline_nothing"
        show_line(console, messages.text(key), messages, _NOTICE)
        return
    show_line(console, heading(timeline, messages), messages, "green")
    by_year = len(timeline.months) > _MOST_MONTHS
    unit = messages.text("timeline_year" if by_year else "timeline_month")
    show_line(console, messages.text("timeline_rule", unit=unit), messages, "dim")
    if by_year:
        show_line(console, messages.text("timeline_by_year"), messages, "dim")
    if timeline.undated:
        line = messages.text("timeline_undated", count=timeline.undated)
        show_line(console, line, messages, "dim")
    console.print()
    rows = _years(timeline, messages) if by_year else _months(console, timeline, messages)
    console.print(_table(rows, mirrored=messages.language == PERSIAN))


def heading(timeline: Timeline, messages: Messages) -> str:
    """Return the title of a timeline: the topic, its articles, and all articles."""
    return messages.text(
        "timeline",
        topic=bidi.isolate(timeline.topic),
        hits=timeline.hits,
        articles=timeline.articles,
    )


def _table(rows: list[list[RenderableType]], *, mirrored: bool) -> RenderableType:
    table = Table.grid(padding=(0, 1), pad_edge=False)
    for row in rows:
        table.add_row(*(reversed(row) if mirrored else row))
    return Align.right(table) if mirrored else table


def _months(console: Console, timeline: Timeline, messages: Messages) -> list[list[RenderableType]]:
    most = max(month.hits for month in timeline.months)
    width = max(1, min(_LONGEST_BAR, console.width - _OTHER_COLUMNS))
    rows: list[list[RenderableType]] = []
    for month in timeline.months:
        # From the right in Persian.
        start, end = (0, month.hits)
        if messages.language == PERSIAN:
            start, end = most - month.hits, most
        label = messages.digits(f"{month.year:04d}/{month.month:02d}")
        bar = Bar(most, start, end, width=width, color=_STYLE)
        rows.append([label, bar, *_numbers([month], messages)])
    return rows


def _years(timeline: Timeline, messages: Messages) -> list[list[RenderableType]]:
    most = max(month.hits for month in timeline.months)
    rows: list[list[RenderableType]] = []
    for year, group in groupby(timeline.months, lambda month: month.year):
        months = list(group)
        cells = [" "] * 12
        for month in months:
            cells[month.month - 1] = _cell(month.hits, most)
        if messages.language == PERSIAN:
            cells.reverse()
        label = messages.digits(f"{year:04d}")
        rows.append([label, Text("".join(cells), style=_STYLE), *_numbers(months, messages)])
    return rows


def _cell(hits: int, most: int) -> str:
    """Return a column whose height shows a count; the lowest one is for a single hit, too."""
    if not hits:
        return _ZERO
    return _LEVELS[-(-hits * len(_LEVELS) // most) - 1]


def _numbers(months: list[TimelineMonth], messages: Messages) -> list[RenderableType]:
    """Return the hits of some months and their share of all articles."""
    hits = sum(month.hits for month in months)
    articles = sum(month.articles for month in months)
    share = messages.percent(hits / articles, 1) if articles else ""
    return [Text(messages.number(hits), justify="right"), Text(share, justify="right")]
