"""Answers and articles for a terminal, right to left where they are Persian.

Where the output is not a terminal, lines are neither wrapped nor aligned, and the answering
sentence stands between asterisks instead of in bold.
"""

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.text import Text

from index.articles import Article
from index.persian import to_persian_digits
from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.dates import shown_date
from retrieval.questions import detect_language

_WORDS = {
    "fa": {
        "found": "پاسخ در بایگانی هست (اطمینان {percent})",
        "related": "پاسخی در بایگانی پیدا نشد؛ نزدیک‌ترین بخش‌ها (احتمال پاسخ {percent}):",
        "nothing": "پرسشی ندیدم؛ چند واژه بنویسید.",
        "code": "کد خبر {code}",
    },
    "en": {
        "found": "The archive has an answer (confidence {percent})",
        "related": "No answer found in the archive; the nearest passages (chance {percent}):",
        "nothing": "I see no question; please type some words.",
        "code": "news code {code}",
    },
}


def show_answer(console: Console, answer: Answer) -> None:
    """Print an answer: its passages, each with the answering sentence marked and its source."""
    language = "en" if answer.language == "en" else "fa"
    words = _WORDS[language]
    if not answer.passages:
        _print(console, words["nothing"], "yellow")
        return
    percent = _digits(f"{answer.probability:.0%}", language)
    heading = words["found" if answer.found else "related"].format(percent=percent)
    _print(console, heading, "green" if answer.found else "yellow")
    for number, passage in enumerate(answer.passages, start=1):
        console.print()
        _print(console, f"[{_digits(str(number), language)}] {passage.citation.title}", "bold")
        _print(console, _marked(console, passage, answer.found), indent=2)
        score = _digits(f"{passage.score:.2f}", language)
        _print(console, f"{_source(passage.citation, language)}  ({score})", "cyan")


def show_article(console: Console, article: Article, passage: RetrievedPassage) -> None:
    """Print a whole article, the paragraphs of a passage marked."""
    console.print()
    if article.kicker:
        _print(console, article.kicker, "dim")
    _print(console, article.title, "bold")
    _print(console, _source(passage.citation, detect_language(article.title)), "cyan")
    if article.abstract:
        console.print()
        _print(console, article.abstract, "" if passage.paragraphs else "bold green", indent=2)
    for number, paragraph in enumerate(article.paragraphs):
        console.print()
        style = "bold green" if number in passage.paragraphs else ""
        _print(console, paragraph, style, indent=2)


def _marked(console: Console, passage: RetrievedPassage, found: bool) -> Text:
    start, end = passage.highlight
    if not found:
        return Text(passage.text)
    if console.is_terminal:
        text = Text(passage.text)
        text.stylize("bold green", start, end)
        return text
    before, sentence, after = passage.text[:start], passage.text[start:end], passage.text[end:]
    return Text(f"{before}**{sentence}**{after}")


def _print(console: Console, text: Text | str, style: str = "", *, indent: int = 0) -> None:
    line = text if isinstance(text, Text) else Text(text, style=style)
    if console.is_terminal:
        line.justify = _side(line.plain)
        console.print(Padding(line, (0, indent)))
    else:
        console.print(line, soft_wrap=True)


def _source(citation: Citation, language: str) -> str:
    words = _WORDS[language]
    parts = [
        citation.agency,
        shown_date(citation.date, language) if citation.date else None,
        words["code"].format(code=_digits(citation.code, language)) if citation.code else None,
        citation.url,
    ]
    return " · ".join(part for part in parts if part)


def _side(text: str) -> JustifyMethod:
    """Set Persian against the right edge; the terminal itself orders the letters of a line."""
    return "right" if detect_language(text) == "fa" else "left"


def _digits(text: str, language: str) -> str:
    return to_persian_digits(text).replace("%", "٪") if language == "fa" else text
