"""Timelines as pictures, SVG or PNG; needs the optional package matplotlib."""

from pathlib import Path
from typing import Final

from index.operations.figures import FigureError, PictureKind, new_figure, save_figure
from retrieval.pipeline.timeline import Timeline
from retrieval.presentation import bidi
from retrieval.presentation.messages import messages_for
from retrieval.presentation.timeline.table import heading
from retrieval.query.query import PERSIAN

_INCHES: Final = (9.0, 3.8)
_BAR_COLOUR: Final = "#1f6f8b"
_SHARE_COLOUR: Final = "#d1793f"
_MOST_LABELS: Final = 12


def write_figure(timeline: Timeline, path: Path, kind: PictureKind) -> None:
    """Draw the hits of each month as bars and their share as a line; Persian runs from the right.

    Args:
        timeline: what to draw.
        path: the file; one that exists is replaced.
        kind: the format.

    Raises:
        FigureError: there is nothing to draw, matplotlib is not installed, or the file cannot be
            written.
    """
    if not timeline.months:
        raise FigureError(f"{path}: not written, since no article has a date")
    figure = new_figure(*_INCHES)
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    messages = messages_for(timeline.language)
    months = timeline.months
    counts = figure.subplots()
    shares = counts.twinx()
    places = range(len(months))
    counts.bar(places, [month.hits for month in months], width=0.85, color=_BAR_COLOUR)
    shares.plot(places, [month.share for month in months], color=_SHARE_COLOUR, linewidth=1)
    counts.set_title(bidi.without_isolates(heading(timeline, messages)))
    counts.set_ylabel(messages.text("timeline_hits"), color=_BAR_COLOUR)
    shares.set_ylabel(messages.text("timeline_share"), color=_SHARE_COLOUR)
    counts.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts.yaxis.set_major_formatter(FuncFormatter(lambda value, _: messages.number(value)))
    shares.yaxis.set_major_formatter(FuncFormatter(lambda value, _: messages.percent(value)))
    shares.set_ylim(bottom=0)
    labelled = places[:: -(-len(months) // _MOST_LABELS)]
    names = [f"{months[at].year:04d}/{months[at].month:02d}" for at in labelled]
    counts.set_xticks(labelled, list(map(messages.digits, names)))
    if messages.language == PERSIAN:
        counts.invert_xaxis()
        counts.yaxis.tick_right()
        counts.yaxis.set_label_position("right")
        shares.yaxis.tick_left()
        shares.yaxis.set_label_position("left")
    save_figure(figure, path, kind)
