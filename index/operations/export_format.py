"""The formats of an export; apart, so that `--help` need not load what writes them."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """A format that `export` writes and `build` reads."""

    JSONL = "jsonl"
    CSV = "csv"
