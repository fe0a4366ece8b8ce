"""HTML pages: one page is one article, found among menus and advertisements by trafilatura."""

import codecs
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.article import Article
from index.dates import DateReader
from index.identifiers import address_or
from index.readers.decoding.encodings import detect
from index.readers.decoding.streams import read_all, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats import telegram_html
from index.readers.formats.field_names import split_tags
from index.readers.formats.html_text import BLOCKS, MAX_HTML, text_lines
from index.readers.formats.page_dates import publication_day
from index.readers.formats.page_furniture import remove_furniture
from index.readers.formats.seeds import END_MARK
from index.text.persian import ZWNJ, to_latin_digits

if TYPE_CHECKING:
    from lxml.etree import _Element

# A page of news has a few thousand. The time to find the article grows faster than their number.
_MAX_ELEMENTS = 20_000
_ELEMENT = re.compile("<[A-Za-z]")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+[\"']?+\s*+([\w-]{2,20})", re.IGNORECASE)
_EMBEDDED = re.compile(rb"data:[\w/+.-]{1,60};base64,[A-Za-z0-9+/=%]+")
_CODE = re.compile(
    r"[کك]د\s*+(?:خبر|مطلب)\s*+[:：]?+\s*+(?:<[^<>]{0,200}+>\s*+){0,4}+[:：]?+\s*+(\d{2,15})"
)
# A line of facts between the headline and the text.
_FACTS = re.compile(
    r"(?:[کك]د\s*+(?:خبر|مطلب)|شناسه\s*+خبر|(?:تاریخ|زمان)\s*+انتشار)\s*+[:：].{0,60}+"
)
# What stands between a headline and the site's name in a page's title.
_BARS = tuple("|-–—:«·")
_BLOCKS = frozenset("p head item list quote table row cell lb div body section blockquote".split())
# trafilatura drops ZWNJ from Persian words as a non-printing character. Meanwhile a letter of a
# script without news (Imperial Aramaic) stands for it.
_ZWNJ_WRITTEN = re.compile(rf"{ZWNJ}|&zwnj;|&#0*8204;|&#[xX]0*200[cC];")
_STAND_IN = "\U00010840"


def read(document: Document) -> Items:
    """Yield the page's article, the posts of a page of Telegram's export, or one problem.

    An article's id is its address, where the page says it, or its place in the source.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open() as stream:
            content = read_all(stream)
        text = decode(content, document.options.encoding)
        if telegram_html.is_export(text):
            yield from telegram_html.read(text, document)
        else:
            yield parse(text, None, document.name, document.options.agency, document.dates.reader)
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
    if len(content) > MAX_HTML:
        raise UnreadableError(f"{too_long(MAX_HTML)}, as no article is")
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


def parse(
    text: str,
    address: str | None,
    name: str,
    agency: str | None = None,
    dates: DateReader | None = None,
) -> Article:
    """Return a page's article.

    Args:
        text: the page.
        address: its address; None for a file.
        name: the id of a page without address.
        agency: the publisher of a page that names none.
        dates: reads its date; None: into the days of Iran.

    Raises:
        UnreadableError: it holds no article.
    """
    if sum(1 for _ in _ELEMENT.finditer(text)) > _MAX_ELEMENTS:
        raise UnreadableError(f"more than {_MAX_ELEMENTS} elements, as no article has")
    # Imported on use: it takes long, and most archives have no pages.
    import trafilatura
    from lxml.etree import LxmlError

    try:
        tree = trafilatura.load_html(_ZWNJ_WRITTEN.sub(_STAND_IN, text))
        if tree is None:
            raise UnreadableError("holds no article")
        remove_furniture(tree)
        page = trafilatura.bare_extraction(
            tree,
            url=address,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (LxmlError, RecursionError, ValueError) as error:
        raise UnreadableError(f"not a page that can be read: {type(error).__name__}") from None
    if not isinstance(page, trafilatura.settings.Document) or page.body is None:
        raise UnreadableError("holds no article")
    paragraphs = _paragraphs(page.body, tree)
    title = _line(page.title)
    abstract = _line(page.description)
    # Above the text stand the headline, which the page's title may have with the site's name, and
    # the lead.
    while paragraphs and (paragraphs[0] in (title, abstract) or _heads(paragraphs[0], page.title)):
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
        date=publication_day(text, page.date, dates or DateReader()),
        code=_code(text),
        link=link,
        category=_line(page.categories[0]) if page.categories else None,
        tags=tuple(tag for part in page.tags or () for tag in split_tags(_line(part))),
    )


def _heads(line: str, title: str | None) -> bool:
    """Return whether a line is a page's title, or that without the name of the site."""
    whole = _line(title)
    return bool(line) and whole.startswith(line) and whole[len(line) :].lstrip()[:1] in ("", *_BARS)


def _paragraphs(body: "_Element", tree: "_Element") -> list[str]:
    """Return the paragraphs of the text that was found in a page's tree."""
    lines = [_line(line) for line in text_lines(body, _BLOCKS)]
    if len(lines) == 1:
        # Of a page with little text trafilatura gives all of it in one piece.
        article = next(tree.iter("article", "main"), tree)
        whole = [_line(line) for line in text_lines(article, BLOCKS)]
        if len(whole) > 1 and all(line in lines[0] for line in whole):
            lines = whole
    lines = [line for line in lines if not _FACTS.fullmatch(line)]
    end = next((at for at, line in enumerate(lines) if END_MARK.fullmatch(line)), len(lines))
    return lines[:end]


def _line(text: str | None) -> str:
    """Return a text in one line, with its ZWNJ restored."""
    return " ".join((text or "").split()).replace(_STAND_IN, ZWNJ)


def _code(text: str) -> str | None:
    match = _CODE.search(to_latin_digits(text))
    return match[1] if match else None


def _web_address(url: str | None) -> str | None:
    return url if url and urlsplit(url).scheme in ("http", "https") else None
