"""The embedding cache: what was encoded once is never encoded again, also after a kill."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.sqlite_files import shrink

# SQLite takes at most this many values in one statement everywhere.
_MOST_VARIABLES = 500
_NUMBER_BYTES = 4
# Of the length of a vector in float32 or bfloat16.
_LENGTH_TOLERANCE = 0.01


def embedding_key(fingerprint: str, text: str) -> bytes:
    """Return the 16-byte cache key of a text under an encoder."""
    data = f"{fingerprint}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()


class EmbeddingCache:
    """A SQLite file of vectors by key; each `put` is durable when it returns.

    Each vector has a checksum: one with a flipped bit counts as missing and is encoded again.
    Vectors that nothing needs are marked with the day on which that was first seen, and dropped
    when that is long ago.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it when it is missing.

        Raises:
            sqlite3.Error: it cannot be opened or is not a cache.
        """
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            # With rows of their own, vectors are written one behind the other, and only the keys,
            # which are small, in the order of the keys.
            "CREATE TABLE IF NOT EXISTS embeddings "
            "(key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum BLOB)"
        )
        columns = {row[1] for row in self._connection.execute("PRAGMA table_info(embeddings)")}
        if "checksum" not in columns:
            self._connection.execute("ALTER TABLE embeddings ADD COLUMN checksum BLOB")
        # since: the ordinal of a day.
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS unused (key BLOB PRIMARY KEY, since INTEGER NOT NULL) "
            "WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the keys that have no sound vector yet, in their order, each once."""
        known = {key for key, _ in self._read(keys)}
        return [key for key in dict.fromkeys(keys) if key not in known]

    def put(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store (len(keys), dimension) vectors."""
        rows = (
            (key, blob := vector.tobytes(), _checksum(key, blob))
            for key, vector in zip(keys, vectors, strict=True)
        )
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)

    def get(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the (len(keys), dimension) vectors of keys that are all stored.

        Raises:
            KeyError: a key has no sound vector.
        """
        found = dict(self._read(keys))
        return np.stack([np.frombuffer(found[key], dtype=np.float32) for key in keys])

    def mark_unused(self, used: Iterable[bytes], day: int) -> None:
        """Mark all vectors but those of some keys as unused; what was marked keeps its day.

        Args:
            used: the keys of the vectors that are used.
            day: the ordinal of today.
        """
        with self._using(used):
            self._connection.execute("DELETE FROM unused WHERE key IN (SELECT key FROM used)")
            self._connection.execute(
                "INSERT OR IGNORE INTO unused SELECT key, ? FROM embeddings "
                "WHERE key NOT IN (SELECT key FROM used)",
                (day,),
            )
            # A clock that was once wrong must not keep them for ever.
            self._connection.execute("UPDATE unused SET since = ? WHERE since > ?", (day, day))

    def mark_used(self, used: Iterable[bytes]) -> None:
        """Take the mark off the vectors of some keys."""
        with self._using(used):
            self._connection.execute("DELETE FROM unused WHERE key IN (SELECT key FROM used)")

    def has_unused_since(self, day: int) -> bool:
        """Return whether a vector is marked since a day or an earlier one."""
        query = "SELECT EXISTS (SELECT 1 FROM unused WHERE since <= ?)"
        return bool(self._connection.execute(query, (day,)).fetchone()[0])

    def drop_unused_since(self, day: int) -> int:
        """Drop the vectors that are marked since a day or an earlier one; return their number."""
        with self._connection:
            dropped = self._connection.execute(
                "DELETE FROM embeddings WHERE key IN (SELECT key FROM unused WHERE since <= ?)",
                (day,),
            )
            self._connection.execute("DELETE FROM unused WHERE since <= ?", (day,))
        return dropped.rowcount

    def shrink(self) -> None:
        """Give the space of dropped vectors back to the disk; see `index.sqlite_files.shrink`."""
        shrink(self._connection)

    @contextmanager
    def _using(self, keys: Iterable[bytes]) -> Iterator[None]:
        """Hold keys in the table `used` while the block changes something, in one transaction."""
        self._connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS used (key BLOB PRIMARY KEY) WITHOUT ROWID"
        )
        with self._connection:
            self._connection.execute("DELETE FROM used")
            rows = ((key,) for key in keys)
            self._connection.executemany("INSERT OR IGNORE INTO used VALUES (?)", rows)
            yield
            self._connection.execute("DELETE FROM used")

    def _read(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the stored keys with their vectors, without those that are damaged."""
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            query = f"SELECT key, vector, checksum FROM embeddings WHERE key IN ({marks})"
            for key, vector, checksum in self._connection.execute(query, part):
                if _is_sound(key, vector, checksum):
                    yield key, vector


def _checksum(key: bytes, vector: bytes) -> bytes:
    return hashlib.blake2b(key + vector, digest_size=8).digest()


def _is_sound(key: bytes, vector: bytes, checksum: bytes | None) -> bool:
    if checksum is not None:
        return checksum == _checksum(key, vector)
    # Earlier versions stored none. Encoders give vectors of length 1.
    if not vector or len(vector) % _NUMBER_BYTES:
        return False
    length = float(np.linalg.norm(np.frombuffer(vector, dtype=np.float32)))
    return abs(length - 1) < _LENGTH_TOLERANCE


def _parts(keys: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (keys[at : at + _MOST_VARIABLES] for at in range(0, len(keys), _MOST_VARIABLES))
