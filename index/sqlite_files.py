"""SQLite files of the index: their size, what is given back to the disk, seals of their rows.

SQLite gives back flipped bits as if they had been written. A seal is a checksum of a row's columns,
kept in the row and compared in the query that reads it.
"""

import hashlib
import sqlite3
from pathlib import Path

# Days for which what is not used stays in a cache, since it may be needed again.
GRACE_DAYS = 30
# Files that SQLite keeps beside a database.
_COMPANIONS = ("", "-wal", "-shm", "-journal")


def size_on_disk(path: Path) -> int:
    """Return the bytes of a database and of the files that SQLite keeps beside it."""
    files = (path.with_name(f"{path.name}{ending}") for ending in _COMPANIONS)
    return sum(file.stat().st_size for file in files if file.exists())


def shrink(connection: sqlite3.Connection) -> None:
    """Give the free pages of a database back to the disk; without any, nothing is done.

    The content is copied first (VACUUM), so a kill or a full disk loses nothing.

    Raises:
        sqlite3.OperationalError: the disk has no room for the copy.
    """
    if connection.execute("PRAGMA freelist_count").fetchone()[0]:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_seal(connection: sqlite3.Connection) -> None:
    """Add the function that the expressions of `seal` call to a connection."""
    connection.create_function("row_seal", -1, _row_seal, deterministic=True)


def seal(columns: str) -> str:
    """Return the SQL expression of a row's seal.

    Values are given to the function as bytes, since what is no UTF-8 any more cannot be given as
    text; their types are sealed, too, which a bit may change.

    Args:
        columns: the names of the columns that are sealed, with commas between them.
    """
    names = [name.strip() for name in columns.split(",")]
    types = " || ".join(f"typeof({name})" for name in names)
    values = ", ".join(f"CAST({name} AS BLOB)" for name in names)
    return f"row_seal(CAST({types} AS BLOB), {values})"


def _row_seal(*values: bytes | None) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    for value in values:
        digest.update(b"-" if value is None else b"%d:%b" % (len(value), value))
    return digest.digest()
