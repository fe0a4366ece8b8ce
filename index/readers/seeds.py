"""The seeds' text format: one article a file.

A header line `date YYYY-MM-DD AGENCY`, an optional kicker line, the headline, a line
`کد خبر : NUMBER`, the lead, the body's paragraphs, and the end mark `انتهای پیام/`. Empty lines
separate and mean nothing else.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from index.articles import Article
from index.persian import to_latin_digits
from index.readers.problems import SourceProblem

# Sources type the Arabic ي and ك, no-break spaces and Persian digits as they like.
_HEADER = re.compile(r"date\s+(\d{4}-\d{2}-\d{2})(?:\s+(.+))?")
_CODE = re.compile(r"[کك]د\s+خبر\s*:\s*(\d+)")
_END = re.compile(r"انتها[یي]\s*پ[یي]ام\s*[/.]*")


def read(path: Path) -> Iterator[Article | SourceProblem]:
    """Yield the file's article, its id being the file's name without `.txt`, or one problem.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        yield _parse(path.stem, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        yield SourceProblem(path, None, f"not UTF-8 (byte {error.start + 1})")
    except _FormatError as error:
        yield SourceProblem(path, error.line, error.message)


class _FormatError(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def _parse(article_id: str, text: str) -> Article:
    numbered = enumerate(text.splitlines(), start=1)
    lines = [(number, line.strip()) for number, line in numbered if line.strip()]
    if not lines:
        raise _FormatError(1, "the file is empty")
    number, header = lines[0]
    match = _HEADER.fullmatch(to_latin_digits(header))
    if not match:
        raise _FormatError(number, "expected a header line: date YYYY-MM-DD AGENCY")
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        raise _FormatError(number, f"{match[1]} is not a date") from None
    agency = header[match.start(2) : match.end(2)] if match[2] else None
    end = next((at for at, (_, line) in enumerate(lines) if _END.fullmatch(line)), len(lines))
    at_code = next((at for at in range(1, end) if _code(lines[at][1])), None)
    if at_code is None:
        raise _FormatError(number, "no line with the news code: کد خبر : NUMBER")
    headlines = [line for _, line in lines[1:at_code]]
    if not headlines:
        raise _FormatError(lines[at_code][0], "no headline before the news code")
    if len(headlines) > 2:
        raise _FormatError(lines[3][0], "expected at most a kicker and a headline here")
    body = [line for _, line in lines[at_code + 1 : end]]
    if not body:
        raise _FormatError(lines[at_code][0], "no text after the news code")
    return Article(
        id=article_id,
        title=headlines[-1],
        kicker=headlines[0] if len(headlines) == 2 else "",
        abstract=body[0],
        paragraphs=tuple(body[1:]),
        agency=agency,
        date=day,
        code=_code(lines[at_code][1]),
    )


def _code(line: str) -> str | None:
    match = _CODE.fullmatch(to_latin_digits(line))
    return match[1] if match else None
