"""Export of all articles as JSON Lines, as `build` reads it."""

import gzip
import json
from pathlib import Path
from typing import TextIO

from index.errors import KhazarError
from index.files import atomic_write
from index.readers.formats.jsonl import to_record
from index.snapshots.snapshot import Snapshot


def export(snapshot: Snapshot, target: Path | None, stdout: TextIO) -> int:
    """Write every article of a snapshot, one JSON object a line.

    Args:
        snapshot: what to write.
        target: the file, replaced when all is written; `.gz` at its end compresses it. None:
            standard output.
        stdout: that.

    Returns:
        The number of articles.

    Raises:
        KhazarError: the file cannot be written.
    """
    if target is None:
        return _write(snapshot, stdout)
    try:
        with (
            atomic_write(target) as partial,
            _open(partial, compressed=target.name.endswith(".gz")) as file,
        ):
            return _write(snapshot, file)
    except OSError as error:
        raise KhazarError(f"{target}: cannot be written: {error.strerror or error}") from error


def _write(snapshot: Snapshot, file: TextIO) -> int:
    for article in snapshot.articles():
        file.write(json.dumps(to_record(article), ensure_ascii=False) + "\n")
    return snapshot.facts.articles


def _open(path: Path, *, compressed: bool) -> TextIO:
    if not compressed:
        return path.open("w", encoding="utf-8")
    return gzip.open(path, "wt", encoding="utf-8")
