"""Albums of channels: one post, of which Telegram sends every picture as a message of its own."""

import sqlite3
from dataclasses import dataclass

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class AlbumPost:
    """What is known of an album.

    Attributes:
        number: the post's number, that of its first message, as in an export of the channel.
        text: the captions of its messages, in order, a line each.
        former_number: the number that it had before its first message came; None: the same.
    """

    number: int
    text: str
    former_number: int | None


async def add_to_album(
    database: Database, chat_id: int, album: str, message_id: int, text: str
) -> AlbumPost:
    """Store a new or edited message of an album; return the whole album."""

    def write(connection: sqlite3.Connection) -> AlbumPost:
        where = (chat_id, album)
        [first] = connection.execute(
            "SELECT min(message_id) FROM album_posts WHERE chat_id = ? AND album = ?", where
        ).fetchone()
        connection.execute(
            "INSERT OR REPLACE INTO album_posts VALUES (?, ?, ?, ?)", (*where, message_id, text)
        )
        rows = connection.execute(
            "SELECT message_id, text FROM album_posts WHERE chat_id = ? AND album = ?"
            " ORDER BY message_id",
            where,
        ).fetchall()
        captions = [caption.strip() for _, caption in rows]
        moved = first is not None and first > message_id
        return AlbumPost(rows[0][0], "\n".join(filter(None, captions)), first if moved else None)

    return await database.run(write)
