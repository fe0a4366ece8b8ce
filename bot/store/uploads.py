"""What operators have sent and not confirmed yet."""

import json
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from bot.store.database import Database
from index.article import Article
from index.readers.formats.jsonl import to_record

# The folder of their files, in the bot's.
WAITING: Final = "uploads"
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Upload:
    """Articles that wait for a word.

    Attributes:
        token: stands in the buttons' data.
        operator: who sent them.
        file: name of their file in the bot's folder; None: they are `records`.
        records: posts by id, as `index.readers.formats.jsonl` has them.
        message_id: the message with the buttons; None: there is none yet.
        created: when, in seconds since 1970.
    """

    token: str
    operator: int
    file: str | None = None
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    message_id: int | None = None
    created: float = field(default_factory=time.time)

    def with_article(self, article: Article) -> "Upload":
        """Return the upload with one more post, or a newer state of one."""
        records = {**self.records, article.id: to_record(article)}
        return Upload(self.token, self.operator, self.file, records, self.message_id, self.created)


_UPLOAD: Final = TypeAdapter(Upload)


def clear_waiting(directory: Path) -> None:
    """Delete the files in the bot's folder that nobody has confirmed within a day."""
    oldest = time.time() - _DAY
    waiting = directory / WAITING
    for path in waiting.iterdir() if waiting.is_dir() else ():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


class UploadStore:
    """All uploads; what nobody confirms within a day is dropped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, upload: Upload) -> None:
        """Keep an upload as it is now."""
        row = (
            upload.token,
            upload.operator,
            upload.created,
            upload.message_id,
            json.dumps(_UPLOAD.dump_python(upload, mode="json"), ensure_ascii=False),
        )
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?)", row
            )
        )

    async def find(self, token: str, operator: int) -> Upload | None:
        """Return the upload of a token if it is this operator's."""
        return await self._one("token = ? AND operator = ?", (token, operator))

    async def open_posts(self, operator: int) -> Upload | None:
        """Return the posts that an operator has forwarded and not confirmed."""
        return await self._one(
            "operator = ? AND json_extract(value, '$.file') IS NULL", (operator,)
        )

    async def drop(self, token: str) -> None:
        """Forget an upload."""
        await self._database.run(
            lambda connection: connection.execute("DELETE FROM uploads WHERE token = ?", (token,))
        )

    async def _one(self, condition: str, values: tuple[object, ...]) -> Upload | None:
        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                f"SELECT value FROM uploads WHERE {condition} ORDER BY created DESC LIMIT 1", values
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        return _UPLOAD.validate_json(value) if value else None
