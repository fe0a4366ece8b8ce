"""Records of the article store, compared with their checksums.

SQLite itself gives back flipped bits as if they had been written.
"""

import json
import sqlite3
from typing import Any

from index.article import Article
from index.indexing.article_key import checksum
from index.indexing.identity import ArticleIdentity
from index.indexing.stored_articles import ArticleEntry
from index.readers.formats.jsonl import from_record


class DamagedLogError(sqlite3.DatabaseError):
    """A row of the log has changed since it was written; the archive does not depend on it."""


def sound_article(article_id: str, known: bytes, record: str) -> Article:
    """Return the article of a record.

    Raises:
        sqlite3.DatabaseError: the record is not what the checksum was made of.
    """
    if not is_sound_record(known, record):
        raise _changed(article_id)
    return from_record(json.loads(record))


def is_sound_record(known: bytes, record: object) -> bool:
    """Return whether a record is what a checksum was made of."""
    # A flipped bit may make bytes of it, which SQLite does not mind.
    return isinstance(record, str) and checksum(record) == known


def sound_identity(sound: int, known: bytes, *facts: Any) -> ArticleIdentity:
    """Return the identity of a row.

    Args:
        sound: whether its seal fits.
        known: the checksum of its record.
        facts: the fields of `ArticleIdentity`.

    Raises:
        sqlite3.DatabaseError: it is not what was written.
    """
    one = ArticleIdentity(*facts)
    if not sound or (one.record is not None and not is_sound_record(known, one.record)):
        raise _changed(one.id)
    return one


def sound_entry(
    sound: int, record: str | None, known: bytes | None, article_id: str, *facts: Any
) -> ArticleEntry:
    """Return what is known of an article.

    Args:
        sound: whether its seal fits.
        record: its record; None: it was not kept.
        known: the checksum of that.
        article_id: its id.
        facts: the further fields of `ArticleEntry`.

    Raises:
        sqlite3.DatabaseError: it is not what was written.
    """
    if not sound or (record is None) != (known is None):
        raise _changed(article_id)
    article = None
    if record is not None and known is not None:
        article = sound_article(article_id, known, record)
    return ArticleEntry(article, article_id, *facts)


def _changed(article_id: str) -> sqlite3.DatabaseError:
    return sqlite3.DatabaseError(f"article {article_id} has changed since it was written")
