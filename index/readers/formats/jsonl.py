"""JSON Lines, plain or gzipped: one article a line; and the articles of other JSON files."""

import datetime as dt
import json
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
from index.readers.decoding.record_dates import RecordDates
from index.readers.decoding.streams import read_lines, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.text.surrogates import replace_surrogates


def clean_text(value: object) -> object:
    """Return a text without lone surrogates, which JSON can escape, or any other value."""
    return replace_surrogates(value) if isinstance(value, str) else value


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
    code: _Text | None = None
    link: _Text | None = None
    cat: _Text | None = None
    tags: tuple[_Text, ...] | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _read_day(cls, value: object, info: ValidationInfo) -> object:
        """Read a day as its source writes it; what cannot be read costs the date alone."""
        dates = info.context
        return (
            dates.day(value, info.data.get("id", "")) if isinstance(dates, RecordDates) else value
        )


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
                elif line.content.strip():
                    try:
                        yield parse(line.content.rstrip(), document)
                    except UnreadableError as error:
                        yield document.problem(number, error.message)
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
    )


def parse(text: bytes, document: Document) -> Article:
    """Return the article that a JSON object in UTF-8 describes.

    Raises:
        UnreadableError: it is not JSON, or not an article.
    """
    try:
        record = load(text)
        if not isinstance(record, dict):
            raise UnreadableError("not an article: expected a JSON object")
        return from_record(record, document.dates)
    except ValidationError as error:
        raise UnreadableError(f"not an article: {validation_message(error)}") from None


def load(text: bytes) -> object:
    """Return the JSON value of a text in UTF-8.

    Raises:
        UnreadableError: it is not JSON, or cannot be handled.
    """
    try:
        return json.loads(text.decode())
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 (byte {error.start + 1} of the line)") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise UnreadableError("not an article: a number has too many digits") from None
    except RecursionError:
        raise UnreadableError("not an article: nested too deeply") from None
