"""Addresses as sources: a page, or a feed with the pages that it links to."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.articles import Article
from index.errors import SourceError
from index.readers import feeds, html_pages
from index.readers.documents import Items
from index.readers.problems import SourceProblem, UnreadableError
from index.readers.web_state import Page, WebState
from index.source_settings import SourceSettings, WebSettings

Fetch = Callable[[str, dt.timedelta], Page]

_PAGES = ("text/html", "application/xhtml+xml")
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/xml", "text/xml")
_NOW = dt.timedelta(0)


def is_address(source: str) -> bool:
    """Whether a source is an address on the web."""
    return source.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Web:
    """The web, as sources of one build see it: how it is fetched, and what is known of it."""

    settings: WebSettings
    state: Path
    last_asked: dict[str, float] = field(default_factory=dict)

    def read(self, options: SourceSettings) -> Items:
        """Yield the article of a page, or those of a feed, and problems."""
        # Imported where it is used: it takes long, and most archives are files.
        from index.readers.fetching import Fetcher

        try:
            with (
                WebState(self.state) as state,
                Fetcher(self.settings, state, self.last_asked) as fetcher,
            ):
                yield from self._read(options, fetcher.fetch)
        except UnreadableError as error:
            yield SourceProblem(options.path, None, error.message)
        except SourceError as error:
            yield SourceProblem(options.path, None, str(error))

    def _read(self, options: SourceSettings, fetch: Fetch) -> Items:
        page = fetch(options.path, _NOW)
        if options.format == "feed" or (page.content_type in _FEEDS and options.format is None):
            feed = feeds.parse(page.body, page.address, options.path, options.agency)
            if options.follow is False:
                yield from feed.entries
            else:
                for entry in feed.entries[: self.settings.max_entries]:
                    yield from self._follow(entry, options, fetch)
        elif options.format == "html" or page.content_type in _PAGES:
            yield _article(page, options)
        else:
            raise UnreadableError(
                f"neither a page nor a feed, but {page.content_type[:80] or 'of an unknown type'}"
            )

    def _follow(self, entry: Article, options: SourceSettings, fetch: Fetch) -> Items:
        """Yield the page that an entry links to; where that cannot be read, the entry itself."""
        if not entry.link or not is_address(entry.link):
            yield entry
            return
        try:
            page = fetch(entry.link, dt.timedelta(hours=self.settings.revisit_hours))
            yield _merge(entry, _article(page, options))
        except UnreadableError as error:
            yield SourceProblem(entry.link, None, error.message)
            if entry.paragraphs:
                yield entry


def _article(page: Page, options: SourceSettings) -> Article:
    text = html_pages.decode(page.body, options.encoding or page.charset)
    return html_pages.parse(text, page.address, page.address, options.agency)


def _merge(entry: Article, page: Article) -> Article:
    """Return a followed page's article; what the feed says of it is surer than its layout."""
    return replace(
        page,
        id=entry.id,
        title=entry.title or page.title,
        abstract=page.abstract or entry.abstract,
        agency=entry.agency or page.agency,
        date=entry.date or page.date,
        tags=entry.tags or page.tags,
    )
