"""CSV and TSV: one row is one article; the names of the columns give its fields."""

import csv
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO

from index.readers.decoding.streams import MAX_ARTICLE_BYTES, read_lines, too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.field_names import columns_by_field
from index.readers.formats.jsonl import article_of
from index.source_settings import ArticleField

_DELIMITERS = ",;\t|"
# The first line with which Excel is told the delimiter.
_DELIMITER_LINE = re.compile(r'"?sep=(.)"?\s*+', re.IGNORECASE)

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
            self._fields = {field: named[0] for field, named in columns_by_field(names).items()}
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

    def articles(self, row: Mapping[str, Any], document: Document, number: int, line: int) -> Items:
        """Yield the article of a row.

        Args:
            row: column -> cell.
            document: the table.
            number: the row's number, from 1: the id of an article without id, link and code.
            line: the row's line.

        Raises:
            UnreadableError: the row is not an article.
        """
        fields = {field: row[name] for field, name in self._fields.items()}
        fields["paragraphs"] = fields["paragraphs"] or []
        yield from article_of(fields, document, str(number), line)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as it is written, from its first line on.

    Attributes:
        line: the number of its first line.
        lines: its lines.
        is_open: whether it begins with a line of which a quote is not closed, and is that line.
    """

    line: int
    lines: Sequence[str]
    is_open: bool = False


class _Rows:
    """The rows of a table. One of which a quote is not closed ends with its line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines = read_lines(stream)
        self._ahead: deque[tuple[int, str]] = deque()
        self.delimiter = ","

    def first_line(self) -> str | None:
        """Return the first line; it stays the first of the next row."""
        if (line := self._next()) is None:
            return None
        self._ahead.appendleft(line)
        return line[1]

    def skip_line(self) -> None:
        self._next()

    def next(self) -> _Row | None:
        """Return the next row; None at the end.

        Raises:
            UnreadableError: a line is too long.
        """
        first = self._next()
        if first is None:
            return None
        taken, size, state = [first], 0, self._state(first[1], _Quote.CLOSED)
        while state is _Quote.OPEN and (line := self._next()):
            taken.append(line)
            size += len(line[1])
            state = self._state(line[1], state) if size <= MAX_ARTICLE_BYTES else _Quote.MISPLACED
        if (state is not _Quote.CLOSED and len(taken) > 1) or state is _Quote.OPEN:
            self._ahead.extendleft(reversed(taken[1:]))
            return _Row(first[0], [first[1]], is_open=True)
        return _Row(first[0], [text for _, text in taken])

    def _next(self) -> tuple[int, str] | None:
        if self._ahead:
            return self._ahead.popleft()
        line = next(self._lines, None)
        if line is None:
            return None
        if line.content is None:
            raise UnreadableError(f"{too_long()}; the rest is left out", line.number)
        # The rows behind a damaged one can be read only if it is; what it lost can be seen.
        return line.number, line.content.decode(errors="replace")

    def _state(self, line: str, state: "_Quote") -> "_Quote":
        """Return how quotes stand at the end of a line, from how they stand at its beginning."""
        at = 0
        while True:
            if state is _Quote.CLOSED:
                # A quote opens at the beginning of a cell only; elsewhere it is a character.
                if not line.startswith('"', at):
                    at = line.find(f'{self.delimiter}"', at)
                    if at < 0:
                        return _Quote.CLOSED
                    at += 1
                at += 1
                state = _Quote.OPEN
            at = line.find('"', at)
            if at < 0:
                return _Quote.OPEN
            behind = line[at + 1 : at + 2]
            if behind == '"':
                at += 2
            elif behind in ("", "\r", "\n", self.delimiter):
                at += 1
                state = _Quote.CLOSED
            else:
                return _Quote.MISPLACED


class _Quote(Enum):
    """How quotes stand: closed, open, or a quote stands where a cell does not end."""

    CLOSED = auto()
    OPEN = auto()
    MISPLACED = auto()


def _read(document: Document, stream: BinaryIO) -> Items:
    rows = _Rows(stream)
    first = rows.first_line()
    if first is None:
        return
    if told := _DELIMITER_LINE.fullmatch(first):
        rows.skip_line()
        first = rows.first_line() or ""
    delimiter = document.options.delimiter or (told[1] if told else None)
    rows.delimiter = delimiter or max(_DELIMITERS, key=first.count)
    header = rows.next()
    if header is None:
        return
    try:
        names = _cells(header, rows.delimiter, 0)
    except csv.Error as error:
        raise UnreadableError(f"{_no_csv(error)}; the rest is left out", header.line) from None
    columns = Columns(names, document.options.columns)
    number = 0
    while row := rows.next():
        number += 1
        if row.is_open:
            yield document.problem(
                row.line, "a quote is not closed; the row is read to the end of its line"
            )
        try:
            cells = _cells(row, rows.delimiter, len(names))
        except csv.Error as error:
            yield document.problem(row.line, f"{_no_csv(error)}: skipped")
            continue
        if not any(cells):
            continue
        if len(cells) != len(names):
            yield document.problem(
                row.line, f"{len(cells)} cells, where the header has {len(names)}: skipped"
            )
            continue
        try:
            cells_by_name = dict(zip(names, cells, strict=True))
            yield from columns.articles(cells_by_name, document, number, row.line)
        except UnreadableError as error:
            yield document.problem(row.line, error.message)


def _cells(row: _Row, delimiter: str, expected: int) -> list[str]:
    """Return the cells of a row; where a quote is open, they are cut so that they are `expected`.

    Raises:
        csv.Error: it is not CSV.
    """
    if row.is_open:
        cut = next(csv.reader(row.lines, delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        if len(cut) == expected:
            return [cell.removeprefix('"') for cell in cut]
    return next(csv.reader(row.lines, delimiter=delimiter), [])


def _no_csv(error: csv.Error) -> str:
    """Return what is wrong with a row, without the csv module's advice to programmers."""
    return f"not CSV: {str(error).partition(' - ')[0]}"
