"""`python -m retrieval ask --timeline`: the articles about a topic, by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from index.console import echo_json
from index.dates import Calendar
from index.operations.figures import PictureKind
from index.search_index import Filter
from retrieval.answerer import Answerer
from retrieval.presentation.timeline.record import timeline_record


@dataclass(frozen=True, slots=True)
class TimelineOptions:
    """Options of a timeline.

    Attributes:
        calendar: of the months; None: that of the topic's language.
        pictures: where to draw it in each format; None: nowhere.
        as_json: whether to print JSON.
    """

    calendar: Calendar | None
    pictures: Mapping[PictureKind, Path | None]
    as_json: bool


def show_topic(
    answerer: Answerer, console: Console, topic: str, filter_: Filter, options: TimelineOptions
) -> None:
    """Print the timeline of a topic, and draw the pictures asked for.

    Raises:
        typer.BadParameter: the topic has no word.
        QuestionError: it is too long.
        FigureError: a picture cannot be drawn.
    """
    timeline = answerer.timeline(topic, filter_, options.calendar)
    if timeline is None:
        raise typer.BadParameter("the topic has no word")
    if options.as_json:
        echo_json(timeline_record(timeline), indent=2)
    else:
        # Imported here, like the library that draws: JSON needs neither.
        from retrieval.presentation.timeline.table import show_timeline

        show_timeline(console, timeline)
    for kind, path in options.pictures.items():
        if path is not None:
            from retrieval.presentation.timeline.figure import write_figure

            write_figure(timeline, path, kind)
