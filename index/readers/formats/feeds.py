"""RSS, Atom and news sitemaps: one entry is one article."""

import datetime as dt
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.article import Article
from index.dates import DateReader
from index.identifiers import address_or, canonical_url
from index.readers.decoding.encodings import SAMPLE_BYTES, Detection, detect
from index.readers.decoding.record_dates import RecordDates
from index.readers.decoding.streams import read_all, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats import sitemaps
from index.readers.formats.html_text import html_lines

# feedparser takes seconds for each MiB; a feed of the newest articles is much smaller.
_MAX_BYTES = 4 * 2**20
_MAX_ELEMENTS = 50_000
_ELEMENT = re.compile(rb"<[A-Za-z]")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
# The end of a feed and of an entry; a feed that was cut off lacks them.
_END = re.compile(rb"</(?:rss|feed|(?:[a-z]{1,20}:)?RDF|urlset)\s*+>", re.IGNORECASE)
_END_OF_ENTRY = re.compile(rb"</(?:item|entry|url)\s*+>", re.IGNORECASE)
_DECLARED = re.compile(rb"\A[^<]{0,20}<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']([\w-]{2,20})")


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed.

    Attributes:
        title: its title.
        entries: its entries, as far as they can be read.
        problem: what is wrong with the rest; None: nothing.
    """

    title: str | None
    entries: tuple[Article, ...]
    problem: str | None = None


def read(document: Document) -> Items:
    """Yield the entries of a feed in a file, or one problem; links are not followed.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open() as stream:
            content = read_all(stream, _MAX_BYTES)
        feed = parse(
            content,
            None,
            document.name,
            document.options.agency,
            document.options.encoding,
            document.dates,
        )
        yield from (entry for entry in feed.entries if entry.title or entry.paragraphs)
        if feed.problem:
            yield document.problem(None, feed.problem)
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def parse(
    content: bytes,
    address: str | None,
    name: str,
    agency: str | None = None,
    encoding: str | None = None,
    dates: RecordDates | None = None,
) -> ParsedFeed:
    """Parse a feed.

    Args:
        content: the feed.
        address: its address, for relative links; None for a file.
        name: the beginning of the ids of entries without id and link.
        agency: the publisher; None: the feed's title.
        encoding: the encoding that the settings name; None: as it says, unless that is wrong.
        dates: reads the dates of entries; None: into the days of Iran.

    Raises:
        UnreadableError: it is not a feed.
    """
    # Imported where it is used: most archives have no feed.
    import feedparser

    dates = dates or RecordDates(DateReader())

    if len(content) > _MAX_BYTES:
        raise UnreadableError(too_long(_MAX_BYTES))
    # Without NUL bytes, tags can be found in UTF-16 too.
    tags = content.replace(b"\0", b"")
    # Entities can expand a short XML file to gigabytes, and no feed needs them.
    if _ENTITY.search(tags):
        raise UnreadableError("declares XML entities, as no feed needs")
    if sum(1 for _ in _ELEMENT.finditer(tags)) > _MAX_ELEMENTS:
        raise UnreadableError(f"more than {_MAX_ELEMENTS} elements, as no feed has")
    found = detect(content)
    if not _is_text(content, found):
        raise UnreadableError("not a feed")
    ends_early = not _END.search(tags)
    complete = sum(1 for _ in _END_OF_ENTRY.finditer(tags)) if ends_early else None
    problem = "the feed ends early; an entry that is not whole is left out" if ends_early else None
    if sitemaps.is_sitemap(content):
        pages = sitemaps.parse(content, name, agency, dates)
        return ParsedFeed(None, tuple(pages[:complete]), problem)
    headers = {"content-type": "application/xml"}
    if charset := encoding or _true_encoding(content, found):
        # What a server says of the encoding counts more than what the feed says.
        headers["content-type"] += f"; charset={charset}"
    if charset == "utf-8":
        # For one damaged character, where the feed ends or elsewhere, feedparser takes another.
        content = content.decode(errors="replace").encode()
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
    found_entries = parsed.entries[:complete]
    links = [_link(entry.get("link"), site) for entry in found_entries]
    # An address that several entries give is none of theirs: a section of the site, most often.
    uses = Counter(canonical_url(link) for link in links if link)
    # That of the whole site is shown, though it says nothing of the entry.
    uses[None] = 0
    own_links = (link if link and uses[canonical_url(link)] <= 1 else None for link in links)
    entries = tuple(
        _article(entry, link, f"{name}-{number}", agency or title, dates)
        for number, (entry, link) in enumerate(zip(found_entries, own_links, strict=True), start=1)
    )
    # An empty feed may be one element without an end: <rss version="2.0"/>.
    return ParsedFeed(title, entries, problem if parsed.get("bozo") else None)


def _is_text(content: bytes, found: Detection | None) -> bool:
    start = content[:1024]
    text = start.decode(found.encoding if found else "latin-1", "replace").lstrip("\ufeff \t\r\n")
    return text.startswith("<") and "\0" not in text


def _true_encoding(content: bytes, found: Detection | None) -> str | None:
    """Return a feed's encoding where its bytes show that it declares another; None if not."""
    if found is None or content.isascii() or found.encoding.startswith("utf-16"):
        return None
    if found.encoding == "utf-8":
        # Where only the rest is not, the beginning has no letters that tell.
        return "utf-8" if _is_utf8(content) or not content[:SAMPLE_BYTES].isascii() else None
    declared = _DECLARED.search(content)
    said = declared[1].decode("ascii").lower() if declared else "utf-8"
    return found.encoding if said in ("utf-8", "utf8") else None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _article(
    entry: Any, link: str | None, name: str, agency: str | None, dates: RecordDates
) -> Article:
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
        date=_day(entry, dates, link or entry.get("id") or name),
        link=link,
        tags=tuple(filter(None, (_text(tag.get("term")) for tag in entry.get("tags", ())))),
    )


def _link(written: str | None, site: str) -> str | None:
    try:
        link = urljoin(site, (written or "").strip())
        return link if written and urlsplit(link).scheme in ("http", "https") else None
    except ValueError:
        return None


def _day(entry: Any, dates: RecordDates, name: str) -> dt.date | None:
    # The dates as their publisher wrote them; feedparser's own are of the Gregorian calendar only.
    days = (dates.day(entry.get(key), name) for key in ("published", "updated"))
    return next(filter(None, days), None)


def _text(value: object) -> str:
    return " ".join(_lines(value))


def _lines(value: object) -> list[str]:
    """Return the text of a piece of HTML in lines; none of what is no text or too long."""
    return html_lines(value) if isinstance(value, str) else []
