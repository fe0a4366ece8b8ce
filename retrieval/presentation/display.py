"""Answers and articles for a terminal, aligned to the right where they are Persian.

Where the output is not a terminal, lines are neither wrapped nor aligned, and the answering
sentence stands between asterisks instead of in bold.
"""

from collections.abc import Sequence

from rich.console import Console, JustifyMethod
from rich.text import Text

from index.article import Article
from index.search_index import Filter
from index.text.special_characters import control_positions
from retrieval.answers import Answer, AnswerKind, Citation, RelatedArticle, RetrievedPassage
from retrieval.pipeline.explanation import Explanation
from retrieval.presentation import bidi, reasons
from retrieval.presentation.context_window import ContextWindow
from retrieval.presentation.messages import Messages, messages_for
from retrieval.presentation.notes import (
    answer_notes,
    list_heading,
    no_result_reason,
    small_talk_text,
)
from retrieval.presentation.terminal import print_line, replace_positions
from retrieval.query.query import PERSIAN, is_arabic_script

_HIGHLIGHT = "bold green"
_NOTICE = "yellow"


def show_answer(console: Console, answer: Answer) -> None:
    """Print the passages of an answer with their sources, the answering sentence highlighted."""
    messages = messages_for(answer.language)
    if answer.small_talk is not None:
        show_line(console, small_talk_text(answer.small_talk, messages), messages)
        return
    for note in answer_notes(answer, messages):
        show_line(console, note, messages, "dim")
    if not answer.passages:
        show_line(console, no_result_reason(answer, messages), messages, _NOTICE)
        return
    percent = messages.chance(answer.probability)
    if answer.offset:
        show_line(console, messages.text("next_page"), messages)
    elif answer.kind is AnswerKind.LIST:
        show_line(console, list_heading(answer, messages), messages, "green")
    elif answer.found:
        show_line(console, messages.text("found", percent=percent), messages, "green")
    else:
        show_line(console, messages.text("nearest", percent=percent), messages, _NOTICE)
    for number, passage in enumerate(answer.passages, start=answer.offset + 1):
        console.print()
        _print(console, f"[{messages.number(number)}] {passage.citation.title}", "bold")
        start, end = passage.highlight if answer.found else (0, 0)
        _print(console, _highlighted(console, passage.text, start, end), indent=2)
        _print(console, _source(console, passage.citation, messages), "cyan")


def show_article(
    console: Console,
    article: Article,
    messages: Messages,
    passage: RetrievedPassage | None = None,
) -> None:
    """Print a whole article, with the paragraphs of a passage highlighted."""
    console.print()
    if article.kicker:
        _print(console, article.kicker, "dim")
    _print(console, article.title, "bold")
    citation = Citation(article.title, article.agency, article.date, article.code, article.link)
    _print(console, _source(console, citation, messages), "cyan")
    numbers = passage.paragraphs or (-1,) if passage else ()
    if article.abstract:
        console.print()
        _show_block(console, article.abstract, marked=-1 in numbers)
    for number, paragraph in enumerate(article.paragraphs):
        console.print()
        _show_block(console, paragraph, marked=number in numbers)


def show_context(
    console: Console, passage: RetrievedPassage, window: ContextWindow, messages: Messages
) -> None:
    """Print a passage, highlighted, with the paragraphs before and after it."""
    console.print()
    _print(console, passage.citation.title, "bold")
    _print(console, _source(console, passage.citation, messages), "cyan")
    for text in window.before:
        console.print()
        _print(console, text, indent=2)
    console.print()
    _print(console, _highlighted(console, window.block, window.start, window.end), indent=2)
    for text in window.after:
        console.print()
        _print(console, text, indent=2)


