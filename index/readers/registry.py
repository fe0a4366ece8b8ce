"""The reader of each format, and the format that a file's name stands for."""

from pathlib import PurePath

from index.readers.documents import Reader
from index.readers.formats import (
    feeds,
    html_pages,
    json_files,
    jsonl,
    markdown,
    parquet,
    seeds,
    tabular,
)
from index.source_settings import SourceFormat

READERS: dict[SourceFormat, Reader] = {
    "seed": seeds.read,
    "jsonl": jsonl.read,
    "json": json_files.read,
    "telegram": json_files.read,
    "html": html_pages.read,
    "markdown": markdown.read,
    "csv": tabular.read,
    "tsv": tabular.read,
    "parquet": parquet.read,
    "feed": feeds.read,
}
ENDINGS: dict[str, SourceFormat] = {
    ".txt": "seed",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
}


def format_of(path: PurePath) -> SourceFormat | None:
    """Return the format that a file's name stands for, ignoring a final `.gz`; None if unknown."""
    name = path.name.lower().removesuffix(".gz")
    ending = f".{name.rpartition('.')[2]}" if "." in name else ""
    format_ = ENDINGS.get(ending)
    return None if format_ == "parquet" and path.name.lower().endswith(".gz") else format_
