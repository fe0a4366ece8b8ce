"""Articles that operators have sent and not confirmed yet."""

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

# Folder of uploaded files, within the bot's folder.
UPLOADS_FOLDER: Final = "uploads"
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Upload:
    """Articles that wait for confirmation.

    Attributes:
        token: the id in the data of the buttons.
        operator: user id of the operator who sent them.
        file: name of the uploaded file; None: the articles are `records`.
        records: forwarded posts by id, in the format of `index.readers.formats.jsonl`.
        message_id: the message with the buttons; None: not sent yet.
        created: time of the upload, in seconds since 1970.
    """

    token: str
    operator: int
    file: str | None = None
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    message_id: int | None = None
    created: float = field(default_factory=time.time)

    def with_article(self, article: Article) -> "Upload":
        """Return the upload with a post added or replaced."""
        records = {**self.records, article.id: to_record(article)}
        return Upload(self.token, self.operator, self.file, records, self.message_id, self.created)


_UPLOAD: Final = TypeAdapter(Upload)


def delete_expired_files(directory: Path) -> None:
    """Delete uploaded files that were not confirmed within a day."""
    oldest = time.time() - _DAY
    folder = directory / UPLOADS_FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


class UploadStore:
    """Stores uploads until they are confirmed, for a day at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, upload: Upload) -> None:
        """Store an upload."""
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
        """Return a token's upload if it belongs to this operator."""
        return await self._one("token = ? AND operator = ?", (token, operator))

    async def pending_posts(self, operator: int) -> Upload | None:
        """Return the operator's forwarded posts that are not confirmed yet."""
        return await self._one(
            "operator = ? AND json_extract(value, '$.file') IS NULL", (operator,)
        )

    async def delete(self, token: str) -> None:
        """Delete an upload."""
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
