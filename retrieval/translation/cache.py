"""The cache of translations: a text is sent to the service once."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path


class TranslationCache:
    """A SQLite file of translations by key, the newest ones; any thread may use it.

    It is open during a call only.
    """

    def __init__(self, path: Path, most: int, service: str) -> None:
        """Open the file, making it when it is missing.

        Args:
            path: the file.
            most: how many translations are kept.
            service: names what translates; others' translations are not found.

        Raises:
            OSError, sqlite3.Error: it cannot be opened, or is not a cache.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._most = most
        self._service = service
        with self._open() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS translations "
                "(number INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, english TEXT NOT NULL)"
            )

    def get(self, texts: Sequence[str]) -> dict[str, str]:
        """Return the translations of those of some texts that have one.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        keys = {self._key(text): text for text in texts}
        marks = ",".join("?" * len(keys))
        query = f"SELECT key, english FROM translations WHERE key IN ({marks})"
        with self._open() as connection:
            return {keys[key]: english for key, english in connection.execute(query, [*keys])}

    def put(self, translations: Mapping[str, str]) -> None:
        """Store translations by their texts; the oldest ones give way.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        rows = [(self._key(text), english) for text, english in translations.items()]
        with self._open() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO translations (key, english) VALUES (?, ?)", rows
            )
            connection.execute(
                "DELETE FROM translations WHERE number <= "
                "(SELECT number FROM translations ORDER BY number DESC LIMIT 1 OFFSET ?)",
                [self._most],
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        with closing(sqlite3.connect(self._path)) as connection, connection:
            yield connection

    def _key(self, text: str) -> bytes:
        data = f"{self._service}\0{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16).digest()
