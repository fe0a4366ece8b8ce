"""HTML pages: one page is one article, found among menus and advertisements by trafilatura."""

import codecs
import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.article import Article
from index.dates import find_jalali_date, parse_date
from index.identifiers import address_or
from index.readers.decoding.encodings import detect
from index.readers.decoding.streams import read_all, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.seeds import END_MARK
from index.text.persian import ZWNJ, to_latin_digits

if TYPE_CHECKING:
    from lxml.etree import _Element

# The tree takes about sixty times the size of the page.
MAX_PAGE_BYTES = 4 * 2**20
# A page of news has a few thousand. The time to find the article grows faster than their number.
_MAX_ELEMENTS = 20_000
_ELEMENT = re.compile("<[A-Za-z]")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_EMBEDDED = re.compile(rb"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=%]+")
_CODE = re.compile(r"[کك]د\s*(?:خبر|مطلب)\s*[:：]?\s*(?:<[^<>]{0,200}>\s*){0,4}[:：]?\s*(\d{2,15})")
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_SEPARATORS = re.compile(r"\s*[,،;؛|]\s*")
_BLOCKS = frozenset("p head item list quote table row cell lb div body section blockquote".split())
# trafilatura drops ZWNJ from Persian words as a non-printing character. Meanwhile a letter of a
# script without news (Imperial Aramaic) stands for it.
_ZWNJ_WRITTEN = re.compile(rf"{ZWNJ}|&zwnj;|&#0*8204;|&#[xX]0*200[cC];")
_STAND_IN = "\U00010840"


def read(document: Document) -> Items:
    """Yield the page's article, or one problem.

    Its id is its address, where the page says it, or its place in the source.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open() as stream:
            content = read_all(stream)
        text = decode(content, document.options.encoding)
        yield parse(text, None, document.name, document.options.agency)
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def decode(content: bytes, encoding: str | None) -> str:
    """Return a page's text.

    Args:
        content: the page.
        encoding: the encoding that its server or the settings name; None: unknown.

    Raises:
        UnreadableError: it is too long, or its encoding is unknown.
    """
    content = _EMBEDDED.sub(b"", content)
    if len(content) > MAX_PAGE_BYTES:
        raise UnreadableError(f"{too_long(MAX_PAGE_BYTES)}, as no article is")
    found = detect(content)
    declared = _DECLARED.search(content[:4096])
    named = encoding or (declared[1].decode("ascii") if declared else None)
    if found and (found.mark or found.encoding != "windows-1256" or not named):
        return content[found.mark :].decode(found.encoding, "replace")
    try:
        # Only text encodings: Python also has codecs of bytes, such as zip.
        if named and codecs.lookup(named)._is_text_encoding:
            return content.decode(named, "replace")
    except (LookupError, UnicodeError):
        pass
    raise UnreadableError("not a page: its encoding is unknown")


def parse(text: str, address: str | None, name: str, agency: str | None = None) -> Article:
    """Return a page's article.

    Args:
        text: the page.
        address: its address; None for a file.
        name: the id of a page without address.
        agency: the publisher of a page that names none.

    Raises:
        UnreadableError: it holds no article.
    """
    if sum(1 for _ in _ELEMENT.finditer(text)) > _MAX_ELEMENTS:
        raise UnreadableError(f"more than {_MAX_ELEMENTS} elements, as no article has")
    # Imported on use: it takes long, and most archives have no pages.
    import trafilatura
    from lxml.etree import LxmlError

    try:
        page = trafilatura.bare_extraction(
            _ZWNJ_WRITTEN.sub(_STAND_IN, text),
            url=address,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (LxmlError, RecursionError, ValueError) as error:
        raise UnreadableError(f"not a page that can be read: {type(error).__name__}") from None
    if not isinstance(page, trafilatura.settings.Document) or page.body is None:
        raise UnreadableError("holds no article")
    paragraphs = _paragraphs(page.body)
    title = _line(page.title)
    abstract = _line(page.description)
    if paragraphs and paragraphs[0] == title:
        del paragraphs[0]
    if paragraphs and paragraphs[0] == abstract:
        del paragraphs[0]
    if not paragraphs:
        raise UnreadableError("holds no article")
    link = address or _web_address(page.url)
    return Article(
        id=address_or(link, name),
        title=title or paragraphs[0],
        paragraphs=tuple(paragraphs),
        abstract=abstract,
        agency=_line(page.sitename) or agency or page.hostname,
        date=_day(page.date, text),
        code=_code(text),
        link=link,
        category=_line(page.categories[0]) if page.categories else None,
        tags=tuple(
            tag for part in page.tags or () for tag in _SEPARATORS.split(_line(part)) if tag
        ),
    )


def _paragraphs(body: "_Element") -> list[str]:
    lines = text_lines(body, _BLOCKS)
    end = next((at for at, line in enumerate(lines) if END_MARK.fullmatch(line)), len(lines))
    return lines[:end]


def text_lines(root: "_Element", blocks: frozenset[str]) -> list[str]:
    """Return the text of a tree, a line for each run of text between the edges of blocks."""
    from lxml.etree import iterwalk

    parts: list[str] = []
    for event, element in iterwalk(root, events=("start", "end")):
        if element.tag in blocks:
            parts.append("\n")
        if event == "start":
            parts.append((element.text or "") if isinstance(element.tag, str) else "")
        elif element is not root:
            parts.append(element.tail or "")
    return [line for part in "".join(parts).split("\n") if (line := _line(part))]


def _line(text: str | None) -> str:
    """Return a text in one line, with its ZWNJ restored."""
    return " ".join((text or "").split()).replace(_STAND_IN, ZWNJ)


def _day(found: str | None, text: str) -> dt.date | None:
    if found:
        return parse_date(found)
    # trafilatura has no Jalali calendar. The first Jalali date on a page is that of its article.
    return find_jalali_date(_TAGS.sub(" ", text))


def _code(text: str) -> str | None:
    match = _CODE.search(to_latin_digits(text))
    return match[1] if match else None


def _web_address(url: str | None) -> str | None:
    return url if url and urlsplit(url).scheme in ("http", "https") else None
