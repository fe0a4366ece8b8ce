"""Timelines as lines, as pictures and as JSON."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from rich.console import Console

from index.dates import Calendar
from retrieval.pipeline.timeline import Timeline, TimelineMonth
from retrieval.presentation.timeline.figure import FigureError, write_figure
from retrieval.presentation.timeline.record import timeline_record
from retrieval.presentation.timeline.table import show_timeline

_TWO = (TimelineMonth(1404, 7, 4, 8), TimelineMonth(1404, 8, 0, 0), TimelineMonth(1404, 9, 1, 40))
NAFT = Timeline("نفت", "fa", Calendar.JALALI, _TWO, undated=2)
OIL = Timeline("oil", "en", Calendar.GREGORIAN, _TWO)


def shown(timeline: Timeline, width: int = 50) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    show_timeline(console, timeline)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_line_for_each_month_with_count_and_share() -> None:
    heading, rule, blank, *rows = shown(OIL)
    assert heading == "Articles about “oil”: 5 of 48"
    assert "all words of the topic" in rule
    assert rule.endswith("share of all articles of the same month.")
    assert [row.split() for row in rows] == [
        ["1404/07", "█" * 20, "4", "50.0%"],
        ["1404/08", "0"],
        ["1404/09", "█" * 5, "1", "2.5%"],
    ]
    assert blank == ""


def test_persian_runs_from_the_right() -> None:
    *_, undated, _, first, _, last = shown(NAFT)
    assert undated == "۲ خبر دیگر تاریخ ندارد."
    assert first.split() == ["۵۰٫۰٪", "۴", "█" * 20, "۱۴۰۴/۰۷"]
    assert last.endswith(f" {'█' * 5} ۱۴۰۴/۰۹")
    assert len(first) == len(last) == 50
    # No letters: a terminal that puts Persian in order leaves the line as it is.
    assert not any(character.isalpha() for character in first + last)


@pytest.mark.parametrize(
    ("timeline", "row"),
    [
        (Timeline("oil", "en", Calendar.GREGORIAN, ()), ["2019", "▁▂▄▆█·······", "21", "21.0%"]),
        (Timeline("نفت", "fa", Calendar.JALALI, ()), ["۲۱٫۰٪", "۲۱", "·······█▆▄▂▁", "۲۰۱۹"]),
    ],
)
def test_many_months_get_a_line_a_year(timeline: Timeline, row: list[str]) -> None:
    hits = [1, 2, 4, 6, 8, 0, 0, 0, 0, 0, 0, 0]
    months = [
        TimelineMonth(year, number, count, 100 if number == 1 else 0)
        for year in range(2018, 2022)
        for number, count in enumerate(hits if year == 2019 else [1] * 12, start=1)
    ]
    whole = Timeline(timeline.topic, timeline.language, timeline.calendar, tuple(months))
    rows = [line.split() for line in shown(whole)]
    assert row in rows
    assert len(rows[-4:]) == 4


@pytest.mark.parametrize(
    ("timeline", "line"),
    [
        (Timeline("oil", "en", Calendar.GREGORIAN, ()), "No article has all words of this topic."),
        (
            Timeline("نفت", "fa", Calendar.JALALI, (), undated=3),
            "این خبرها تاریخ ندارند و نمی‌شود آن‌ها را ماه به ماه شمرد.",
        ),
    ],
)
def test_nothing_to_draw(timeline: Timeline, line: str, tmp_path: Path) -> None:
    assert shown(timeline, 80) == [line]
    with pytest.raises(FigureError, match="no article has a date"):
        write_figure(timeline, tmp_path / "out.svg", "svg")
    assert list(tmp_path.iterdir()) == []


def test_pictures(tmp_path: Path) -> None:
    for timeline in (NAFT, OIL):
        write_figure(timeline, tmp_path / "out.svg", "svg")
        write_figure(timeline, tmp_path / "out.png", "png")
        assert ET.parse(tmp_path / "out.svg").getroot().tag.endswith("svg")
        assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(FigureError, match=r"out.svg: cannot be written: No such file"):
        write_figure(OIL, tmp_path / "absent" / "out.svg", "svg")


def test_json() -> None:
    record = timeline_record(NAFT)
    assert (record["topic"], record["calendar"], record["hits"]) == ("نفت", "jalali", 5)
    assert (record["articles"], record["undated"]) == (48, 2)
    assert record["months"] == [
        {"month": "1404-07", "hits": 4, "articles": 8, "share": 0.5},
        {"month": "1404-08", "hits": 0, "articles": 0, "share": 0.0},
        {"month": "1404-09", "hits": 1, "articles": 40, "share": 0.025},
    ]
