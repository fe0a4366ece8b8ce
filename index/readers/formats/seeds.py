"""The seeds' text format: one article a file.

A header line `date YYYY-MM-DD AGENCY`, an optional kicker line, the headline, a line
`کد خبر : NUMBER`, the lead, the body's paragraphs, and the end mark `انتهای پیام/`. Empty lines
only separate.
"""

import re

from index.article import Article
from index.readers.decoding.record_dates import RecordDates
from index.readers.decoding.streams import read_all
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.text.persian import to_latin_digits

# Sources mix Arabic ي and ك, no-break spaces and Persian digits.
_HEADER = re.compile(r"date\s++(\d{4}-\d{2}-\d{2})(?:\s++(.+))?")
_CODE = re.compile(r"[کك]د\s*+خبر\s*+[:：]\s*+(\d++)")
END_MARK = re.compile(r"انتها[یي]\s*+پ[یي]ام\s*+[/.]*+")
# Marks of direction, which word processors put before and into lines.
_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_WITHOUT_MARKS = str.maketrans("", "", _MARKS)
_EDGES = f" \t\r\v\f\u00a0\u2000\u2002\u2003\u2009\u202f\u3000{_MARKS}"


def read(document: Document) -> Items:
    """Yield the article, or one problem; its id is the file's place in the source, without `.txt`.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open_text() as stream:
            text = read_all(stream).decode()
        yield _parse(document.name, text, document.dates)
    except UnicodeDecodeError as error:
        yield document.problem(None, f"not UTF-8 (byte {error.start + 1})")
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def _parse(article_id: str, text: str, dates: RecordDates) -> Article:
    numbered = enumerate(text.splitlines(), start=1)
    lines = [(number, bare) for number, line in numbered if (bare := line.strip(_EDGES))]
    if not lines:
        raise UnreadableError("the file is empty", 1)
    number, header = lines[0]
    header = header.translate(_WITHOUT_MARKS)
    match = _HEADER.fullmatch(to_latin_digits(header))
    if not match:
        raise UnreadableError("expected a header line: date YYYY-MM-DD AGENCY", number)
    agency = header[match.start(2) : match.end(2)] if match[2] else None
    end = next((at for at, (_, line) in enumerate(lines) if _is_end(line)), len(lines))
    at_code = next((at for at in range(1, end) if _code(lines[at][1])), None)
    if at_code is None:
        raise UnreadableError("no line with the news code: کد خبر : NUMBER", number)
    headlines = [line for _, line in lines[1:at_code]]
    if not headlines:
        raise UnreadableError("no headline before the news code", lines[at_code][0])
    if len(headlines) > 2:
        raise UnreadableError("expected at most a kicker and a headline here", lines[3][0])
    body = [line for _, line in lines[at_code + 1 : end]]
    if not body:
        raise UnreadableError("no text after the news code", lines[at_code][0])
    return Article(
        id=article_id,
        title=headlines[-1],
        kicker=headlines[0] if len(headlines) == 2 else "",
        abstract=body[0],
        paragraphs=tuple(body[1:]),
        agency=agency,
        date=dates.day(match[1], article_id),
        code=_code(lines[at_code][1]),
    )


def _code(line: str) -> str | None:
    match = _CODE.fullmatch(to_latin_digits(line.translate(_WITHOUT_MARKS)))
    return match[1] if match else None


def _is_end(line: str) -> bool:
    return END_MARK.fullmatch(line.translate(_WITHOUT_MARKS)) is not None
