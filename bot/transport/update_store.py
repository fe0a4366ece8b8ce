"""Updates on disk until they are handled, so that none is lost and none is handled twice.

Telegram sends an update again until the bot confirms it, and then forgets it. So each update is
stored before it is confirmed, and an update that is stored already is ignored.
"""

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from telegram import Bot, Update

from bot.transport.update_parsing import read_update
from index.errors import KhazarError

FILE: Final = "inbox.sqlite"
# Seconds. Telegram keeps undelivered updates for a day: later no update comes twice.
_KEEP_NUMBERS: Final = 2 * 24 * 60 * 60.0
_PRUNE_EVERY: Final = 1000
# An update that kills the bot must not keep it from starting for ever.
_MOST_ATTEMPTS: Final = 3

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS updates (
    update_id INTEGER PRIMARY KEY,
    received REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    payload TEXT  -- the update as JSON; NULL once it has been handled
);
CREATE INDEX IF NOT EXISTS updates_open ON updates (received) WHERE payload IS NOT NULL;
"""

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class UpdateStoreError(KhazarError):
    """The file of updates cannot be used."""


class UpdateStore:
    """A SQLite file of updates, for use from one thread at a time.

    An update's content is deleted once it has been handled; its number stays for two days.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or create it, readable by its owner only.

        Raises:
            UpdateStoreError: it cannot be opened, or is not a file of updates.
        """
        self._added = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            # Safe when the process is killed; a power cut may lose the last transactions.
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            # Overwrite deleted content, so that it does not stay in free pages of the file.
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_SCHEMA)
            self._prune()
        except sqlite3.Error as error:
            self._database.close()
            raise _unusable(path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, update_id: int, payload: str) -> bool:
        """Store an update; return whether it is new.

        Raises:
            sqlite3.Error: it could not be stored.
        """
        self._added += 1
        if self._added % _PRUNE_EVERY == 0:
            self._prune()
        added = self._database.execute(
            "INSERT OR IGNORE INTO updates (update_id, received, payload) VALUES (?, ?, ?)",
            (update_id, time.time(), payload),
        )
        return added.rowcount == 1

    def add_all(self, payloads: Mapping[int, str]) -> set[int]:
        """Store updates in one transaction; return the numbers of the new ones.

        Raises:
            sqlite3.Error: none could be stored.
        """
        self._database.execute("BEGIN")
        try:
            added = {number for number, payload in payloads.items() if self.add(number, payload)}
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return added

    def finish(self, update_id: int) -> None:
        """Mark an update as handled and delete its content.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        self._database.execute(
            "UPDATE updates SET payload = NULL WHERE update_id = ?", (update_id,)
        )

    def empty_log(self) -> None:
        """Cut the write-ahead log, in which deleted content stays until then.

        Raises:
            sqlite3.Error: it failed; nothing is lost.
        """
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def take_pending(self) -> list[str]:
        """Return the updates that have not been handled, oldest first.

        Updates that were returned three times before are dropped.

        Raises:
            sqlite3.Error: the file cannot be read or written.
        """
        self._database.execute(
            "UPDATE updates SET attempts = attempts + 1 WHERE payload IS NOT NULL"
        )
        dropped = self._database.execute(
            "UPDATE updates SET payload = NULL WHERE payload IS NOT NULL AND attempts > ?",
            (_MOST_ATTEMPTS,),
        )
        if dropped.rowcount:
            _logger.error("dropped %d updates that were never finished", dropped.rowcount)
        rows = self._database.execute(
            "SELECT payload FROM updates WHERE payload IS NOT NULL ORDER BY received, update_id"
        )
        return [payload for (payload,) in rows]

    def _prune(self) -> None:
        self._database.execute(
            "DELETE FROM updates WHERE payload IS NULL AND received < ?",
            (time.time() - _KEEP_NUMBERS,),
        )


