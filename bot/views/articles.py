"""Whole articles, page by page."""

from collections.abc import Iterator
from dataclasses import replace
from textwrap import shorten

from bot.store.exchanges import ShownPassage
from bot.views.markup import Block, Span, pack, to_html
from bot.views.render import citation_spans
from index.article import Article
from retrieval.answers import Citation
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

# UTF-16 units of one page: a screen or two, and room for the title and the page number.
_PAGE = 2500
# Characters of the title on pages after the first.
_TITLE = 300


def article_pages(article: Article, messages: Messages, passage: ShownPassage | None) -> list[str]:
    """Return an article as pages of Telegram HTML; of several, each has the title and its number.

    Args:
        article: the article.
        messages: texts of the language to show it in.
        passage: a passage of it, to be shown in bold; None: nothing is bold.
    """
    pages = pack(_article_blocks(article, messages, passage), _PAGE)
    if len(pages) == 1:
        return pages
    title = shorten(article.title, _TITLE, placeholder="…")
    repeated = to_html((Span(bidi.with_direction_mark(title), italic=True), Span("\n\n")))
    return [
        f"{repeated if number > 1 else ''}{html}\n\n"
        f"{messages.text('page', page=number, pages=len(pages))}"
        for number, html in enumerate(pages, start=1)
    ]


def page_with(article: Article, messages: Messages, passage: ShownPassage) -> int:
    """Return the number of the page, of `article_pages`, on which a passage begins."""
    above: list[Block] = []
    for block in _article_blocks(article, messages, passage):
        # The title, which is always bold, is the first block.
        if above and any(span.bold for span in block):
            return min(len(pack(above, _PAGE)) + 1, len(pack([*above, block], _PAGE)))
        above.append(block)
    return 1


def _article_blocks(
    article: Article, messages: Messages, passage: ShownPassage | None
) -> Iterator[Block]:
    yield _title(article)
    source = tuple(citation_spans(_source(article), messages))
    if source:
        yield source[1:]  # without the line break
    numbers = (passage.paragraphs or (-1,)) if passage else ()
    for number, text in enumerate((article.abstract, *article.paragraphs), start=-1):
        if text.strip():
            yield _paragraph(text, bold=number in numbers)


def _source(article: Article) -> Citation:
    """Return an article's citation without its title, which stands above."""
    return replace(Citation.of(article), title="", kicker=None)


def _title(article: Article) -> Block:
    kicker = (
        (Span(f"{bidi.with_direction_mark(article.kicker.strip())}\n"),)
        if article.kicker.strip()
        else ()
    )
    return (*kicker, Span(bidi.with_direction_mark(article.title.strip()), bold=True))


def _paragraph(text: str, *, bold: bool = False) -> Block:
    lines = text.strip().splitlines()
    return (Span("\n".join(map(bidi.with_direction_mark, lines)), bold=bold),)
