"""Counting of the bytes that are read of a file, to tell how much is left."""

import io
from pathlib import Path
from typing import Any, BinaryIO, cast


class ByteCounter:
    """The number of bytes that were read of files.

    Attributes:
        count: that.
    """

    def __init__(self) -> None:
        self.count = 0

    def open(self, path: Path) -> BinaryIO:
        """Open a file to read, counted as it is read.

        Raises:
            OSError: it cannot be opened.
        """
        return cast("BinaryIO", io.BufferedReader(_CountedFile(path, self)))


class _CountedFile(io.FileIO):
    def __init__(self, path: Path, counter: ByteCounter) -> None:
        super().__init__(path)
        self._counter = counter

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer)
        self._counter.count += count or 0
        return count
