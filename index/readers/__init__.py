"""Readers: sources in, articles and problems out; one module per format.

`open_sources` is the way in; docs/sources.md describes the formats.
"""

from index.readers.decoding.byte_counter import ByteCounter
from index.readers.errors import SourceProblem
from index.readers.sources import Source, find_files, open_sources, source_names
from index.readers.web.crawler import is_address

__all__ = [
    "ByteCounter",
    "Source",
    "SourceProblem",
    "find_files",
    "is_address",
    "open_sources",
    "source_names",
]
