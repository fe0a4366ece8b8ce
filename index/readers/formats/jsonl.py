"""JSON Lines, plain or gzipped: one article a line; and the articles of other JSON and tables.

`from_record` reads what `to_record` wrote; `read_article` also reads what other programs write.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from index.article import Article
from index.errors import validation_message
from index.identifiers import address_or, news_code
from index.readers.decoding.record_dates import RecordDates
from index.readers.decoding.streams import read_lines, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.field_names import clean_fields, fields_of
from index.source_settings import ArticleField
from index.text.persian import to_latin_digits
from index.text.special_characters import replace_surrogates

# NaN and Infinity are no JSON; programs that write them mean that there is no value.
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)

_CLOCK = re.compile(r"((?:[01]?[0-9]|2[0-3])):([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?")


def clean_text(value: object) -> object:
    """Return a text without lone surrogates, which JSON can escape, or any other value."""
    return replace_surrogates(value) if isinstance(value, str) else value


def _to_time(value: object) -> dt.time | None:
    """Return a time of day to the minute; None for what else other people's files have there."""
    match = _CLOCK.fullmatch(to_latin_digits(str(value)).strip())
    return dt.time(int(match[1]), int(match[2])) if match else None


_Text = Annotated[str, BeforeValidator(clean_text)]


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
    time: Annotated[dt.time | None, BeforeValidator(_to_time)] = None
    code: _Text | None = None
    link: _Text | None = None
    cat: _Text | None = None
    tags: tuple[_Text, ...] | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _read_day(cls, value: object, info: ValidationInfo) -> object:
        """Read a day as its source writes it; what cannot be read costs the date alone."""
        dates = info.context
        if not isinstance(dates, RecordDates):
            return value
        return dates.day(value, info.data.get("id", ""))


def read(document: Document) -> Items:
    """Yield the articles of a file, and a problem for each line that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    number = 0
    try:
        with document.open_text() as stream:
            for line in read_lines(stream):
                number = line.number
                if line.content is None:
                    yield document.problem(number, f"{too_long()}: skipped")
                else:
                    yield from parse_line(line.content, document, number)
    except UnreadableError as error:
        yield document.problem(number + 1 if number else error.line, error.message)


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
        "time": article.time.isoformat("minutes") if article.time else None,
        "code": article.code,
        "link": article.link,
        "cat": article.category,
        "tags": list(article.tags),
    }
    required = {"id", "title", "paragraphs"}
    return {key: value for key, value in record.items() if value or key in required}


def from_record(record: object, dates: RecordDates | None = None) -> Article:
    """Return the article that a JSON object describes.

    Args:
        record: the object.
        dates: reads the dates of its source; None: it is of `to_record`, with a date of ISO 8601.

    Raises:
        ValidationError: a required key is missing or a value has the wrong type.
    """
    fields = _Record.model_validate(record, context=dates)
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
        time=fields.time,
    )


def parse_line(text: bytes, document: Document, number: int) -> Items:
    """Yield the articles of a line: an object, several, or an array of them; and its problems."""
    try:
        values = _values(text.strip()) if text.strip() else []
    except UnreadableError as error:
        yield document.problem(number, error.message)
        return
    for position, value in enumerate(values):
        # The line tells articles without an id apart, and where it has several, their position.
        place = f"{number}-{position + 1}" if len(values) > 1 else str(number)
        try:
            yield from read_article(value, document, place, number)
        except UnreadableError as error:
            yield document.problem(number, error.message)


def read_article(
    value: object, document: Document, place: str, line: int | None, agency: str = ""
) -> Items:
    """Yield the article that a JSON value describes, under usual names of its fields.

    Args:
        value: the value.
        document: where it is.
        place: its place there: the end of the id of an article without id, link and code.
        line: its line.
        agency: the agency if neither the article nor the source's options name one.

    Raises:
        UnreadableError: it is not an article.
    """
    if not isinstance(value, dict):
        raise UnreadableError("not an article: expected a JSON object")
    yield from article_of(fields_of(value), document, place, line, agency)


def article_of(
    fields: Mapping[ArticleField, Any],
    document: Document,
    place: str,
    line: int | None,
    agency: str = "",
) -> Items:
    """Yield the article of some fields, of any shape that `clean_fields` knows.

    Args:
        fields: the values.
        document: where they are.
        place: see `read_article`.
        line: see `read_article`.
        agency: see `read_article`.

    Raises:
        UnreadableError: they are not those of an article.
    """
    record = clean_fields(fields)
    record.setdefault("title", "")
    if record.get("abstract") or "paragraphs" in fields:
        record.setdefault("paragraphs", [])
    record.setdefault("agency", document.options.agency or agency)
    code = news_code(str(record.get("code") or ""))
    record.setdefault("id", address_or(record.get("link"), f"{document.name}-{code or place}"))
    try:
        yield from_record(record, document.dates)
    except ValidationError as error:
        message = f"not an article: {validation_message(error)}"
        raise UnreadableError(message, line) from None


def _values(text: bytes) -> list[object]:
    """Return the values of a line: of an array its elements.

    Raises:
        UnreadableError: it is not JSON.
    """
    try:
        value = load(text)
    except UnreadableError:
        # Some programs write no line break between two objects.
        if len(several := _concatenated(text)) < 2:
            raise
        return several
    return value if isinstance(value, list) else [value]


def _concatenated(text: bytes) -> list[object]:
    """Return the objects of a line that holds nothing else; empty if it does not."""
    line, at, values = text.decode(errors="replace"), 0, []
    try:
        while at < len(line) and line[at] == "{":
            value, at = _DECODER.raw_decode(line, at)
            values.append(value)
    except (ValueError, RecursionError):
        return []
    return values if at == len(line) else []


def load(text: bytes) -> object:
    """Return the JSON value of a text in UTF-8.

    Raises:
        UnreadableError: it is not JSON, or cannot be handled.
    """
    try:
        return _DECODER.decode(text.decode())
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 (byte {error.start + 1} of the line)") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise UnreadableError("not an article: a number has too many digits") from None
    except RecursionError:
        raise UnreadableError("not an article: nested too deeply") from None
