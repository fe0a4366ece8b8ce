"""Excerpts of a passage: the sentences around the answer, the answering sentence in one line.

In an excerpt `highlight` and `answer_span` mark the same words as in the passage.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from index.text.persian import sentences
from retrieval.answers import RetrievedPassage

ELLIPSIS: Final = "…"


def excerpt(passage: RetrievedPassage, start: int, end: int) -> RetrievedPassage:
    """Return a passage cut to `text[start:end]`, with an ellipsis where something is left out.

    Args:
        passage: the passage.
        start: offset of the first character to keep.
        end: offset after the last one.
    """
    text = passage.text
    before = f"{ELLIPSIS} " if text[:start].strip() else ""
    after = f" {ELLIPSIS}" if text[end:].strip() else ""
    kept = text[start:end]

    def moved(offsets: tuple[int, int]) -> tuple[int, int]:
        first, last = (min(max(place - start, 0), len(kept)) for place in offsets)
        return first + len(before), last + len(before)

    span = passage.answer_span
    return replace(
        passage,
        text=f"{before}{kept}{after}",
        highlight=moved(passage.highlight),
        answer_span=span and moved(span),
        likely_span=None,
    )


def sentences_around(
    passage: RetrievedPassage, fits: Callable[[RetrievedPassage], bool]
) -> RetrievedPassage:
    """Cut a passage to its answering sentence and as many sentences around it as fit.

    Args:
        passage: the passage; it is returned as it is where it fits.
        fits: whether an excerpt is short enough. The answering sentence is kept even if it is not.
    """
    if fits(passage):
        return passage
    start, end = passage.highlight
    spans = sentences(passage.text)
    before = [first for first, last in spans if last <= start]
    after = [last for first, last in spans if first >= end]
    inside = [place for span in spans for place in span if span[0] < end and span[1] > start]
    start, end = min([start, *inside]), max([end, *inside])
    shown = excerpt(passage, start, end)
    # What comes before often says who speaks, so it is tried first.
    while before or after:
        for places in (before, after):
            if not places:
                continue
            first = before[-1] if places is before else start
            last = after[0] if places is after else end
            longer = excerpt(passage, first, last)
            if fits(longer):
                start, end, shown = first, last, longer
                places.pop(-1 if places is before else 0)
            else:
                places.clear()
    return shown


def sentence_line(passage: RetrievedPassage) -> RetrievedPassage:
    """Return a passage's answering sentence alone, in one line."""
    start, end = passage.highlight
    sentence = passage.text[start:end]
    lead = len(sentence) - len(sentence.lstrip())
    start, end = start + lead, start + len(sentence.rstrip())
    span = passage.answer_span
    return replace(
        passage,
        text="".join(" " if letter.isspace() else letter for letter in passage.text[start:end]),
        highlight=(0, end - start),
        answer_span=span and (span[0] - start, span[1] - start),
    )


def fitted(line: Text, width: int) -> Text:
    """Cut a line to a width in terminal cells, between words if possible; an ellipsis follows."""
    if line.cell_len <= width:
        return line
    kept = line.copy()
    kept.truncate(max(width - cell_len(ELLIPSIS), 0))
    space = kept.plain.rfind(" ", len(kept) // 2)
    return line[: space if space > 0 else len(kept)].append(ELLIPSIS)
