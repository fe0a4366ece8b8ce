"""JSON Lines, plain or gzipped: one article a line."""

import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from index.articles import Article
from index.readers.problems import SourceProblem

# JSON can escape half of a character, which no tokenizer and no file in UTF-8 can hold.
_SURROGATE = re.compile("[\ud800-\udfff]")


def _mend(value: object) -> object:
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


_Text = Annotated[str, BeforeValidator(_mend)]


class _Record(BaseModel):
    """One line; keys that Khazar has no use for are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: _Text = Field(min_length=1)
    title: _Text
    paragraphs: tuple[_Text, ...]
    abstract: _Text | None = None
    kicker: _Text | None = None
    agency: _Text | None = None
    date: dt.date | None = None
    code: _Text | None = None
    link: _Text | None = None
    cat: _Text | None = None
    tags: tuple[_Text, ...] | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _day_of_timestamp(cls, value: object) -> object:
        """Take 2025-11-18T10:30:00+03:30 as 2025-11-18, the day that its publisher wrote."""
        return value[:10] or None if isinstance(value, str) else value


def read(path: Path) -> Iterator[Article | SourceProblem]:
    """Yield the articles of a file, and a problem for each line that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    line_number = 0
    try:
        with _open(path) as lines:
            for line_number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _article(path, line_number, line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield SourceProblem(path, line_number + 1, f"the gzip data is damaged: {error}")


def to_record(article: Article) -> dict[str, Any]:
    """Return the JSON object that reads back as the same article; absent values are left out."""
    record = {
        "id": article.id,
        "title": article.title,
        "abstract": article.abstract,
        "kicker": article.kicker,
        "paragraphs": list(article.paragraphs),
        "agency": article.agency,
        "date": article.date.isoformat() if article.date else None,
        "code": article.code,
        "link": article.link,
        "cat": article.category,
        "tags": list(article.tags),
    }
    required = {"id", "title", "paragraphs"}
    return {key: value for key, value in record.items() if value or key in required}


def from_record(record: object) -> Article:
    """Return the article that a JSON object describes.

    Raises:
        ValidationError: a required key is missing or a value has the wrong type.
    """
    fields = _Record.model_validate(record)
    return Article(
        id=fields.id,
        title=fields.title,
        paragraphs=fields.paragraphs,
        abstract=fields.abstract or "",
        kicker=fields.kicker or "",
        agency=fields.agency or None,
        date=fields.date,
        code=fields.code or None,
        link=fields.link or None,
        category=fields.cat or None,
        tags=fields.tags or (),
    )


def _article(path: Path, line_number: int, line: bytes) -> Article | SourceProblem:
    try:
        record = json.loads(line.rstrip().decode("utf-8-sig"))
        if not isinstance(record, dict):
            return SourceProblem(path, line_number, "not an article: expected a JSON object")
        return from_record(record)
    except UnicodeDecodeError as error:
        return SourceProblem(path, line_number, f"not UTF-8 (byte {error.start + 1} of the line)")
    except json.JSONDecodeError as error:
        return SourceProblem(path, line_number, f"not JSON: {error.msg} at column {error.colno}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"{place}: {first['msg']}" if place else first["msg"]
        return SourceProblem(path, line_number, f"not an article: {message}")
    except ValueError:
        return SourceProblem(path, line_number, "not an article: a number has too many digits")
    except RecursionError:
        return SourceProblem(path, line_number, "not an article: nested too deeply")


def _open(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")
