"""Parquet: one row is one article, as in CSV; needs the optional package pyarrow."""

import itertools
from pathlib import Path
from typing import Any

from index.readers.decoding.streams import too_long
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.tabular import Columns

_BATCH_ROWS = 64
_MAX_ROW_GROUP_BYTES = 512 * 2**20


def read(document: Document) -> Items:
    """Yield the articles of a file, and a problem for each row that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    if not isinstance(document.path, Path):
        yield document.problem(None, "Parquet is read from files only")
        return
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        yield document.problem(
            None, "Parquet needs the package pyarrow: pip install 'khazar[parquet]'"
        )
        return
    with document.path.open("rb") as file:
        try:
            with parquet.ParquetFile(file, pre_buffer=False) as table:
                yield from _read(document, table)
        # For damaged files pyarrow raises its own errors, and OSError.
        except (pyarrow.ArrowException, OSError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0][:200]
            yield document.problem(None, f"not a Parquet file that can be read: {reason}")
        except UnreadableError as error:
            yield document.problem(error.line, error.message)


def _read(document: Document, table: Any) -> Items:
    columns = Columns(table.schema_arrow.names, document.options.columns)
    for group in range(table.metadata.num_row_groups):
        if table.metadata.row_group(group).total_byte_size > _MAX_ROW_GROUP_BYTES:
            raise UnreadableError(f"a row group is {too_long(_MAX_ROW_GROUP_BYTES)}")
    batches = table.iter_batches(batch_size=_BATCH_ROWS, columns=columns.used, use_threads=False)
    rows = itertools.chain.from_iterable(batch.to_pylist() for batch in batches)
    for number, row in enumerate(rows, start=1):
        try:
            yield from columns.articles(row, document, number, number)
        except UnreadableError as error:
            yield document.problem(number, error.message)
