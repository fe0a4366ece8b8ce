"""Reading a source as the index does, for tests of its formats."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from index.article import Article
from index.readers import SourceProblem, open_sources
from index.settings import IndexSettings
from tests.support.paths import ROOT

SAMPLES = ROOT / "tests" / "data" / "sources"
DAY = dt.date(2025, 11, 18)


def read(path: Path | str, **options: object) -> list[Article | str]:
    """Read a source; problems as their lines, with the bare name of the file."""
    settings = IndexSettings(sources=({"path": str(path), **options},))  # type: ignore[arg-type]
    items: list[Article | str] = []
    for source in open_sources(settings):
        found = [source] if isinstance(source, SourceProblem) else source.read()
        items += [i if isinstance(i, Article) else _bare(i) for i in found]
    return items


def _bare(problem: SourceProblem) -> str:
    name = problem.path.name if isinstance(problem.path, Path) else problem.path
    return str(replace(problem, path=name))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
