"""Records of the article store, compared with their checksums.

SQLite itself gives back flipped bits as if they had been written.
"""

import json
import sqlite3
from typing import Any

from index.article import Article
from index.indexing.article_key import checksum
from index.indexing.identity import ArticleIdentity
from index.readers.formats.jsonl import from_record


def sound_article(article_id: str, known: bytes, record: str) -> Article:
    """Return the article of a record.

    Raises:
        sqlite3.DatabaseError: the record is not what the checksum was made of.
    """
    _compare(article_id, known, record)
    return from_record(json.loads(record))


def sound_identity(known: bytes, *facts: Any) -> ArticleIdentity:
    """Return the identity of a row: the checksum, and the fields of `ArticleIdentity`.

    Raises:
        sqlite3.DatabaseError: the record is not what the checksum was made of.
    """
    one = ArticleIdentity(*facts)
    if one.record is not None:
        _compare(one.id, known, one.record)
    return one


def _compare(article_id: str, known: bytes, record: str) -> None:
    if checksum(record) != known:
        raise sqlite3.DatabaseError(f"article {article_id} has changed since it was written")
