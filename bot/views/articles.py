"""Whole articles, page by page, and passages in their context."""

from collections.abc import Iterator

from bot.store.exchanges import ShownPassage
from bot.views.markup import Block, Span, pack
from bot.views.render import citation_spans
from index.article import Article
from retrieval.answers import Citation, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.context_window import context_window
from retrieval.presentation.messages import Messages

# UTF-16 units of one page: a screen or two, and room for the page number.
_PAGE = 2500
_CONTEXT_PARAGRAPHS = 2


def article_pages(article: Article, messages: Messages, passage: ShownPassage | None) -> list[str]:
    """Return an article as pages of Telegram HTML, each ending with its number if there are more.

    Args:
        article: the article.
        messages: texts of the language to show it in.
        passage: a passage of it, to be shown in bold; None: nothing is bold.
    """
    pages = pack(_article_blocks(article, messages, passage), _PAGE)
    if len(pages) == 1:
        return pages
    return [
        f"{html}\n\n{messages.text('page', page=number, pages=len(pages))}"
        for number, html in enumerate(pages, start=1)
    ]


def passage_context(article: Article, passage: ShownPassage, messages: Messages) -> list[str]:
    """Return a passage, bold, between the paragraphs before and after it, as Telegram HTML."""
    whole = passage_of(article, passage)
    found = context_window(article, whole, _CONTEXT_PARAGRAPHS)
    blocks: list[Block] = [_title(article)]
    blocks += [_paragraph(text) for text in found.before]
    blocks.append(_paragraph(found.block, bold=True))
    blocks += [_paragraph(text) for text in found.after]
    blocks[-1] = (*blocks[-1], *citation_spans(_source(article), messages))
    return pack(blocks)


def passage_of(article: Article, passage: ShownPassage) -> RetrievedPassage:
    """Return a passage with its text, as its article has it now."""
    count = len(article.paragraphs)
    texts = [article.paragraphs[number] for number in passage.paragraphs if number < count]
    return RetrievedPassage(
        article_id=passage.article_id,
        paragraphs=tuple(number for number in passage.paragraphs if number < count),
        text="\n".join(texts) or article.abstract or article.title,
        score=passage.score,
        citation=citation_of(article),
        highlight=(0, 0),
    )


def citation_of(article: Article) -> Citation:
    """Return an article's citation."""
    return Citation(article.title, article.agency, article.date, article.code, article.link)


def _article_blocks(
    article: Article, messages: Messages, passage: ShownPassage | None
) -> Iterator[Block]:
    yield _title(article)
    source = tuple(citation_spans(_source(article), messages))
    if source:
        yield source[1:] if source[0].text == "\n" else (_unbroken(source[0]), *source[1:])
    numbers = (passage.paragraphs or (-1,)) if passage else ()
    for number, text in enumerate((article.abstract, *article.paragraphs), start=-1):
        if text.strip():
            yield _paragraph(text, bold=number in numbers)


def _unbroken(span: Span) -> Span:
    return Span(span.text.lstrip("\n"), bold=span.bold, link=span.link)


def _source(article: Article) -> Citation:
    """Return an article's citation without its title, which stands above."""
    return Citation("", article.agency, article.date, article.code, article.link)


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
