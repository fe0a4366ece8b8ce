"""Answers and articles for a terminal, aligned to the right where they are Persian.

A terminal gets one entry an article. Where the output is not a terminal, every passage is printed
whole, for scripts; lines are neither wrapped nor aligned, and the answering sentence stands between
asterisks instead of in bold.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from index.article import Article
from index.search_index import Filter
from retrieval.answers import Answer, AnswerKind, Citation, RelatedArticle, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.citations import passage_link
from retrieval.presentation.context_window import ContextWindow
from retrieval.presentation.excerpts import excerpt, sentence_line, sentences_around
from retrieval.presentation.gloss import english_line
from retrieval.presentation.grouping import ArticleGroup, group_by_article
from retrieval.presentation.messages import Messages, messages_for
from retrieval.presentation.notes import (
    answer_notes,
    further_line,
    hint_line,
    list_heading,
    no_result_reason,
    numbered_title,
    republication_line,
    small_talk_text,
)
from retrieval.presentation.terminal.console import TerminalConsole, line_width
from retrieval.presentation.terminal.lines import NOTICE, for_console, show_line, show_on, show_text

_HIGHLIGHT = "bold green"
_ANSWER_SPAN = "bold green reverse"
_SOURCE = "cyan"
# Lines of a terminal that an answer leaves for the question and for the next one.
_LINES_FOR_QUESTIONS: Final = 2


def show_answer(console: Console, answer: Answer, *, interactive: bool = False) -> None:
    """Print an answer with its sources, the answering sentence highlighted.

    Args:
        console: where to print. A terminal gets one entry an article: the best passage whole, other
            articles in two lines each.
        answer: the answer, or a further page of one.
        interactive: whether the commands of the prompt can be typed next. The answer is then cut
            to the terminal's height where that is possible, and the last line says what opens the
            rest.
    """
    messages = messages_for(answer.language)
    if answer.small_talk is not None:
        show_line(console, small_talk_text(answer.small_talk, messages), messages)
        return
    if not answer.passages:
        _show_notes(console, answer, messages)
        show_line(console, no_result_reason(answer, messages), messages, NOTICE)
        return
    _show_heading(console, answer, messages)
    if not console.is_terminal:
        _show_passages(console, answer, messages)
        return
    height = None
    if interactive:
        taken = _height(console, lambda scratch: _show_heading(scratch, answer, messages))
        height = console.height - _LINES_FOR_QUESTIONS - taken
    _show_articles(console, answer, messages, height)


def _show_notes(console: Console, answer: Answer, messages: Messages) -> None:
    for note in answer_notes(answer, messages):
        show_line(console, note, messages, "dim")


def _show_heading(console: Console, answer: Answer, messages: Messages) -> None:
    """Print what stands above the passages: how the question was understood, and what they are."""
    _show_notes(console, answer, messages)
    percent = messages.chance(answer.probability)
    if answer.offset:
        show_line(console, messages.text("next_page"), messages)
    elif answer.kind is AnswerKind.LIST:
        show_line(console, list_heading(answer, messages), messages, "green")
    elif answer.found:
        show_line(console, messages.text("found", percent=percent), messages, "green")
    else:
        show_line(console, messages.text("nearest", percent=percent), messages, NOTICE)


def _show_passages(console: Console, answer: Answer, messages: Messages) -> None:
    """Print the passages one after the other, each whole."""
    for number, passage in enumerate(answer.passages, start=answer.offset + 1):
        console.print()
        show_text(console, f"[{messages.number(number)}] {passage.citation.title}", "bold")
        if line := english_line(answer, passage, messages):
            show_line(console, line, messages, "dim")
        show_text(console, _marked(console, passage, found=answer.found), indent=2)
        _show_source(console, passage.citation, messages, passage_link(passage))
        if others := republication_line(passage, messages):
            show_line(console, others, messages, "dim")


def _show_articles(
    console: Console, answer: Answer, messages: Messages, height: int | None
) -> None:
    """Print one entry an article.

    Args:
        console: a terminal.
        answer: an answer with passages.
        messages: texts of its language.
        height: lines to fill at most, where commands can be typed; None: none can be typed.
    """
    best, *others = groups = group_by_article(answer)
    equals = answer.kind is AnswerKind.LIST

    def show(console: Console, passage: RetrievedPassage) -> None:
        console.print()
        if not equals:
            show_text(console, numbered_title(best.passages[:1], messages), "bold")
            if line := english_line(answer, best.best.passage, messages):
                show_line(console, line, messages, "dim")
            show_text(console, _marked(console, passage, found=answer.found), indent=2)
            _show_entry_end(console, best, messages)
            if others:
                console.print()
        for group in groups if equals else others:
            _show_brief(console, answer, group, messages)
        if height is not None:
            show_line(console, hint_line(answer, best, messages), messages, "dim")

    passage = best.best.passage
    if height is not None:
        passage = sentences_around(
            passage, lambda shorter: _height(console, partial(show, passage=shorter)) <= height
        )
    show(console, passage)


def _show_entry_end(console: Console, group: ArticleGroup, messages: Messages) -> None:
    """Print what stands below the best passage: its source, and the article's other passages."""
    best = group.best.passage
    _show_source(console, group.citation, messages, passage_link(best))
    if others := republication_line(best, messages):
        show_line(console, others, messages, "dim")
    if group.further:
        show_line(console, further_line(group, messages), messages, "dim")


