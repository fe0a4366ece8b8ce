"""Articles as a snapshot keeps them: what was valid when it was written is not checked again."""

import datetime as dt
from typing import Any

from index.article import Article


def stored_article(record: dict[str, Any]) -> Article:
    """Return the article of a row that `index.readers.formats.jsonl.to_record` made.

    Raises:
        KeyError, ValueError: it is no such row.
    """
    date, time = record.get("date"), record.get("time")
    return Article(
        id=record["id"],
        title=record["title"],
        paragraphs=tuple(record["paragraphs"]),
        abstract=record.get("abstract", ""),
        kicker=record.get("kicker", ""),
        agency=record.get("agency"),
        date=dt.date.fromisoformat(date) if date else None,
        code=record.get("code"),
        link=record.get("link"),
        category=record.get("cat"),
        tags=tuple(record.get("tags", ())),
        time=dt.time.fromisoformat(time) if time else None,
    )
