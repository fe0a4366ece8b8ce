"""The archive back as JSON Lines, as `build` reads it."""

import gzip
import json
from pathlib import Path
from typing import TextIO

from index.errors import KhazarError
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
    partial = target.with_name(f".{target.name}.partial")
    try:
        with _open(partial, compressed=target.name.endswith(".gz")) as file:
            written = _write(snapshot, file)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise KhazarError(f"{target}: cannot be written: {error.strerror or error}") from error
    return written


def _write(snapshot: Snapshot, file: TextIO) -> int:
    for article in snapshot.articles():
        file.write(json.dumps(to_record(article), ensure_ascii=False) + "\n")
    return snapshot.facts.articles


def _open(path: Path, *, compressed: bool) -> TextIO:
    if not compressed:
        return path.open("w", encoding="utf-8")
    return gzip.open(path, "wt", encoding="utf-8")
