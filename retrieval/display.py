"""Answers and articles for a terminal, right to left where they are Persian."""

from rich.console import Console, Group, JustifyMethod, RenderableType
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
        console.print(_line(words["nothing"], "yellow"))
        return
    percent = _digits(f"{answer.probability:.0%}", language)
    heading = words["found" if answer.found else "related"].format(percent=percent)
    console.print(_line(heading, "green" if answer.found else "yellow"))
    for number, passage in enumerate(answer.passages, start=1):
        console.print(_passage(number, passage, language, marked=answer.found))


def show_article(console: Console, article: Article, passage: RetrievedPassage) -> None:
    """Print a whole article, the paragraphs of a passage marked."""
    console.print()
    if article.kicker:
        console.print(_line(article.kicker, "dim"))
    console.print(_line(article.title, "bold"))
    cited = passage.citation
    console.print(_line(_source(cited, detect_language(article.title)), "cyan"))
    if article.abstract:
        style = "" if passage.paragraphs else "bold green"
        console.print(_indented(_line(article.abstract, style)))
    for number, paragraph in enumerate(article.paragraphs):
        style = "bold green" if number in passage.paragraphs else ""
        console.print(_indented(_line(paragraph, style)))


def _passage(
    number: int, passage: RetrievedPassage, language: str, *, marked: bool
) -> RenderableType:
    text = Text(passage.text)
    if marked:
        text.stylize("bold green", *passage.highlight)
    text.justify = _side(passage.text)
    head = _line(f"[{_digits(str(number), language)}] {passage.citation.title}", "bold")
    score = _digits(f"{passage.score:.2f}", language)
    source = _line(f"{_source(passage.citation, language)}  ({score})", "cyan")
    return Group(Text(), head, _indented(text), source)


def _source(citation: Citation, language: str) -> str:
    words = _WORDS[language]
    parts = [
        citation.agency,
        shown_date(citation.date, language) if citation.date else None,
        words["code"].format(code=_digits(citation.code, language)) if citation.code else None,
        citation.url,
    ]
    return " · ".join(part for part in parts if part)


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, justify=_side(text))


def _indented(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 2))


def _side(text: str) -> JustifyMethod:
    """Set Persian against the right edge; the terminal itself orders the letters of a line."""
    return "right" if detect_language(text) == "fa" else "left"


def _digits(text: str, language: str) -> str:
    return to_persian_digits(text).replace("%", "٪") if language == "fa" else text