def _show_brief(console: Console, answer: Answer, group: ArticleGroup, messages: Messages) -> None:
    """Print an article in two lines: its title, and its source with the answering sentence.

    Between them an English reader gets a line of what they say.
    """
    title = Text(numbered_title(group.passages, messages), style="bold")
    show_text(console, title, one_line=True)
    if english := english_line(answer, group.best.passage, messages):
        show_text(console, english, "dim", one_line=True)
    indent = 2
    room = line_width(console, right_to_left=True, indent=indent)
    line = _source(console, replace(group.citation, code=None), messages)
    if line:
        line.append(" — ")
    sentence = sentence_line(group.best.passage)
    span = sentence.answer_span
    if span and line.cell_len + cell_len(sentence.text[: span[1]]) >= room:
        sentence = excerpt(sentence, span[0], len(sentence.text))
    text = Text(sentence.text)
    if sentence.answer_span:
        text.stylize(_HIGHLIGHT, *sentence.answer_span)
    show_text(console, Text.assemble(line, text), indent=indent, one_line=True)
    if others := republication_line(group.best.passage, messages):
        show_line(console, others, messages, "dim", indent=indent)


def _height(console: Console, show: Callable[[Console], None]) -> int:
    """Return how many lines of a terminal something takes."""
    output = io.StringIO()
    mode = console.bidi if isinstance(console, TerminalConsole) else "terminal"
    show(TerminalConsole(mode, file=output, force_terminal=True, width=console.width, _environ={}))
    return output.getvalue().count("\n")


def show_article(
    console: Console,
    article: Article,
    messages: Messages,
    passage: RetrievedPassage | None = None,
) -> None:
    """Print a whole article, with the paragraphs of a passage highlighted."""
    console.print()
    if article.kicker:
        show_text(console, article.kicker, "dim")
    show_text(console, article.title, "bold")
    _show_source(console, Citation.of(article), messages)
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
    show_text(console, passage.citation.title, "bold")
    _show_source(console, passage.citation, messages, passage_link(passage))
    for text in window.before:
        console.print()
        show_text(console, text, indent=2)
    console.print()
    show_text(console, _highlighted(console, window.block, window.start, window.end), indent=2)
    for text in window.after:
        console.print()
        show_text(console, text, indent=2)


