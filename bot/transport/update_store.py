"""The inbox: updates on disk from before Telegram may forget them until they are dealt with.

Telegram delivers an update again until it is confirmed, and forgets it from then on. So it is
written down first, which a kill survives; and what is written down already is not taken again, so
that a second delivery changes nothing.
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
# Telegram keeps what it could not deliver for a day: nothing comes twice after that.
_REMEMBERED: Final = 2 * 24 * 60 * 60.0
_FORGET_EVERY: Final = 1000
# An update that the bot does not outlive must not keep it from starting for ever.
_MOST_ATTEMPTS: Final = 3

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS updates (
    update_id INTEGER PRIMARY KEY,
    received REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    payload TEXT  -- the update as JSON; NULL once it has been dealt with
);
CREATE INDEX IF NOT EXISTS updates_open ON updates (received) WHERE payload IS NOT NULL;
"""

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class UpdateStoreError(KhazarError):
    """The file of the inbox cannot be used."""


class UpdateStore:
    """A SQLite file of updates; used from one thread at a time.

    What a person wrote is in it until the update is dealt with; its number stays for two days.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it (readable for its owner only) when it is missing.

        Raises:
            UpdateStoreError: it cannot be opened or is not an inbox.
        """
        self._added = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            # A killed process loses nothing; only a power cut may lose the last moments.
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            # What has been dealt with is not left in free pages of the file.
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_SCHEMA)
            self._forget()
        except sqlite3.Error as error:
            self._database.close()
            raise _unusable(path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, update_id: int, payload: str) -> bool:
        """Write an update down; tell whether it is a new one.

        Raises:
            sqlite3.Error: it could not be written.
        """
        self._added += 1
        if self._added % _FORGET_EVERY == 0:
            self._forget()
        added = self._database.execute(
            "INSERT OR IGNORE INTO updates (update_id, received, payload) VALUES (?, ?, ?)",
            (update_id, time.time(), payload),
        )
        return added.rowcount == 1

    def add_all(self, payloads: Mapping[int, str]) -> set[int]:
        """Write updates down in one transaction; return the numbers of the new ones.

        Raises:
            sqlite3.Error: nothing could be written.
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
        """Remember that an update has been dealt with, and drop what was in it.

        Raises:
            sqlite3.Error: it could not be written.
        """
        self._database.execute(
            "UPDATE updates SET payload = NULL WHERE update_id = ?", (update_id,)
        )

    def take_pending(self) -> list[str]:
        """Return the updates that have not been dealt with, oldest first.

        Those that were given three times already are dropped.

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

    def _forget(self) -> None:
        self._database.execute(
            "DELETE FROM updates WHERE payload IS NULL AND received < ?",
            (time.time() - _REMEMBERED,),
        )


class DurableQueue(asyncio.Queue[object]):
    """The application's queue of updates, with an inbox behind it.

    `put` returns once the update is on disk; python-telegram-bot asks for the next ones, and the
    webhook server replies, only after that. Everything that is not an `Update` just passes.

    Attributes:
        repeated: how many updates came again and were dropped.
    """

    def __init__(self, directory: Path) -> None:
        """Take note of the folder that the file is in, or will be; `open` opens it."""
        super().__init__()
        self._path = directory / FILE
        self._inbox: UpdateStore | None = None
        # SQLite waits for the disk: that is not for the event loop.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._unfinished: set[int] = set()
        # New ones that are on disk and not queued yet.
        self._written: set[int] = set()
        self.repeated = 0

    @property
    def length(self) -> int:
        """How many updates wait or are being dealt with."""
        return len(self._unfinished)

    async def open(self, bot: Bot) -> None:
        """Open the inbox, and queue what an earlier run has left open.

        Raises:
            UpdateStoreError: the file cannot be used.
        """
        self._inbox = await self._in_thread(lambda: UpdateStore(self._path))
        payloads = await self._in_thread(self._inbox.take_pending)
        left = [read_update(json.loads(payload), bot) for payload in payloads]
        for update in left:
            if update is not None:
                self._unfinished.add(update.update_id)
                await super().put(update)
        if left:
            _logger.info("%d updates were left open and are answered now", len(left))

    async def close(self) -> None:
        """Close the inbox, once what is being written is written."""
        if self._inbox is not None:
            await self._in_thread(self._inbox.close)
            self._inbox = None
        self._thread.shutdown()

    async def persist(self, updates: Mapping[int, str]) -> None:
        """Write updates down together, before they are `put` one by one.

        Each way to the disk and back takes a moment, and longer on a busy machine: a hundred
        updates take it once.

        Args:
            updates: the updates by their numbers, as the JSON that Telegram sent.
        """
        inbox = self._inbox
        payloads = {
            number: payload for number, payload in updates.items() if number not in self._unfinished
        }
        if inbox is None or not payloads:
            return
        try:
            self._written |= await self._in_thread(lambda: inbox.add_all(payloads))
        except sqlite3.Error as error:
            # A full disk is no reason to leave people without answers.
            _logger.error("%d updates cannot be written down: %s", len(payloads), error)
            self._written |= payloads.keys()

    async def put(self, item: object) -> None:
        """Write an update down, where that is still to be done, and queue it unless it is old."""
        if isinstance(item, Update):
            number = item.update_id
            if number not in self._written and number not in self._unfinished:
                await self.persist({number: _payload(item)})
            if number in self._unfinished or (
                number not in self._written and self._inbox is not None
            ):
                self.repeated += 1
                return
            self._written.discard(number)
            self._unfinished.add(number)
        await super().put(item)

    async def finish(self, update: Update) -> None:
        """Remember that an update has been dealt with."""
        inbox = self._inbox
        if inbox is not None:
            try:
                await self._in_thread(lambda: inbox.finish(update.update_id))
            except sqlite3.Error as error:
                _logger.error("update %d cannot be marked as done: %s", update.update_id, error)
        self._unfinished.discard(update.update_id)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _payload(update: Update) -> str:
    """Return an update as JSON; what cannot be written so is queued all the same, but not kept."""
    try:
        return json.dumps(update.to_dict(), default=_plain)
    except (TypeError, ValueError) as error:
        _logger.error("update %d cannot be written down: %s", update.update_id, error)
        return json.dumps({"update_id": update.update_id})


def _plain(value: object) -> object:
    """Write what python-telegram-bot has left as it is: the date of a message out of reach."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(f"{type(value).__name__} cannot be written down")


def _unusable(path: Path, error: Exception) -> UpdateStoreError:
    reason = error.strerror if isinstance(error, OSError) else None
    return UpdateStoreError(f"{path}: cannot keep updates here: {reason or error}")
