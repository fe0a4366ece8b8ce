"""News sitemaps: one address is one article, as far as the sitemap tells it.

They hold titles, dates and publishers, and no text: that is on the pages, which are fetched where
the sitemap is read from the web (https://developers.google.com/search/docs/crawling-indexing).
"""

import io
import re
from typing import TYPE_CHECKING

from index.article import Article
from index.readers.decoding.record_dates import RecordDates
from index.readers.errors import UnreadableError
from index.readers.formats.field_names import split_tags

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROOT = re.compile(rb"<(?:[a-z]{1,20}:)?(urlset|sitemapindex)(?=[\s>])")
_START = 4096


def is_sitemap(content: bytes) -> bool:
    """Return whether a file is a sitemap, by its beginning."""
    return _ROOT.search(content[:_START]) is not None


def parse(content: bytes, name: str, agency: str | None, dates: RecordDates) -> list[Article]:
    """Return what a sitemap tells of each address.

    Args:
        content: the sitemap; its XML may end early.
        name: the beginning of the ids of addresses that are none.
        agency: the publisher; None: as the sitemap says.
        dates: reads the dates of publication.

    Raises:
        UnreadableError: it is a list of sitemaps.
    """
    found = _ROOT.search(content[:_START])
    if found and found[1] == b"sitemapindex":
        raise UnreadableError("a list of sitemaps; name the address of one of them as a source")
    from lxml.etree import LxmlError, iterparse

    articles: list[Article] = []
    events = iterparse(
        io.BytesIO(content), tag="{*}url", recover=True, resolve_entities=False, no_network=True
    )
    try:
        for _, element in events:
            articles.append(_article(element, f"{name}-{len(articles) + 1}", agency, dates))
            element.clear()
    except LxmlError as error:
        raise UnreadableError(f"not a sitemap that can be read: {type(error).__name__}") from None
    return articles


def _article(url: "_Element", name: str, agency: str | None, dates: RecordDates) -> Article:
    link = _text(url, "loc")
    return Article(
        id=link or name,
        title=_text(url, "title"),
        paragraphs=(),
        agency=agency or _text(url, "name") or None,
        date=dates.day(_text(url, "publication_date"), link or name),
        link=link if link.startswith(("http://", "https://")) else None,
        tags=tuple(split_tags(_text(url, "keywords"))),
    )


def _text(url: "_Element", tag: str) -> str:
    found = next(url.iter(f"{{*}}{tag}"), None)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""
