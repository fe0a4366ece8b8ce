"""SQLite files of the index: their size, and giving back to the disk what is no longer used."""

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
