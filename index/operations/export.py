"""Export of all articles as JSON Lines or CSV, as `build` reads them."""

import csv
import gzip
from pathlib import Path
from typing import TextIO

from index.errors import KhazarError
from index.files import atomic_write
from index.operations.export_format import ExportFormat
from index.readers.formats.jsonl import to_record
from index.snapshots.snapshot import Snapshot
from index.text.special_characters import to_json, without_controls

_FIELDS = (
    *("id", "title", "kicker", "abstract", "paragraphs"),
    *("agency", "date", "code", "link", "cat", "tags"),
)
# Without it, spreadsheets take a CSV file for one in another encoding.
_BYTE_ORDER_MARK = "\ufeff"


def export(
    snapshot: Snapshot, target: Path | None, stdout: TextIO, form: ExportFormat | None = None
) -> int:
    """Write every article of a snapshot.

    Args:
        snapshot: what to write.
        target: the file, replaced when all is written; `.gz` at its end compresses it. None and
            `-`: standard output.
        stdout: that.
        form: the format; None: by the file's name, JSON Lines unless that is `.csv`.

    Returns:
        The number of articles.

    Raises:
        KhazarError: the file cannot be written.
    """
    if target is None or str(target) == "-":
        return _write(snapshot, stdout, form or ExportFormat.JSONL)
    name = target.name.lower()
    named = ExportFormat.CSV if name.endswith((".csv", ".csv.gz")) else ExportFormat.JSONL
    try:
        with (
            atomic_write(target) as partial,
            _open(partial, compressed=name.endswith(".gz")) as file,
        ):
            return _write(snapshot, file, form or named)
    except OSError as error:
        raise KhazarError(f"{target}: cannot be written: {error.strerror or error}") from error


def _write(snapshot: Snapshot, file: TextIO, form: ExportFormat) -> int:
    if form is ExportFormat.CSV:
        file.write(_BYTE_ORDER_MARK)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_FIELDS)
        for article in snapshot.articles():
            record = to_record(article)
            cells = [_cell(record.get(field, "")) for field in _FIELDS]
            # A file keeps everything; a terminal would obey it.
            table.writerow(map(without_controls, cells) if file.isatty() else cells)
    else:
        for article in snapshot.articles():
            file.write(to_json(to_record(article)) + "\n")
    return snapshot.facts.articles


def _cell(value: str | list[str]) -> str:
    """Return a paragraph, or a tag, a line."""
    return "\n".join(value) if isinstance(value, list) else value


def _open(path: Path, *, compressed: bool) -> TextIO:
    if not compressed:
        return path.open("w", encoding="utf-8", newline="\n")
    return gzip.open(path, "wt", encoding="utf-8", newline="\n")
