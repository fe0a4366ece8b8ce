"""Row stores: JSON Lines with an array of line offsets, read at random through a memory map."""

import json
import mmap
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from index.text.special_characters import replace_surrogates


class RowWriter:
    """Writes one JSON object a line, and the offsets beside them in `PATH.offsets.npy`."""

    def __init__(self, path: Path) -> None:
        """Make the file."""
        self._path = path
        self._file = path.open("wb")
        # Eight bytes a row; a list of Python numbers would take four times as much.
        self._offsets = array("q", [0])

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def add(self, row: object) -> None:
        """Write one row."""
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        written = self._file.write(replace_surrogates(line).encode() + b"\n")
        self._offsets.append(self._offsets[-1] + written)

    def close(self) -> None:
        """Close the file; without `finish` it is no row store."""
        self._file.close()

    def finish(self) -> None:
        """Complete the store; no row may follow."""
        self.close()
        np.save(_offsets(self._path), np.frombuffer(self._offsets, dtype=np.int64))


class RowStore:
    """Random access to what a `RowWriter` wrote."""

    def __init__(self, path: Path) -> None:
        """Open a store.

        Raises:
            OSError, ValueError: a file is missing or damaged.
        """
        try:
            self._offsets = np.load(_offsets(path))
        except EOFError as error:
            raise ValueError(f"{_offsets(path).name} is empty") from error
        with path.open("rb") as file:
            size = file.seek(0, 2)
            # An empty file cannot be mapped.
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        if not self._offsets.size or self._offsets[-1] != size:
            raise ValueError(f"{path.name} does not fit its offsets")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> Any:
        """Return the parsed JSON of one row, 0-based."""
        # Decoded here: of bytes, `loads` finds out the encoding first.
        return json.loads(self._data[self._offsets[row] : self._offsets[row + 1]].decode())

    def rows_with(self, text: str) -> list[int]:
        """Return the rows whose JSON contains a text, in order; all of the file is read."""
        sought, rows = text.encode(), []
        place = self._data.find(sought) if sought else -1
        while place >= 0:
            row = int(np.searchsorted(self._offsets, place, side="right")) - 1
            rows.append(row)
            place = self._data.find(sought, int(self._offsets[row + 1]))
        return rows


def _offsets(path: Path) -> Path:
    return path.with_name(f"{path.name}.offsets.npy")
