"""CSV and TSV: one row is one article; the names of the columns give its fields."""

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from pydantic import ValidationError

from index.article import Article
from index.errors import validation_message
from index.identifiers import address_or, news_code
from index.readers.decoding.streams import MAX_ARTICLE_BYTES, read_lines, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.jsonl import from_record
from index.source_settings import ArticleField

# Common names of columns, besides the names of the fields.
_COMMON_NAMES: dict[str, ArticleField] = {
    "id": "id",
    "title": "title",
    "headline": "title",
    "paragraphs": "paragraphs",
    "text": "paragraphs",
    "body": "paragraphs",
    "content": "paragraphs",
    "abstract": "abstract",
    "lead": "abstract",
    "summary": "abstract",
    "kicker": "kicker",
    "agency": "agency",
    "source": "agency",
    "date": "date",
    "code": "code",
    "link": "link",
    "url": "link",
    "cat": "cat",
    "category": "cat",
    "tags": "tags",
    "keywords": "tags",
}
_DELIMITERS = ",;\t|"
_SEPARATORS = re.compile(r"\s*[,،;؛|\n]\s*")

# csv has one limit for the whole process, by default shorter than a long article.
csv.field_size_limit(MAX_ARTICLE_BYTES)


def read(document: Document) -> Items:
    """Yield the articles of a file, and a problem for each row that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open_text() as stream:
            yield from _read(document, stream)
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


class Columns:
    """The columns that hold the fields of an article.

    Args:
        names: the columns that the table has.
        columns: field -> column, from the source's settings; empty: by common names.

    Raises:
        UnreadableError: a column is missing.
    """

    def __init__(self, names: Sequence[str], columns: Mapping[ArticleField, str]) -> None:
        self._fields: dict[ArticleField, str] = dict(columns)
        if not columns:
            for name in names:
                if field := _COMMON_NAMES.get(name.strip().lower()):
                    self._fields.setdefault(field, name)
        have = ", ".join(name[:40] for name in names[:20]) or "none"
        for field, name in self._fields.items():
            if name not in names:
                raise UnreadableError(f"no column {name!r} for {field}; the columns are {have}", 1)
        for field in ("title", "paragraphs"):
            if field not in self._fields:
                raise UnreadableError(
                    f'no column for {field}: set columns = {{{field} = "..."}} in config.toml; '
                    f"the columns are {have}",
                    1,
                )

    @property
    def used(self) -> list[str]:
        """The columns that hold a field."""
        return list(dict.fromkeys(self._fields.values()))

    def article(self, row: Mapping[str, Any], document: Document, number: int) -> Article:
        """Return the article of a row.

        Args:
            row: column -> cell.
            document: the table.
            number: the row's number, from 1: the id of an article without id, link and code.

        Raises:
            UnreadableError: the row is not an article.
        """
        record: dict[str, Any] = {
            field: row[name] for field, name in self._fields.items() if row[name] not in (None, "")
        }
        for field, separators in (("paragraphs", re.compile(r"\n")), ("tags", _SEPARATORS)):
            cell = record.get(field)
            if isinstance(cell, str):
                parts = (part.strip() for part in separators.split(cell))
                record[field] = [part for part in parts if part]
        record.setdefault("title", "")
        record.setdefault("paragraphs", [])
        record.setdefault("agency", document.options.agency)
        record.setdefault("id", self._id(record, document, number))
        try:
            return from_record(record)
        except ValidationError as error:
            raise UnreadableError(f"not an article: {validation_message(error)}") from None

    @staticmethod
    def _id(record: Mapping[str, Any], document: Document, number: int) -> str:
        code = news_code(str(record.get("code", "")))
        return address_or(str(record.get("link", "")), f"{document.name}-{code or number}")


class _Rows:
    """The lines of a table as text; it counts them, and ends a row that does not end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = read_lines(stream)
        self._held = 0
        self.line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.line = line.number
        if line.content is None:
            raise UnreadableError(f"{too_long()}; the rest is left out", line.number)
        self._held += len(line.content)
        if self._held > MAX_ARTICLE_BYTES:
            raise UnreadableError(
                f"a row that begins before is {too_long()} (a quote is open?); the rest is left "
                "out",
                line.number,
            )
        # The rows behind a damaged one can be read only if it is; what it lost can be seen.
        return line.content.decode(errors="replace")

    def begin_row(self) -> None:
        self._held = 0


def _read(document: Document, stream: BinaryIO) -> Items:
    rows = _Rows(stream)
    header = next(rows, None)
    if header is None:
        return
    delimiter = document.options.delimiter or max(_DELIMITERS, key=header.count)
    table = csv.reader(itertools.chain([header], rows), delimiter=delimiter)
    try:
        names = next(table, [])
    except csv.Error as error:
        raise UnreadableError(f"{_no_csv(error)}; the rest is left out", 1) from None
    columns = Columns(names, document.options.columns)
    number = 0
    while True:
        rows.begin_row()
        begins = rows.line + 1
        try:
            cells = next(table, None)
        except csv.Error as error:
            # The csv module begins a new row with the next line.
            number += 1
            yield document.problem(begins, f"{_no_csv(error)}: skipped")
            continue
        if cells is None:
            return
        number += 1
        if not any(cells):
            continue
        if len(cells) != len(names):
            yield document.problem(
                begins, f"{len(cells)} cells, where the header has {len(names)}: skipped"
            )
            continue
        try:
            yield columns.article(dict(zip(names, cells, strict=True)), document, number)
        except UnreadableError as error:
            yield document.problem(begins, error.message)


def _no_csv(error: csv.Error) -> str:
    """Return what is wrong with a row, without the csv module's advice to programmers."""
    return f"not CSV: {str(error).partition(' - ')[0]}"
