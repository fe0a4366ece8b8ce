"""Sources as people name them, opened for reading."""

import glob
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.identifiers import with_own_identifiers
from index.readers.decoding.byte_counter import ByteCounter
from index.readers.documents import STANDARD_INPUT, Document, Items, read_document
from index.readers.errors import SourceProblem
from index.readers.limits import size_violation
from index.readers.registry import ENDINGS, READERS, format_of
from index.readers.web.crawler import WebSource, address_name, is_address
from index.readers.web.http_cache import WEB_CACHE
from index.source_settings import SourceFormat, SourceSettings

if TYPE_CHECKING:
    from index.settings import IndexSettings

_log = logging.getLogger(__name__)
_MOST_PROBLEMS = 1000
_WITH_IDS: tuple[SourceFormat, ...] = ("jsonl", "json", "telegram")
_KNOWN = ", ".join(ENDINGS)


@dataclass(frozen=True, slots=True)
class Source:
    """One file, standard input, or one address, ready to be read.

    Attributes:
        name: the file's path, the address, or "-", as people are shown it.
        place: see `Document.name`.
        gives_ids: whether it is of a format whose articles have ids.
        size: bytes of the file; 0 for an address; None: unknown.
        progress: counts those that were read.
    """

    name: str
    place: str
    _items: Callable[[], Items]
    gives_ids: bool = False
    size: int | None = 0
    progress: ByteCounter = field(default_factory=ByteCounter, compare=False)

    def read(self) -> Items:
        """Yield the articles, and a problem for each place that cannot be read.

        A source of which so much in a row cannot be read that it must be of another format is
        given up. Nothing is raised for what a source holds, nor when it cannot be opened: that is
        a problem too. It may be called again, but for standard input and pipes.
        """
        in_a_row = 0
        try:
            for found in self._items():
                item = self._checked(found)
                yield item
                in_a_row = in_a_row + 1 if isinstance(item, SourceProblem) else 0
                if in_a_row >= _MOST_PROBLEMS:
                    message = f"{_MOST_PROBLEMS} problems in a row; the rest is left out"
                    yield SourceProblem(self._path, None, message)
                    return
        except OSError as error:
            yield SourceProblem(self._path, None, error.strerror or str(error))
        except Exception as error:  # noqa: BLE001 - logged with its trace
            # A mistake of ours or of a library. The log has its trace; other sources are read on.
            _log.exception("%s: cannot be read", self.name)
            yield SourceProblem(self._path, None, f"cannot be read: {type(error).__name__}")

    @property
    def origin(self) -> str:
        """The file's absolute path, the address, or "-"."""
        return _absolute(self.name)

    def _checked(self, item: Article | SourceProblem) -> Article | SourceProblem:
        if isinstance(item, SourceProblem):
            return item
        if reason := size_violation(item):
            return SourceProblem(self._path, None, f"article {item.id[:80]}: {reason}: skipped")
        return with_own_identifiers(item, self.place)

    @property
    def _path(self) -> Path | str:
        return (
            self.name if self.name == STANDARD_INPUT or is_address(self.name) else Path(self.name)
        )


def open_sources(
    settings: "IndexSettings", sources: Sequence[str] = ()
) -> Iterator[Source | SourceProblem]:
    """Yield the files and addresses that sources name, in order, and problems for the others.

    Nothing is read before `Source.read` is called, and the web is not touched.

    Args:
        settings: where relative paths of the configuration begin, and how the web is fetched.
        sources: as on a command line: a file, a folder (its files of known formats by name,
            hidden ones left out), a glob, an address, or "-" for JSON Lines on standard input;
            relative to the working folder. One that the settings name too has its options. Empty
            means all sources of the settings.
    """
    web = WebSource(settings.web, settings.path(settings.directory) / WEB_CACHE)
    named = [_placed(source, settings) for source in settings.sources]
    known = {source.path: source for source in named}
    chosen = [
        known.get(_absolute(path), SourceSettings(path=path)).model_copy(update={"path": path})
        for path in sources
    ]
    for options in chosen or named:
        zone = options.timezone or settings.timezone
        yield from _open(options.model_copy(update={"timezone": zone}), web)


