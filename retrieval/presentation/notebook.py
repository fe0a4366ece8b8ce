"""Answers as HTML, for notebooks.

Colours are those of the notebook, made fainter or shaded, so that they suit light and dark ones.
Everything that is written comes from sources and is escaped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from index.text.special_characters import without_controls
from retrieval.answers import Answer, AnswerKind, Citation, RetrievedPassage
from retrieval.presentation.citations import passage_link
from retrieval.presentation.gloss import english_line
from retrieval.presentation.grouping import group_by_article
from retrieval.presentation.messages import Messages, messages_for
from retrieval.presentation.notes import (
    answer_notes,
    further_line,
    list_heading,
    no_result_reason,
    republication_line,
    small_talk_text,
)
from retrieval.query.query import PERSIAN, is_arabic_script

_TEMPLATE = "answer.html.jinja"


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """A part of a passage: the words that answer ("answer"), their sentence, or other text ("")."""

    text: str
    mark: str


def answer_html(answer: Answer) -> str:
    """Return an answer as one HTML element, with an entry for each article.

    It has the language and the direction of the answer. Of an article the best passage is shown,
    with the answering sentence marked; the others are folded.
    """
    messages = messages_for(answer.language)
    marked = answer.found and answer.kind is AnswerKind.ANSWER
    return _template().render(
        language=messages.language,
        direction="rtl" if messages.language == PERSIAN else "ltr",
        notes=[] if answer.small_talk else list(answer_notes(answer, messages)),
        heading=_heading(answer, messages),
        groups=group_by_article(answer),
        messages=messages,
        further=lambda group: further_line(group, messages),
        republications=lambda passage: republication_line(passage, messages),
        parts=lambda passage: list(_parts(passage, marked=marked)),
        english=lambda passage: english_line(answer, passage, messages),
        link=passage_link,
        source=lambda citation: _source(citation, messages),
        host=lambda url: urlsplit(url).hostname,
        direction_of=lambda passage: "rtl" if is_arabic_script(passage.text) else "ltr",
        plain=without_controls,
    )


def _heading(answer: Answer, messages: Messages) -> str:
    if answer.small_talk is not None:
        return small_talk_text(answer.small_talk, messages)
    if not answer.passages:
        return no_result_reason(answer, messages)
    if answer.offset:
        return messages.text("next_page")
    if answer.kind is AnswerKind.LIST:
        return list_heading(answer, messages)
    key = "found" if answer.found else "nearest"
    return messages.text(key, percent=messages.chance(answer.probability))


def _parts(passage: RetrievedPassage, *, marked: bool) -> Iterator[MarkedPart]:
    """Cut a passage where its marks begin and end."""
    marks = [("", 0, len(passage.text))]
    if marked:
        start, end = passage.highlight
        marks = [("", 0, start), ("sentence", start, end), ("", end, len(passage.text))]
        if passage.answer_span is not None:
            first, last = passage.answer_span
            inside = [("sentence", start, first), ("answer", first, last), ("sentence", last, end)]
            marks[1:2] = inside
    for mark, start, end in marks:
        if text := without_controls(passage.text[start:end]):
            yield MarkedPart(text, mark)


def _source(citation: Citation, messages: Messages) -> list[str]:
    """Return the agency, the day and the code of a source, without those that it lacks."""
    parts = [
        citation.agency,
        messages.date(citation.date, citation.time) if citation.date else None,
        messages.text("code", code=messages.digits(citation.code)) if citation.code else None,
    ]
    return [without_controls(part) for part in parts if part]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("retrieval.presentation", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE)
