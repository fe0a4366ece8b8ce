"""The embedding cache: what was encoded once is never encoded again, also after a kill."""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

# SQLite takes at most this many values in one statement everywhere.
_MOST_VARIABLES = 500


def embedding_key(fingerprint: str, text: str) -> bytes:
    """Return the 16-byte cache key of a text under an encoder."""
    data = f"{fingerprint}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()


class EmbeddingCache:
    """A SQLite file of vectors by key; each `put` is durable when it returns."""

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
            "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return the keys that have no vector yet, in their order, each once."""
        known: set[bytes] = set()
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            query = f"SELECT key FROM embeddings WHERE key IN ({marks})"
            known.update(key for (key,) in self._connection.execute(query, part))
        return [key for key in dict.fromkeys(keys) if key not in known]

    def put(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store (len(keys), dimension) vectors."""
        rows = ((key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True))
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)

    def get(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the (len(keys), dimension) vectors of keys that are all stored.

        Raises:
            KeyError: a key has no vector.
        """
        found: dict[bytes, bytes] = {}
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            query = f"SELECT key, vector FROM embeddings WHERE key IN ({marks})"
            found.update(self._connection.execute(query, part))
        return np.stack([np.frombuffer(found[key], dtype=np.float32) for key in keys])


def _parts(keys: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (keys[at : at + _MOST_VARIABLES] for at in range(0, len(keys), _MOST_VARIABLES))
