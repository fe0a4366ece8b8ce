"""Documents: one file, standard input, or the content of one address."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from index.article import Article
from index.dates import DateReader
from index.readers.decoding.byte_counter import ByteCounter
from index.readers.decoding.record_dates import RecordDates
from index.readers.decoding.streams import as_utf8, unpack, unpack_if_packed
from index.readers.errors import SourceProblem
from index.source_settings import SourceSettings

STANDARD_INPUT = "-"
_ENDINGS = re.compile(r"\.[A-Za-z0-9]{1,9}$")


@dataclass(frozen=True, slots=True)
class Document:
    """One file to read.

    Attributes:
        path: its path or address; "-" for standard input.
        options: the options of its source.
        name: its place in the source without its ending ("2025/17"): the id of an article that
            has none.
        content: the content of an address; None: it is read from `path`.
        doubts: what its reader finds doubtful in articles that it yields, for `read_document`.
        unpacked_limit: the most bytes that packed content may unpack to; None: no such limit.
        progress: counts what was read of the file.
    """

    path: Path | str
    options: SourceSettings
    name: str
    content: bytes | None = None
    unpacked_limit: int | None = None
    doubts: list[str] = field(default_factory=list, compare=False, repr=False)
    progress: ByteCounter = field(default_factory=ByteCounter, compare=False)

    @classmethod
    def at(
        cls, path: Path, options: SourceSettings | None = None, root: Path | None = None
    ) -> "Document":
        """Return the document of a file; `root` is the folder that the source names, if any."""
        place = path.relative_to(root).as_posix() if root else path.name
        return cls(path, options or SourceSettings(path=str(path)), without_ending(place))

    def open(self) -> BinaryIO:
        """Open it as bytes, unpacked where it is gzip: by its content, or as its name says.

        Raises:
            OSError: it cannot be opened.
        """
        if self.content is not None:
            return unpack_if_packed(io.BytesIO(self.content), self.unpacked_limit)
        if isinstance(self.path, str):
            return unpack_if_packed(sys.stdin.buffer)
        raw = self.progress.open(self.path)
        return unpack(raw) if self.path.name.lower().endswith(".gz") else unpack_if_packed(raw)

    def open_text(self) -> BinaryIO:
        """Open it as UTF-8 bytes, whatever encoding it has.

        Raises:
            OSError: it cannot be opened.
            UnreadableError: the encoding is unknown.
        """
        return as_utf8(self.open(), self.options.encoding)

    @property
    def dates(self) -> RecordDates:
        """The reader of its dates."""
        return RecordDates(DateReader(self.options.zone), self.doubts)

    def problem(self, line: int | None, message: str) -> SourceProblem:
        """Return a problem at a line of this document."""
        return SourceProblem(self.path, line, message)


Items = Iterator[Article | SourceProblem]
Reader = Callable[[Document], Items]


def read_document(reader: Reader, document: Document) -> Items:
    """Yield what a reader yields for a document, each article before what is doubtful in it."""
    document.doubts.clear()
    for item in reader(document):
        yield item
        yield from (document.problem(None, doubt) for doubt in document.doubts)
        document.doubts.clear()


def without_ending(name: str) -> str:
    """Return a file's name without its format: `a.jsonl.gz` and `a.html` are both `a`."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return _ENDINGS.sub("", bare) or bare