def source_names(settings: "IndexSettings", sources: Sequence[str] = ()) -> list[str]:
    """Return the sources that `open_sources` would open, as people named them."""
    return list(sources) or [_placed(source, settings).path for source in settings.sources]


def find_files(path: Path) -> tuple[list[Source], list[SourceProblem]]:
    """List the files of a source without options: see `open_sources`."""
    found = list(_files(SourceSettings(path=str(path)), path))
    return (
        [item for item in found if isinstance(item, Source)],
        [item for item in found if isinstance(item, SourceProblem)],
    )


def _placed(source: SourceSettings, settings: "IndexSettings") -> SourceSettings:
    """Return a source of the settings with an absolute path."""
    if source.path == STANDARD_INPUT or is_address(source.path):
        return source
    return source.model_copy(update={"path": str(settings.path(source.path))})


def _absolute(path: str) -> str:
    if path == STANDARD_INPUT or is_address(path):
        return path
    return str(Path(path).absolute())


def _open(options: SourceSettings, web: WebSource) -> Iterator[Source | SourceProblem]:
    if options.path == STANDARD_INPUT:
        document = Document(STANDARD_INPUT, options, "stdin")
        format_ = options.format or "jsonl"
        reader = READERS[format_]
        gives_ids = format_ in _WITH_IDS
        yield Source(
            STANDARD_INPUT, document.name, lambda: read_document(reader, document), gives_ids, None
        )
    elif is_address(options.path):
        yield Source(options.path, address_name(options.path), lambda: web.read(options))
    else:
        yield from _files(options, Path(options.path))


def _files(
    options: SourceSettings, path: Path, root: Path | None = None
) -> Iterator[Source | SourceProblem]:
    """Yield what a path names; `root` is the folder that articles' ids are relative to."""
    try:
        if path.is_dir():
            yield from _folder(options, path, root or path)
        elif path.exists():
            if format_ := options.format or format_of(path):
                yield _file(path, format_, Document.at(path, options, root))
            else:
                yield SourceProblem(path, None, f"unknown format; known are {_KNOWN}")
        elif glob.has_magic(str(path)):
            matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - takes absolute ones
            if not matches:
                yield SourceProblem(path, None, "no file or folder matches it")
            for match in matches:
                yield from _files(options, Path(match), _fixed_part(path))
        else:
            yield SourceProblem(path, None, "no such file or folder")
    except (OSError, ValueError) as error:
        # ValueError: a NUL byte in the name.
        reason = error.strerror if isinstance(error, OSError) else None
        yield SourceProblem(path, None, reason or str(error))


def _fixed_part(pattern: Path) -> Path:
    """Return the folder that all matches of a glob are in."""
    return Path(*itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))


def _folder(options: SourceSettings, folder: Path, root: Path) -> Iterator[Source | SourceProblem]:
    found = False
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        format_ = format_of(path)
        if format_ and options.format in (None, format_, _BROADER.get(options.format)):
            found = True
            yield _file(path, options.format or format_, Document.at(path, options, root))
    if not found:
        yield SourceProblem(folder, None, f"holds no {_KNOWN} file")


# An export of Telegram is a JSON file, too.
_BROADER: dict[SourceFormat | None, SourceFormat] = {"telegram": "json"}


def _file(path: Path, format_: SourceFormat, document: Document) -> Source:
    reader = READERS[format_]
    # A pipe has no size.
    size = path.stat().st_size if path.is_file() else None
    return Source(
        str(path),
        document.name,
        lambda: read_document(reader, document),
        format_ in _WITH_IDS,
        size,
        document.progress,
    )
