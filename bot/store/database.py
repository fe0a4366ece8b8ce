"""The bot's SQLite file, used from one thread of its own."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from index.errors import KhazarError

FILE: Final = "bot.sqlite"
_DAY: Final = 86_400.0
_VERSION: Final = 3
_TABLES: Final = """
CREATE TABLE preferences (user_id INTEGER PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE exchanges (
    token TEXT PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    question_message INTEGER,
    asked REAL NOT NULL,
    value TEXT NOT NULL
);
CREATE INDEX exchanges_of_messages ON exchanges (chat_id, question_message);
CREATE INDEX exchanges_by_time ON exchanges (asked);
CREATE TABLE feedback (
    token TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    given REAL NOT NULL,
    useful INTEGER NOT NULL,
    value TEXT NOT NULL
);
CREATE TABLE links (token TEXT PRIMARY KEY, article_id TEXT NOT NULL);
CREATE TABLE posts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,               -- bot.store.posts.PostState
    record TEXT
);
CREATE TABLE uploads (
    token TEXT PRIMARY KEY,
    operator INTEGER NOT NULL,
    created REAL NOT NULL,
    message_id INTEGER,
    value TEXT NOT NULL
);
"""
# Since version 2: topics, the messages of answers, and groups that have become supergroups.
_CONVERSATIONS: Final = """
CREATE TABLE conversations (
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    topic_id INTEGER NOT NULL,
    changed REAL NOT NULL,
    token TEXT,                        -- of its last exchange
    value TEXT NOT NULL,
    PRIMARY KEY (chat_id, user_id, topic_id)
);
CREATE TABLE answer_messages (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    token TEXT NOT NULL REFERENCES exchanges ON DELETE CASCADE,
    PRIMARY KEY (chat_id, message_id)
);
CREATE INDEX answer_messages_of_exchanges ON answer_messages (token);
CREATE TABLE migrations (old_id INTEGER PRIMARY KEY, new_id INTEGER NOT NULL);
"""
# Since version 3: followed subjects.
_FOLLOWS: Final = """
CREATE TABLE follows (
    token TEXT PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,          -- who follows; a chat's id, for one in the name of a chat
    value TEXT NOT NULL
);
CREATE INDEX follows_of_chats ON follows (chat_id);
CREATE INDEX follows_of_users ON follows (user_id);
CREATE TABLE notices (
    token TEXT NOT NULL REFERENCES follows ON DELETE CASCADE,
    article_id TEXT NOT NULL,
    state INTEGER NOT NULL,            -- bot.store.follows.NoticeState
    matched REAL NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (token, article_id)
);
CREATE INDEX notices_by_state ON notices (state);
CREATE TABLE known_articles (article_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE subject_vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL);
"""
_FROM_VERSION_1: Final = f"""
ALTER TABLE conversations RENAME TO old_conversations;
{_CONVERSATIONS}
INSERT INTO conversations
    SELECT chat_id, user_id, 0, changed, token, value FROM old_conversations;
DROP TABLE old_conversations;
"""
# Since version 3, too: questions that links carry, albums of channels, what operators were told.
_LINKS_ALBUMS_NOTICES: Final = """
CREATE TABLE question_links (
    token TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    question TEXT NOT NULL,
    PRIMARY KEY (token, user_id)
);
CREATE TABLE album_posts (
    chat_id INTEGER NOT NULL,
    album TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (chat_id, album, message_id)
);
CREATE TABLE operator_notices (key TEXT PRIMARY KEY, value TEXT NOT NULL, told REAL NOT NULL);
"""
_SINCE_VERSION_3: Final = _FOLLOWS + _LINKS_ALBUMS_NOTICES
_STATEMENTS: Final = {
    0: _TABLES + _CONVERSATIONS + _SINCE_VERSION_3,
    1: _FROM_VERSION_1 + _SINCE_VERSION_3,
    2: _SINCE_VERSION_3,
}

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]


class Database:
    """A SQLite file; calls run one after another, each in a transaction."""

    def __init__(self, directory: Path) -> None:
        """Name the folder of the file; `open` opens or creates it."""
        self._path = directory / FILE
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, or create it.

        Raises:
            KhazarError: it cannot be opened, or a newer version of Khazar wrote it.
        """
        await self._in_thread(self._open)

    async def run(self, work: Work[Result]) -> Result:
        """Call `work` in the database's thread, in one transaction; a cursor is returned closed.

        Raises:
            sqlite3.Error: it failed; the transaction was rolled back.
        """
        return await self._in_thread(lambda: self._transact(work))

    async def prune(self, keep_days: int) -> None:
        """Delete conversations, exchanges and notices older than `keep_days`, and old uploads."""
        now = time.time()
        oldest = now - keep_days * _DAY

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM conversations WHERE changed < ?", (oldest,))
            connection.execute("DELETE FROM exchanges WHERE asked < ?", (oldest,))
            connection.execute("DELETE FROM notices WHERE matched < ?", (oldest,))
            connection.execute("DELETE FROM uploads WHERE created < ?", (now - _DAY,))

        await self.run(delete)

    async def empty_log(self) -> None:
        """Move the write-ahead log into the file and cut it: deleted words stay in it until then.

        Raises:
            sqlite3.Error: it failed; nothing is lost.
        """
        await self._in_thread(self._empty_log)

    async def close(self) -> None:
        """Wait for the calls in progress and close the file."""
        await asyncio.to_thread(self._close)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _transact(self, work: Work[Result]) -> Result:
        if self._connection is None:
            raise RuntimeError("the database is not open")
        with self._connection:
            result = work(self._connection)
        if isinstance(result, sqlite3.Cursor):
            # Freed in another thread, it would reset its statement, which the next call may be
            # using: "bad parameter or other API misuse".
            result.close()
        return result

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = connect(self._path)
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise KhazarError(f"{self._path}: cannot be opened: {reason or error}") from error

    def _empty_log(self) -> None:
        if self._connection is None:
            raise RuntimeError("the database is not open")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _close(self) -> None:
        self._thread.submit(self._close_connection)
        self._thread.shutdown(wait=True)

    def _close_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open the bot's file and create missing tables, or those of this version from an older one's.

    Raises:
        KhazarError: a newer version of Khazar wrote it.
        sqlite3.Error: it cannot be opened, or is not an SQLite file.
    """
    # One thread at a time uses it, but another may close it.
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        path.chmod(0o600)
        # Safe when the process is killed; a power cut may lose the last transactions.
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        connection.execute("PRAGMA secure_delete = ON")
        with closing(connection.execute("PRAGMA user_version")) as cursor:
            [version] = cursor.fetchone()
        if version > _VERSION:
            raise KhazarError(f"{path}: written by a newer Khazar (version {version})")
        if version < _VERSION:
            statements = f"{_STATEMENTS[version]} PRAGMA user_version = {_VERSION};"
            connection.executescript(f"BEGIN; {statements} COMMIT;")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection
