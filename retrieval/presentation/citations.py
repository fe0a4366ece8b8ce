"""Citations to copy: plain text, Markdown and BibTeX; and links that open where the answer is.

What is copied has neither colours nor bidi isolates, and names nothing that the source lacks.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlsplit

from index.text.persian import to_latin_digits
from retrieval.answers import Citation, RetrievedPassage
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages
from retrieval.query.agencies import known_agency
from retrieval.query.query import ENGLISH, PERSIAN, is_arabic_script


class CitationFormat(StrEnum):
    """A format of citations."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    BIBTEX = "bibtex"


# Quotation marks, and what becomes of the same marks inside: of «» “”, and of “” ‘’.
_MARKS: Final = {
    PERSIAN: ("«", "»", str.maketrans("«»", "“”")),
    ENGLISH: ("“", "”", str.maketrans("“”", "‘’")),
}
_NEWS_AGENCY: Final = ("خبرگزاری", "News Agency")
# CommonMark, GitHub's extensions and Pandoc's mathematics: what is no plain text anywhere in a
# line, and what is none at its beginning.
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>~|$#&^]")
_MARKDOWN_BEGINNING: Final = re.compile(r"^(?:[-+](?=\s|$|-)|[0-9]+(?=[.)]))")
_LATEX: Final = re.compile(r"[\\{}$&#%_~^]")
_LATEX_NAMES: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
# What no address has unless it is percent-encoded, or what would end one in Markdown or BibTeX.
_NOT_IN_ADDRESS: Final = re.compile(r"[^!-~]|[()<>{}\"\\^`|]")
# Telegram opens its links in an app, which knows no text fragments.
_APP_HOSTS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})
# A longer sentence is named by so many of its first and of its last words.
_WHOLE_SENTENCE: Final = 8
_EDGE: Final = 4


def cite(
    passages: Iterable[RetrievedPassage],
    format_: CitationFormat,
    messages: Messages,
    accessed: dt.date,
) -> str:
    """Return the sources of passages, each article once; several are numbered.

    Args:
        passages: the passages, in the order of their citations.
        format_: the format.
        messages: texts of the language to cite in.
        accessed: the day on which the addresses were seen, for BibTeX.
    """
    sources = _sources(passages)
    if format_ is CitationFormat.BIBTEX:
        return _bibliography(sources, messages, accessed)
    if format_ is CitationFormat.MARKDOWN:
        lines = [markdown_citation(source, messages) for source in sources]
        if len(lines) == 1:
            return lines[0]
        return "\n".join(f"[^{number}]: {line}" for number, line in enumerate(lines, start=1))
    lines = [plain_citation(source.citation, messages) for source in sources]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(_numbered(number, messages, line) for number, line in enumerate(lines, 1))


def quote_passages(
    passages: Sequence[RetrievedPassage],
    format_: CitationFormat,
    messages: Messages,
    accessed: dt.date,
) -> str:
    """Return passages as quotations with their sources below; BibTeX has the sources only.

    Arguments are those of `cite`.
    """
    sources = _sources(passages)
    if format_ is CitationFormat.BIBTEX:
        return _bibliography(sources, messages, accessed)
    numbers = {source.article_id: number for number, source in enumerate(sources, start=1)}
    if format_ is CitationFormat.MARKDOWN:
        quotations = [
            _markdown_quotation(passage.text, f"[^{numbers[passage.article_id]}]")
            for passage in passages
        ]
        notes = [
            f"[^{numbers[source.article_id]}]: {markdown_citation(source, messages)}"
            for source in sources
        ]
        return "\n\n".join([*quotations, "\n".join(notes)])
    if len(sources) == 1:
        blocks = [_quoted(_lines(passage.text)) for passage in passages]
        return "\n\n".join(blocks) + "\n" + plain_citation(sources[0].citation, messages)
    blocks = [
        f"{_quoted(_lines(passage.text))} {_numbered(numbers[passage.article_id], messages)}"
        for passage in passages
    ]
    notes = [
        _numbered(numbers[source.article_id], messages, plain_citation(source.citation, messages))
        for source in sources
    ]
    return "\n\n".join([*blocks, "\n".join(notes)])


def plain_citation(
    citation: Citation, messages: Messages, *, both_calendars: bool = True, link: bool = True
) -> str:
    """Return a source in one line, as the press of the language of `messages` cites.

    Args:
        citation: the source.
        messages: texts of the language to cite in.
        both_calendars: whether the day is written in both calendars.
        link: whether the address is written.
    """
    parts = [_title(citation, messages), *_details(citation, messages, both_calendars)]
    if link:
        parts.append(_line(citation.url or ""))
    return messages.text("separator").join(part for part in parts if part)


def markdown_citation(source: RetrievedPassage, messages: Messages) -> str:
    """Return the source of a passage in one line of Markdown, its title a link to the passage."""
    citation = source.citation
    title = _markdown(_title(citation, messages))
    details = [_markdown(detail) for detail in _details(citation, messages, both_calendars=True)]
    address = passage_link(source)
    if address is None:
        details.append(_markdown(_line(citation.url or "")))
    else:
        title = f"[{title}]({address})" if title else f"<{address}>"
    return messages.text("separator").join(part for part in [title, *details] if part)


def bibtex_entry(citation: Citation, key: str, messages: Messages, accessed: dt.date) -> str:
    """Return a source as a BibLaTeX entry: `@online`, or `@misc` without an address.

    Args:
        citation: the source.
        key: the key of the entry.
        messages: texts of the language of the note.
        accessed: the day on which the address was seen.
    """
    code = messages.text("code", code=messages.digits(_line(citation.code or "")))
    agency = _agency(citation.agency, PERSIAN if is_arabic_script(citation.title) else ENGLISH)
    # The inner braces keep capitals, and names with "and" whole.
    fields = {
        "title": _braced(citation.title),
        "organization": _braced(agency),
        "date": citation.date.isoformat() if citation.date else "",
        "url": _address(citation.url or ""),
        "urldate": accessed.isoformat() if citation.url else "",
        "note": _latex(code) if citation.code else "",
        "langid": "persian" if is_arabic_script(citation.title) else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    kind = "online" if citation.url else "misc"
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def passage_link(passage: RetrievedPassage) -> str | None:
    """Return the address at which a passage's source opens at its answering sentence.

    None: the source has no address that may be a link.
    """
    url = passage.citation.url
    if url is None or not is_web_address(url):
        return None
    start, end = passage.highlight
    return _opening_at(_address(url), passage.text[start:end])


def _opening_at(url: str, text: str) -> str:
    """Return the address of a page that opens at a text.

    The fragment is that of https://wicg.github.io/scroll-to-text-fragment/. An address that has a
    fragment, or that an app opens, stays as it is.
    """
    host = urlsplit(url).hostname or ""
    if "#" in url or host.removeprefix("www.") in _APP_HOSTS:
        return url
    # A match begins and ends with a word, and no single one reaches over two paragraphs.
    lines = [line.split() for line in _lines(text).split("\n")]
    lines = [line for line in lines if any(map(str.isalnum, "".join(line)))]
    if not lines:
        return url
    if len(lines) == 1 and len(lines[0]) <= _WHOLE_SENTENCE:
        return f"{url}#:~:text={_encoded(lines[0])}"
    first = _encoded(lines[0][:_EDGE])
    return f"{url}#:~:text={first},{_encoded(lines[-1][-_EDGE:])}"


def is_web_address(url: str) -> bool:
    """Return whether an address may be a link: javascript: and tg: may not."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _encoded(words: Sequence[str]) -> str:
    """Return words as a part of a text directive, in which "-", "," and "&" have a meaning."""
    return quote(" ".join(words), safe="").replace("-", "%2D")


def _sources(passages: Iterable[RetrievedPassage]) -> list[RetrievedPassage]:
    """Return the first passage of each article."""
    first: dict[str, RetrievedPassage] = {}
    for passage in passages:
        first.setdefault(passage.article_id, passage)
    return list(first.values())


def _numbered(number: int, messages: Messages, citation: str = "") -> str:
    return f"[{messages.number(number)}] {citation}".rstrip()


def _bibliography(
    sources: Sequence[RetrievedPassage], messages: Messages, accessed: dt.date
) -> str:
    entries: dict[str, str] = {}
    for source in sources:
        stem = _bibtex_key(source)
        key, number = stem, 1
        while key in entries:
            number += 1
            key = f"{stem}-{number}"
        entries[key] = bibtex_entry(source.citation, key, messages, accessed)
    return "\n\n".join(entries.values())


def _bibtex_key(source: RetrievedPassage) -> str:
    """Return a key of the agency and the code, or what else there is, in ASCII."""
    citation = source.citation
    agency = _agency(citation.agency, ENGLISH).removesuffix(_NEWS_AGENCY[1])
    day = citation.date.isoformat() if citation.date else ""
    parts = [_ascii(agency), _ascii(citation.code or "") or day or _ascii(source.article_id)]
    return "-".join(part for part in parts if part) or "news"


def _ascii(text: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", to_latin_digits(text).lower()))


def _details(citation: Citation, messages: Messages, both_calendars: bool) -> list[str]:
    """Return agency, day and code, as far as the source has them."""
    day = ""
    if citation.date is not None:
        day = messages.date(citation.date)
        other = replace(messages, jalali=not messages.jalali).date(citation.date)
        # A day before the first Jalali year has one name only.
        if both_calendars and other != day:
            day = messages.text("both_days", day=day, other=other)
    code = messages.digits(_line(citation.code or ""))
    return [
        _agency(citation.agency, messages.language),
        day,
        messages.text("code", code=code) if code else "",
    ]


def _agency(name: str | None, language: str) -> str:
    """Return an agency's name, with the word for what it is; of a known one in the language."""
    if not name:
        return ""
    name = _line(name)
    known = known_agency(name)
    if known is None:
        return name
    persian, english = _NEWS_AGENCY
    is_news_agency = known.persian.startswith(f"{persian} ")
    if language == PERSIAN:
        return f"{persian} {name}" if is_news_agency and persian not in name else name
    # ILNA and the like are short for names that end so.
    if is_news_agency and not known.latin.isupper():
        return f"{known.latin} {english}"
    return known.latin


def _title(citation: Citation, messages: Messages) -> str:
    title = _line(citation.title)
    if not title:
        return ""
    quoted = _in_marks(title, messages.language)
    foreign = messages.language == ENGLISH and is_arabic_script(title)
    return messages.text("in_persian", title=quoted) if foreign else quoted


def _quoted(text: str) -> str:
    """Return a text in the quotation marks of its own script."""
    return _in_marks(text, PERSIAN if is_arabic_script(text) else ENGLISH)


def _in_marks(text: str, language: str) -> str:
    opening, closing, inner = _MARKS[language]
    return f"{opening}{text.translate(inner)}{closing}"


def _line(text: str) -> str:
    """Return a text in one line without direction controls."""
    return " ".join(bidi.without_direction_controls(text).split())


def _lines(text: str) -> str:
    """Return a text with its lines, without direction controls and the space around lines."""
    lines = (_line(line) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _markdown_quotation(text: str, note: str) -> str:
    lines = [_markdown(line) for line in _lines(text).split("\n")]
    lines[-1] += note
    return "\n>\n".join(f"> {line}" for line in lines)


def _markdown(line: str) -> str:
    """Escape what Markdown would not show as it is, in a line."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", line)
    begins = _MARKDOWN_BEGINNING.match(escaped)
    if begins is None:
        return escaped
    # Of a number the mark behind it is escaped: a digit cannot be.
    at = begins.end() if begins[0][0].isdigit() else 0
    return f"{escaped[:at]}\\{escaped[at:]}"


def _latex(text: str) -> str:
    return _LATEX.sub(lambda match: _LATEX_NAMES.get(match[0], f"\\{match[0]}"), text)


def _braced(text: str) -> str:
    line = _line(text)
    return f"{{{_latex(line)}}}" if line else ""


def _address(url: str) -> str:
    """Return an address in ASCII, with what would end it in percent-encoding."""
    return _NOT_IN_ADDRESS.sub(lambda match: quote(match[0], safe=""), url.strip())