def show_article_list(console: Console, answer: Answer, messages: Messages) -> None:
    """Print a page of a list of articles: the title and the source of each, with its number."""
    if answer.scope.undated:
        show_line(console, messages.text("no_newest"), messages, NOTICE)
        return
    for note in answer_notes(answer, messages):
        show_line(console, note, messages, "dim")
    if not answer.passages:
        show_line(console, no_result_reason(answer, messages), messages, NOTICE)
        return
    if not answer.offset:
        show_line(console, list_heading(answer, messages), messages, "green")
    for number, passage in enumerate(answer.passages, start=answer.offset + 1):
        citation = passage.citation
        title = f"[{messages.number(number)}] {' '.join(citation.title.split())}"
        show_text(console, title, "bold", one_line=True)
        # Addresses would take most of the lines of a page.
        show_text(console, _source(console, citation, messages))
    if answer.more:
        show_line(console, messages.text("more_listed"), messages, "dim")


def show_related(
    console: Console, title: str, articles: Sequence[RelatedArticle], messages: Messages
) -> None:
    """Print the articles similar to the one with this title, numbered from r1 on."""
    if not articles:
        show_line(console, messages.text("no_related"), messages, NOTICE)
        return
    show_line(console, messages.text("related", title=bidi.isolate(title)), messages)
    for number, related in enumerate(articles, start=1):
        console.print()
        # Without isolates the letter would reverse a Persian line.
        title = related.citation.title
        name = bidi.isolate(f"r{number}")
        show_text(console, for_console(console, f"[{name}] {title}"), "bold")
        _show_source(console, related.citation, messages)


def show_limits(console: Console, filter_: Filter, messages: Messages) -> None:
    """Print the limits that are set."""
    limits = messages.limits(filter_)
    line = messages.text("limited", limits=limits) if limits else messages.text("unlimited")
    show_line(console, line, messages)


def _show_block(console: Console, text: str, *, marked: bool) -> None:
    show_text(console, _highlighted(console, text, 0, len(text) if marked else 0), indent=2)


def _highlighted(console: Console, text: str, start: int, end: int) -> Text:
    """Return a text with a part highlighted; an empty part is no highlight."""
    if start == end:
        return Text(text)
    if console.is_terminal:
        marked = Text(text)
        marked.stylize(_HIGHLIGHT, start, end)
        return marked
    return Text(f"{text[:start]}**{text[start:end]}**{text[end:]}")


def _marked(console: Console, passage: RetrievedPassage, *, found: bool) -> Text:
    """Return a passage's text, marked where it answers the question."""
    if not found:
        return Text(passage.text)
    text = _highlighted(console, passage.text, *passage.highlight)
    if console.is_terminal and passage.answer_span:
        text.stylize(_ANSWER_SPAN, *passage.answer_span)
    return text


def _show_source(
    console: Console, citation: Citation, messages: Messages, link: str | None = None
) -> None:
    """Print a citation, in one line where the output is no terminal.

    Args:
        console: where to print.
        citation: the citation.
        messages: texts of the language to cite in.
        link: what its address opens in a terminal; None: nothing.
    """
    line, address = _source(console, citation, messages), citation.url
    if address and not console.is_terminal:
        line.append(" · " if line else "").append(address)
    if line:
        show_text(console, line)
    if address and console.is_terminal:
        # On a line of its own, so that it can be copied and no Persian name stands before it.
        shown = Text.assemble((address, Style(link=link)), style=_SOURCE)
        show_on(console, shown, right_to_left=False)


def _source(console: Console, citation: Citation, messages: Messages) -> Text:
    """Return the agency, the day and the code of a citation in one line."""
    details = [
        bidi.isolate(citation.agency) if citation.agency else None,
        messages.date(citation.date, citation.time) if citation.date else None,
        messages.text("code", code=messages.digits(citation.code)) if citation.code else None,
    ]
    return Text(for_console(console, " · ".join(filter(None, details))), style=_SOURCE)
