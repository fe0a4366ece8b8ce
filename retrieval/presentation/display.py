"""Answers and articles for a terminal, right to left where they are Persian.

Where the output is not a terminal, lines are neither wrapped nor aligned, and what is marked
stands between asterisks instead of in bold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.text import Text

from index.article import Article
from index.search_index import Filter
from retrieval.answers import Answer, Citation, RelatedArticle, RetrievedPassage
from retrieval.pipeline.explanation import Explanation, PassageReasons
from retrieval.presentation.context_window import ContextWindow
from retrieval.presentation.messages import TerminalMessages, without_isolates, wording_for
from retrieval.presentation.notes import answer_notes
from retrieval.query.query import PERSIAN, detect_language, is_arabic_script
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.timing import STAGES, Timings

_MARK = "bold green"
_TOLD = "yellow"


def show_answer(console: Console, answer: Answer) -> None:
    """Print an answer: its passages, each with the answering sentence marked and its source."""
    words = wording_for(answer.language)
    for note in answer_notes(answer, words):
        show_line(console, note, words, "dim")
    if not answer.passages:
        show_line(console, _reason_for_nothing(answer, words), words, _TOLD)
        return
    percent = words.percent(answer.probability)
    if answer.offset:
        show_line(console, words.text("next_page"), words)
    elif answer.found:
        show_line(console, words.text("found", percent=percent), words, "green")
    else:
        show_line(console, words.text("nearest", percent=percent), words, _TOLD)
    for number, passage in enumerate(answer.passages, start=answer.offset + 1):
        console.print()
        _print(console, f"[{words.number(number)}] {passage.citation.title}", "bold")
        start, end = passage.highlight if answer.found else (0, 0)
        _print(console, _marked(console, passage.text, start, end), indent=2)
        score = words.number(passage.score, 2)
        _print(console, f"{_source(console, passage.citation, words)}  ({score})", "cyan")


def show_article(
    console: Console,
    article: Article,
    words: TerminalMessages,
    passage: RetrievedPassage | None = None,
) -> None:
    """Print a whole article, the paragraphs of a passage of it marked."""
    console.print()
    if article.kicker:
        _print(console, article.kicker, "dim")
    _print(console, article.title, "bold")
    citation = Citation(article.title, article.agency, article.date, article.code, article.link)
    _print(console, _source(console, citation, words), "cyan")
    numbers = passage.paragraphs or (-1,) if passage else ()
    if article.abstract:
        console.print()
        _show_block(console, article.abstract, marked=-1 in numbers)
    for number, paragraph in enumerate(article.paragraphs):
        console.print()
        _show_block(console, paragraph, marked=number in numbers)


def show_surroundings(
    console: Console, passage: RetrievedPassage, found: ContextWindow, words: TerminalMessages
) -> None:
    """Print a passage, marked, with what stands before and after it in its article."""
    console.print()
    _print(console, passage.citation.title, "bold")
    _print(console, _source(console, passage.citation, words), "cyan")
    for text in found.before:
        console.print()
        _print(console, text, indent=2)
    console.print()
    _print(console, _marked(console, found.block, found.start, found.end), indent=2)
    for text in found.after:
        console.print()
        _print(console, text, indent=2)


def show_related(
    console: Console, title: str, articles: Sequence[RelatedArticle], words: TerminalMessages
) -> None:
    """Print the articles near to one with this title, numbered from r1 on."""
    if not articles:
        show_line(console, words.text("no_related"), words, _TOLD)
        return
    show_line(console, words.text("related", title=words.isolate(title)), words)
    for number, related in enumerate(articles, start=1):
        console.print()
        # The letter must not turn a Persian line round.
        title = related.citation.title
        name = wording_for(detect_language(title)).isolate(f"r{number}")
        _print(console, _for(console, f"[{name}] {title}"), "bold")
        score = words.number(related.score, 2)
        _print(console, f"{_source(console, related.citation, words)}  ({score})", "cyan")


def show_explanation(
    console: Console,
    explanation: Explanation | None,
    numbers: Sequence[int],
    words: TerminalMessages,
) -> None:
    """Print why a question got its answer.

    Args:
        console: where to.
        explanation: of the question; None for one that was not searched for.
        numbers: which of its passages to explain, from 1.
        words: the language to do so in.
    """
    if explanation is None:
        show_line(console, words.text("looked_up"), words)
        return
    language = words.text(f"in_{explanation.language}")
    show_line(console, words.text("asked_in", language=language), words)
    show_line(console, words.text("searched", text=words.isolate(explanation.searched)), words)
    if explanation.follows is not None:
        question = words.isolate(explanation.follows)
        show_line(console, words.text("follows", question=question), words)
    if explanation.evidence is not None:
        percent = words.percent(explanation.probability)
        show_line(console, words.text("chance", percent=percent), words)
        for line in _evidence_lines(explanation.evidence, words):
            show_line(console, line, words, indent=2)
    for number in numbers:
        reasons = explanation.passages[number - 1]
        score = words.number(reasons.score, 2)
        console.print()
        heading = words.text("reasons", number=words.number(number), score=score)
        show_line(console, heading, words, "bold")
        for line in _reason_lines(reasons, words):
            show_line(console, line, words, indent=2)
    console.print()
    show_line(console, _timing_line(explanation.timings, words), words)


def _timing_line(timings: Timings, words: TerminalMessages) -> str:
    """Return how many milliseconds a question took, and each stage of it."""
    stages = words.text("comma").join(
        words.text(f"stage_{name}", time=words.number(1000 * timings[name], 1))
        for name in STAGES
        if name in timings
    )
    return words.text("took", total=words.number(1000 * sum(timings.values()), 1), stages=stages)


def show_limits(console: Console, within: Filter, words: TerminalMessages) -> None:
    """Print the limits that are set."""
    limits = words.limits(within)
    line = words.text("limited", limits=limits) if limits else words.text("unlimited")
    show_line(console, line, words)


def show_line(
    console: Console, line: str, words: TerminalMessages, style: str = "", *, indent: int = 0
) -> None:
    """Print a line of the terminal's own, on the side that its language begins at."""
    side: JustifyMethod = "right" if words.language == PERSIAN else "left"
    _print_on(console, Text(_for(console, line), style=style), side, indent)


