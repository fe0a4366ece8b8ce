"""The day of a page's article: among its metadata, its labels, clocks and other articles."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from index.dates import Calendar, DateReader

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# What publishers call the day of publication in metadata, the surest first.
_METADATA = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "pubdate",
    "publishdate",
    "publish_date",
    "publish-date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "date",
)
_STRUCTURED = re.compile(r"\"datePublished\"\s*:\s*(\"(?:[^\"\\]|\\.){4,60}\")")
_LABEL = re.compile(
    r"(?:تاریخ|زمان)\s+(?:و\s+(?:ساعت|زمان)\s+)?(?:انتشار|درج|ارسال|مخابره|خبر|مطلب)"
    r"|منتشر\s+شده|تاریخ\s*[:：]|\b(?:published|posted)\b|\bdate\s*[:：]",
    re.IGNORECASE,
)
_LABEL_REACH = 60
_CLOCK = re.compile(
    r"(?:امروز|اکنون|ساعت\s?جاری|today|now)\s*+[:：،,]?+\s*+(?:\w++\s*+[،,]?+\s*+)?+$",
    re.IGNORECASE,
)
_CLOCK_REACH = 30
# What stands around an article, by its element or by its name.
_AROUND = frozenset(("nav", "footer", "aside"))
_HIDDEN = frozenset(("script", "style", "noscript", "template"))
_AROUND_NAMES = re.compile(
    r"(?<![a-z])(?:clock|today|top-?bar|site-?header|sidebar|related|footer)"
)


def publication_day(text: str, found: str | None, reader: DateReader) -> dt.date | None:
    """Return the day on which the article of a page was published; None where it is not told.

    Its own metadata count first, then a date behind a label («تاریخ انتشار»), then what
    trafilatura found, which has no Jalali calendar, and then the first Jalali date of the article.
    A clock or a list of other articles around it has dates of its own.

    Args:
        text: the page.
        found: the date that trafilatura found.
        reader: reads dates.
    """
    root = _tree(text)
    if root is None:
        return _first([found or ""], reader)
    own, around = _texts(root)
    return (
        _first([*_metadata(root), *_structured(text), *_labelled(own), *_labelled(around)], reader)
        or _first([found or ""], reader)
        or _first_jalali(own, reader)
        or _first_jalali(around, reader)
    )


def _tree(text: str) -> "HtmlElement | None":
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    try:
        return document_fromstring(
            text.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8")
        )
    except (LxmlError, ValueError):  # An empty page, or one that is nested too deeply.
        return None


def _first(texts: Iterable[str], reader: DateReader) -> dt.date | None:
    """Return the first day that one of some texts names."""
    for text in texts:
        try:
            return reader.read(text).day
        except ValueError:
            continue
    return None


def _first_jalali(text: str, reader: DateReader) -> dt.date | None:
    """Return the first Jalali day of a text that is no clock's."""
    for written in reader.dates(text):
        clock = _CLOCK.search(text[max(written.start - _CLOCK_REACH, 0) : written.start])
        if written.calendar is Calendar.JALALI and not clock:
            day = _first([text[written.start : written.end]], reader)
            if day is not None:
                return day
    return None


def _metadata(root: "HtmlElement") -> Iterator[str]:
    """Yield the dates of publication in a page's head, the surest first."""
    values: dict[str, str] = {}
    for element in root.iter("meta"):
        for key in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(key):
                values.setdefault(name.lower(), element.get("content") or "")
    yield from (values[name] for name in _METADATA if name in values)
    for element in root.iter("time", "span", "div", "abbr"):
        if (element.get("itemprop") or "").lower() == "datepublished":
            yield element.get("datetime") or element.get("content") or element.text_content()


def _structured(text: str) -> Iterator[str]:
    """Yield the dates of publication in a page's JSON-LD."""
    for match in _STRUCTURED.finditer(text):
        try:
            yield str(json.loads(match[1]))
        except ValueError:
            continue


def _labelled(text: str) -> Iterator[str]:
    """Yield the text behind each label of a date."""
    for match in _LABEL.finditer(text):
        yield text[match.end() : match.end() + _LABEL_REACH]


def _texts(root: "HtmlElement") -> tuple[str, str]:
    """Return the text of a page's article as far as layout tells it, and the text around it."""
    own: list[str] = []
    around: list[str] = []
    outer: list[HtmlElement] = []  # The elements around the article that are open.
    from lxml.etree import iterwalk

    for event, element in iterwalk(root, events=("start", "end")):
        named = isinstance(element.tag, str)
        if event == "start":
            if named and _is_around(element, within=bool(outer)):
                outer.append(element)
            if named and element.tag not in _HIDDEN:
                (around if outer else own).append(element.text or "")
        else:
            if outer and outer[-1] is element:
                outer.pop()
            (around if outer else own).append(element.tail or "")
    return " ".join(" ".join(own).split()), " ".join(" ".join(around).split())


def _is_around(element: "HtmlElement", *, within: bool) -> bool:
    """Return whether an element holds what is no part of the article."""
    if within:
        return False
    if element.tag == "header":  # An article may have a header of its own.
        return next(element.iterancestors("article", "main"), None) is None
    name = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
    return element.tag in _AROUND or bool(_AROUND_NAMES.search(name))
