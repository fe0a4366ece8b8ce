"""What is read: sources one after the other, each giving articles and problems."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from index.articles import Article
from index.readers import find_files
from index.readers.problems import SourceProblem
from index.settings import IndexSettings


def source_names(settings: IndexSettings, sources: Sequence[str]) -> list[str]:
    """Return the sources that are meant: those given, or those of the settings."""
    return list(sources) or [str(settings.path(source)) for source in settings.sources]


def read_sources(names: Sequence[str]) -> Iterator[Article | SourceProblem]:
    """Yield the articles of all sources, and a problem for each place that cannot be read."""
    for name in names:
        files, unusable = find_files(Path(name))
        yield from unusable
        for file in files:
            yield from file.read()