def show_related(
    console: Console, title: str, articles: Sequence[RelatedArticle], messages: Messages
) -> None:
    """Print the articles similar to the one with this title, numbered from r1 on."""
    if not articles:
        show_line(console, messages.text("no_related"), messages, _NOTICE)
        return
    show_line(console, messages.text("related", title=bidi.isolate(title)), messages)
    for number, related in enumerate(articles, start=1):
        console.print()
        # Without isolates the letter would reverse a Persian line.
        title = related.citation.title
        name = bidi.isolate(f"r{number}")
        _print(console, _for(console, f"[{name}] {title}"), "bold")
        _print(console, _source(console, related.citation, messages), "cyan")


def show_explanation(
    console: Console,
    explanation: Explanation | None,
    numbers: Sequence[int],
    messages: Messages,
) -> None:
    """Print why a question got its answer.

    Args:
        console: where to print.
        explanation: of the question; None for one without a search.
        numbers: of the passages to explain, from 1.
        messages: texts of the language to explain in.
    """
    for line in reasons.summary_lines(explanation, messages):
        show_line(console, line, messages)
    if explanation is None:
        return
    if explanation.evidence is not None:
        show_line(console, messages.text("evidence"), messages)
        for line in reasons.evidence_lines(explanation.evidence, messages):
            show_line(console, line, messages, indent=2)
    for number in numbers:
        passage = explanation.passages[number - 1]
        console.print()
        show_line(console, reasons.heading(number, passage, messages), messages, "bold")
        lines = (*reasons.rank_lines(passage, messages), *reasons.word_lines(passage, messages))
        for line in lines:
            show_line(console, line, messages, indent=2)
    console.print()
    show_line(console, reasons.timing_line(explanation.timings, messages), messages)


def show_limits(console: Console, filter_: Filter, messages: Messages) -> None:
    """Print the limits that are set."""
    limits = messages.limits(filter_)
    line = messages.text("limited", limits=limits) if limits else messages.text("unlimited")
    show_line(console, line, messages)


def show_line(
    console: Console, line: str, messages: Messages, style: str = "", *, indent: int = 0
) -> None:
    """Print a message, aligned to the side where its language begins."""
    side: JustifyMethod = "right" if messages.language == PERSIAN else "left"
    _print_on(console, Text(_for(console, line), style=style), side, indent)


def show_error(console: Console, error: str) -> None:
    """Print an error message in one line, in either language."""
    _print(console, _for(console, error), _NOTICE)


def _show_block(console: Console, text: str, *, marked: bool) -> None:
    _print(console, _highlighted(console, text, 0, len(text) if marked else 0), indent=2)


def _highlighted(console: Console, text: str, start: int, end: int) -> Text:
    """Return a text with a part highlighted; an empty part is no highlight."""
    if start == end:
        return Text(text)
    if console.is_terminal:
        marked = Text(text)
        marked.stylize(_HIGHLIGHT, start, end)
        return marked
    return Text(f"{text[:start]}**{text[start:end]}**{text[end:]}")


def _print(console: Console, text: Text | str, style: str = "", *, indent: int = 0) -> None:
    """Print a source's text, aligned by the direction of most of its letters.

    What is isolated, as a link, does not count.
    """
    line = text if isinstance(text, Text) else Text(text, style=style)
    counted = bidi.outside_isolates(line.plain)
    side: JustifyMethod = "right" if is_arabic_script(counted) else "left"
    _print_on(console, line, side, indent)


def _print_on(console: Console, line: Text, side: JustifyMethod, indent: int) -> None:
    line = replace_positions(line, dict.fromkeys(control_positions(line.plain), ""))
    if console.is_terminal:
        print_line(console, line, right_to_left=side == "right", indent=indent)
    else:
        console.print(line, soft_wrap=True)


def _source(console: Console, citation: Citation, messages: Messages) -> str:
    parts = [
        bidi.isolate(citation.agency) if citation.agency else None,
        messages.date(citation.date) if citation.date else None,
        messages.text("code", code=messages.digits(citation.code)) if citation.code else None,
        bidi.isolate(citation.url) if citation.url else None,
    ]
    return _for(console, " · ".join(part for part in parts if part))


def _for(console: Console, line: str) -> str:
    """Return a line for a console; only a terminal needs the isolates."""
    return line if console.is_terminal else bidi.without_isolates(line)