def show_error(console: Console, error: str) -> None:
    """Print what went wrong, in one line, whatever language it is in."""
    _print(console, _for(console, error), _TOLD)


def _evidence_lines(evidence: AnswerFeatures, words: TerminalMessages) -> Iterator[str]:
    for name, value in asdict(evidence).items():
        written = words.percent(value) if name == "coverage" else words.number(value, 2)
        yield words.text(f"evidence_{name}", value=written)


def _reason_lines(reasons: PassageReasons, words: TerminalMessages) -> Iterator[str]:
    rank, cosine = words.number(reasons.dense_rank), words.number(reasons.cosine, 2)
    yield words.text("by_meaning", rank=rank, cosine=cosine)
    if reasons.lexical_rank is None:
        yield words.text("not_by_words")
    else:
        rank, score = words.number(reasons.lexical_rank), words.number(reasons.lexical, 1)
        yield words.text("by_words", rank=rank, score=score)
    if reasons.prior:
        yield words.text("bonus", value=words.number(reasons.prior, 2))
    for word in reasons.words:
        yield words.text(
            "matched" if word.terms else "unmatched",
            word=words.isolate(word.source),
            weight=words.number(word.idf, 1),
            terms=words.names(word.terms),
        )


def _reason_for_nothing(answer: Answer, words: TerminalMessages) -> str:
    if answer.offset:
        return words.text("no_more")
    scope = answer.scope
    if scope.unknown_code:
        return words.text("unknown_code", code=words.digits(scope.unknown_code))
    if scope.within:
        return words.text("nothing_left")
    return words.text("nothing_dated" if scope.undated else "nothing_asked")


def _show_block(console: Console, text: str, *, marked: bool) -> None:
    _print(console, _marked(console, text, 0, len(text) if marked else 0), indent=2)


def _marked(console: Console, text: str, start: int, end: int) -> Text:
    """Return a text with a part marked; an empty part is no mark."""
    if start == end:
        return Text(text)
    if console.is_terminal:
        marked = Text(text)
        marked.stylize(_MARK, start, end)
        return marked
    return Text(f"{text[:start]}**{text[start:end]}**{text[end:]}")


def _print(console: Console, text: Text | str, style: str = "", *, indent: int = 0) -> None:
    """Print what a source says, on the side that most of its letters begin at."""
    line = text if isinstance(text, Text) else Text(text, style=style)
    side: JustifyMethod = "right" if is_arabic_script(line.plain) else "left"
    _print_on(console, line, side, indent)


def _print_on(console: Console, line: Text, side: JustifyMethod, indent: int) -> None:
    if console.is_terminal:
        # The terminal itself orders the letters of a line.
        line.justify = side
        console.print(Padding(line, (0, indent)))
    else:
        console.print(line, soft_wrap=True)


def _source(console: Console, citation: Citation, words: TerminalMessages) -> str:
    parts = [
        words.isolate(citation.agency) if citation.agency else None,
        words.day(citation.date) if citation.date else None,
        words.text("code", code=words.digits(citation.code)) if citation.code else None,
        citation.url,
    ]
    return _for(console, " · ".join(part for part in parts if part))


def _for(console: Console, line: str) -> str:
    """Return a line as a console takes it: nothing but a terminal orders letters by isolates."""
    return line if console.is_terminal else without_isolates(line)
