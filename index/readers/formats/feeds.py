"""RSS and Atom: one entry is one article."""

import datetime as dt
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.article import Article
from index.dates import parse_date
from index.identifiers import address_or, canonical_url
from index.readers.decoding.encodings import detect
from index.readers.decoding.streams import read_all, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.html_pages import text_lines
from index.text.surrogates import replace_surrogates

# feedparser takes seconds for each MiB; a feed of the newest articles is much smaller.
_MAX_BYTES = 4 * 2**20
_MAX_ELEMENTS = 50_000
_ELEMENT = re.compile(rb"<[A-Za-z]")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_BLOCKS = frozenset(
    "p div br li ul ol h1 h2 h3 h4 h5 h6 blockquote table tr td article section figure pre".split()
)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed: its title, and its entries as far as they can be read."""

    title: str | None
    entries: tuple[Article, ...]


def read(document: Document) -> Items:
    """Yield the entries of a feed in a file, or one problem; links are not followed.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open() as stream:
            content = read_all(stream, _MAX_BYTES)
        yield from parse(content, None, document.name, document.options.agency).entries
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def parse(content: bytes, address: str | None, name: str, agency: str | None = None) -> ParsedFeed:
    """Parse a feed.

    Args:
        content: the feed.
        address: its address, for relative links; None for a file.
        name: the beginning of the ids of entries without id and link.
        agency: the publisher; None: the feed's title.

    Raises:
        UnreadableError: it is not a feed.
    """
    # Imported where it is used: most archives have no feed.
    import feedparser

    if len(content) > _MAX_BYTES:
        raise UnreadableError(too_long(_MAX_BYTES))
    # Without NUL bytes, tags can be found in UTF-16 too.
    tags = content.replace(b"\0", b"")
    # Entities can expand a short XML file to gigabytes, and no feed needs them.
    if _ENTITY.search(tags):
        raise UnreadableError("declares XML entities, as no feed needs")
    if sum(1 for _ in _ELEMENT.finditer(tags)) > _MAX_ELEMENTS:
        raise UnreadableError(f"more than {_MAX_ELEMENTS} elements, as no feed has")
    if not _is_text(content):
        raise UnreadableError("not a feed")
    headers = {"content-type": "application/xml"}
    if address:
        headers["content-location"] = address
    try:
        # A stream: feedparser would take a string for an address or a file name.
        parsed = feedparser.parse(io.BytesIO(content), response_headers=headers)
    except (ValueError, LookupError, AssertionError, RecursionError) as error:
        raise UnreadableError(f"not a feed that can be read: {type(error).__name__}") from None
    if not parsed.get("version"):
        raise UnreadableError("not a feed")
    title = _text(parsed.feed.get("title")) or None
    site = address or parsed.feed.get("link") or ""
    links = [_link(entry.get("link"), site) for entry in parsed.entries]
    # An address that several entries give is none of theirs: a section of the site, most often.
    uses = Counter(canonical_url(link) for link in links if link)
    # That of the whole site is shown, though it says nothing of the entry.
    uses[None] = 0
    own_links = (link if link and uses[canonical_url(link)] <= 1 else None for link in links)
    entries = (
        _article(entry, link, f"{name}-{number}", agency or title)
        for number, (entry, link) in enumerate(zip(parsed.entries, own_links, strict=True), start=1)
    )
    return ParsedFeed(title, tuple(entry for entry in entries if entry.title or entry.paragraphs))


def _is_text(content: bytes) -> bool:
    start = content[:1024]
    found = detect(start)
    text = start.decode(found.encoding if found else "latin-1", "replace").lstrip("\ufeff \t\r\n")
    return text.startswith("<") and "\0" not in text


def _article(entry: Any, link: str | None, name: str, agency: str | None) -> Article:
    bodies = [part.get("value") for part in entry.get("content", ())]
    lead = _lines(entry.get("summary"))
    paragraphs = [line for body in bodies for line in _lines(body)]
    title = _text(entry.get("title"))
    return Article(
        id=address_or(link, entry.get("id") or name),
        title=title,
        paragraphs=tuple(paragraphs or lead),
        abstract=" ".join(lead) if paragraphs and lead != paragraphs else "",
        agency=agency,
        date=_day(entry),
        link=link,
        tags=tuple(filter(None, (_text(tag.get("term")) for tag in entry.get("tags", ())))),
    )


def _link(written: str | None, site: str) -> str | None:
    try:
        link = urljoin(site, (written or "").strip())
        return link if written and urlsplit(link).scheme in ("http", "https") else None
    except ValueError:
        return None


def _day(entry: Any) -> dt.date | None:
    for key in ("published", "updated"):
        try:
            # The date as its publisher wrote it; feedparser converts it to UTC.
            return parse_date(entry[key])
        except (KeyError, ValueError, TypeError, IndexError):
            continue
    return None


def _text(value: object) -> str:
    return " ".join(_lines(value))


def _lines(value: object) -> list[str]:
    """Return the text of a piece of HTML in lines."""
    if not isinstance(value, str) or not value.strip():
        return []
    if "<" not in value and "&" not in value:
        return [
            line
            for part in value.splitlines()
            if (line := " ".join(replace_surrogates(part).split()))
        ]
    from lxml.etree import LxmlError
    from lxml.html import fragment_fromstring

    try:
        return text_lines(fragment_fromstring(value, create_parent="div"), _BLOCKS)
    except (LxmlError, ValueError):
        return []