class DurableQueue(asyncio.Queue[object]):
    """The application's queue of updates, backed by an `UpdateStore`.

    `put` returns once the update is on disk; only then does python-telegram-bot ask for the next
    ones, and the webhook server reply. Objects other than `Update` are only queued.

    Attributes:
        duplicates: number of updates that came twice and were dropped.
    """

    def __init__(self, directory: Path) -> None:
        """Name the folder of the file; `open` opens or creates it."""
        super().__init__()
        self._path = directory / FILE
        self._store: UpdateStore | None = None
        # SQLite waits for the disk, which the event loop must not.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="updates")
        self._unfinished: set[int] = set()
        # Numbers of new updates that are on disk and not queued yet.
        self._persisted: set[int] = set()
        self.duplicates = 0

    @property
    def length(self) -> int:
        """Number of updates that are waiting or being handled."""
        return len(self._unfinished)

    async def open(self, bot: Bot) -> None:
        """Open the store, and queue the updates that the last run did not finish.

        Raises:
            UpdateStoreError: the file cannot be used.
        """
        self._store = await self._in_thread(lambda: UpdateStore(self._path))
        payloads = await self._in_thread(self._store.take_pending)
        pending = [read_update(json.loads(payload), bot) for payload in payloads]
        for update in pending:
            if update is not None:
                self._unfinished.add(update.update_id)
                await super().put(update)
        if pending:
            _logger.info("%d updates were left open and are answered now", len(pending))

    async def close(self) -> None:
        """Close the store after the writes in progress."""
        if self._store is not None:
            await self._in_thread(self._store.close)
            self._store = None
        self._thread.shutdown()

    async def persist(self, updates: Mapping[int, str]) -> None:
        """Store updates together, before they are `put` one by one.

        One transaction for a hundred updates is much faster than a hundred.

        Args:
            updates: the JSON that Telegram sent, by the update's number.
        """
        store = self._store
        payloads = {
            number: payload for number, payload in updates.items() if number not in self._unfinished
        }
        if store is None or not payloads:
            return
        try:
            self._persisted |= await self._in_thread(lambda: store.add_all(payloads))
        except sqlite3.Error as error:
            # A full disk must not keep users from getting answers.
            _logger.error("%d updates cannot be stored: %s", len(payloads), error)
            self._persisted |= payloads.keys()

    async def put(self, item: object) -> None:
        """Store an update unless `persist` has, and queue it unless it came before."""
        if isinstance(item, Update):
            number = item.update_id
            if number not in self._persisted and number not in self._unfinished:
                await self.persist({number: _payload(item)})
            if number in self._unfinished or (
                number not in self._persisted and self._store is not None
            ):
                self.duplicates += 1
                return
            self._persisted.discard(number)
            self._unfinished.add(number)
        await super().put(item)

    async def finish(self, update: Update) -> None:
        """Mark an update as handled."""
        store = self._store
        if store is not None:
            try:
                await self._in_thread(lambda: store.finish(update.update_id))
            except sqlite3.Error as error:
                _logger.error("update %d cannot be marked as done: %s", update.update_id, error)
        self._unfinished.discard(update.update_id)

    async def empty_log(self) -> None:
        """Remove the words of handled updates from the store's write-ahead log.

        Raises:
            sqlite3.Error: it failed; nothing is lost.
        """
        if self._store is not None:
            await self._in_thread(self._store.empty_log)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _payload(update: Update) -> str:
    """Return an update as JSON; if that fails, its number alone."""
    try:
        return json.dumps(update.to_dict(), default=_plain)
    except (TypeError, ValueError) as error:
        _logger.error("update %d cannot be stored: %s", update.update_id, error)
        return json.dumps({"update_id": update.update_id})


def _plain(value: object) -> object:
    """Convert what `to_dict` leaves: the date of an inaccessible message."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _unusable(path: Path, error: Exception) -> UpdateStoreError:
    reason = error.strerror if isinstance(error, OSError) else None
    return UpdateStoreError(f"{path}: cannot keep updates here: {reason or error}")
