"""Addresses as sources: a page, a feed with the pages that it links to, or a file of articles."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from index.article import Article
from index.dates import DateReader
from index.errors import SourceError
from index.identifiers import canonical_url
from index.readers.decoding.record_dates import RecordDates
from index.readers.documents import Document, Items, read_document, without_ending
from index.readers.errors import SourceProblem, UnreadableError
from index.readers.formats import feeds, html_pages
from index.readers.registry import READERS, format_of
from index.readers.web.http_cache import HttpCache, Page
from index.readers.web.parsed_pages import ParsedPages
from index.source_settings import SourceFormat, SourceSettings, WebSettings

Fetch = Callable[[str, dt.timedelta], Page]

_TYPES: dict[str, SourceFormat] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/xml": "feed",
    "text/xml": "feed",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/jsonlines": "jsonl",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "text/markdown": "markdown",
}
# Generic content types, and those of JSON Lines: the name in the address says more.
_VAGUE: dict[str, SourceFormat | None] = {
    "application/json": "json",
    "text/json": "json",
    "text/plain": None,
    "application/octet-stream": None,
    "binary/octet-stream": None,
    "application/gzip": None,
    "application/x-gzip": None,
    "": None,
}
_NOW = dt.timedelta(0)
# A packed file may hold so many times the largest answer; it is read as a stream.
_MAX_UNPACKED = 8


def is_address(source: str) -> bool:
    """Return whether a source is a web address."""
    return source.lower().startswith(("http://", "https://"))


def address_name(address: str) -> str:
    """Return what the ids of articles without one begin with: host and path, without ending."""
    try:
        parts = urlsplit(address)
        return without_ending(f"{parts.hostname}{parts.path}")
    except ValueError:
        return address


@dataclass(frozen=True, slots=True)
class WebSource:
    """The web as the source of one build: its settings, and the cache of fetched pages."""

    settings: WebSettings
    state: Path
    last_asked: dict[str, float] = field(default_factory=dict)

    def read(self, options: SourceSettings) -> Items:
        """Yield the article of a page, or those of a feed or file, and problems."""
        # Imported on use: it takes long, and most archives are files.
        from index.readers.web.fetcher import Fetcher

        try:
            with (
                HttpCache(self.state) as state,
                Fetcher(self.settings, state, self.last_asked) as fetcher,
            ):
                pages = ParsedPages(state, _article)
                yield from self._read(options, fetcher.fetch, pages)
                state.drop_unused(self.settings.revisit_hours)
        except UnreadableError as error:
            yield SourceProblem(options.path, None, error.message)
        except SourceError as error:
            yield SourceProblem(options.path, None, str(error))

    def _read(self, options: SourceSettings, fetch: Fetch, pages: ParsedPages) -> Items:
        page = fetch(options.path, _NOW)
        format_ = options.format or _format(page, options.path)
        if format_ == "html":
            yield pages.article(page, options)
        elif format_ == "feed":
            dates = RecordDates(DateReader(options.zone))
            feed = feeds.parse(
                page.body, page.address, options.path, options.agency, options.encoding, dates
            )
            yield from (SourceProblem(options.path, None, doubt) for doubt in dates.doubts)
            if feed.problem:
                yield SourceProblem(options.path, None, feed.problem)
            if options.follow is False:
                yield from (entry for entry in feed.entries if entry.title or entry.paragraphs)
            else:
                for entry in feed.entries[: self.settings.max_entries]:
                    yield from self._follow(entry, options, fetch, pages)
        elif format_:
            yield from read_document(READERS[format_], self._document(page, options))
        else:
            raise UnreadableError(
                "neither a page, a feed nor a file of a known format, but "
                f"{page.content_type[:80] or 'of an unknown type'}"
            )

    def _document(self, page: Page, options: SourceSettings) -> Document:
        limit = self.settings.max_megabytes * _MAX_UNPACKED * 2**20
        return Document(options.path, options, address_name(options.path), page.body, limit)

    def _follow(
        self, entry: Article, options: SourceSettings, fetch: Fetch, pages: ParsedPages
    ) -> Items:
        """Yield the page that an entry links to; where that cannot be read, the entry itself."""
        if not entry.link or not is_address(entry.link) or not canonical_url(entry.link):
            yield entry
            return
        try:
            page = fetch(entry.link, dt.timedelta(hours=self.settings.revisit_hours))
            yield _merge(entry, pages.article(page, options))
        except UnreadableError as error:
            yield SourceProblem(entry.link, None, error.message)
            if entry.paragraphs:
                yield entry


def _format(page: Page, asked: str) -> SourceFormat | None:
    """Return the format that a server says, or else the name that it has or was asked for by."""
    if page.content_type not in _VAGUE:
        return _TYPES.get(page.content_type)
    named = (format_of(PurePosixPath(urlsplit(url).path)) for url in (page.address, asked))
    return next(filter(None, named), _VAGUE[page.content_type])


def _article(page: Page, options: SourceSettings) -> Article:
    text = html_pages.decode(page.body, options.encoding or page.charset)
    return html_pages.parse(
        text, page.address, page.address, options.agency, DateReader(options.zone)
    )


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
