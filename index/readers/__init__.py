"""Readers: one module per source format, each a source in, an iterator of articles out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.articles import Article
from index.readers import jsonl, seeds
from index.readers.problems import SourceProblem

Reader = Callable[[Path], Iterator[Article | SourceProblem]]

_READERS: dict[str, Reader] = {
    ".txt": seeds.read,
    ".jsonl": jsonl.read,
    ".jsonl.gz": jsonl.read,
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of articles and the reader of its format."""

    path: Path
    reader: Reader

    def read(self) -> Iterator[Article | SourceProblem]:
        """Yield the file's articles, and a problem for each place that cannot be read."""
        try:
            yield from self.reader(self.path)
        except OSError as error:
            yield SourceProblem(self.path, None, error.strerror or str(error))


def find_files(source: Path) -> tuple[list[SourceFile], list[SourceProblem]]:
    """List the files of a source: the source itself, or the files of known formats in a folder.

    Files of a folder come in the order of their names, hidden ones are left out, and files of
    other formats are no problem there; a file named by the user must be of a known format.
    """
    if source.is_dir():
        paths = sorted(path for path in source.rglob("*") if path.is_file())
        visible = [
            p for p in paths if not any(x.startswith(".") for x in p.relative_to(source).parts)
        ]
        files = [SourceFile(path, reader) for path in visible if (reader := _reader(path))]
        if not files:
            return [], [SourceProblem(source, None, f"holds no {_known()} file")]
        return files, []
    if not source.exists():
        return [], [SourceProblem(source, None, "no such file or folder")]
    if reader := _reader(source):
        return [SourceFile(source, reader)], []
    return [], [SourceProblem(source, None, f"unknown format; known are {_known()}")]


def _reader(path: Path) -> Reader | None:
    name = path.name.lower()
    return next((reader for ending, reader in _READERS.items() if name.endswith(ending)), None)


def _known() -> str:
    return ", ".join(_READERS)
