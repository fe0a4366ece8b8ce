"""A cache of fetched pages, with the headers that ask a server for changes."""

import datetime as dt
import sqlite3
import zlib
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from index.errors import SourceError
from index.sqlite_files import GRACE_DAYS, add_seal, seal, shrink

# The file's name in an index directory.
WEB_CACHE = "web.sqlite"
_PAGE = "url, address, content_type, charset, body, etag, last_modified, checked"
_PARSED = "address, key, record"


@dataclass(frozen=True, slots=True)
class Page:
    """One response of a web server.

    Attributes:
        address: the final address, after redirects.
        content_type: as the server says, without parameters, in small letters.
        charset: as the server says; None if it does not.
        body: its content, unpacked.
        etag: the server's name for this version.
        last_modified: when it changed, as the server says.
        checked: when the server was last asked, in UTC.
    """

    address: str
    content_type: str
    charset: str | None
    body: bytes
    etag: str | None
    last_modified: str | None
    checked: dt.datetime


class HttpCache:
    """The fetched pages by requested address, in one SQLite file.

    The pages themselves are kept, since an answer "not modified" has none, and a build reads
    every source whole. What has changed since it was written counts as missing: it is fetched and
    read again.

    Raises:
        SourceError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=30)
            # What is no UTF-8 was damaged, which the seal tells.
            self._database.text_factory = partial(str, encoding="utf-8", errors="replace")
            add_seal(self._database)
            with self._database:
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, address TEXT,"
                    " content_type TEXT, charset TEXT, body BLOB, etag TEXT, last_modified TEXT,"
                    " checked TEXT, seal BLOB)"
                )
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS parsed (address TEXT PRIMARY KEY, key BLOB,"
                    " record TEXT, seal BLOB)"
                )
                self._seal_earlier("pages", _PAGE)
                self._seal_earlier("parsed", _PARSED)
                self._database.execute(
                    "CREATE INDEX IF NOT EXISTS pages_by_check ON pages (checked)"
                )
                self._database.execute(
                    "CREATE INDEX IF NOT EXISTS pages_by_address ON pages (address)"
                )
        except (OSError, sqlite3.Error) as error:
            raise SourceError(f"{path}: cannot be used: {error}; delete it to go on") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def get(self, url: str) -> Page | None:
        """Return the last known content of an address, or None."""
        query = f"SELECT {_PAGE} FROM pages WHERE url = ? AND seal IS {seal(_PAGE)}"
        try:
            with closing(self._database.execute(query, (url,))) as rows:
                row = rows.fetchone()
            if row is None:
                return None
            _, address, content_type, charset, body, etag, last_modified, checked = row
            return Page(
                address,
                content_type,
                charset,
                zlib.decompress(body),
                etag,
                last_modified,
                dt.datetime.fromisoformat(checked),
            )
        except (sqlite3.Error, zlib.error, ValueError) as error:
            raise SourceError(f"{self._path}: damaged: {error}; delete it to go on") from None

    def parsed(self, address: str, key: bytes) -> str | None:
        """Return what was kept of a page under a key, or None; see `ParsedPages`."""
        query = (
            f"SELECT record FROM parsed WHERE address = ? AND key = ? AND seal IS {seal(_PARSED)}"
        )
        try:
            with closing(self._database.execute(query, (address, key))) as rows:
                row = rows.fetchone()
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: damaged: {error}; delete it to go on") from None
        return str(row[0]) if row else None

    def put_parsed(self, address: str, key: bytes, record: str) -> None:
        """Keep something of a page instead of what was kept before."""
        try:
            with self._database:
                self._database.execute(
                    f"REPLACE INTO parsed ({_PARSED}) VALUES (?, ?, ?)", (address, key, record)
                )
                self._seal("parsed", _PARSED, "address = ?", address)
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: cannot be written: {error}") from None

    def put(self, url: str, page: Page) -> None:
        """Store the content of an address."""
        values = (
            url,
            page.address,
            page.content_type,
            page.charset,
            zlib.compress(page.body),
            page.etag,
            page.last_modified,
            page.checked.isoformat(),
        )
        try:
            with self._database:
                marks = ", ".join("?" * len(values))
                self._database.execute(f"REPLACE INTO pages ({_PAGE}) VALUES ({marks})", values)
                self._seal("pages", _PAGE, "url = ?", url)
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: cannot be written: {error}") from None

    def drop_unused(
        self, revisit_hours: float, days: int = GRACE_DAYS, now: dt.datetime | None = None
    ) -> int:
        """Drop the pages that have not been read for some days, and with them those of old sources.

        Args:
            revisit_hours: for so long after its server was asked, a page may have been read from
                here; see `WebSettings`.
            days: how long a page stays after that.
            now: the time; None means the clock's.

        Returns:
            The number of pages that were dropped.
        """
        now = now or dt.datetime.now(dt.UTC)
        before = now - dt.timedelta(days=days, hours=revisit_hours)
        try:
            with self._database:
                dropped = self._database.execute(
                    "DELETE FROM pages WHERE checked < ?", (before.isoformat(),)
                ).rowcount
                self._database.execute(
                    "DELETE FROM parsed WHERE address NOT IN (SELECT address FROM pages)"
                )
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: cannot be written: {error}") from None
        return dropped

    def shrink(self) -> None:
        """Give the space of dropped pages back to the disk; see `index.sqlite_files.shrink`."""
        try:
            shrink(self._database)
        except sqlite3.Error as error:
            raise SourceError(f"{self._path}: cannot be written: {error}") from None

    def _seal(self, table: str, columns: str, condition: str, *values: object) -> None:
        self._database.execute(
            f"UPDATE {table} SET seal = {seal(columns)} WHERE {condition}", values
        )

    def _seal_earlier(self, table: str, columns: str) -> None:
        """Add seals to a table of an earlier version."""
        names = {row[1] for row in self._database.execute(f"PRAGMA table_info({table})")}
        if "seal" not in names:
            self._database.execute(f"ALTER TABLE {table} ADD COLUMN seal BLOB")
            self._seal(table, columns, "TRUE")
